"""What became of each alert of a period, in SQL: told, seen, answered, and whether the step was done in time or after.

An alert counts where it was raised in the period, of a case of the own organisation that counts, on a run that stands.
Those on runs that were withdrawn since, of merged cases and of cases entered in error are left out, and said beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet

from pathway import protocol
from pathway.analytics.cohort import MAY_AUDIT, fetched
from pathway.analytics.facts import late
from pathway.analytics.judging import fate
from pathway.analytics.lines import COUNTED, MET, PENDING, UNCERTAIN, UNMET, Line, Measure, Side, out
from pathway.engine.now import now as database_now
from pathway.protocol.types import Level
from pathway.record.alert import LEVEL_WORDS, Reply
from pathway.record.case import Case
from pathway.record.person import Unit, User

OURS = "The design of the escalation ladder: raised, told, seen, answered, done"
BEFORE_NEXT = "done_by < COALESCE(next_at, 'infinity')"
ANSWERED = Measure(
    "answered", "Answered before the next level",
    "alerts on which somebody said to act before the next level was told",
    "alerts that needed an answer",
    OURS,
    (
        Line("soon", "Somebody said to act before the next level", MET, "answered_at < COALESCE(next_at, 'infinity')"),
        Line("later", "Somebody said to act, after the next level", UNMET, "answered_at IS NOT NULL"),
        Line("nobody", "Told to nobody, and not answered", UNMET, "told_at IS NULL"),
        out("over", "The clock had ended before the next level, so no answer was needed",
            "stood_down_at <= COALESCE(next_at, 'infinity')"),
        Line("passed", "Declined, or time or help asked for, and nobody said to act", UNMET, "said_at < next_at"),
        Line("silent", "Nobody said anything before the next level", UNMET, "next_at IS NOT NULL"),
        Line("stands", "Stands without an answer, the next level not told yet", PENDING),
    ),
    of="alerts",
)  # fmt: skip
ACTED = Measure(
    "acted", "Step done within the limit",
    "alerts after which the step that ends the clock was done within its limit",
    "alerts whose step was done, or whose limit passed",
    OURS,
    (
        out("moot", "Done before the alert was raised, and recorded after it",
            "outcome = 'met' AND done_by < raised_at"),
        Line("unsure", "Cannot be told: a time is not known exactly", UNCERTAIN,
             "late IS NULL OR (outcome = 'met' AND ended_at < raised_at)"),
        Line("in_time", "Done within the limit, before the next level", MET,
             f"outcome = 'met' AND NOT late AND {BEFORE_NEXT}"),
        Line("in_limit", "Done within the limit, after the next level", MET, "outcome = 'met' AND NOT late"),
        Line("after_limit", "Done after the limit, before the next level", UNMET, f"outcome = 'met' AND {BEFORE_NEXT}"),
        Line("after_both", "Done after the limit and after the next level", UNMET, "outcome = 'met'"),
        Line("ended_late", "Not done: the limit passed, then the clock ended otherwise", UNMET,
             "late AND outcome <> ''"),
        Line("overdue", "Not done, and over the limit now", UNMET, "late"),
        out("otherwise", "The clock ended otherwise within the limit: no longer needed", "outcome <> ''"),
        Line("waiting", "Not done, the limit is not reached yet", PENDING),
    ),
    of="alerts",
)  # fmt: skip
# Of all levels together only these say whether escalation worked: what is raised at the limit cannot be in time by it.
BEFORE_LIMIT = replace(
    ACTED, key="before_limit", title="Step done within the limit, of those raised before it",
    denominator="alerts raised before the limit whose step was done, or whose limit passed",
)  # fmt: skip
READINGS = (ANSWERED, ACTED, BEFORE_LIMIT)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an alert: of which alerts it is asked, how long it took in SQL (null without), what is lacking."""

    key: str
    label: str
    of: str
    took: str
    lacking: str


DONE = "outcome = 'met' AND end_width = interval '0'"
STAGES = (
    Stage("told", "Raised to told in an inbox", "true", "told_at - raised_at", "told to nobody"),
    Stage("received", "Raised to received outside, where it was sent there", "outside", "received_at - raised_at",
          "without a receipt that says so"),
    Stage("seen", "Told to seen", "told_at IS NOT NULL",
          "CASE WHEN seen_at IS NOT NULL THEN greatest(seen_at - told_at, interval '0') END", "not seen"),
    Stage("answered", "Seen to somebody saying to act", "seen_at IS NOT NULL", "answered_at - seen_at",
          "seen, and nobody said to act"),
    Stage("done", "Somebody saying to act to the step done", "answered_at IS NOT NULL",
          f"CASE WHEN {DONE} THEN greatest(ended_at - answered_at, interval '0') END",
          "not done, or not at an exact time"),
    Stage("whole", "Raised to the step done", "acted <> 'moot'",
          f"CASE WHEN {DONE} AND ended_at >= raised_at THEN ended_at - raised_at END",
          "not done, or not at an exact time"),
)  # fmt: skip
LEFT_OUT = {
    "withdrawn": "On runs that were withdrawn since: the start was corrected, or the case moved to another ladder",
    "merged": "Of cases that were merged into another",
    "error": "Of cases entered in error",
}


