"""What holds for every set of facts, in whatever order they are given."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.phase import ENDS, PHASES, phase
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import KINDS, ends_case
from tests.protocol.told import CURRENT, START

ANSWERS = {
    **{f"case.{what}": {"class": "ABC"} for what in ("suspected", "reclassified", "reopened")},
    "case.declined": {"what": ("everything", "imaging", "treatment")},
    "contact.made": {"channel": ("phone", "message")},
    "imaging.acquired": {"modality": ("mri", "ct")},
    "imaging.booked": {"slot_at": [(START + timedelta(hours=n)).isoformat() for n in (2, 20, 40)]},
    "imaging.communicated": {"result": ("mscc", "normal", "non_diagnostic")},
    "position.ordered": {"position": ("flat", "mobile")},
    "position.reviewed": {"position": ("flat", "mobile")},
    "referral.triaged": {"outcome": ("pathway", "advice_only")},
    "steroids.withheld": {"reason": ("haematology", "other")},
    "opinion.surgical": {"opinion": ("operate", "more_information")},
    "opinion.oncology": {"opinion": ("supportive", "more_information")},
    "decision.made": {"modality": ("radiotherapy", "surgery", "systemic")},
    "radiotherapy.fraction": {"n": (1, 2)},
    "rehabilitation.stepped": {"step": ("R1", "R2")},
    "pain.scored": {"rest": (0, 8), "movement": (2, 5)},
    "followup.recorded": {"due": ("day_30", "week_8")},
    "clock.voided": {"clock": sorted(CURRENT.standards)},
}
HEARD = sorted(CURRENT.kinds | set(ANSWERS) | {"case.died", "case.closed", "case.entered_in_error"})


@st.composite
def a_fact(draw):
    """A fact of a kind that some clock hears, at one of few times, so that ties are common."""
    kind = draw(st.sampled_from(HEARD))
    answers = {name: draw(st.sampled_from(values)) for name, values in ANSWERS.get(kind, {}).items()}
    if kind == "case.suspected":
        answers["place"] = draw(st.sampled_from(("ward", "imaging")))
    return Fact(kind, START + timedelta(hours=draw(st.integers(0, 30))), answers)


A_CASE = st.lists(a_fact(), max_size=25)


def outline(run):
    return (run.standard, run.started_at, run.due_at, run.amber_at, run.ended_at, run.outcome, run.suspended_until)


def folded(told):
    return fold(told, CURRENT, in_hours)


@given(A_CASE, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_in_which_facts_are_given_makes_no_difference(told, random):
    shuffled = random.sample(told, len(told))
    assert [outline(run) for run in folded(told)] == [outline(run) for run in folded(shuffled)]
    assert phase(told) == phase(shuffled)


@given(A_CASE)
@settings(deadline=None)
def test_no_run_ends_before_it_starts_and_one_runs_at_a_time(told):
    ended = {}
    for run in folded(told):
        assert run.ended_at is None or run.started_at <= run.ended_at
        assert run.amber_at <= run.due_at
        assert (run.ended_at is None) == (run.outcome == "")
        assert run.standard not in ended or ended[run.standard] <= run.started_at
        ended[run.standard] = run.ended_at or START + timedelta(days=99)


@given(A_CASE)
@settings(deadline=None)
def test_no_clock_outlives_its_case_and_none_starts_before_a_reopening(told):
    opens = [fact.occurred_at for fact in told if fact.kind == "case.reopened"]
    for end in {fact.occurred_at for fact in told if ends_case(fact)}:
        again = min((opened for opened in opens if opened > end), default=START + timedelta(days=99))
        for run in folded(told):
            assert run.started_at >= again or (run.ended_at is not None and run.ended_at <= end)


@given(A_CASE)
@settings(deadline=None)
def test_met_is_never_without_its_deed(told):
    at = {(fact.kind, fact.occurred_at) for fact in told}
    for run in folded(told):
        if run.outcome == "met":
            deeds = {kind for wait in CURRENT.standards[run.standard].met for kind in wait.kinds}
            times = [when for kind, when in at if kind in deeds and when <= run.ended_at]
            assert times
            assert run.ended_at in (max(times), run.started_at)


@given(A_CASE)
@settings(deadline=None)
def test_the_phase_is_one_of_the_phases_and_ends_with_the_case(told):
    reached = phase(told)
    assert reached in PHASES
    if not any(ends_case(fact) for fact in told):
        assert reached not in ENDS


@given(st.lists(st.sampled_from(KINDS), max_size=12))
@settings(deadline=None)
def test_facts_without_their_answers_never_break_the_fold(kinds):
    skip = {"clock.suspended", "imaging.booked"}
    folded([Fact(kind, START + timedelta(hours=n)) for n, kind in enumerate(kinds) if kind not in skip])
