"""How many alerts each person was told, and how many in each shift of the rota, as the rota now stands."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from uuid import UUID

from pathway.analytics.escalations import SAYS_TO_ACT, Asked
from pathway.engine.now import now as database_now
from pathway.record.case import Case
from pathway.record.outlook import whole
from pathway.record.person import Unit, User
from pathway.record.rota import posts

QUARTER = timedelta(days=92)  # the longest range of which shifts are worked out
NIGHT_FROM, NIGHT_TO = 20, 8
HOUR = timedelta(hours=1)
BANDS = ((0, 0, "none"), (1, 2, "1 or 2"), (3, 5, "3 to 5"), (6, 10, "6 to 10"), (11, None, "more than 10"))
# A row for each alert and person; its value is the words by which somebody says to act.
MINE = """,
mine AS (
  SELECT judged.id, delivery.user_id, count(*) AS times, min(delivery.told_at) AS told_at,
    min(delivery.read_at) AS read_at, EXISTS (
      SELECT FROM pathway_response response JOIN pathway_user person ON person.uuid = response.by_uuid
      WHERE response.alert_id = judged.id AND person.id = delivery.user_id AND response.what = ANY(%s)) AS acts
  FROM judged JOIN pathway_delivery delivery ON delivery.alert_id = judged.id AND delivery.address_id IS NULL
  WHERE left_out = '' GROUP BY judged.id, delivery.user_id
)
"""
PEOPLE = f"""
SELECT user_id, count(*), sum(times)::int, count(*) FILTER (WHERE hour >= {NIGHT_FROM} OR hour < {NIGHT_TO}),
  count(read_at), count(*) FILTER (WHERE acts),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM read_at - told_at)::double precision / 3600)
FROM mine CROSS JOIN LATERAL (SELECT extract(hour FROM told_at AT TIME ZONE 'Europe/London') AS hour) wall
GROUP BY user_id ORDER BY 2 DESC, 1
"""  # noqa: S608 - put together from constants
TOLD = """
SELECT delivery.user_id, delivery.told_at, judged.id
FROM judged JOIN pathway_delivery delivery ON delivery.alert_id = judged.id AND delivery.address_id IS NULL
WHERE left_out = '' AND delivery.told_at >= %s AND delivery.told_at < %s ORDER BY delivery.told_at
"""
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Burden:
    """The alerts that one person was told, how often, how many by night, seen, and said to act on; median to seen."""

    person: User
    alerts: int
    tellings: int
    night: int
    seen: int
    acts: int
    hours: float | None


def people(asked: Asked) -> list[Burden]:
    """Everybody who was told of such alerts, the most first."""
    rows = asked.rows(MINE + PEOPLE, SAYS_TO_ACT)
    users = User.objects.in_bulk([row[0] for row in rows])
    return [Burden(users[pk], *rest) for pk, *rest in rows]


def person_told(user: User, uuid: UUID) -> User | None:
    """Somebody who was told of a case that a person may see; None for anybody else."""
    cases = Case.objects.visible_to(user)
    return User.objects.filter(uuid=uuid, deliveries__alert__case__in=cases).first()


@dataclass(frozen=True, slots=True)
class Worked:
    """One shift of one person, and the alerts that they were told in it."""

    person: User
    starts_at: datetime
    ends_at: datetime
    alerts: int


@dataclass(frozen=True, slots=True)
class Shifts:
    """The shifts from `start` to `end`, the fullest first; what was told to who is always on duty, or off it, apart."""

    start: datetime
    end: datetime
    rows: Sequence[Worked]
    always: int
    outside: int

    @property
    def total(self) -> int:
        """How many shifts there were."""
        return len(self.rows)

    @property
    def busy(self) -> list[Worked]:
        """Those with an alert."""
        return [row for row in self.rows if row.alerts]

    @property
    def always_a_day(self) -> float:
        """How often those on duty at all times were told in 24 hours, all of them together."""
        return self.always / ((self.end - self.start) / timedelta(days=1))

    @property
    def bands(self) -> list[tuple[str, int]]:
        """How many shifts had how many alerts."""
        return [
            (words, sum(low <= row.alerts and (high is None or row.alerts <= high) for row in self.rows))
            for low, high, words in BANDS
        ]

    @property
    def median(self) -> float:
        """Half of the shifts had no more."""
        return float(median(row.alerts for row in self.rows))

    @property
    def ninetieth(self) -> float:
        """Nine in ten had no more (type 7)."""
        counts = [row.alerts for row in self.rows]
        return float(quantiles(counts, n=10, method="inclusive")[-1]) if len(counts) > 1 else float(counts[0])


def shifts(asked: Asked, now: datetime | None = None) -> Shifts:
    """The shifts of the newest quarter of what is asked, as far as it is over, with what was told in them.

    A person's shifts that overlap, in several roles or units, are one. Who holds a role at all times has none.
    """
    end = min(asked.end, now or database_now())
    start = max(asked.start, end - QUARTER)
    if end <= start:
        return Shifts(start, end, [], 0, 0)
    worked, always = rota(asked, start, end)
    heard: dict[tuple[int, Stretch], set[int]] = defaultdict(set)
    off = {True: 0, False: 0}
    for person, at, alert in asked.rows(TOLD, start, end):
        stretch = next((each for each in worked.get(person, ()) if each[0] <= at < each[1]), None)
        if stretch is None:
            off[person in always] += 1
        else:
            heard[person, stretch].add(alert)
    users = User.objects.in_bulk(worked)
    rows = [
        Worked(users[person], *stretch, len(heard[person, stretch]))
        for person, stretches in worked.items()
        for stretch in stretches
    ]
    rows.sort(key=lambda row: (-row.alerts, row.starts_at, row.person.pk))
    return Shifts(start, end, rows, off[True], off[False])


def rota(asked: Asked, start: datetime, end: datetime) -> tuple[Mapping[int, list[Stretch]], set[int]]:
    """The shifts of each person in a range, oldest first, and who holds some role at all times."""
    every = Unit.objects.filter(organisation=asked.user.organisation_id).values_list("pk", flat=True)
    units = [asked.unit.pk] if asked.unit else list(every)
    found: dict[int, list[Stretch]] = defaultdict(list)
    always: set[int] = set()
    for post in posts(units, start, end).values():
        always.update(post.standing)
        spans = post.spans(start, end)
        for person in {person for span in spans for person in span.people} - set(post.standing):
            found[person] += [(span.starts_at, span.ends_at) for span in whole(spans, person)]
    return {person: list(united(stretches)) for person, stretches in found.items()}, always


def united(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Stretches of time, oldest first, those that overlap as one."""
    ordered = sorted(stretches)
    begins, ends = ordered[0]
    for start, end in ordered[1:]:
        if start < ends:
            ends = max(ends, end)
        else:
            yield begins, ends
            begins, ends = start, end
    yield begins, ends