def on(reading: Measure, *sides: Side) -> str:
    """Whether an alert is on a line of these sides, in SQL."""
    lines = ", ".join(f"'{line.key}'" for line in reading.lines if line.side in sides)
    return f"{reading.key} IN ({lines})"


UNANSWERED = ("nobody", "passed", "silent")
# What else a number may count: its words, and which alerts these are.
SETS = {
    "raised": ("Alerts raised", "true"),
    "told": ("Told in an inbox", "told_at IS NOT NULL"),
    "again": ("Told more than once", "calls > 1"),
    "needed": ("Needed an answer", on(ANSWERED, *COUNTED)),
    "unanswered": (
        "Nobody said to act, and the next level was told or the ladder ran out", f"answered IN {UNANSWERED}",
    ),
    "due": ("Step done, or its limit passed", on(ACTED, *COUNTED)),
    **{
        f"no_{each.key}": (f"{each.label}: {each.lacking}", f"({each.of}) AND ({each.took}) IS NULL")
        for each in STAGES
    },
}  # fmt: skip
LABELS = {line.key: line.label for reading in READINGS for line in reading.lines} | LEFT_OUT
LABELS |= {key: label for key, (label, _) in SETS.items()}
SAYS_TO_ACT = [Reply.ACTS.value, Reply.ACCEPTED.value]
# Its values are the time, the period, twice the clock ('' for all), and the words by which somebody says to act. What
# an alert waited for is the next level of its run, or that its ladder ran out. Whoever answers has seen it.
JUDGED = f"""
given AS (SELECT %s::timestamptz AS now),
raised AS (
  SELECT alert.id, alert.case_id AS subject, alert.clock_id, alert.rung, alert.level, alert.raised_at, alert.calls,
    alert.unanswered_at, alert.stood_down_at, COALESCE(NULLIF(alert.protocol, ''), cohort.protocol) AS version,
    extract(hour FROM alert.raised_at AT TIME ZONE 'Europe/London')::int AS hour,
    clock.standard, clock.ended_at, clock.ended_at + clock.end_width AS done_by, clock.end_width, clock.outcome,
    alert.raised_at < clock.due_at AS early,
    CASE WHEN cohort.state = '{Case.State.ENTERED_IN_ERROR}' THEN 'error' WHEN cohort.survivor IS NOT NULL THEN 'merged'
      WHEN clock.withdrawn_at IS NOT NULL THEN 'withdrawn' ELSE '' END AS left_out,
    {late("clock.due_at", "clock.start_width", "clock.ended_at", "clock.end_width")} AS late
  FROM cohort JOIN pathway_alert alert ON alert.case_id = cohort.subject
  JOIN pathway_clock clock ON clock.id = alert.clock_id CROSS JOIN given
  WHERE alert.raised_at >= %s AND alert.raised_at < %s AND (%s = '' OR clock.standard = %s)
),
told AS (
  SELECT raised.id, min(delivery.told_at) FILTER (WHERE delivery.address_id IS NULL) AS told_at,
    count(DISTINCT delivery.user_id) FILTER (WHERE delivery.address_id IS NULL) AS people,
    min(delivery.read_at) AS read_at, bool_or(delivery.address_id IS NOT NULL) AS outside,
    min(message.ended_at) FILTER (WHERE message.state = 'delivered') AS received_at
  FROM raised JOIN pathway_delivery delivery ON delivery.alert_id = raised.id
  LEFT JOIN pathway_message message ON message.id = delivery.message_id GROUP BY raised.id
),
said AS (
  SELECT raised.id, min(response.at) AS said_at, min(response.at) FILTER (WHERE response.what = ANY(%s)) AS answered_at
  FROM raised JOIN pathway_response response ON response.alert_id = raised.id GROUP BY raised.id
),
higher AS (
  SELECT raised.id, min(higher.raised_at) AS raised_at
  FROM raised JOIN pathway_alert higher ON higher.clock_id = raised.clock_id AND higher.rung > raised.rung
  GROUP BY raised.id
),
followed AS (
  SELECT raised.*, told_at, COALESCE(people, 0) AS people, COALESCE(outside, false) AS outside, received_at, said_at,
    LEAST(read_at, said_at) AS seen_at, answered_at, LEAST(higher.raised_at, raised.unanswered_at) AS next_at
  FROM raised LEFT JOIN told USING (id) LEFT JOIN said USING (id) LEFT JOIN higher USING (id)
),
read AS (SELECT followed.*, {fate(ANSWERED)} AS answered, {fate(ACTED)} AS acted FROM followed),
judged AS (SELECT read.*, CASE WHEN early THEN acted END AS before_limit FROM read)
"""  # noqa: S608 - of words of the lines


