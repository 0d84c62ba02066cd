"""Who holds a role when: against a plain reading by the minute, round both clock changes, for any rota at all."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathway.protocol.hours import LONDON, bank_holidays
from pathway.protocol.shifts import Dated, Holidays, Kind, Post, Weekly

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALL = frozenset(range(7))
LONG_AGO = date(2020, 1, 1)
EARLY, LATE, NIGHT = 1, 2, 3
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)


def weekly(person, begins, ends, days=ALL, **more):
    return Weekly(person, frozenset(days), time.fromisoformat(begins), time.fromisoformat(ends), LONG_AGO, **more)


def three(*joints):
    """Three shifts that follow each other round the clock."""
    return Post(weekly=tuple(weekly(who, *pair) for who, pair in enumerate(pairwise([*joints, joints[0]]), 1)))


def plain(post, at):
    """Who holds it, read off the wall: somebody is there while some reading of the clock lies within the shift."""
    people = set(post.standing)
    local = at.astimezone(LONDON)
    for each in post.weekly:
        for day in (local.date() - DAY, local.date()):
            free = day in bank_holidays(post.nation)
            asked = {Holidays.USUAL: True, Holidays.NOT: not free, Holidays.ONLY: free}[each.holidays]
            if day.weekday() in each.days and each.first <= day <= (each.last or date.max) and asked:
                begins = datetime.combine(day, each.begins)
                ends = datetime.combine(day if each.ends > each.begins else day + DAY, each.ends)
                if each.ends == time(23, 59):
                    ends += MINUTE
                if begins <= local.replace(tzinfo=None) < ends or overlaps(begins, ends, at):
                    people.add(each.person)
    for each in post.dated:
        if each.starts_at <= at < each.ends_at and each.kind is not Kind.AWAY:
            if each.kind is Kind.EXTRA:
                people.add(each.person)
            elif each.instead_of in people:
                people.remove(each.instead_of)
                people.add(each.person)
    away = {each.person for each in post.dated if each.kind is Kind.AWAY and each.starts_at <= at < each.ends_at}
    return people - away - post.mute


def overlaps(begins, ends, at):
    """Whether some reading of the two local times makes somebody be there: the overlap that is wanted."""
    first, last = (
        [wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)] for wall in (begins, ends)
    )
    return min(first) <= at < max(last)


INSTANTS = [change + timedelta(minutes=minutes) for change in (SPRING, AUTUMN) for minutes in (
    -780, -120, -61, -60, -59, -31, -30, -29, -1, 0, 1, 29, 30, 31, 59, 60, 61, 119, 120, 780)]  # fmt: skip


def test_there_are_forty_instants_round_both_changes():
    assert len(INSTANTS) == 40


@pytest.mark.parametrize(
    "joints",
    [
        ("08:00", "16:00", "00:00"),
        ("09:00", "17:00", "01:30"),
        ("07:30", "19:30", "02:00"),
        ("06:00", "12:00", "01:00"),
    ],
)
@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_round_a_change_of_the_clocks_somebody_is_always_there(joints, at):
    post = three(*joints)
    assert post.at(at) == tuple(sorted(plain(post, at)))
    assert post.at(at), "overlap, never a gap"


@pytest.mark.parametrize(
    ("joint", "change", "both_for"),
    [("01:30", SPRING, HOUR), ("01:30", AUTUMN, HOUR), ("00:59", SPRING, 0 * HOUR), ("02:00", SPRING, 0 * HOUR),
     ("02:00", AUTUMN, 0 * HOUR), ("01:00", SPRING, HOUR), ("01:00", AUTUMN, HOUR), ("08:00", AUTUMN, 0 * HOUR)],
)  # fmt: skip
def test_a_hand_over_is_neither_skipped_nor_doubled_but_for_the_hour_that_the_clock_doubles_or_skips(
    joint, change, both_for
):
    post = three("12:00", "20:00", joint)
    spans = post.spans(change - 8 * HOUR, change + 8 * HOUR)
    both = [span for span in spans if len(span.people) > 1]
    assert sum((span.ends_at - span.starts_at for span in both), timedelta()) == both_for
    assert all(span.people for span in spans)
    assert {NIGHT, LATE} <= {person for span in spans for person in span.people}


def test_a_night_shift_of_a_change_is_as_long_as_the_night():
    night = Post(weekly=(weekly(NIGHT, "20:00", "08:00"),))
    for change, hours in ((SPRING, 11), (AUTUMN, 13)):
        shift = next(span for span in night.spans(change - 12 * HOUR, change + 12 * HOUR) if span.people)
        assert shift.ends_at - shift.starts_at == hours * HOUR


@pytest.mark.parametrize(
    ("nation", "day", "is_free"),
    [("ENG", "2026-12-25", True), ("ENG", "2026-12-28", True), ("ENG", "2026-04-06", True),
     ("SCT", "2026-04-06", False), ("SCT", "2026-11-30", True), ("ENG", "2026-11-30", False),
     ("NIR", "2026-03-17", True), ("WLS", "2026-03-17", False), ("ENG", "2028-02-29", False)],
)  # fmt: skip
def test_bank_holidays_of_the_nation_make_a_pattern_rest_or_work(nation, day, is_free):
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")
    patterns = tuple(weekly(who, "08:00", "20:00", holidays=rule) for who, rule in enumerate(Holidays, 1))
    assert Post(nation=nation, weekly=patterns).at(noon) == ((1, 3) if is_free else (1, 2))


def test_a_night_that_begins_before_a_bank_holiday_is_worked_to_its_end():
    night = Post(weekly=(weekly(NIGHT, "20:00", "08:00", holidays=Holidays.NOT),))
    assert night.at(datetime(2026, 12, 25, 7, 59, tzinfo=UTC)) == (NIGHT,)
    assert night.at(datetime(2026, 12, 25, 20, tzinfo=UTC)) == ()


def test_the_leap_day_and_the_last_minute_of_a_day():
    post = Post(weekly=(weekly(1, "08:00", "23:59", days=[1]),))  # a Tuesday
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert post.at(leap + 8 * HOUR) == (1,)
    assert post.at(leap + DAY - timedelta(seconds=1)) == (1,), "23:59 means to the end of the day"
    assert post.at(leap + DAY) == ()
    assert post.at(leap + 8 * HOUR - timedelta(seconds=1)) == ()


def test_a_pattern_begins_and_ends_with_its_days():
    post = Post(weekly=(Weekly(1, ALL, time(20), time(8), date(2026, 3, 2), date(2026, 3, 3)),))
    held = [
        span for span in post.spans(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)) if span.people
    ]
    assert [(span.starts_at.isoformat(), span.ends_at.isoformat()) for span in held] == [
        ("2026-03-02T20:00:00+00:00", "2026-03-03T08:00:00+00:00"),
        ("2026-03-03T20:00:00+00:00", "2026-03-04T08:00:00+00:00"),
    ]


T = datetime(2026, 3, 2, tzinfo=UTC)


def dated(kind, person, start=0, end=24, of=None):
    return Dated(kind, person, T + start * HOUR, T + end * HOUR, of)


@pytest.mark.parametrize(
    ("shifts", "at_noon"),
    [
        ((), (1,)),
        ((dated(Kind.EXTRA, 2),), (1, 2)),
        ((dated(Kind.COVER, 2, of=1),), (2,)),
        ((dated(Kind.COVER, 2, of=9),), (1,)),
        ((dated(Kind.AWAY, 1),), ()),
        ((dated(Kind.AWAY, 1), dated(Kind.COVER, 2, of=1)), (2,)),
        ((dated(Kind.COVER, 2, of=1), dated(Kind.COVER, 3, of=2)), (3,)),
        ((dated(Kind.COVER, 3, of=2), dated(Kind.COVER, 2, of=1)), (2,)),
        ((dated(Kind.COVER, 2, of=1), dated(Kind.AWAY, 2)), ()),
        ((dated(Kind.COVER, 2, 13, 20, of=1),), (1,)),
        ((dated(Kind.COVER, 2, 6, 12, of=1),), (1,)),
        ((dated(Kind.COVER, 2, 12, 13, of=1),), (2,)),
    ],
)
def test_what_is_entered_for_once_counts_in_the_order_entered_and_whoever_is_away_holds_nothing(shifts, at_noon):
    assert Post(weekly=(weekly(1, "08:00", "20:00"),), dated=shifts).at(T + 12 * HOUR) == at_noon
    assert Post(standing=(1,), dated=shifts).at(T + 12 * HOUR) == at_noon


def test_whoever_cannot_be_told_may_still_be_covered():
    post = Post(standing=(1,), mute=frozenset({1}))
    assert post.at(T) == ()
    covered = Post(standing=(1,), mute=frozenset({1}), dated=(dated(Kind.COVER, 2, of=1),))
    assert covered.at(T) == (2,)
    assert covered.expects(2, T, T + HOUR)
    assert not covered.expects(3, T, T + HOUR)
    assert Post(standing=(1,), dated=(dated(Kind.AWAY, 1),)).expects(1, T, T + HOUR)


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
dates = st.dates(date(2026, 1, 1), date(2028, 12, 31))
people = st.integers(1, 4)
patterns = st.builds(
    lambda person, days, begins, ends, first, length, rule: Weekly(
        person, frozenset(days), begins, ends, first, None if length is None else first + DAY * length, rule
    ),
    people, st.sets(st.integers(0, 6), min_size=1), times, times, dates, st.none() | st.integers(0, 400),
    st.sampled_from(Holidays),
)  # fmt: skip
around = st.sampled_from([SPRING, AUTUMN, datetime(2028, 2, 29, tzinfo=UTC), datetime(2026, 12, 26, tzinfo=UTC)])


@st.composite
def rotas(draw):
    """A rota with the night round which it is looked at."""
    middle = draw(around)
    begins = st.integers(-40, 40).map(lambda quarters: middle + 15 * quarters * MINUTE)
    one_off = st.builds(
        lambda kind, person, of, start, quarters: Dated(
            kind, person, start, start + 15 * quarters * MINUTE, of if kind is Kind.COVER else None
        ),
        st.sampled_from(Kind), people, people, begins, st.integers(1, 60),
    )  # fmt: skip
    return middle, Post(
        draw(st.sampled_from(["ENG", "SCT"])),
        tuple(draw(st.lists(people, max_size=1))),
        tuple(draw(st.lists(patterns, max_size=5))),
        tuple(draw(st.lists(one_off, max_size=5))),
        frozenset(draw(st.sets(people, max_size=1))),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(rotas())
def test_any_rota_says_the_same_by_the_instant_by_the_range_and_by_the_minute(given_rota):
    middle, post = given_rota
    start, end = middle - 8 * HOUR, middle + 8 * HOUR
    spans = post.spans(start, end)
    assert [spans[0].starts_at, *(span.ends_at for span in spans)] == [*(span.starts_at for span in spans), end]
    assert spans[0].starts_at == start, "the whole range, no gap at a joint"
    assert all(one.people != other.people for one, other in pairwise(spans))
    for span in spans:
        for at in (span.starts_at, span.ends_at - timedelta(seconds=1)):
            assert post.at(at) == span.people == tuple(sorted(plain(post, at)))
    for number in range(0, 16 * 60, 15):
        at = start + number * MINUTE
        assert set(post.at(at)) == plain(post, at)


@settings(deadline=None)
@given(st.lists(times, min_size=1, max_size=4, unique=True), around)
def test_shifts_that_meet_leave_no_gap_on_any_night(joints, middle):
    ordered = sorted(joints)
    pairs = list(pairwise([*ordered, ordered[0]]))
    post = Post(weekly=tuple(Weekly(who, ALL, *pair, LONG_AGO) for who, pair in enumerate(pairs, 1)))
    assert all(span.people for span in post.spans(middle - DAY, middle + DAY))
