"""On which line a case stands where something is known to the day alone, is still to come, or is said in passing."""

import pytest

from pathway.analytics.compute import results, series
from pathway.analytics.dossier import judged
from pathway.analytics.measures import BY_KEY
from tests import factories
from tests.analytics.one_case import DAY, HOUR, LATER, told, treated
from tests.factories import START

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["case.died", "case.closed", "case.excluded"])
def test_an_ending_of_the_day_on_which_the_limit_lies_leaves_nobody_out(case, line, kind):
    """Given a limit at nine on the third, when the case ended on the third, then nobody can tell which came first."""
    told(case, kind, DAY - 3 * HOUR, precision="day")
    assert line("K1") == "uncertain"


def test_an_ending_of_the_day_before_leaves_it_out_and_of_the_day_after_is_late(unit, scope):
    for days in (0, 2):
        told(factories.case(place=unit, at=START, recorded=LATER), "case.died", days * DAY + HOUR, precision="day")
    found = judged(scope, [BY_KEY["K1"]], LATER, "SELECT line FROM judged ORDER BY subject")
    assert found == [("case.died",), ("not_done",)]


def test_a_scan_of_the_day_on_which_the_case_was_closed_may_have_come_first(case, line):
    """Given a scan at two and a closing of that day, when neither says which came first, then it is not left out."""
    told(case, "imaging.acquired", 5 * HOUR)
    told(case, "case.closed", HOUR, precision="day")
    assert line("K1") == "uncertain"


def test_a_death_that_a_follow_up_tells_of_is_no_survival(case, line):
    told(case, "case.confirmed", DAY)
    told(case, "followup.recorded", 45 * DAY, alive=False)
    assert line("K18a") == "said_dead"
    told(case, "case.died", 20 * DAY)
    assert line("K18a") == "met"


def test_who_is_dead_by_a_follow_up_within_thirty_days_died_within_them(case, line):
    told(case, "case.confirmed", DAY)
    told(case, "followup.recorded", 10 * DAY, alive=False, precision="unknown")
    assert line("K18a") == "said_dead"
    told(case, "followup.recorded", 25 * DAY, alive=False)
    assert line("K18a") == "met"
    told(case, "case.died", 3 * DAY, precision="unknown")
    assert line("K18a") == "met"


def test_who_was_seen_after_a_follow_up_that_said_dead_was_not(case, line):
    told(case, "case.confirmed", DAY)
    told(case, "followup.recorded", 20 * DAY, alive=False)
    told(case, "mobility.assessed", 45 * DAY, code="M4")
    assert line("K18a") == "seen"


def test_who_was_seen_alive_after_thirty_days_did_not_die_within_them(case, line):
    """Given a follow-up that says dead without a day, when the patient was seen on day 40, the day is not missing."""
    told(case, "case.confirmed", DAY)
    told(case, "followup.recorded", 60 * DAY, alive=False)
    told(case, "mobility.assessed", 31 * DAY, code="M3")
    assert line("K18a") == "said_dead"
    told(case, "mobility.assessed", 32 * DAY, code="M3")
    assert line("K18a") == "seen"
    told(case, "mobility.assessed", 40 * DAY, precision="unknown", code="M3")
    assert line("K18a") == "seen", "what is of an unknown time takes nothing from what is known"


def test_an_entry_of_an_unknown_time_shows_nobody_alive_after_thirty_days(case, line):
    told(case, "case.confirmed", DAY)
    told(case, "mobility.assessed", 40 * DAY, precision="unknown", code="M3")
    told(case, "followup.recorded", 60 * DAY, alive=False)
    assert line("K18a") == "said_dead"


@pytest.mark.parametrize(("seen", "found"), [(60, "seen"), (31, "unknown")])
def test_a_death_on_an_unknown_day_came_after_thirty_days_where_the_patient_was_seen_then(case, line, seen, found):
    told(case, "case.confirmed", DAY)
    told(case, "followup.recorded", seen * DAY)
    told(case, "case.died", 20 * DAY, precision="unknown")
    assert line("K18a") == found


