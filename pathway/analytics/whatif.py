"""What another limit or ladder would have done: a clock replayed over past cases, by the rules as they were and others.

First the rules as they were are set against the alerts that were really raised, so that a reader may trust the rest.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.past import Past, pasts
from pathway.analytics.replay import Replay, Replayed, Ring, Rules
from pathway.engine.now import now as database_now
from pathway.protocol.hours import shown
from pathway.protocol.types import At, Level, Standard
from pathway.record.alert import Alert, Why
from pathway.record.case import Case, CaseQuerySet
from pathway.record.imported import from_file
from pathway.record.person import User
from pathway.record.rota import Rota

AT_A_TIME, MOST_LISTED = 500, 200
WEEK, SAME, EVER = timedelta(days=7), timedelta(minutes=1), datetime(1970, 1, 1, tzinfo=UTC)
Progress = Callable[[int, int], None]
Row = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What has been found so far; `levels` and `people` are counted under both rules, before and then."""

    until: datetime
    cases: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    raised: int = 0
    same: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    levels: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    people: tuple[Counter[int], Counter[int]] = field(default_factory=lambda: (Counter(), Counter()))
    nobody: tuple[int, int] = (0, 0)
    rang_in_time: tuple[int, int] = (0, 0)
    differs: list[Row] = field(default_factory=list)
    earlier: list[Row] = field(default_factory=list)
    later: list[Row] = field(default_factory=list)
    noise: list[Row] = field(default_factory=list)

    def take(self, past: Past, own: Replayed, base: Replayed, other: Replayed) -> None:
        """Take in one case."""
        self.cases += 1
        self.versions.update({past.version(at) for at, _ in past.entries})
        self.compare(past, own)
        for side, found in enumerate((base, other)):
            for ring in found.rings:
                self.levels[side][ring.alert.level] += 1
                self.people[side].update(ring.people)
        self.nobody = added(self.nobody, *(sum(ring.alert.nobody for ring in each.rings) for each in (base, other)))
        for key, clock in base.clocks.items():
            late = clock.is_certainly_late(self.until)
            in_time = late is False and clock.outcome == "met"
            self.runs["late" if late else "in_time" if in_time else "uncertain" if late is None else "other"] += 1
            was, will = base.first(key), other.first(key)
            running = clock.ended_at is None
            row = {**of_case(past.case), "was": iso(was), "will": iso(will), "late": late is True, "running": running}
            ended = clock.ended_at or self.until
            if will and will < (was or ended):
                minutes = whole_minutes((was or ended) - will)
                self.earlier.append({**row, "minutes": minutes, "before": was is not None})
            elif was and (will is None or will > was):
                self.later.append({**row, "minutes": whole_minutes(will - was) if will else None})
            if in_time:
                self.rang_in_time = added(self.rang_in_time, was is not None, will is not None)
                if will and not was:
                    self.noise.append({**row, "minutes": whole_minutes(ended - will)})

    def compare(self, past: Past, own: Replayed) -> None:
        """Set what the rules as they were give against what was really raised."""
        left = defaultdict[tuple[datetime, int, int], list[Ring]](list)
        for ring in own.rings:
            left[ring.run[1], ring.run[2], ring.alert.rung].append(ring)
        self.raised += len(past.alerts)
        for alert in past.alerts:
            twins = left[alert.clock.started_at, alert.clock.nth, alert.rung]
            twin = min(twins, key=lambda ring: abs(ring.alert.raised_at - alert.raised_at), default=None)
            if twin:
                twins.remove(twin)
            if twin and abs(twin.alert.raised_at - alert.raised_at) < SAME:
                self.same += 1
            else:
                self.differs.append(differing(past.case, alert, twin))
        for ring in (ring for rings in left.values() for ring in rings):
            self.differs.append(differing(past.case, None, ring))

    def told(self, names: dict[int, str], weeks: float) -> Row:
        """All of it, as it is kept and shown."""
        levels = [level.value for level in Level if self.levels[0][level.value] or self.levels[1][level.value]]
        people = sorted({*self.people[0], *self.people[1]}, key=lambda one: (-self.people[1][one], names.get(one, "")))
        lists = {
            "differs": sorted(self.differs, key=lambda row: row["code"]),
            "earlier": sorted(self.earlier, key=lambda row: (-row["minutes"], row["code"])),
            "later": sorted(self.later, key=lambda row: row["code"]),
            "noise": sorted(self.noise, key=lambda row: row["code"]),
        }
        return {
            "cases": self.cases, "unknown": self.unknown, "raised": self.raised, "same": self.same,
            "extra": sum(row["raised"] is None for row in self.differs),
            "runs": {words: self.runs[words] for words in ("in_time", "late", "uncertain", "other")},
            "weeks": round(weeks, 1),
            "levels": [counted(level, level, self.levels, weeks) for level in levels],
            "all": counted("", "All", tuple(Counter({"": side.total()}) for side in self.levels), weeks),
            "people": [counted(one, names.get(one, "No longer known"), self.people, weeks) for one in people],
            "nobody": list(self.nobody), "rang_in_time": list(self.rang_in_time),
            "lists": {name: rows[:MOST_LISTED] for name, rows in lists.items()},
            "counts": {name: len(rows) for name, rows in lists.items()},
            "cases_of": {name: len({row["code"] for row in rows}) for name, rows in lists.items()},
            "late_earlier": len({row["code"] for row in self.earlier if row["late"]}), "until": self.until.isoformat(),
        }  # fmt: skip