@dataclass(frozen=True, slots=True)
class Asked:
    """The alerts raised from `start` until before `end`, in one unit or in all, of one clock or of all ('')."""

    user: User
    start: datetime
    end: datetime
    unit: Unit | None = None
    clock: str = ""

    def rows(self, then: str, *given: Any, now: datetime | None = None) -> list[tuple[Any, ...]]:
        """What `then`, the rest of a query after `judged`, answers to whoever may audit."""
        mine = Case.objects.visible_to(self.user) if self.user.role_set & MAY_AUDIT else Case.objects.none()
        cases = mine.filter(unit=self.unit) if self.unit else mine
        try:
            cohort, values = cases.values_list("pk", "protocol", "survivor", "state").query.sql_with_params()
        except EmptyResultSet:
            return []
        period = (self.start, self.end, self.clock, self.clock)
        head = "WITH cohort (subject, protocol, survivor, state) AS (" + cohort + "), "
        return fetched(head + JUDGED + then, [*values, now or database_now(), *period, SAYS_TO_ACT, *given])


@dataclass(frozen=True, slots=True)
class Which:
    """Which alerts a list shows: on a line or in a set, of a level, an hour, a version, told to a person.

    `early` are those raised before the limit, or those raised at it or later; None for both.
    """

    line: str
    level: str = ""
    hour: int | None = None
    version: str = ""
    early: bool | None = None
    person: User | None = None

    @property
    def words(self) -> str:
        """What the line says."""
        return LABELS[self.line]

    @property
    def condition(self) -> tuple[str, list[Any]]:
        """The same in SQL, with its values."""
        parts: list[tuple[str, list[Any]]] = [("left_out = %s", [self.line if self.line in LEFT_OUT else ""])]
        if self.line in SETS:
            parts.append((SETS[self.line][1], []))
        elif self.line not in LEFT_OUT:
            parts.append(("%s IN (answered, acted)", [self.line]))
        given = {"level": self.level or None, "hour": self.hour, "version": self.version or None, "early": self.early}
        parts += [(f"{name} = %s", [value]) for name, value in given.items() if value is not None]
        if self.person:
            parts.append((TOLD_TO, [self.person.pk]))
        return " AND ".join(part for part, _ in parts), [value for _, values in parts for value in values]


TOLD_TO = (
    "EXISTS (SELECT FROM pathway_delivery mine WHERE mine.alert_id = judged.id AND mine.user_id = %s"
    " AND mine.address_id IS NULL)"
)


@dataclass(frozen=True, slots=True)
class One:
    """One alert as a list shows it."""

    id: int
    level: str
    version: str
    standard: str
    raised_at: datetime
    calls: int
    people: int
    told_at: datetime | None
    seen_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    answered: str
    acted: str

    @property
    def label(self) -> str:
        """The clock in words."""
        return protocol.label(self.version, self.standard)

    @property
    def level_words(self) -> str:
        """`E3: limit reached`."""
        return said_of(self.level)

    @property
    def done_at(self) -> datetime | None:
        """When the step was done, where it was."""
        return self.ended_at if self.outcome == "met" else None

    @property
    def fate(self) -> tuple[str, str]:
        """What became of it, by both readings."""
        return LABELS[self.answered], LABELS[self.acted]


def said_of(level: str) -> str:
    """A level in words: `E3: limit reached`."""
    return f"{level}: {LEVEL_WORDS[Level(level)]}"


def cases_of(asked: Asked, subjects: Sequence[int]) -> dict[int, Case]:
    """These cases, with their units, as far as whoever asks may see them."""
    return Case.objects.visible_to(asked.user).select_related("unit").in_bulk(subjects)


def by_case(asked: Asked, which: Which, now: datetime | None = None) -> list[tuple[int, int]]:
    """The cases that such alerts are of, by the newest of them, each with how many."""
    condition, values = which.condition
    found = asked.rows(
        f" SELECT subject, count(*) FROM judged WHERE {condition} GROUP BY subject ORDER BY max(raised_at) DESC, 1",  # noqa: S608
        *values, now=now,
    )  # fmt: skip
    return [(subject, count) for subject, count in found]


def of_cases(asked: Asked, which: Which, cases: Sequence[int], now: datetime | None = None) -> dict[int, list[One]]:
    """Such alerts of these cases, by case, the oldest first."""
    condition, values = which.condition
    names = ", ".join(One.__dataclass_fields__)
    rows = asked.rows(
        f" SELECT subject, {names} FROM judged WHERE subject = ANY(%s) AND {condition} ORDER BY raised_at, id",  # noqa: S608
        list(cases), *values, now=now,
    )  # fmt: skip
    found: dict[int, list[One]] = {subject: [] for subject in cases}
    for subject, *row in rows:
        found[subject].append(One(*row))
    return found
