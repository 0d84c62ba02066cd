"""Times that are not known exactly: what a clock can say for certain, and that it never says met where it cannot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathway.protocol.fold import fold
from pathway.protocol.hours import Precision, earliest, in_hours, shown, width
from pathway.protocol.types import Fact
from pathway.record.clock import Clock
from tests.protocol.test_properties import A_CASE
from tests.protocol.told import CURRENT, START, facts

LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)


def widened(fact, precision):
    """The fact as if only this were known of its time; on the day of the suspicion it still follows it."""
    at = earliest(fact.occurred_at, precision)
    at = at if fact.kind == "case.suspected" else max(at, min(START, fact.occurred_at))
    return replace(fact, occurred_at=at, width=width(at, precision))


def told(story, **precisions):
    """The facts of a short story, those of some kinds (`imaging_acquired="day"`) known less exactly."""
    return [widened(each, precisions.get(each.kind.replace(".", "_"), "minute")) for each in facts(story)]


def said(run, now=LONG_AFTER):
    """What the clock of a run says."""
    return Clock(
        standard=run.standard, due_at=run.due_at, ended_at=run.ended_at, outcome=run.outcome,
        start_width=run.start_width, end_width=run.end_width,
    ).said(now)  # fmt: skip


def run_of(key, story_facts):
    return [run for run in fold(story_facts, CURRENT, in_hours) if run.standard == key][-1]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_start_of_which_only_the_day_is_known_runs_from_midnight_and_is_uncertain_where_it_straddles():
    """The last row of clinical specification 6.1: 00:00 to 23:59, uncertain if the range straddles the target."""
    for scan, words in (("14:59", "met"), ("15:01", "uncertain"), ("38:59", "uncertain"), ("39:00", "breached")):
        run = run_of("mri_a", told(f"0:00 case.suspected A | {scan} imaging.acquired mri", case_suspected="day"))
        assert (run.started_at, run.due_at) == (at("2026-03-02 00:00"), at("2026-03-03 00:00"))
        assert said(run) == words, scan


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-03-02 23:00", "running"),
        ("2026-03-03 00:00", "running"),
        ("2026-03-03 00:01", "uncertain"),
        ("2026-03-03 23:59", "uncertain"),
        ("2026-03-04 00:00", "overdue"),
    ],
)
def test_a_running_clock_is_uncertain_between_its_earliest_and_its_latest_limit(now, words):
    assert said(run_of("mri_a", told("0:00 case.suspected A", case_suspected="day")), at(now)) == words


@pytest.mark.parametrize(("scan", "words"), [("14:30", "met"), ("15:30", "uncertain"), ("39:30", "breached")])
def test_an_end_counts_as_met_only_at_its_latest(scan, words):
    story = told(f"0:00 case.suspected A | {scan} imaging.acquired mri", imaging_acquired="day")
    assert said(run_of("mri_a", story)) == words


@pytest.mark.parametrize("wide", ["case_suspected", "imaging_acquired"])
def test_what_nobody_knows_is_always_uncertain(wide):
    for scan in ("1:00", "99:00"):
        story = told(f"0:00 case.suspected A | {scan} imaging.acquired mri", **{wide: "unknown"})
        assert said(run_of("mri_a", story)) == "uncertain"
    running = run_of("mri_a", told("0:00 case.suspected A", case_suspected="unknown"))
    assert said(running, running.started_at) == "uncertain"


def test_the_later_of_two_gives_the_width():
    story = "0:00 case.suspected A | 1:00 case.admitted | 2:00 case.confirmed | 3:00 physiotherapy.assessed"
    run = run_of("physiotherapy", told(story, case_confirmed="hour"))
    assert (run.started_at, run.start_width) == (at("2026-03-02 11:00"), timedelta(minutes=59))
    run = run_of("physiotherapy", told(story, case_admitted="hour"))
    assert (run.started_at, run.start_width) == (at("2026-03-02 11:00"), timedelta())
    assert run_of("physiotherapy", told(story, case_admitted="unknown")).start_width is None


def test_a_deed_that_came_early_may_still_have_come_late():
    story = "0:00 case.suspected A | 6:00 steroids.indicated | 7:00 steroids.started"
    run = run_of("dexamethasone", told(story, steroids_started="day"))
    assert (run.started_at, run.ended_at, run.end_width) == (
        at("2026-03-02 15:00"), at("2026-03-02 15:00"), timedelta(hours=8, minutes=59),
    )  # fmt: skip
    assert said(run) == "uncertain"


def test_opinions_that_may_be_older_than_the_result_are_uncertain():
    story = "0:00 case.suspected A | 1:00 imaging.communicated mscc | 2:00 opinion.surgical operate | {} "
    story += "opinion.oncology supportive"
    for opinion in ("2:00", "15:00", "43:00"):
        run = run_of("senior", told(story.format(opinion), imaging_communicated="day"))
        assert said(run) == "uncertain"
    assert said(run_of("senior", told(story.format("3:00")))) == "met"


def test_a_scan_that_may_be_the_one_without_an_answer_is_uncertain():
    story = "0:00 case.suspected A | 5:00 imaging.acquired mri | 5:30 imaging.communicated non_diagnostic"
    assert said(run_of("mri_a", told(story, imaging_communicated="day"))) == "uncertain"
    assert said(run_of("mri_a", told(story)), at("2026-03-02 16:00")) == "running"


def test_a_low_pain_that_may_have_been_before_the_high_one_does_not_end_its_clock():
    story = "0:00 case.suspected A | 2:00 pain.scored rest=2 movement=2 | 5:00 pain.scored rest=9 movement=9"
    low, high = told(story)[1:]
    high = replace(widened(high, "day"), recorded_at=high.occurred_at)
    again = replace(low, occurred_at=high.recorded_at + timedelta(minutes=30))
    assert run_of("pain", [told(story)[0], low, high]).outcome == ""
    assert run_of("pain", [told(story)[0], low, high, again]).outcome == "met"


@pytest.mark.parametrize(("exam", "ended"), [("4:00", False), ("15:00", True)])
@pytest.mark.parametrize("precision", ["day", "unknown"])
def test_an_examination_that_may_have_been_before_it_does_not_end_the_alarm_of_a_deterioration(precision, exam, ended):
    story = f"0:00 case.suspected A | 3:00 case.deteriorated | {exam} neuro.examined"
    heard = [replace(each, recorded_at=at("2026-03-02 23:30")) for each in told(story, case_deteriorated=precision)]
    assert (run_of("deterioration", heard).outcome == "met") is ended
    assert run_of("deterioration", told(story)).outcome == "met"


B_THEN = "-20:00 case.suspected B | {} | 6:00 {} A"


@pytest.mark.parametrize("anew", ["case.reclassified", "case.reopened"])
@pytest.mark.parametrize("deed", ["contact.made phone", "contact.advised", "referral.triaged pathway"])
@pytest.mark.parametrize("precision", ["day", "unknown"])
def test_a_deed_that_may_have_been_before_a_new_class_or_a_reopening_does_not_end_its_clock(anew, deed, precision):
    """Nobody can say that the coordinator knows of the legs: neither the call of that morning nor a triage says so."""
    wide = {anew.replace(".", "_"): precision}
    closed = "-1:00 case.closed | " if anew == "case.reopened" else ""
    story = B_THEN.format(f"{closed}1:00 {deed}", anew)
    assert run_of("contact_a", told(story, **wide)).outcome == ""
    assert said(run_of("contact_a", told(story, **wide)), at("2026-03-02 15:00")) == "uncertain"
    assert run_of("contact_a", told(f"{story} | 6:00 contact.made phone", **wide)).outcome == "met"
    assert run_of("contact_a", told(f"{story} | 6:00 referral.triaged pathway", **wide)).outcome == "superseded"


@pytest.mark.parametrize("deed", ["contact.made phone", "bladder.planned", "neuro.examined", "imaging.acquired mri",
                                  "imaging.communicated mscc | 1:10 case.planned"])  # fmt: skip
def test_no_clock_of_a_new_class_is_ended_by_what_may_have_been_before_it(deed):
    wide = told(B_THEN.format(f"1:00 {deed}", "case.reclassified"), case_reclassified="day")
    runs = [run for run in fold(wide, CURRENT, in_hours) if run.start.kind == "case.reclassified"]
    assert {run.standard for run in runs} == {"contact_a", "mri_a", "plan_24", "total_48", "neuro_exam", "bladder"}
    assert {run.outcome for run in runs} == {""}


def test_a_deed_of_the_same_day_is_not_taken_to_have_followed_a_new_class():
    story = told(B_THEN.format("1:00 contact.made phone", "case.reclassified"), case_reclassified="day",
                 contact_made="day")  # fmt: skip
    assert {each.occurred_at for each in story[1:]} == {START}, "nothing says which came first"
    assert run_of("contact_a", story).outcome == ""


def test_what_voids_or_freezes_a_clock_does_so_whatever_the_order_of_that_day():
    story = B_THEN.format("1:00 {}", "case.reclassified")
    for end, outcome in (("clock.voided contact_a", "void"), ("case.closed", "frozen"), ("case.died", "frozen")):
        assert run_of("contact_a", told(story.format(end), case_reclassified="day")).outcome == outcome


def test_days_are_as_long_as_they_are_by_the_clock_on_the_wall():
    noon = {"spring": at("2026-03-29 12:00"), "autumn": at("2026-10-25 12:00"), "summer": at("2026-07-01 12:00")}
    days = {name: earliest(moment, Precision.DAY) for name, moment in noon.items()}
    assert days == {
        "spring": at("2026-03-29 00:00"),
        "autumn": at("2026-10-24 23:00"),
        "summer": at("2026-06-30 23:00"),
    }
    lengths = {name: width(start, Precision.DAY) + timedelta(minutes=1) for name, start in days.items()}
    assert lengths == {"spring": timedelta(hours=23), "autumn": timedelta(hours=25), "summer": timedelta(hours=24)}
    assert earliest(at("2026-10-25 01:40"), Precision.HOUR) == at("2026-10-25 01:00")
    assert width(at("2026-03-02 09:20"), Precision.HOUR) == timedelta(minutes=39)
    assert width(at("2026-03-02 23:59"), Precision.DAY) == timedelta()


def test_a_time_is_said_as_exactly_as_it_is_known():
    assert shown(at("2026-07-01 12:00"), "day") == "1 July 2026, only the day"
    assert shown(at("2026-07-01 12:00"), "hour") == "13:00 on 1 July 2026, only the hour"
    assert shown(at("2026-07-01 12:00"), "unknown") == "13:00 on 1 July 2026, not known exactly"


@settings(deadline=None, max_examples=400)
@given(A_CASE, st.data())
def test_knowing_less_never_turns_uncertain_or_breached_into_met(story, data):
    """One fact after the other is known less exactly; what is met for certain was met when all was known."""
    exact = [replace(each, id=number) for number, each in enumerate(story, 1)]
    if not exact:
        return
    number = data.draw(st.integers(0, len(exact) - 1))
    precision = data.draw(st.sampled_from([Precision.HOUR, Precision.DAY, Precision.UNKNOWN]))
    less = [widened(each, precision) if place == number else each for place, each in enumerate(exact)]
    before = {(run.standard, run.start.id): said(run) for run in fold(exact, CURRENT, in_hours)}
    for run in fold(less, CURRENT, in_hours):
        if run.outcome == "met" and said(run) == "met":
            assert before.get((run.standard, run.start.id), "met") not in ("uncertain", "breached"), run.standard


def test_two_facts_of_one_instant_known_unequally_are_in_one_order():
    exact = Fact("pain.scored", at("2026-03-02 00:00"), {"movement": 8})
    wide = widened(exact, Precision.DAY)
    one, other = (fold(order, CURRENT, in_hours) for order in ([exact, wide], [wide, exact]))
    assert [run.end_width for run in one] == [run.end_width for run in other]
