"""On which line a case stands whose clocks started more than once, or that was treated twice."""

import pytest

from pathway.analytics.compute import series
from pathway.engine import now as clock
from pathway.engine.merge import merge
from pathway.record.case import Case
from tests import factories
from tests.analytics.one_case import DAY, HOUR, LATER, told, treated
from tests.factories import START

pytestmark = pytest.mark.django_db


def test_who_called_while_the_case_was_of_class_b_is_counted_from_class_a_on(unit, line, scope, manager):
    """Given class B and a call at half past nine, class A from hour 40, when the scan is at 60, then it took 20."""
    case = factories.case("B", place=unit, at=START, recorded=LATER)
    told(case, "contact.made", HOUR / 2)
    told(case, "case.reclassified", 40 * HOUR, **{"class": "A"})
    assert (line("K1b", START + 41 * HOUR), line("K1b", START + 65 * HOUR)) == ("running", "not_done")
    told(case, "imaging.acquired", 60 * HOUR)
    assert (line("K1"), line("K1b")) == ("met", "met")
    (only,) = series("K1b", user=manager, by="case", start=scope.start, end=scope.end)
    assert only.value == 20


def test_a_call_after_the_class_began_is_where_its_measure_begins(case, line):
    told(case, "contact.made", 10 * HOUR)
    told(case, "imaging.acquired", 30 * HOUR)
    assert (line("K1"), line("K1b")) == ("late", "met")
    told(case, "contact.made", HOUR)
    assert line("K1b") == "late"


def reopened(case):
    """A case that was declined at hour 5 and is reopened at hour 500."""
    told(case, "contact.made", HOUR / 2)
    told(case, "case.declined", 5 * HOUR)
    told(case, "case.reopened", 500 * HOUR, **{"class": "A"})


def test_a_reopened_case_is_counted_from_its_reopening(case, line):
    reopened(case)
    told(case, "imaging.acquired", 510 * HOUR)
    treated(case, 520 * HOUR)
    assert [line(key) for key in ("K1", "K1b", "K9", "K10")] == ["met"] * 4


@pytest.mark.parametrize(("hours", "precision", "found"), [
    (547, "minute", "met"), (549, "minute", "late"), (547, "day", "uncertain"),
])  # fmt: skip
def test_forty_eight_hours_of_a_reopened_case_count_from_then(case, line, hours, precision, found):
    reopened(case)
    treated(case, hours * HOUR, precision)
    assert line("K10") == found


def test_a_reopening_after_the_treatment_moves_no_start(case, line):
    treated(case, 40 * HOUR)
    told(case, "case.closed", 60 * HOUR)
    told(case, "case.reopened", 500 * HOUR, **{"class": "A"})
    assert line("K10") == "met"


def test_a_treatment_of_before_the_reopening_is_none_of_after_it(case, line):
    """Given a case that was treated, closed and reopened, when its confirmed compression waits, then it is late."""
    told(case, "imaging.acquired", 10 * HOUR)
    told(case, "case.impending", 20 * HOUR)
    told(case, "decision.made", 21 * HOUR, modality="radiotherapy")
    told(case, "consent.recorded", 22 * HOUR, procedure="radiotherapy")
    told(case, "radiotherapy.fraction", 30 * HOUR, n=1, of=1)
    told(case, "case.closed", 100 * HOUR)
    told(case, "case.reopened", 500 * HOUR, **{"class": "A"})
    told(case, "case.confirmed", 510 * HOUR)
    told(case, "decision.made", 520 * HOUR, modality="surgery")
    told(case, "consent.recorded", 521 * HOUR, procedure="surgery")
    told(case, "surgery.started", 800 * HOUR)
    assert (line("K9"), line("K10")) == ("late", "late")


def test_an_operation_of_before_the_reopening_says_nothing_of_later_radiotherapy(case, line):
    operated(case, 14 * HOUR)
    told(case, "case.closed", 100 * HOUR)
    told(case, "case.reopened", 500 * HOUR, **{"class": "A"})
    radiotherapy(case, 512 * HOUR, 800 * HOUR)
    assert line("K8") == "late"