def test_a_death_within_thirty_days_is_one_whatever_is_typed_of_later(case, line):
    told(case, "case.confirmed", DAY)
    told(case, "followup.recorded", 40 * DAY)
    told(case, "case.died", 20 * DAY)
    assert line("K18a") == "met"


@pytest.mark.parametrize(("key", "missing"), [("K15a", "no_grade"), ("K16a", "not_recorded")])
def test_who_has_just_come_lacks_nothing_yet(case, line, key, missing):
    assert (line(key, START + 23 * HOUR), line(key, START + 25 * HOUR)) == ("young", missing)


def test_the_skin_of_who_was_just_confirmed_is_not_missing_yet(case, line):
    told(case, "case.confirmed", 5 * HOUR)
    assert (line("K20", START + 20 * HOUR), line("K20", START + 30 * HOUR)) == ("young", "no_skin")


def test_week_eight_is_missed_once_it_is_over(case, line):
    """Given a patient who was treated and went home, when week eight is not over, then no grade is missing."""
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    assert (line("K15d", START + 64 * DAY), line("K15d", START + 66 * DAY)) == ("pending", "no_grade")
    told(case, "discharge.discharged", 10 * DAY)
    assert (line("K15d", START + 72 * DAY), line("K15d", START + 74 * DAY)) == ("pending", "no_grade")
    told(case, "followup.recorded", 67 * DAY, due="week_8", mobility="M2")
    assert line("K15d", START + 72 * DAY) == "met"


def test_who_died_before_week_eight_after_going_home_lacks_no_grade(case, line):
    """Given a patient at home from day 20, when they die on day 70, then week 8 had not come; on day 77 it had."""
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "discharge.discharged", 20 * DAY)
    told(case, "case.died", 70 * DAY)
    assert line("K15d") == "died"
    told(case, "followup.recorded", 68 * DAY, due="week_8", mobility="M0")
    assert line("K15d") == "died"
    told(case, "followup.recorded", 69 * DAY, due="week_8", mobility="M2")
    assert line("K15d") == "met"


def test_a_death_of_an_unknown_day_takes_no_grade_and_leaves_nobody_out(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "followup.recorded", 61 * DAY, due="week_8", mobility="M2")
    told(case, "case.died", 20 * DAY, precision="unknown")
    assert line("K15d") == "met"


@pytest.mark.parametrize(("days", "precision", "found"), [
    (20, "unknown", "unknown"), (20, "day", "died"), (65, "day", "unknown"), (66, "day", "no_grade"),
])  # fmt: skip
def test_whether_who_died_on_an_unknown_day_lived_to_week_eight_cannot_be_told(case, line, days, precision, found):
    """Given week 8 that is over on day 65 at nine, when the time of a death leaves it open, then nobody can tell."""
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "case.died", days * DAY, precision=precision)
    assert line("K15d") == found
    assert line("K15d", START + 30 * DAY) == "died", "before week 8 is over whoever is dead died before"


def test_who_was_seen_after_week_eight_lived_to_it(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "followup.recorded", 150 * DAY, due="day_30", mobility="M4")
    told(case, "case.died", 20 * DAY, precision="unknown")
    assert line("K15d") == "no_grade"


