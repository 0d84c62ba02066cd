"""The board: order, derived states, what the filters hide, and a fixed number of queries."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from pathway.engine import now as clock
from pathway.engine.hush import suspend
from pathway.engine.respond import acknowledge
from pathway.engine.tick import sweep
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock, is_late, running_state
from pathway.record.heartbeat import Fault
from pathway.worklist import BadFilter, Filters, board, find_case, row, rows
from pathway.worklist.filters import ME, NOBODY, STATES
from pathway.worklist.page import owners
from tests import factories

START = factories.START
NONE = Filters()


def at(minutes):
    """This many minutes after the first suspicion."""
    return clock.at(START + timedelta(minutes=minutes))


def codes(shown):
    return [each.case.code for each in shown.rows]


def test_the_first_to_breach_is_on_top_and_what_has_no_deadline_is_last(coordinator, unit):
    late = factories.case(at=START + timedelta(minutes=30), place=unit)
    nothing = factories.case("B", place=unit)
    factories.happen(nothing, "case.excluded", at=START + timedelta(minutes=1),
                     override={"by": "senior", "reason": "clinic"})  # fmt: skip
    factories.happen(nothing, "contact.advised", at=START + timedelta(minutes=1))
    first = factories.case(place=unit)
    with at(31):
        shown = board(coordinator, NONE)
    assert codes(shown) == [first.code, late.code, nothing.code]
    assert [each.state for each in shown.rows] == ["due_soon", "on_time", "no_deadline"]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "on_time"), (1799, "on_time"), (1800, "due_soon"), (3600, "due_soon"), (3601, "overdue")]
)
def test_amber_begins_at_its_time_and_exactly_on_time_is_not_late(coordinator, unit, seconds, state):
    factories.case(place=unit)
    with clock.at(START + timedelta(seconds=seconds)):
        assert board(coordinator, NONE).rows[0].state == state


def test_board_filter_clock_and_row_agree_on_what_is_overdue(coordinator, unit):
    for minutes in (0, 10, 20, 30):
        factories.case(at=START + timedelta(minutes=minutes), place=unit)
    for now in (
        START + timedelta(minutes=minutes, microseconds=extra) for minutes, extra in product((60, 70, 80), (0, 1))
    ):
        with clock.at(now):
            derived = {each.case.pk for each in board(coordinator, NONE).rows if each.state == "overdue"}
            asked = {each.case.pk for each in board(coordinator, Filters(state="overdue")).rows}
        clocks = {each.case_id for each in Clock.objects.running() if each.is_late(now)}
        assert derived == asked == clocks
        assert clocks == {each.case_id for each in Clock.objects.running() if is_late(each.due_at, now)}


def test_every_case_has_exactly_one_state_among_the_filters(coordinator, unit):
    for minutes in (0, 20, 40):
        factories.case(at=START + timedelta(minutes=minutes), place=unit)
    over = factories.case(place=unit)
    factories.happen(over, "contact.advised", at=START + timedelta(minutes=2))
    with at(65):
        found = [code for state in STATES for code in codes(board(coordinator, Filters(state=state)))]
        assert sorted(found) == sorted(codes(board(coordinator, NONE)))


def test_a_row_says_what_ends_its_next_clock_and_with_whom(coordinator, unit):
    case = factories.case_at("imaging.requested", place=unit)
    factories.happen(case, "bladder.scanned", at=START + timedelta(minutes=40))
    with at(41):
        shown = row(coordinator, case.uuid, NONE)
    assert shown.standard.label == "Book a scan slot"
    assert (shown.ending, shown.standard.holder) == ("Record the slot", "radiology")


def test_a_row_says_which_observation_ends_its_next_clock(coordinator, unit):
    case = factories.case_at("pain.scored", place=unit)
    factories.happen(case, "contact.made", at=START + timedelta(minutes=20))
    factories.happen(case, "bladder.scanned", at=START + timedelta(minutes=20))
    with at(21):
        shown = row(coordinator, case.uuid, NONE)
    assert (shown.standard.key, shown.ending) == ("pain", "Record pain")


def test_of_two_clocks_due_at_one_instant_the_first_of_the_protocol_is_next(coordinator, unit):
    case = factories.case_at("contact.made", place=unit)
    factories.happen(case, "bladder.scanned", at=START + timedelta(minutes=20))
    with at(24 * 60 + 1):
        shown = row(coordinator, case.uuid, NONE)
    assert shown.standard.key == "mri_a"
    assert shown.also == [("Also overdue", ["Daily neurological examination"])]


def test_only_the_highest_alert_of_a_clock_is_shown_and_who_acts_until_when(coordinator, unit):
    case = factories.case(place=unit)
    for role in ("coordinator", "on-call consultant"):
        factories.duty(unit, role, coordinator)
    for minutes in (30, 60):
        sweep(START + timedelta(minutes=minutes), 10)
    with at(61):
        shown = row(coordinator, case.uuid, NONE)
        assert [(each.alert.level, each.label) for each in shown.escalations] == [("E3", "Speak to the coordinator")]
        assert not shown.escalations[0].is_acted_on
        assert shown.spoken == f"{case.patient.name}, {case.code}, E3: limit reached, Speak to the coordinator"
        acknowledge(shown.escalations[0].alert, by=coordinator)
        acted = row(coordinator, case.uuid, NONE).escalations[0]
        assert (acted.is_acted_on, acted.alert.acknowledged_by) == (True, str(coordinator))
    with at(91):
        lapsed = row(coordinator, case.uuid, NONE).escalations[0]
        assert (lapsed.is_acted_on, lapsed.has_lapsed) == (False, True)


def test_the_gravest_alert_is_first_by_who_answers_then_by_level_and_the_others_are_counted(coordinator, two_clocks):
    """Given one alert that is unanswered and others on which somebody acts or nobody, the unanswered one is on top."""
    clocks = list(Clock.objects.filter(case=two_clocks)[:3])
    for clock_, level, acting, unanswered in zip(
        clocks, ("E4", "E1", "E2"), (30, None, None), (None, None, START), strict=True
    ):
        Alert.objects.create(
            case=two_clocks, clock=clock_, rung=0, level=level, raised_at=START, called_at=START,
            unanswered_at=unanswered,
            acknowledged_at=START if acting else None, acknowledged_by="Sister Jones" if acting else "",
            acting_until=START + timedelta(days=acting) if acting else None,
        )  # fmt: skip
    with at(60):
        shown = row(coordinator, two_clocks.uuid, NONE)
    assert [each.alert.level for each in shown.escalations] == ["E2", "E1", "E4"]
    assert shown.after_one == "2 more: 1 on which nobody acts, 1 on which somebody acts"
    assert shown.after_two == "1 more: somebody acts"
    assert replace(shown, alerts=[]).after_one == ""


def test_a_case_that_nobody_answers_is_pressing_whatever_the_filters_hide_until_somebody_acts(coordinator, unit):
    case = factories.case(place=unit)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        shown = board(coordinator, Filters(klass="C"))
        assert (codes(shown), [each.case for each in shown.pressing]) == ([], [case])
        acknowledge(shown.pressing[0].unanswered[0].alert, by=coordinator)
        assert board(coordinator, NONE).pressing == []
    with at(120):
        assert [each.case for each in board(coordinator, NONE).pressing] == [case]


def test_a_case_that_the_sweep_cannot_handle_is_pressing(coordinator, unit):
    case = factories.case(place=unit)
    Fault.objects.create(case=case, error="ValueError()", at=START)
    with at(1):
        shown = board(coordinator, NONE)
    assert [each.fault.error for each in shown.pressing] == ["ValueError()"]
    assert shown.rows[0].is_pressing
    assert shown.rows[0].place.endswith("pressing")


def test_a_suspended_clock_is_shown_with_its_end(coordinator, clinician, unit):
    case = factories.case(place=unit)
    until = START + timedelta(hours=2)
    with at(5):
        answers = {"until": until.isoformat(), "why": "unfit", "named": "Consultant on call"}
        suspend(case, "contact_a", by=clinician, answers=answers)
        assert row(coordinator, case.uuid, NONE).suspended_until == until
    with at(121):
        assert row(coordinator, case.uuid, NONE).suspended_until is None


def test_another_clocks_suspension_is_not_shown_at_the_clock_that_is_due_next(coordinator, clinician, unit):
    case = factories.case(place=unit)
    with at(5):
        answers = {"until": (START + timedelta(hours=2)).isoformat(), "why": "unfit", "named": "Consultant on call"}
        suspend(case, "mri_a", by=clinician, answers=answers)
        shown = row(coordinator, case.uuid, NONE)
    assert (shown.case.next_standard, shown.suspended_until) == ("contact_a", None)


@pytest.fixture
def two_clocks(unit):
    """A case whose next clock (amber at 50, due at 60 minutes) is calm while another is amber from 20 on."""
    made = factories.case(place=unit)
    factories.happen(made, "bladder.scanned", at=START)
    Clock.objects.filter(case=made, standard="contact_a").update(
        amber_at=START + timedelta(minutes=50), due_at=START + timedelta(minutes=60)
    )
    Clock.objects.filter(case=made, standard="mri_a").update(amber_at=START + timedelta(minutes=20))
    Case.objects.filter(pk=made.pk).update(next_amber_at=START + timedelta(minutes=20))
    return made


def test_the_next_clock_is_not_due_soon_on_anothers_account_and_the_other_is_named(coordinator, two_clocks):
    label = "MRI within 24 hours of suspicion"
    for minutes, own, also in (
        (10, "on_time", []),
        (30, "on_time", [("Also due soon", [label])]),
        (55, "due_soon", [("Also due soon", [label])]),
        (61, "overdue", [("Also due soon", [label])]),
        (25 * 60, "overdue", [("Also overdue", [label, "Daily neurological examination"])]),
    ):
        with at(minutes):
            shown = row(coordinator, two_clocks.uuid, NONE)
        assert shown.standard.key == "contact_a"
        assert running_state(shown.case.next_due_at, shown.amber_at, shown.now) == own
        assert shown.also == also, minutes


def test_the_filter_finds_what_the_row_says(coordinator, two_clocks):
    for minutes, state in ((10, "on_time"), (30, "due_soon"), (55, "due_soon"), (61, "overdue")):
        with at(minutes):
            shown = board(coordinator, Filters(state=state)).rows
        assert [each.state for each in shown] == [state]
        own = running_state(shown[0].case.next_due_at, shown[0].amber_at, shown[0].now)
        said = {own, *(words.removeprefix("Also ").replace(" ", "_") for words, _ in shown[0].also)}
        assert state in said


def test_filters_say_how_many_cases_they_hide_and_closed_cases_are_counted_apart(coordinator, unit, trust):
    other = factories.unit(trust)
    factories.case(place=unit)
    factories.case(place=other, klass="C")
    gone = factories.case(place=unit)
    factories.happen(gone, "case.closed", at=START + timedelta(minutes=1))
    with at(2):
        shown = board(coordinator, Filters(unit=str(other.uuid)))
        assert (shown.shown, shown.total, shown.hidden, shown.closed) == (1, 2, 1, 1)
        assert not shown.many_closed
        ended = board(coordinator, Filters(closed=True))
        assert (codes(ended), ended.rows[0].state, ended.hidden) == ([gone.code], "no_deadline", 0)
        assert row(coordinator, gone.uuid, NONE) is None
        assert row(coordinator, gone.uuid, Filters(closed=True)).case == gone


@pytest.mark.parametrize(
    "text", ["ashdown", "Given", "ASHDOWN, given", "999 000 0018", "9990000018", "9990000018 ", "code", "CODE"]
)
def test_a_case_is_found_by_what_people_type(coordinator, unit, trust, text):
    who = factories.patient(trust, family_name="Ashdown", given_names="Given", nhs_number="9990000018")
    case = factories.case(place=unit, who=who)
    factories.case(place=unit)
    wanted = {"code": case.code, "CODE": case.code.lower()}.get(text, text)
    with at(1):
        assert codes(board(coordinator, Filters(text=wanted))) == [case.code]


def test_a_case_is_found_by_initials_or_local_number(coordinator, unit, trust):
    names = {"family_name": "", "given_names": "", "birth_date": None}
    case = factories.case(place=unit, who=factories.patient(trust, initials="QX", local_number="H123",
                          local_issuer="Trust", **names))  # fmt: skip
    factories.case(place=unit)
    with at(1):
        assert [codes(board(coordinator, Filters(text=text))) for text in ("qx", "h123")] == [[case.code]] * 2
        assert codes(board(coordinator, Filters(text="nobody"))) == []
        assert codes(board(coordinator, Filters(text="%"))) == []


def test_filters_by_phase_class_and_open_alerts(coordinator, unit):
    imaging = factories.case_at("imaging.requested", place=unit)
    quiet = factories.case(at=START + timedelta(hours=2), klass="B", place=unit)
    sweep(START + timedelta(hours=2, minutes=41), 10)
    with at(165):
        for filters, wanted in (
            (Filters(phase="imaging"), imaging), (Filters(klass="B"), quiet), (Filters(alerts=True), imaging),
        ):  # fmt: skip
            assert codes(board(coordinator, filters)) == [wanted.code]


def test_filters_by_owner_and_by_what_nobody_answers(coordinator, unit):
    mine, theirs, nobodys, left = (factories.case(place=unit) for _ in range(4))
    factories.happen(mine, "case.assigned", at=START, to=coordinator.username.upper())
    factories.happen(theirs, "case.assigned", at=START, to="Sister Jones")
    Fault.objects.create(case=theirs, error="ValueError()", at=START)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        acknowledge(nobodys.alerts.latest("rung"), by=coordinator)
        for filters, wanted in (
            (Filters(owner=ME), [mine]), (Filters(owner="Sister Jones"), [theirs]),
            (Filters(owner=NOBODY), [nobodys, left]), (Filters(unanswered=True), [theirs, left]),
            (Filters(unanswered=True, owner=NOBODY), [left]),
        ):  # fmt: skip
            assert codes(board(coordinator, filters)) == [case.code for case in wanted], filters
        assert owners(coordinator) == [coordinator.username.upper(), "Sister Jones"]
        assert owners(factories.user("auditor", unit.organisation)) == []


def test_cases_without_a_deadline_are_a_group_of_their_own_and_are_counted(coordinator, unit, monkeypatch):
    timed, nothing = factories.case(place=unit), factories.case("B", place=unit)
    factories.happen(nothing, "case.excluded", at=START + timedelta(minutes=1),
                     override={"by": "senior", "reason": "clinic"})  # fmt: skip
    factories.happen(nothing, "contact.advised", at=START + timedelta(minutes=1))
    with at(2):
        shown = board(coordinator, NONE)
        assert [(name, [each.case for each in group]) for name, group in shown.groups] == [
            ("timed", [timed]), ("idle", [nothing]),
        ]  # fmt: skip
        assert board(coordinator, Filters(klass="A")).idle == 0
        monkeypatch.setattr(rows, "PAGE", 1)
        first = board(coordinator, NONE)
    assert [name for name, _ in first.groups] == ["timed"]
    assert first.idle == 1, "it is said on every page how many have no deadline"


@pytest.mark.parametrize("count", [1, 40])
def test_the_rows_of_a_page_take_three_queries(coordinator, unit, count, django_assert_num_queries):
    for _ in range(count):
        factories.case(place=unit)
    sweep(START + timedelta(minutes=61), 100)
    with at(62), django_assert_num_queries(3):
        cases = list(rows.shown(Case.objects.visible_to(coordinator))[: rows.PAGE])
        made = rows.dressed(cases, clock.now()).values()
        assert all(each.escalations and each.chips and not each.is_given and each.fault is None for each in made)
    assert len(made) == count


def test_a_filter_survives_being_kept_and_read_again():
    whole = Filters("x", "u", "A", "imaging", "overdue", ME, alerts=True, unanswered=True, contradictions=True)
    assert Filters.of(whole.query | {"gone": 1}) == whole
    assert not NONE.query
    assert whole.address.endswith("owner=%40me&alerts=on&unanswered=on&contradictions=on")
    assert Filters(klass="A", closed=True).query == {"klass": "A"}


@pytest.mark.parametrize("filters", [Filters(state="late"), Filters(unit="x")])
def test_a_filter_that_no_link_has_is_refused(coordinator, filters):
    with pytest.raises(BadFilter):
        board(coordinator, filters)


def test_past_the_last_page_is_the_last(coordinator, unit, monkeypatch):
    monkeypatch.setattr(rows, "PAGE", 2)
    cases = [factories.case(at=START + timedelta(minutes=number), place=unit) for number in range(3)]
    with at(5):
        assert codes(board(coordinator, NONE, 1)) == [each.code for each in cases[:2]]
        assert codes(board(coordinator, NONE, 2)) == [cases[2].code]
        assert codes(board(coordinator, NONE, 999_999_999)) == [cases[2].code]


def test_nobody_sees_across_organisations(coordinator, outsider, auditor, administrator, unit):
    case = factories.case(place=unit)
    with at(1):
        for stranger in (outsider, auditor, administrator):
            shown = board(stranger, NONE)
            assert (shown.rows, shown.total, shown.closed, shown.pressing) == ([], 0, 0, [])
            assert row(stranger, case.uuid, NONE) is None
            assert find_case(stranger, case.uuid) is None
    assert find_case(coordinator, case.uuid) == case


def test_who_has_left_sees_nothing(coordinator, unit):
    factories.case(place=unit)
    coordinator.is_active = False
    assert board(coordinator, NONE).total == 0


@pytest.mark.parametrize("count", [10, 200])
def test_the_number_of_queries_does_not_grow_with_the_number_of_cases(
    coordinator, unit, count, django_assert_num_queries
):
    model = factories.case(place=unit)
    sweep(START + timedelta(minutes=61), 10)
    alert, run = model.alerts.get(), model.clocks.get(standard="contact_a")
    copies = [Case(**fields(model), uuid=None) for _ in range(count - 1)]
    for copy in copies:
        copy.uuid = Case._meta.get_field("uuid").get_default()
    Case.objects.bulk_create(copies)
    runs = Clock.objects.bulk_create(Clock(**fields(run) | {"case": copy}) for copy in copies)
    type(alert).objects.bulk_create(
        type(alert)(**fields(alert) | {"case": copy, "clock": each}) for copy, each in zip(copies, runs, strict=True)
    )
    with clock.at(START + timedelta(minutes=62)), django_assert_num_queries(7):
        shown = board(coordinator, Filters(alerts=True))
        assert all(each.standard and each.ending and each.escalations and each.spoken for each in shown.rows)
    assert len(shown.rows) == min(count, rows.PAGE)


def fields(model):
    """The values of a row, without what must be its own."""
    return {
        field.name: getattr(model, field.name)
        for field in model._meta.concrete_fields
        if field.name not in ("id", "uuid")
    }
