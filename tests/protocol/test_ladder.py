"""How a ladder is climbed: no level twice, none skipped in silence, loud to the end, held only as long as was said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway import protocol
from pathway.protocol.ladder import HELD, REPEAT, Call, Ladder
from pathway.protocol.types import At, Level

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LADDERS = {each.key: each.ladder for each in protocol.get("mscc-2026.2").all if each.ladder}
MRI, REPORT, TOP = LADDERS["mri_a"], LADDERS["report"], LADDERS["deterioration"]


def ladder(rungs, rung=0, call=None, amber=12 * HOUR, due=24 * HOUR, **more):
    return Ladder(rungs, rung, START + amber, START + due, call, **more)


class Climb:
    """One clock whose ladder is climbed in steps of time, with what people say to it; it keeps what was told, when."""

    def __init__(self, rungs, amber, due):
        self.rungs, self.amber, self.due = rungs, amber, due
        self.rung, self.call, self.told, self.unanswered = 0, None, [], False

    @property
    def ladder(self):
        return ladder(self.rungs, self.rung, self.call, self.amber, self.due)

    def sweep(self, now):
        before, (rung, why) = self.rung, self.ladder.climbed(now)
        if not why:
            return ""
        if rung == before:
            self.unanswered = self.unanswered or why != "help"
        self.rung, self.call = rung, Call(now, unanswered=self.unanswered and rung == before)
        self.told.append((rung, why, now))
        return why

    def says(self, what, now):
        if self.call is None:
            return
        call = self.call
        if what in ("declined", "help"):
            self.call = Call(call.called_at, call.until, now, what, call.unanswered)
        else:
            self.call = Call(call.called_at, now + what, unanswered=call.unanswered)


def test_each_level_comes_at_its_own_time_where_everybody_acts():
    climb = Climb(MRI, 12 * HOUR, 24 * HOUR)
    for hours, level in ((12, "E1"), (18, "E2"), (24, "E3")):
        assert climb.sweep(START + hours * HOUR - MINUTE) == ""
        assert climb.sweep(START + hours * HOUR) == "time"
        assert climb.rungs[climb.rung - 1].level == level
        climb.says(START + (hours + 6) * HOUR - (START + hours * HOUR), START + hours * HOUR)


def test_a_level_that_nobody_answers_goes_to_the_next_after_its_interval_and_the_last_repeats_hourly():
    climb, now = Climb(MRI, 12 * HOUR, 24 * HOUR), START + 12 * HOUR
    climb.sweep(now)
    for length, rung in ((15, 2), (15, 3), (30, 3), (60, 3), (60, 3)):
        now += length * MINUTE
        assert climb.ladder.wakes_at == now
        assert climb.sweep(now - MINUTE) == ""
        assert climb.sweep(now) == "silence"
        assert climb.rung == rung


def test_what_was_said_lapses_and_the_next_level_is_told():
    climb, now = Climb(MRI, 12 * HOUR, 24 * HOUR), START + 12 * HOUR
    climb.sweep(now)
    climb.says(2 * HOUR, now + 5 * MINUTE)
    assert climb.ladder.wakes_at == now + 2 * HOUR + 5 * MINUTE
    assert climb.sweep(now + 2 * HOUR) == ""
    assert climb.sweep(now + 2 * HOUR + 5 * MINUTE) == "lapsed"
    assert climb.rung == 2


@pytest.mark.parametrize("why", ["declined", "help"])
def test_passing_on_tells_the_next_level_at_once(why):
    climb, now = Climb(MRI, 12 * HOUR, 24 * HOUR), START + 12 * HOUR
    climb.sweep(now)
    climb.says(why, now + MINUTE)
    assert climb.ladder.wakes_at == now + MINUTE
    assert climb.sweep(now + MINUTE) == why
    assert climb.sweep(now + MINUTE) == ""


def test_a_level_below_e3_waits_while_somebody_acts_and_e3_never():
    acting = Call(START + 12 * HOUR, START + 25 * HOUR)
    assert ladder(MRI, 1, acting).climbed(START + 18 * HOUR) == (1, "")
    assert ladder(MRI, 1, acting).climbed(START + 24 * HOUR) == (3, "time")
    assert ladder(MRI, 1, acting).wakes_at == START + 24 * HOUR


def test_after_an_outage_the_highest_level_that_has_passed_is_told():
    assert ladder(MRI).climbed(START + 30 * HOUR) == (3, "time")
    assert ladder(TOP, amber=0 * HOUR, due=HOUR).climbed(START + 2 * HOUR) == (1, "time")


def test_a_suspension_holds_everything():
    held = ladder(MRI, 1, Call(START + 12 * HOUR), suspended_until=START + 20 * HOUR)
    assert held.wakes_at == START + 20 * HOUR


def test_a_ladder_of_one_level_is_told_again_each_hour():
    climb, now = Climb(REPORT, HOUR, 2 * HOUR), START + HOUR
    assert climb.sweep(now) == "time"
    now += REPORT[0].acknowledge
    for _ in range(3):
        assert climb.sweep(now) == "silence"
        now += REPEAT
    assert [rung for rung, _, _ in climb.told] == [1, 1, 1, 1]


def test_without_rungs_nothing_ever_wakes():
    assert ladder(()).wakes_at is None
    assert ladder(()).climbed(START + 99 * HOUR) == (0, "")


STEPS = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.sampled_from(["", "", "", "declined", "help", 15 * MINUTE, HOUR, 4 * HOUR]),
    ),
    max_size=40,
)


@given(key=st.sampled_from(sorted(LADDERS)), amber=st.integers(0, 600), more=st.integers(0, 900), steps=STEPS)
def test_whatever_people_say_no_level_comes_twice_none_is_skipped_in_silence_and_it_ends_loud(key, amber, more, steps):
    rungs = LADDERS[key]
    climb, now = Climb(rungs, amber * MINUTE, (amber + more) * MINUTE), START
    for length, says in steps:
        now += length * MINUTE
        wakes, before, until = climb.ladder.wakes_at, climb.rung, climb.call.until if climb.call else None
        why = climb.sweep(now)
        assert bool(why) == (wakes <= now), "it wakes when, and only when, there is something to do"
        if why and climb.rung > before:
            level, own = rungs[climb.rung - 1].level, climb.ladder.time(climb.rung - 1)
            assert why != "time" or own <= now
            assert why == "time" or climb.rung == before + 1, "a level is passed on to the next one"
            if until and until > now and why == "time":
                assert level not in HELD, "below E3 it waits for whoever acts"
        for number, rung in enumerate(rungs[climb.rung :], climb.rung):
            acting = climb.call and climb.call.until and climb.call.until > now
            assert climb.ladder.time(number) > now or (acting and rung.level in HELD), "E3 is never held back"
        if says:
            climb.says(says, now)
    first = [rung for rung, why, _ in climb.told if why]
    assert first == sorted(first)
    assert sum(rung < len(rungs) for rung in first) == len({rung for rung in first if rung < len(rungs)})
    climb.call = Call(now) if climb.rung else climb.call
    for _ in range(len(rungs) + 3):
        now = climb.ladder.wakes_at
        assert climb.sweep(now) != "", "it never falls silent"
    assert climb.rung == len(rungs)
    assert climb.ladder.wakes_at - now <= REPEAT


def test_every_ladder_ends_within_a_day_of_silence_at_its_last_level():
    for key, rungs in LADDERS.items():
        climb, now = Climb(rungs, HOUR, 2 * HOUR), START
        while climb.rung < len(rungs):
            now = climb.ladder.wakes_at
            climb.sweep(now)
        assert now - START <= 2 * HOUR, key
        assert rungs[-1].level != Level.E0
        assert {each.at for each in rungs} <= set(At)