def added(pair: tuple[int, int], one: int, other: int) -> tuple[int, int]:
    """A pair of counts with more."""
    return pair[0] + one, pair[1] + other


def counted(key: Any, words: str, sides: Sequence[Counter[Any]], weeks: float) -> Row:
    """One row of a table: how many before and then, in all and in a week."""
    was, will = sides[0][key], sides[1][key]
    return {
        "words": words, "was": was, "will": will, "was_weekly": was / weeks, "will_weekly": will / weeks,
        "more": will - was,
    }  # fmt: skip


def lengths(standard: Standard, changed: Standard) -> list[tuple[str, int | None, int | None]]:
    """The lengths of a clock in words, as they are and as they would be, in minutes."""
    found = [
        (words, length(getattr(standard, name)), length(getattr(changed, name)))
        for name, words in (("limit", "Limit"), ("amber", "Amber"))
    ]
    if standard.sooner:
        sooner, amber = standard.sooner.amber, changed.amber
        then = sooner if callable(amber) else min(sooner, amber)
        found.append(("Amber, sooner where nothing holds it back", length(sooner), length(then)))
    return found + [
        (f"{was.level} from {'amber' if was.at is At.AMBER else 'the limit'}", length(was.after), length(then.after))
        for was, then in zip(standard.ladder, changed.ladder, strict=True)
    ]


def length(limit: Any) -> int | None:
    """A length in whole minutes; None where it depends on how the clock starts."""
    return None if callable(limit) else whole_minutes(limit)


def ruled(base: Rules, other: Rules, versions: Mapping[str, int]) -> Row:
    """The lengths that are compared, of which version, and by which others with other lengths cases were replayed."""
    version = base.version or protocol.CURRENT
    standard = protocol.known(version)[base.clock]
    others = {} if base.version else {
        each: count for each, count in sorted(versions.items())
        if (own := protocol.get(each).standards.get(base.clock)) is None or timing(own) != timing(standard)
    }  # fmt: skip
    changed = other.changed(standard)
    return {
        "lengths": lengths(standard, changed), "of": version, "others": others,
        "overtaken": [level for level in overtaken(changed) if level not in overtaken(standard)],
    }  # fmt: skip


def overtaken(standard: Standard) -> list[str]:
    """The levels that come no sooner than a higher one, whichever amber holds; of fixed lengths alone.

    Time alone does not tell them: the sweep goes on to the highest level that has come.
    """
    limit = standard.limit
    if callable(limit):
        return []
    times = [
        [(amber if rung.at is At.AMBER else limit) + rung.after for rung in standard.ladder]
        for amber in ambers(standard)
    ]
    return [
        rung.level.value for number, rung in enumerate(standard.ladder)
        if times and all(any(later <= told[number] for later in told[number + 1 :]) for told in times)
    ]  # fmt: skip


def ambers(standard: Standard) -> set[timedelta]:
    """Each amber that may hold, with that which is sooner; none where it depends on how the clock starts."""
    if callable(standard.amber):
        return set()
    return {standard.amber, *([min(standard.amber, standard.sooner.amber)] if standard.sooner else [])}


def timing(standard: Standard) -> tuple[Any, ...]:
    """All that says when something of a clock is due or told."""
    ladder = [(rung.level, rung.at, rung.after) for rung in standard.ladder]
    return standard.limit, standard.amber, standard.sooner, standard.keeps_due, standard.due_no_later_than, ladder


