"""One sending of a form makes one entry: sent again it is the same, and with something else in it it is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.intake import reclassify, take_in
from pathway.engine.merge import merge, unmerge
from pathway.engine.note import observe
from pathway.engine.refused import Refused, Used
from pathway.engine.suspect import suspect
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.steps.imaging import ImagingRequest
from tests import factories
from tests.factories import ANSWERS, START

HOUR = timedelta(hours=1)
CALL, SUSPICION = ANSWERS["contact.logged"], ANSWERS["case.suspected"]
WHO = {"nhs_number": "9990000018", "family_name": "Test", "given_names": "Ann"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return factories.case("B", place=unit)


@pytest.fixture
def by(unit):
    return factories.teller(unit.organisation)


@pytest.fixture(autouse=True)
def _later():
    with clock.at(START + 2 * HOUR):
        yield


def twice(act, first, second):
    """What the first sending made, and what the second one got, out of one form."""
    key = uuid4()
    return act(**first, submission=key), act(**second, submission=key)


def moved(case, by, number=None, **given):
    scan = ImagingRequest.objects.get(case=case, number=number) if number else ImagingRequest(case=case)
    return advance(scan, given.pop("verb", "request"), by=by, **{"answers": {"modality": "mri"}} | given)


def test_the_same_move_again_is_the_same_event(case, by):
    at = START + HOUR
    first, second = twice(lambda **given: moved(case, by, **given), {"at": at}, {"at": at})
    assert first == second


@pytest.mark.parametrize("other", [{"answers": {"modality": "ct"}}, {"at": START + HOUR / 2}])
def test_a_move_with_other_answers_or_another_time_is_refused_and_names_what_was_recorded(case, by, other):
    at = START + HOUR
    with pytest.raises(Used, match="Scan requested"):
        twice(lambda **given: moved(case, by, **given), {"at": at}, {"at": at} | other)
    assert Event.objects.filter(kind="imaging.requested").count() == 1


def test_a_move_of_another_kind_or_on_another_row_is_refused(case, by):
    for _ in range(2):
        moved(case, by, at=START + HOUR)
    numbers = [1, 2]
    key, slot = uuid4(), {"slot_at": (START + 9 * HOUR).isoformat()}
    booked = moved(case, by, number=numbers[0], verb="book", answers=slot, submission=key)
    assert booked == moved(case, by, number=numbers[0], verb="book", answers=slot, submission=key)
    with pytest.raises(Used):
        moved(case, by, number=numbers[1], verb="book", answers=slot, submission=key)
    with pytest.raises(Used):
        moved(case, by, number=numbers[1], verb="vet", answers={}, submission=key)


def test_the_senior_is_no_part_of_what_is_compared(case, by):
    senior = {"by": "consultant on call", "reason": "known from another hospital"}
    key, given = uuid4(), {"alternative": "disc"}
    first = advance(case, "exclude", by=by, answers=given, override=senior, submission=key)
    assert advance(Case.objects.get(), "exclude", by=by, answers=given, submission=key) == first


def test_an_observation_with_other_words_is_refused(case, by):
    with pytest.raises(Used):
        twice(
            lambda **given: observe(case, "contact.logged", by=by, **given),
            {"answers": CALL}, {"answers": CALL | {"said": "tomorrow"}},
        )  # fmt: skip


def test_a_key_of_another_case_is_refused(case, unit, by):
    other, key = factories.case(place=unit), uuid4()
    observe(case, "contact.logged", by=by, answers=CALL, submission=key)
    with pytest.raises(Used, match="another case"):
        observe(other, "contact.logged", by=by, answers=CALL, submission=key)
    with pytest.raises(Used):
        suspect(other.patient, unit, by=by, answers=SUSPICION, submission=key)


@pytest.mark.parametrize("act", [suspend, void])
def test_a_hush_of_another_clock_or_with_other_words_is_refused(case, by, act):
    answers = {
        suspend: {"until": START + 3 * HOUR, "why": "unfit", "named": "Dr One"},
        void: {"reason": "test call", "second_person": "Dr Two"},
    }[act]
    key = uuid4()
    made = act(case, "contact_b", by=by, answers=answers, submission=key)
    assert act(case, "contact_b", by=by, answers=answers, submission=key) == made
    with pytest.raises(Used):
        act(case, "mri_b", by=by, answers=answers, submission=key)
    changed = answers | ({"named": "Dr Two"} if act is suspend else {"reason": "wrong ward"})
    with pytest.raises(Used):
        act(case, "contact_b", by=by, answers=changed, submission=key)


@pytest.fixture
def wrong(case):
    return factories.happen(case, "contact.made", at=START + HOUR)


AMENDMENTS = {
    "time": {"occurred_at": START + HOUR / 2},
    "answers": {"answers": ANSWERS["contact.made"] | {"channel": "bleep"}},
    "withdrawn": {"withdrawn": True},
}


@pytest.mark.parametrize("first", AMENDMENTS)
@pytest.mark.parametrize("second", AMENDMENTS)
def test_a_correction_is_compared_with_what_it_made(wrong, by, first, second):
    key = uuid4()
    made = correct(wrong, by=by, why=" typing slip", submission=key, **AMENDMENTS[first])
    if first == second:
        assert correct(wrong, by=by, why="typing slip ", submission=key, **AMENDMENTS[second]) == made
    else:
        with pytest.raises(Used):
            correct(wrong, by=by, why="typing slip", submission=key, **AMENDMENTS[second])
    with pytest.raises(Used):
        correct(wrong, by=by, why="another reason", submission=key, **AMENDMENTS[first])
    assert wrong.corrections.count() == 1


def test_a_correction_of_another_entry_is_refused(case, wrong, by):
    other, key = factories.happen(case, "contact.logged", at=START + HOUR), uuid4()
    correct(wrong, by=by, why="slip", occurred_at=START + HOUR / 2, submission=key)
    with pytest.raises(Used):
        correct(other, by=by, why="slip", occurred_at=START + HOUR / 2, submission=key)


def test_a_merge_is_taken_back_by_a_form_that_made_nothing_else(case, wrong, unit, by):
    twin, keys = factories.case("B", place=unit, who=case.patient), [uuid4() for _ in range(4)]
    observe(twin, "contact.logged", by=by, answers=CALL, submission=keys[0])
    slip = factories.happen(twin, "contact.made", at=START + HOUR)
    correct(slip, by=by, why="two compressions", withdrawn=True, submission=keys[1])
    merge(twin, by=by, answers=ANSWERS["case.merged"] | {"into": case.code}, submission=keys[2])
    for key in keys[:3]:
        with pytest.raises(Used, match="not saved"):
            unmerge(twin, by=by, why="two compressions", submission=key)
    assert Case.objects.get(pk=twin.pk).survivor == case
    undone = unmerge(twin, by=by, why="two compressions", submission=keys[3])
    assert unmerge(twin, by=by, why=" two compressions", submission=keys[3]) == undone
    with pytest.raises(Used):
        unmerge(twin, by=by, why="another reason", submission=keys[3])


def call(unit, by, **given):
    return take_in(unit, **{"by": by, "at": START, "who": WHO, "answers": SUSPICION} | given)


@pytest.mark.parametrize(
    "other",
    [
        {"at": START + HOUR / 4},
        {"answers": SUSPICION | {"class": "B"}},
        {"who": WHO | {"nhs_number": "9990000026"}},
        {"who": {"initials": "AB"}},
        {"live_call": True},
    ],
)
def test_an_intake_of_something_else_is_refused_and_opens_nothing(unit, by, other):
    key = uuid4()
    first = call(unit, by, submission=key)
    assert call(unit, by, submission=key) == first
    with pytest.raises(Used):
        call(unit, by, submission=key, **other)
    assert Case.objects.count() == 1


def test_an_intake_of_another_unit_is_refused_and_of_another_organisation_names_nobody(unit, by):
    key = uuid4()
    call(unit, by, submission=key, live_call=True)
    assert call(unit, by, submission=key, live_call=True) == Case.objects.get()
    with pytest.raises(Used):
        call(factories.unit(unit.organisation), by, submission=key, live_call=True)
    stranger = factories.unit()
    with pytest.raises(Used) as refused:
        call(stranger, factories.teller(stranger.organisation), submission=key)
    assert str(by) not in str(refused.value)


@pytest.mark.parametrize("contact", [None, {"channel": "bleep", "spoke_to": "coordinator"}])
def test_a_new_class_with_another_contact_is_refused(case, by, contact):
    told, key = {"channel": "phone", "spoke_to": "coordinator"}, uuid4()
    given = {"by": by, "at": START + HOUR, "answers": {"class": "A", "reason": "weaker"}, "submission": key}
    first = reclassify(case, contact=told, **given)
    assert reclassify(case, contact=told, **given) == first
    with pytest.raises(Used):
        reclassify(case, contact=contact, **given)
    assert Event.objects.filter(kind="contact.made").count() == 1


def test_a_form_that_claims_to_know_what_does_not_exist_is_refused(case, by):
    beyond = Event.objects.latest("pk").pk + 1
    for act in (
        lambda: moved(case, by, seen=beyond),
        lambda: void(case, "mri_b", by=by, answers={"reason": "x", "second_person": "y"}, seen=beyond),
    ):
        with pytest.raises(Refused, match="damaged"):
            act()