def test_whether_the_call_or_the_class_was_later_may_be_open(unit, line):
    """Given a call of two o'clock, to the hour, and class A at half past, when a scan came 24 h 15 min after that."""
    case = factories.case("B", place=unit, at=START, recorded=LATER)
    told(case, "contact.made", 5 * HOUR, precision="hour")
    told(case, "case.reclassified", 5.5 * HOUR, **{"class": "A"})
    told(case, "imaging.acquired", 29.75 * HOUR)
    assert line("K1b") == "uncertain"


def operated(case, after, precision="minute"):
    told(case, "case.confirmed", HOUR)
    told(case, "decision.made", 2 * HOUR, modality="surgery")
    told(case, "consent.recorded", 3 * HOUR, procedure="surgery")
    told(case, "surgery.started", after, precision)


def radiotherapy(case, decided, fraction):
    told(case, "decision.made", decided, modality="radiotherapy")
    told(case, "consent.recorded", decided, procedure="radiotherapy")
    told(case, "radiotherapy.fraction", fraction, n=1, of=1)


def test_radiotherapy_that_follows_an_operation_is_not_for_the_day_of_its_decision(case, line):
    operated(case, 15 * HOUR)
    radiotherapy(case, 200 * HOUR, 300 * HOUR)
    assert (line("K8"), line("K9")) == ("operated", "met")


def test_an_operation_after_the_limit_of_the_radiotherapy_hides_no_delay(case, line):
    operated(case, 40 * HOUR)
    radiotherapy(case, 10 * HOUR, 300 * HOUR)
    assert line("K8") == "late"


def test_an_operation_after_the_first_fraction_takes_nothing_from_it(case, line):
    operated(case, 20 * HOUR)
    radiotherapy(case, 4 * HOUR, 10 * HOUR)
    assert line("K8") == "met"


def test_whether_an_operation_of_the_day_of_the_limit_came_before_it_cannot_be_told(case, line):
    """Given radiotherapy decided at one on the second, when the operation was on the third, then nobody can tell."""
    operated(case, 20 * HOUR, precision="day")
    radiotherapy(case, 4 * HOUR, 300 * HOUR)
    assert line("K8") == "maybe_operated"