def test_a_grade_counts_where_only_the_time_of_the_treatment_is_not_known(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    for kind, answers in (("case.confirmed", {}), ("decision.made", {"modality": "radiotherapy"}),
                          ("consent.recorded", {"procedure": "radiotherapy"})):  # fmt: skip
        told(case, kind, DAY, **answers)
    told(case, "followup.recorded", 61 * DAY, due="week_8", mobility="M2")
    told(case, "radiotherapy.fraction", 70 * DAY, precision="unknown", n=1, of=1)
    assert line("K15d") == "met"


def test_a_grade_of_the_day_of_the_death_counts_and_one_of_before_the_treatment_does_not(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    told(case, "discharge.discharged", 5 * DAY)
    told(case, "followup.recorded", 61 * DAY, due="week_8", mobility="M2")
    treated(case, 63 * DAY)
    assert line("K15d") == "no_grade"
    told(case, "followup.recorded", 120 * DAY + HOUR, due="week_8", mobility="M4")
    told(case, "case.died", 120 * DAY, precision="day")
    assert line("K15d") == "met"


def test_who_is_dead_by_the_follow_up_of_week_eight_lacks_no_grade(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "followup.recorded", 75 * DAY, due="week_8", alive=False)
    assert line("K15d") == "died"


@pytest.mark.parametrize(("died", "found"), [(82, "died"), (84, "no_grade")])
def test_who_died_after_week_eight_was_over_without_a_grade_lacks_it(case, line, died, found):
    """Given a patient at home from day 20, when nobody asked until day 83, then a grade is missing."""
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "discharge.discharged", 20 * DAY)
    told(case, "case.died", died * DAY)
    assert line("K15d") == found


def test_week_eight_is_that_after_a_treatment_at_home(case, line):
    """Given a discharge before the treatment, when the patient dies five days after that, then no grade is missing."""
    told(case, "mobility.assessed", HOUR, code="M3")
    told(case, "discharge.discharged", 5 * DAY)
    treated(case, 60 * DAY)
    assert line("K15d", START + 122 * DAY) == "pending"
    told(case, "case.died", 65 * DAY)
    assert line("K15d") == "died"


def test_nobody_who_is_dead_walks_at_week_eight(case, line):
    """Given a follow-up of week 8 that says dead, or is of a day after the death, then its grade is none."""
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    told(case, "followup.recorded", 58 * DAY, due="week_8", mobility="M2", alive=False)
    assert line("K15d") == "died"
    told(case, "followup.recorded", 57 * DAY, due="week_8", mobility="M2")
    assert line("K15d") == "met"
    told(case, "case.died", 40 * DAY)
    assert line("K15d") == "died"


def test_a_sins_at_any_time_comes_before_a_first_step_that_was_never_made(case, line):
    """Given a SINS at an unknown time, when the patient has not been up, it is before; once they were, who can tell."""
    told(case, "case.confirmed", DAY)
    told(case, "sins.scored", 30 * HOUR, precision="unknown")
    assert line("K12") == "met"
    told(case, "rehabilitation.stepped", 60 * HOUR, step="R2")
    assert line("K12") == "unknown"
    told(case, "sins.scored", 50 * HOUR)
    assert line("K12") == "met"
    told(case, "rehabilitation.stepped", 70 * HOUR, precision="unknown", step="R3")
    assert line("K12") == "unknown", "it may have been the first"


def test_a_sins_after_a_step_of_a_known_time_came_after_mobilising(case, line):
    told(case, "case.confirmed", DAY)
    told(case, "rehabilitation.stepped", 60 * HOUR, precision="unknown", step="R2")
    told(case, "rehabilitation.stepped", 61 * HOUR, step="R3")
    told(case, "sins.scored", 70 * HOUR)
    assert line("K12") == "after"
    told(case, "sins.scored", 80 * HOUR, precision="unknown")
    assert line("K12") == "unknown", "it may have been the first"


def test_no_grade_after_treatment_is_missing_only_once_the_patient_is_home(case, line):
    told(case, "mobility.assessed", HOUR, code="M3")
    treated(case, 2 * DAY)
    assert line("K15b") == "pending"
    told(case, "discharge.discharged", 10 * DAY)
    assert line("K15b") == "no_grade"


def test_needs_assessed_on_the_day_of_discharge_and_typed_later_cannot_be_told(case, line):
    """Given a discharge of a day, when needs of that day are typed after it, it is not said to lack them."""
    told(case, "discharge.discharged", 4 * DAY, precision="day")
    told(case, "discharge.needs_assessed", 4 * DAY + 3 * HOUR)
    assert line("K17") == "unknown"


def test_a_call_after_the_scan_makes_no_negative_hours(case, scope, manager):
    told(case, "imaging.acquired", 3 * HOUR)
    told(case, "contact.made", 8 * HOUR)
    (only,) = series("K1b", user=manager, by="case", start=scope.start, end=scope.end)
    assert only.value == 0
    assert results(scope, [BY_KEY["K1b"]])[0].n == 1
