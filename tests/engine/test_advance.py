"""The one door: what it writes, what it refuses and how, and that a refusal leaves nothing behind."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.refused import Invalid, NotAllowed, Refused, Stale
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.step import Needs
from pathway.steps.contact import Contact, Referral
from pathway.steps.imaging import ImagingRequest
from pathway.steps.position import Position
from pathway.steps.steroids import SteroidCourse
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, happen, teller
from tests.factories import case as a_case

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return a_case(place=unit)


def scan(case, number=1):
    return ImagingRequest.objects.get(case=case, number=number)


def snapshot(case):
    """Everything that a refused move must leave as it was."""
    return (
        list(Event.objects.filter(case=case).values().order_by("pk")),
        list(Clock.objects.filter(case=case).values().order_by("pk")),
        Case.objects.filter(pk=case.pk).values().get(),
        [list(model.objects.filter(case=case).values()) for model in (Contact, Referral, ImagingRequest, Position)],
    )


def refused(case, *args, recorded=START + HOUR, expected=Refused, **kwargs):
    """Make a move that must be refused; nothing may have changed."""
    before = snapshot(case)
    with clock.at(recorded), pytest.raises(expected) as refusal:
        advance(*args, **{"by": teller(case.organisation)} | kwargs)
    assert snapshot(case) == before
    return refusal.value


def test_a_move_writes_event_state_clocks_and_columns(case):
    event = happen(case, "contact.made", at=START + 20 * MINUTE, spoke_to="Dr Coordinator")
    assert (event.kind, event.track_no, event.occurred_at) == ("contact.made", 1, START + 20 * MINUTE)
    assert event.answers == {"channel": "phone", "spoke_to": "Dr Coordinator"}
    assert (event.by, event.by_uuid) == (str(teller(case.organisation)), teller(case.organisation).uuid)
    assert Contact.objects.get(case=case).state == "made"
    contact = Clock.objects.get(case=case, standard="contact_a")
    assert (contact.outcome, contact.ended_at) == ("met", START + 20 * MINUTE)
    assert Case.objects.get(pk=case.pk).phase == "referred"
    assert_true(case)


def test_the_wrong_role_is_told_whose_it_is(case, manager, physiotherapist):
    for by in (manager, physiotherapist):
        refusal = refused(case, ImagingRequest(case=case), "request", by=by, answers={"modality": "mri"},
                          expected=NotAllowed)  # fmt: skip
        assert "clinician or coordinator" in str(refusal)


def test_somebody_who_has_left_may_do_nothing(case, coordinator):
    coordinator.is_active = False
    refused(case, Contact(case=case), "make", by=coordinator, answers=ANSWERS["contact.made"], expected=NotAllowed)


def test_a_wrong_state_is_refused_with_who_recorded_what_when(case):
    happen(case, "imaging.requested", at=START + 10 * MINUTE, recorded=START + 30 * MINUTE)
    refusal = refused(case, scan(case), "request", answers={"modality": "mri"})
    assert str(refusal) == (
        "“Request the scan” is not possible. Imaging: the present state is “Requested”. "
        f"{teller(case.organisation)} recorded “Scan requested” (09:10 on 2 March 2026) at 09:30 on 2 March 2026. "
        "Correct that entry if it is wrong, or begin a further one."
    )


@pytest.mark.parametrize(
    ("kinds", "verb", "entry", "way"),
    [
        (["case.confirmed", "case.admitted"], "confirm", "Compression confirmed", "Correct that entry if it is wrong."),
        (["imaging.communicated", "case.excluded", "case.admitted"], "confirm", "Compression excluded",
         "Reopen the case, or correct that entry if it is wrong."),
        (["case.died"], "reopen", "Died", "Correct that entry if it is wrong."),
        (["case.admitted"], "reopen", "Compression suspected", "Correct that entry if it is wrong."),
    ],
)  # fmt: skip
def test_a_wrong_state_of_the_case_is_refused_with_what_led_to_it_and_the_way_on(case, kinds, verb, entry, way):
    for hour, kind in enumerate(kinds, 1):
        happen(case, kind, at=START + hour * HOUR, **({"result": "normal"} if kind == "imaging.communicated" else {}))
    kind = {"confirm": "case.confirmed", "reopen": "case.reopened"}[verb]
    refusal = refused(case, case, verb, answers=ANSWERS[kind], recorded=START + 9 * HOUR)
    assert f"recorded “{entry}” (" in str(refusal)
    assert str(refusal).endswith(f". {way}")


def test_what_nothing_had_led_up_to_by_then_says_to_check_the_time(case):
    refusal = refused(case, case, "reopen", at=START - HOUR, answers=ANSWERS["case.reopened"])
    assert str(refusal).endswith("the present state is “Suspected”. Check the time.")


def test_a_late_entry_is_judged_by_the_state_at_its_time(case):
    happen(case, "imaging.acquired", at=START + 5 * HOUR)
    step = scan(case)
    with clock.at(START + 6 * HOUR):
        advance(step, "request", by=teller(case.organisation), at=START + HOUR, answers={"modality": "mri"})
    assert scan(case).state == "acquired"
    assert_true(case)


def test_a_late_entry_that_its_own_time_does_not_allow_is_refused(case):
    happen(case, "steroids.started", at=START + HOUR)
    happen(case, "steroids.stopped", at=START + 5 * HOUR)
    course = SteroidCourse.objects.get(case=case)
    refusal = refused(case, course, "indicate", recorded=START + 6 * HOUR, at=START + 2 * HOUR)
    assert "Steroids: the present state is “On dexamethasone”" in str(refusal)


def test_steps_may_be_skipped_forward_and_the_clocks_in_between_are_superseded(case):
    happen(case, "referral.received", at=START + 5 * MINUTE)
    happen(case, "referral.triaged", at=START + 15 * MINUTE)
    happen(case, "imaging.acquired", at=START + HOUR)
    assert scan(case).state == "acquired"
    assert Clock.objects.get(case=case, standard="mri_request").outcome == "superseded"
    assert_true(case)


@pytest.mark.parametrize("verb", ["request", "vet", "book", "start", "contraindicate", "abandon"])
def test_never_backward(case, verb):
    happen(case, "imaging.acquired", at=START + HOUR)
    answers = ANSWERS.get(ImagingRequest.moves()[verb].event, {})
    refused(case, scan(case), verb, recorded=START + 2 * HOUR, answers=answers)


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (START + HOUR + 5 * MINUTE + timedelta(seconds=1), "has not come yet"),
        (datetime(1957, 4, 11, 12, tzinfo=UTC), "before the patient was born (12 April 1957)"),
        (START + HOUR - timedelta(days=366, seconds=1), "more than a year ago"),
        (datetime(1, 1, 1, tzinfo=UTC), "born"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "has not come yet"),
        (datetime(2026, 3, 2, 9, 30), "no zone"),  # noqa: DTZ001
    ],
)
def test_impossible_times(case, when, says):
    refusal = refused(case, Contact(case=case), "make", at=when, answers=ANSWERS["contact.made"])
    assert says in str(refusal)


def test_five_minutes_ahead_is_a_clock_that_goes_wrong_and_passes(case):
    event = happen(case, "contact.made", at=START + HOUR + 5 * MINUTE, recorded=START + HOUR)
    assert (event.occurred_at, event.recorded_at) == (START + HOUR + 5 * MINUTE, START + HOUR)


def test_the_birth_is_a_day_in_london(unit):
    case = a_case(place=unit, at=datetime(2026, 7, 1, 12, tzinfo=UTC))
    case.patient.birth_date = date(2026, 7, 1)
    case.patient.save()
    step = Contact(case=case)
    early = datetime(2026, 6, 30, 22, 59, tzinfo=UTC)
    refused(case, step, "make", recorded=early + 20 * HOUR, at=early, answers=ANSWERS["contact.made"])
    with clock.at(early + 20 * HOUR):
        advance(step, "make", by=teller(case.organisation), at=early + MINUTE, answers=ANSWERS["contact.made"],
                time_is_right=True)  # fmt: skip


def test_all_missing_answers_are_said_at_once(case):
    refusal = refused(case, Contact(case=case), "make", answers={"by": "x"}, expected=Invalid)
    assert set(refusal.fields) == {"channel", "spoke_to", "by"}


def test_all_missing_guards_are_said_at_once(case, monkeypatch):
    """No move of this version has two guards, so two more are put on one for the test."""
    happen(case, "imaging.requested", at=START + 10 * MINUTE)
    more = (
        Needs("Consent has not been recorded.", lambda _: False),
        Needs("No senior has agreed.", lambda _: False, senior=True),
    )
    move = ImagingRequest.moves()["acquire"]
    monkeypatch.setitem(ImagingRequest.moves(), "acquire", replace(move, needs=(*move.needs, *more)))
    override = {"by": "Consultant", "reason": "urgent"}
    for given in (None, override):
        refusal = refused(case, scan(case), "acquire", at=START - HOUR, answers={"modality": "mri"}, override=given)
        assert len(refusal.reasons) == 3
        assert not refusal.senior, "a senior cannot let the other two pass"


def test_a_named_senior_may_let_a_guard_pass_and_stays_on_the_event(case):
    happen(case, "position.ordered", at=START + 10 * MINUTE)
    position = Position.objects.get(case=case)
    by = teller(case.organisation)
    answers = {"cleared_by": "consultant"}
    refusal = refused(case, position, "clear", answers=answers)
    assert refusal.senior
    assert "No advice on stability" in str(refusal)
    refused(case, position, "clear", answers=answers, override={"by": " ", "reason": "comfort"}, expected=Invalid)
    override = {"by": "Consultant in charge", "reason": "comfort before safety"}
    with clock.at(START + HOUR):
        event = advance(position, "clear", by=by, answers=answers, override=override)
    assert Event.objects.get(pk=event.pk).answers == answers | {"override": override}
    assert Position.objects.get(case=case).state == "cleared"
    assert_true(case)


def test_one_submission_makes_one_event(case):
    key, step = uuid4(), Contact(case=case)
    with clock.at(START + 10 * MINUTE):
        first, second = (
            advance(step, "make", by=teller(case.organisation), answers=ANSWERS["contact.made"], submission=key)
            for _ in range(2)
        )
    assert first.pk == second.pk
    assert Contact.objects.filter(case=case).count() == 1


def test_a_page_that_is_behind_is_refused_with_what_it_missed(case, coordinator):
    happen(case, "imaging.requested", at=START + 10 * MINUTE)
    seen = Event.objects.latest("pk").pk
    happen(case, "imaging.booked", at=START + 20 * MINUTE, by=coordinator)
    answers = {"slot_at": "2026-03-02T20:00:00Z"}
    refusal = refused(case, scan(case), "book", seen=seen, answers=answers, expected=Stale)
    assert str(refusal) == (f"{coordinator} recorded “Slot booked” (09:20 on 2 March 2026) at 09:20 on 2 March 2026.")
    with clock.at(START + HOUR):
        advance(scan(case), "book", by=coordinator, seen=Event.objects.latest("pk").pk, answers=answers)


def test_what_happened_on_another_track_does_not_make_a_page_stale(case, coordinator):
    seen = Event.objects.latest("pk").pk
    happen(case, "steroids.indicated", at=START + 10 * MINUTE)
    with clock.at(START + HOUR):
        advance(ImagingRequest(case=case), "request", by=coordinator, seen=seen, answers={"modality": "mri"})
    assert_true(case)


def test_two_courses_of_one_track_keep_their_own_states(case):
    for number, kind in enumerate(("indicated", "started", "stopped"), 1):
        happen(case, f"steroids.{kind}", at=START + number * HOUR)
    happen(case, "steroids.indicated", at=START + 5 * HOUR)
    states = SteroidCourse.objects.filter(case=case).order_by("number").values_list("number", "state")
    assert list(states) == [(1, "stopped"), (2, "indicated")]
    happen(case, "steroids.changed", at=START + 150 * MINUTE, recorded=START + 6 * HOUR)
    assert Event.objects.latest("pk").track_no == 1
    assert_true(case)


def test_nothing_happens_to_a_case_that_has_ended(case):
    happen(case, "case.died", at=START + HOUR)
    refusal = refused(case, Contact(case=case), "make", recorded=START + 2 * HOUR, answers=ANSWERS["contact.made"])
    assert "The case had ended by then: Died" in str(refusal)
    assert str(refusal).endswith("Check both times, and correct the wrong one.")
    happen(case, "contact.made", at=START + 50 * MINUTE, recorded=START + 3 * HOUR)
    assert Clock.objects.get(case=case, standard="contact_a").outcome == "met"
    assert_true(case)


def test_a_reopened_case_goes_on(case):
    happen(case, "contact.made", at=START + 10 * MINUTE)
    happen(case, "case.closed", at=START + HOUR)
    assert not Case.objects.get(pk=case.pk).is_open
    happen(case, "case.reopened", at=START + 2 * HOUR, **{"class": "B"})
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.klass, case.is_open) == ("suspected", "B", True)
    assert set(Clock.objects.running().filter(case=case).values_list("standard", flat=True)) == {"contact_b", "mri_b"}
    assert_true(case)


def test_a_death_typed_in_after_a_reopening_still_ends_everything(case):
    happen(case, "case.closed", at=START + HOUR)
    happen(case, "case.reopened", at=START + 3 * HOUR)
    happen(case, "case.died", at=START + 2 * HOUR, recorded=START + 4 * HOUR)
    assert Case.objects.get(pk=case.pk).state == "died"
    assert not Clock.objects.running().filter(case=case).exists()
    assert_true(case)


def test_a_move_that_an_entry_of_the_same_minute_would_undo_is_refused(case):
    """At one instant what ends a case comes last, so a reopening typed with the minute of the closing would be lost."""
    happen(case, "case.closed", at=START + HOUR)
    again = {"at": START + HOUR, "answers": ANSWERS["case.reopened"]}
    refusal = refused(case, case, "reopen", recorded=START + 2 * HOUR, **again)
    assert "same time" in str(refusal)


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        *((f"case.{verb}", {}) for verb in ("admitted", "deteriorated", "assigned", "confirmed", "impending")),
        *((f"case.{verb}", {}) for verb in ("planned", "metastases_only", "supportive_care", "transferred", "left")),
        ("case.closed", {}),
        *(("case.declined", {"what": what}) for what in ("everything", "imaging")),
        ("case.reclassified", {"class": "B"}), ("case.entered_in_error", {}),
        ("neuro.examined", {}), ("steroids.started", {}), ("imaging.acquired", {}),
    ],
)  # fmt: skip
def test_what_happened_in_the_minute_of_death_is_the_same_in_whatever_order_it_is_typed(unit, kind, answers):
    found, at = [], START + HOUR
    for told in ((kind, answers), ("case.died", {})), (("case.died", {}), (kind, answers)):
        one = a_case(place=unit)
        for number, (each, given) in enumerate(told, 2):
            happen(one, each, at=at, recorded=START + number * HOUR, **given)
        rows = Clock.objects.standing().filter(case=one)
        columns = Case.objects.values_list("state", "phase", "klass", "contradictions", "next_standard")
        found.append((columns.get(pk=one.pk), set(rows.values_list("standard", "started_at", "ended_at", "outcome"))))
        assert not Case.objects.get(pk=one.pk).is_open
        with clock.at(START + 5 * HOUR):
            assert_true(one)
    assert found[0] == found[1]


def test_a_minute_after_the_death_nothing_happens_to_the_case(case):
    happen(case, "case.died", at=START + HOUR)
    later = {"at": START + HOUR + MINUTE, "answers": ANSWERS["case.deteriorated"]}
    assert "Died" in str(refused(case, case, "deteriorate", recorded=START + 2 * HOUR, **later))
    again = {"at": START + HOUR, "answers": ANSWERS["case.died"] | {"source": "another"}}
    assert "Died" in str(refused(case, case, "die", recorded=START + 2 * HOUR, **again))


def test_a_typical_move_costs_a_fixed_small_number_of_statements(case, django_assert_num_queries):
    happen(case, "referral.received", at=START + 5 * MINUTE)
    happen(case, "referral.triaged", at=START + 10 * MINUTE)
    happen(case, "imaging.requested", at=START + 20 * MINUTE)
    step, by = scan(case), teller(case.organisation)
    with clock.at(START + HOUR), django_assert_num_queries(10):
        advance(step, "book", by=by, answers={"slot_at": "2026-03-02T18:00:00Z"})


def test_a_kind_that_no_move_makes_has_no_step(case):
    with pytest.raises(LookupError):
        step_for(case, "imaging.painted", START, [])
    with pytest.raises(LookupError):
        step_for(case, "nothing.known", START, [])


def test_a_late_entry_that_would_undo_what_came_later_is_refused_and_names_it(case):
    happen(case, "steroids.indicated", at=START + HOUR)
    happen(case, "steroids.started", at=START + 5 * HOUR)
    with pytest.raises(Refused, match=r"“Dexamethasone stopped” .*cannot come before “First dexamethasone given”"):
        happen(case, "steroids.stopped", at=START + 3 * HOUR, recorded=START + 6 * HOUR)
    assert str(SteroidCourse.objects.get(case=case).state) == "started"


def test_a_death_typed_late_is_recorded_whatever_was_recorded_after_it(case):
    happen(case, "case.confirmed", at=START + 5 * HOUR)
    happen(case, "case.died", at=START + 3 * HOUR, recorded=START + 6 * HOUR)
    assert str(Case.objects.get(pk=case.pk).state) == "died"


def test_what_another_entry_of_its_minute_would_undo_is_refused(case):
    """Thromboprophylaxis withheld and given in one minute: which came first decides, and only a person knows."""
    happen(case, "vte.not_given", at=START + HOUR)
    with clock.at(START + 2 * HOUR), pytest.raises(Refused, match=r"Another entry of the same time .* would undo"):
        happen(case, "vte.dosed", at=START + HOUR)
    happen(case, "vte.dosed", at=START + HOUR + MINUTE)
    assert_true(case)