def test_systemic_treatment_alone_has_no_end_after_which_to_look(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    told(case, "case.confirmed", 2 * HOUR)
    told(case, "decision.made", 3 * HOUR, modality="systemic")
    told(case, "consent.recorded", 3 * HOUR, procedure="systemic")
    told(case, "systemic.started", 20 * HOUR)
    told(case, "mobility.assessed", 100 * HOUR, code="M2")
    assert line("K15b") == "goes_on"
    radiotherapy(case, 80 * HOUR, 90 * HOUR)
    assert line("K15b") == "met"


def test_a_later_suspicion_of_a_merged_case_reopens_what_was_over(unit, line):
    """Given a case whose compression was excluded, and another referral of the patient, merged, when that is treated
    within two days, then it is in time: its clock began with that referral."""
    who = factories.patient(unit.organisation)
    first, second = (factories.case(place=unit, who=who, at=START + hours * HOUR, recorded=LATER) for hours in (0, 100))
    told(first, "case.excluded", 20 * HOUR)
    treated(second, 120 * HOUR)
    with clock.at(LATER + HOUR):
        answers = {"into": first.code, "reason": "two referrers", "second_person": "second coordinator"}
        merge(Case.objects.get(pk=second.pk), by=factories.teller(unit.organisation), answers=answers)
    assert line("K10", LATER + DAY) == "met"


MRI, CALL = {"modality": "mri"}, {"channel": "phone"}
CLASS_A = ("case.reclassified", 27, "minute", {"class": "A"})
SOON_A = ("case.reclassified", 3.2, "minute", {"class": "A"})


@pytest.mark.parametrize(("key", "found", "entries"), [
    # The scan of the day on which the class began, before or after that; of the day before it was surely before.
    ("K1", "uncertain", [CLASS_A, ("imaging.acquired", 27, "day", MRI)]),
    ("K1", "not_done", [CLASS_A, ("imaging.acquired", 3, "day", MRI)]),
    ("K1", "not_done", [CLASS_A, ("imaging.acquired", 26, "minute", MRI)]),
    ("K1", "not_done", [CLASS_A, ("imaging.acquired", 27, "day", {"modality": "ct"})]),
    ("K1b", "uncertain", [("contact.made", 1, "minute", CALL), CLASS_A, ("imaging.acquired", 27, "day", MRI)]),
    ("K4", "uncertain", [SOON_A, ("contact.made", 3, "hour", CALL)]),
    ("K4", "not_done", [SOON_A, ("contact.made", 3, "hour", {"channel": "message"})]),
    ("K14a", "uncertain", [("case.confirmed", 10, "minute", {}), ("case.admitted", 26, "minute", {}),
                           ("physiotherapy.assessed", 26, "day", {})]),
])  # fmt: skip
def test_a_deed_that_may_have_come_before_its_clock_leaves_it_open(unit, line, key, found, entries):
    """Given a deed known to the day or hour in which its clock began, when that ended no run, then nobody can tell."""
    case = factories.case("B", place=unit, at=START, recorded=LATER)
    for kind, hours, precision, answers in entries:
        told(case, kind, hours * HOUR, precision, **answers)
    assert line(key) == found


def test_a_treatment_of_the_day_on_which_it_was_decided_is_not_surely_late(case, line):
    """Given confirmation, decision and a fraction of one day, the fraction to the day alone: it may have come first."""
    told(case, "consent.recorded", 12 * HOUR, procedure="radiotherapy")
    told(case, "case.confirmed", 26 * HOUR)
    told(case, "decision.made", 27 * HOUR, modality="radiotherapy")
    told(case, "radiotherapy.fraction", 15 * HOUR, "day", n=1, of=1)
    assert (line("K8"), line("K9")) == ("uncertain", "uncertain")


@pytest.mark.parametrize(("died", "precision", "found"), [(101, "minute", "unmet"), (100, "day", "maybe_died")])
def test_a_death_on_the_day_of_the_discharge_hides_no_missing_assessment(case, line, died, precision, found):
    """Given a discharge to the minute and a death of that day, when nothing was assessed, then nobody can tell."""
    told(case, "discharge.discharged", 100 * HOUR)
    told(case, "case.died", died * HOUR, precision)
    assert line("K17") == found


@pytest.mark.parametrize(("after", "found"), [
    ([], "off"),
    ([("steroids.started", 60)], "not_done"),
    ([("steroids.started", 60), ("steroids.stopped", 227)], "met"),
    ([("steroids.started", 60), ("steroids.stopped", 229)], "late"),
    ([("steroids.started", 60), ("steroids.taper_planned", 70)], "met"),
    ([("steroids.started", 60), ("case.died", 100)], "again_died"),
    ([("steroids.started", 48)], "not_done"),
    ([("steroids.started", 48), ("steroids.stopped", 100)], "met"),
])  # fmt: skip
def test_who_was_off_the_steroid_when_treated_counts_from_when_it_began_again(case, line, after, found):
    """Given a steroid of hours 3 to 40 and radiotherapy at 50, then seven days count from a later dose."""
    told(case, "steroids.indicated", 2 * HOUR)
    told(case, "steroids.started", 3 * HOUR)
    told(case, "steroids.stopped", 40 * HOUR)
    treated(case, 50 * HOUR)
    for kind, hours in after:
        told(case, kind, hours * HOUR)
    assert line("K7") == found


def test_a_steroid_that_was_begun_again_is_not_late_before_its_seven_days_are_over(case, line):
    told(case, "steroids.started", 3 * HOUR)
    told(case, "steroids.stopped", 40 * HOUR)
    treated(case, 50 * HOUR)
    told(case, "steroids.started", 60 * HOUR)
    assert (line("K7", START + 228 * HOUR), line("K7", START + 229 * HOUR)) == ("again_young", "not_done")