def iso(at: datetime | None) -> str | None:
    """An instant as it is kept."""
    return at.isoformat() if at else None


def whole_minutes(length: timedelta) -> int:
    """A length in whole minutes."""
    return length // timedelta(minutes=1)


def of_case(case: Case) -> Row:
    """A case by its code alone."""
    return {"uuid": str(case.uuid), "code": case.code}


def differing(case: Case, alert: Alert | None, ring: Ring | None) -> Row:
    """One alert of which the two do not agree, and what is known of why."""
    level = alert.level if alert else ring.alert.level if ring else ""
    replayed = ring.alert if ring else None
    return {
        **of_case(case), "level": level, "raised": iso(alert.raised_at if alert else None),
        "replayed": iso(replayed.raised_at if replayed else None), "why": " ".join(reasons(case, alert, replayed)),
    }  # fmt: skip


def reasons(case: Case, alert: Alert | None, replayed: Alert | None) -> Iterator[str]:
    """What is known of why an alert and its replay differ, in sentences; that nothing is known is one too."""
    found = False
    if alert and alert.lent_by_id:
        found = True
        yield "It was told on a case that was merged into this one since."
    if alert and alert.clock.withdrawn_at:
        found = True
        yield f"The start of its clock was corrected at {shown(alert.clock.withdrawn_at)}."
    if Why.EMPTY in {each.why for each in (alert, replayed) if each} or (
        alert and replayed and alert.nobody != replayed.nobody
    ):
        found = True
        yield "Who was on duty then, by the rota as it is kept now, is another than was found then."
    if alert and replayed and replayed.raised_at < alert.raised_at:
        found = True
        yield f"The sweep raised it {whole_minutes(alert.raised_at - replayed.raised_at)} min after its time."
    if not found:
        yield "No reason is known."


def rules_of(asked: Mapping[str, Any]) -> tuple[Rules, Rules]:
    """The rules that are compared and those with other lengths, out of what was asked, in minutes."""
    limit, amber = (timedelta(minutes=asked[name]) if asked.get(name) else None for name in ("limit", "amber"))
    after = tuple((level, timedelta(minutes=asked[level])) for level in Level if asked.get(level) is not None)
    base = Rules(asked["clock"], asked.get("version") or "")
    return base, replace(base, limit=limit, amber=amber, after=after)


def replayed_of(scope: Scope) -> CaseQuerySet:
    """The cases of a scope that are replayed: for those entered from a file nothing ever rang."""
    return scope.cases.exclude(from_file())


def compared(scope: Scope, base: Rules, other: Rules, *, most: int | None = None, tell: Progress | None = None) -> Row:
    """One clock over the newest cases of a scope, by two rules; `tell` hears how many cases are done of how many."""
    now, found = database_now(), replayed_of(scope).order_by("-suspected_at", "-pk")
    keys = list(found.values_list("pk", flat=True)[:most])
    units = set(found.values_list("unit", flat=True).order_by())
    rota, tally = Rota(units, scope.start, now), Tally(now)
    for begin in range(0, len(keys), AT_A_TIME):
        some = Case.objects.select_related("unit").in_bulk(keys[begin : begin + AT_A_TIME])
        for number, past in enumerate(pasts(some, base.clock), begin + 1):
            try:
                own = Replay(past, Rules(base.clock), rota).run(now)
                one = Replay(past, base, rota).run(now) if base.version else own
                two = Replay(past, other, rota).run(now) if other != base else one
            except protocol.UnknownVersion:
                tally.unknown += 1
            else:
                tally.take(past, own, one, two)
            if tell:
                tell(number, len(keys))
    people = {*tally.people[0], *tally.people[1]}
    names = {person.pk: str(person) for person in User.objects.in_bulk(people).values()}
    every = found.count()
    of_own = replayed_of(replace(scope, start=EVER, end=now, unit=None)).order_by("suspected_at")
    oldest = found.filter(pk__in=keys[-1:]) if every > len(keys) else of_own  # before it nothing rang, or is counted
    begins = oldest.values_list("suspected_at", flat=True).first() or scope.start
    begins, ends = min(max(scope.start, begins), scope.end), min(scope.end, now)
    weeks = max((ends - begins) / WEEK, 1 / 7)
    imported = scope.cases.count() - every
    found_of = {**tally.told(names, weeks), **ruled(base, other, tally.versions)}
    return {**found_of, "left_out": every - len(keys), "imported": imported, "begins": begins.isoformat()}
