"""Likely duplicates are asked about, two records of one person are merged and parted; never across organisations."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.identity import Known, identify
from pathway.engine.intake import take_in
from pathway.engine.likely import Alike
from pathway.engine.merge import merge, unmerge
from pathway.engine.one_person import join, merges_of, part
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.record.access import Access
from pathway.record.case import Case
from pathway.record.identity import IdentityChange, Judgement, PatientMerge
from pathway.record.person import Patient
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, a_number, case, happen, organisation, patient, teller, unit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = {"reason": "two referrers", "second_person": "second coordinator"}
NOTHING = {"result": "normal"}
BELL = {"family_name": "Bell", "given_names": "Ann", "birth_date": date(1950, 2, 3)}


@pytest.fixture
def bell(unit):
    return case(place=unit, who=patient(unit.organisation, **BELL))


def call(place, at=START + HOUR, **given):
    who = given.pop("who", {"family_name": "Belle", "given_names": "Anne", "birth_date": "1950-03-02"})
    with clock.at(at):
        answers = ANSWERS["case.suspected"]
        key = given.pop("submission", uuid4())
        return take_in(place, by=teller(place.organisation), at=at, who=who, answers=answers, submission=key, **given)


def test_the_key_of_the_name_follows_the_name(bell, coordinator):
    assert bell.patient.sounds == ["mBL", "nBAL"]
    with clock.at(START):
        identify(bell, by=coordinator, who={"family_name": "Smyth"})
    assert Patient.objects.filter(sounds__overlap=["mSM0"]).get() == bell.patient


def test_nobody_is_taken_for_somebody_else_unasked(bell, unit):
    with pytest.raises(Alike) as asked:
        call(unit)
    (found,) = asked.value.found
    assert (found.patient, found.cases) == (bell.patient, [bell])
    assert "Say whether it is the same person" in str(asked.value)
    assert (Case.objects.count(), Patient.objects.count()) == (1, 1)


def test_somebody_else_is_a_new_patient_and_it_is_kept_who_said_so(bell, unit):
    made = call(unit, others=[bell.patient.uuid])
    said = Judgement.objects.get()
    assert made.patient != bell.patient
    assert (said.patient, said.other, said.same, said.case) == (made.patient, bell.patient, False, made)
    assert said.by == str(teller(unit.organisation))
    with clock.at(START + HOUR):
        identify(made, by=teller(unit.organisation), who={"family_name": "Belle", "birth_date": "1950-03-02"})
    assert Judgement.objects.count() == 1, "what was judged is not asked again"


def test_the_same_person_keeps_the_record_which_is_completed_by_what_it_lacks(unit):
    old = case(place=unit, who=patient(unit.organisation, **BELL, nhs_number=""))
    number, key = a_number(), uuid4()
    typed = {"family_name": "Bell", "given_names": "Anne", "birth_date": "1950-02-03", "nhs_number": number}
    made = call(unit, who=typed, known=old.patient.uuid, submission=key)
    assert (made.patient, made.patient.name, made.patient.nhs_number) == (old.patient, "BELL, Ann", number)
    assert IdentityChange.objects.get().after == {"nhs_number": number}
    assert Judgement.objects.get().typed["given_names"] == "Anne"
    assert call(unit, who=typed, known=old.patient.uuid, submission=key) == made, "sent twice"


def test_a_hospital_number_is_completed_together_with_its_hospital_or_not_at_all(unit):
    typed = {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03"}
    typed |= {"local_number": "H77", "local_issuer": "Infirmary"}
    half = case(place=unit, who=patient(unit.organisation, **BELL, nhs_number="", local_issuer="General")).patient
    assert call(unit, who=typed, known=half.uuid).patient.local_number == ""
    assert not IdentityChange.objects.exists()
    other = typed | {"family_name": "Quill", "given_names": "Tom", "birth_date": "1961-06-07"}
    named = {name: other[name] for name in ("family_name", "given_names", "birth_date")}
    bare = case(place=unit, who=patient(unit.organisation, **named, nhs_number="")).patient
    assert call(unit, who=other, known=bare.uuid).patient.number == "H77 (Infirmary)"


def test_a_record_that_does_not_fit_what_is_typed_cannot_be_chosen(bell, unit):
    with pytest.raises(Refused, match="does not fit"):
        call(unit, who={"family_name": "Quite", "given_names": "Other"}, known=bell.patient.uuid)


def test_never_across_organisations(bell):
    made = call(unit(organisation()))
    assert made.patient.organisation != bell.organisation
    with pytest.raises(Refused, match="two organisations"), clock.at(START + HOUR):
        join(made.patient, bell.patient, by=teller(bell.organisation), answers=WHY)


def test_completing_an_identity_asks_too(bell, unit, coordinator):
    provisional = case(place=unit, who=patient(unit.organisation, family_name="", initials="AB", birth_date=None))
    who = {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03"}
    with clock.at(START + HOUR):
        with pytest.raises(Alike):
            identify(provisional, by=coordinator, who=who)
        identify(provisional, by=coordinator, who=who, others=[bell.patient.uuid])
    said = Judgement.objects.get()
    assert (said.patient, said.other, said.same) == (provisional.patient, bell.patient, False)


@pytest.fixture
def twice(unit, bell):
    """Two records of one person: one complete, one provisional with a case of its own."""
    return case(place=unit, who=patient(unit.organisation, family_name="", initials="AB", birth_date=None), at=START)


def joined(absorbed, survivor, at=START + HOUR, **given):
    with clock.at(at):
        return join(absorbed, survivor, **{"by": teller(survivor.organisation), "answers": WHY} | given)


def parted(merge_of_two, at=START + 2 * HOUR):
    with clock.at(at):
        return part(merge_of_two, by=teller(merge_of_two.survivor.organisation), why="two people")


def test_the_cases_show_the_identity_that_goes_on_and_go_back(bell, twice):
    provisional = twice.patient
    made = joined(provisional, bell.patient)
    twice = Case.objects.get(pk=twice.pk)
    assert (twice.patient, made.cases, made.second_person) == (bell.patient, [twice.pk], WHY["second_person"])
    assert joined(provisional, bell.patient) == made, "a second sending is harmless"
    assert Access.objects.filter(case=twice, what="records merged").count() == 1
    assert_true(twice)
    later = case(place=bell.unit, who=bell.patient, at=START + 90 * timedelta(minutes=1))
    undone = parted(made)
    assert parted(made).undone_at == undone.undone_at
    assert Case.objects.get(pk=twice.pk).patient == provisional
    assert {bell.pk, later.pk} == set(Case.objects.filter(patient=bell.patient).values_list("pk", flat=True))
    assert [each.undone_why for each in merges_of(provisional)] == ["two people"]
    assert joined(provisional, bell.patient, at=START + 3 * HOUR) != made


def test_the_number_of_the_absorbed_record_finds_the_one_that_goes_on(unit, bell):
    number = a_number()
    bell.patient.nhs_number = ""
    bell.patient.save()
    numbered = patient(unit.organisation, nhs_number=number)
    made = joined(numbered, bell.patient)
    with pytest.raises(Known) as known:
        call(unit, who={"nhs_number": number})
    assert (known.value.patient, known.value.cases) == (bell.patient, [bell])
    with clock.at(START + HOUR):
        identify(bell, by=teller(unit.organisation), who={"family_name": "Bell", "nhs_number": number})
    with pytest.raises(Refused, match="Take it out of that identity first"):
        parted(made)
    with clock.at(START + HOUR):
        identify(bell, by=teller(unit.organisation), who={"family_name": "Bell"})
    assert parted(made).undone_at


def test_what_is_refused(bell, twice, unit, clinician):
    third, other = patient(unit.organisation, nhs_number=""), patient(unit.organisation)
    provisional = twice.patient
    for absorbed, survivor, match in (
        (bell.patient, bell.patient, "into itself"),
        (other, bell.patient, "NHS numbers differ"),
    ):
        with pytest.raises(Refused, match=match):
            joined(absorbed, survivor)
    with pytest.raises(NotAllowed):
        joined(provisional, bell.patient, by=clinician)
    by = teller(unit.organisation)
    with pytest.raises(Invalid, match="somebody else"):
        joined(provisional, bell.patient, answers=WHY | {"second_person": by.username}, by=by)
    young = patient(unit.organisation, birth_date=date(2026, 3, 3), nhs_number="")
    with pytest.raises(Refused, match="born"):
        joined(provisional, young)
    joined(provisional, bell.patient)
    for absorbed, survivor, match in (
        (provisional, third, "merged into another one already"),
        (bell.patient, provisional, "merged into another one already"),
        (third, provisional, "merged into another one already"),
        (bell.patient, third, "Let that one go on"),
    ):
        with pytest.raises(Refused, match=match):
            joined(absorbed, survivor)
    assert PatientMerge.objects.count() == 1


def test_two_merged_cases_hold_two_records_together(bell, twice):
    made = joined(twice.patient, bell.patient)
    by = teller(bell.organisation)
    twice = Case.objects.get(pk=twice.pk)
    with clock.at(START + 90 * timedelta(minutes=1)):
        merge(twice, by=by, answers=ANSWERS["case.merged"] | {"into": bell.code})
    with pytest.raises(Refused, match="Undo that merge first"):
        parted(made)
    with clock.at(START + 100 * timedelta(minutes=1)):
        unmerge(twice, by=by, why="two people")
    assert parted(made).undone_at
    assert_true(bell)
    assert_true(twice)


def test_cases_merged_within_one_of_the_records_hinder_no_parting(bell, twice):
    again = case(place=bell.unit, who=bell.patient)
    with clock.at(START + HOUR):
        merge(again, by=teller(bell.organisation), answers=ANSWERS["case.merged"] | {"into": bell.code})
    assert parted(joined(twice.patient, bell.patient)).undone_at


def test_a_new_case_follows_an_ended_one_of_the_same_patient_alone(bell, unit):
    who = {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03"}
    late = START + timedelta(days=60)
    with pytest.raises(Refused, match="no ended case of this patient"):
        call(unit, late, who=who, known=bell.patient.uuid, follows=bell.uuid)
    happen(bell, "case.closed", at=START + HOUR)
    made = call(unit, late, who=who, known=bell.patient.uuid, follows=bell.uuid)
    assert (made.follows, made.patient, bell.followed_by.get()) == (bell, bell.patient, made)
    assert made.suspected_at == late
    assert_true(made)


@pytest.mark.parametrize(("days", "possible"), [(1, True), (30, True), (31, False)])
@pytest.mark.parametrize("ending", ["case.closed", "case.declined", "case.left", "case.excluded"])
def test_a_case_is_reopened_within_30_days(unit, ending, days, possible):
    made = case(place=unit, at=START)
    for kind, answers in (("imaging.requested", {}), ("imaging.acquired", {}), ("imaging.communicated", NOTHING)):
        happen(made, kind, at=START + HOUR, **answers)
    happen(made, ending, at=START + HOUR)
    again = START + HOUR + timedelta(days=days)
    if possible:
        happen(made, "case.reopened", at=again)
        assert Case.objects.get(pk=made.pk).state == "suspected"
        assert made.clocks.filter(standard="mri_a", started_at=again, ended_at=None).exists()
    else:
        with pytest.raises(Refused, match=r"more than 30 days before\. New signs .* open a new case that follows"):
            happen(made, "case.reopened", at=again)
    assert_true(made)


def test_entered_in_error_takes_a_second_person_and_can_be_corrected(bell, coordinator):
    clocks = bell.clocks.order_by("pk").values_list("standard", "due_at", "ended_at")
    before = list(clocks)
    for second in (str(coordinator), f"  {coordinator.username.upper()} "):
        with pytest.raises(Invalid, match="somebody else"), clock.at(START + HOUR):
            advance(bell, "mark_in_error", by=coordinator, answers={"reason": "x", "second_person": second})
    marked = happen(bell, "case.entered_in_error", at=START + HOUR, by=coordinator)
    assert not Case.objects.get(pk=bell.pk).is_open
    with clock.at(START + 2 * HOUR):
        answers = {"reason": "x", "second_person": str(coordinator)}
        with pytest.raises(Invalid, match="somebody else"):
            correct(marked, by=coordinator, why="the other name", answers=answers)
        correct(marked, by=coordinator, why="it is a case", withdrawn=True)
    assert Case.objects.get(pk=bell.pk).is_open
    assert list(clocks.all()) == before
    assert_true(bell)
