"""What the page of a case offers by the clinical rules; all of it is left to a person."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Refused
from pathway.engine.tick import tick
from pathway.protocol.contradictions import BY_KEY
from pathway.protocol.hours import LONDON
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from tests import factories
from tests.web.forms import address

pytestmark = pytest.mark.django_db
REPORT = "it tells the top of the ladder at once"
DAY = timedelta(days=1)


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(days=100)


def day(at):
    """The day in the United Kingdom, as a form has it."""
    return at.astimezone(LONDON).date().isoformat()


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


@pytest.fixture
def happen(case, begun):
    """Let something happen so long after the suspicion."""

    def happen(kind, after=timedelta(minutes=5), override=None, **answers):
        return factories.happen(case, kind, at=begun + after, override=override, **answers)

    return happen


@pytest.fixture
def look(client, coordinator, case, begun):
    """A page as it is so long after the suspicion."""
    client.force_login(coordinator)

    def look(after=timedelta(minutes=30), path=None, **query):
        with clock.at(begun + after):
            return client.get(path or reverse("case", args=[case.uuid]), query).content.decode()

    return look


def minutes(count):
    return timedelta(minutes=count)


def prompts(page):
    """The sentences under what is next, and those of contradictions, without tags."""
    part = page[page.index('id="next"') : page.index('id="clocks"')]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def test_a_contradiction_stands_on_the_page_and_the_board_with_the_move_that_resolves_it(case, happen, look):
    happen("position.ordered")
    happen("stability.advised", minutes(10))
    sentence = BY_KEY["flat_though_stable"].sentence
    page, rows = look(), look(path=reverse("worklist"))
    assert "The record contradicts itself (1)" in page
    assert sentence in page
    assert f"{address(case, 'position.reviewed')}?position=mobile" in page
    assert f"{sentence} <span" in rows
    assert "Resolved by: Review the position" in rows
    live = look(path=reverse("worklist_row", args=[case.uuid]))
    assert sentence in live
    happen("position.reviewed", minutes(15), position="mobile")
    assert sentence not in look()
    assert sentence not in look(path=reverse("worklist_row", args=[case.uuid]))


def test_the_board_can_show_only_contradictions(case, happen, look, unit):
    other = factories.case(place=unit, at=now())
    happen("case.deteriorated")
    rows = look(path=reverse("worklist"), contradictions="on")
    assert case.code in rows
    assert other.code not in rows


def test_deterioration_says_who_is_told_and_tells_the_top_of_the_ladder_at_once(case, happen, look, begun, unit):
    factories.duty(unit, "on-call consultant", factories.user("clinician", unit.organisation))
    page = look(path=address(case, "case.deteriorated"))
    assert "Sending this tells at once" in page
    assert re.search(r"On-call consultant: \w+", page)
    assert "Coordinator: <strong>nobody on duty</strong>" in page
    assert "Autonomic dysreflexia" in page
    assert "Sending this tells" not in look(path=address(case, "case.admitted"))
    unit.duties.all().delete()
    unit.fixed_contact = factories.user("coordinator", unit.organisation)
    unit.save()
    alone = look(path=address(case, "case.deteriorated"))
    assert f"Fixed contact of the unit: {unit.fixed_contact}" in alone
    happen("case.deteriorated", what="autonomic")
    with clock.at(begun + minutes(5)):
        tick()
    alerts = Alert.objects.filter(clock__standard="deterioration").order_by("rung")
    assert [(each.level, each.raised_at, each.nobody) for each in alerts] == [
        ("EX", begun + minutes(5), True), ("E4", begun + minutes(5), True),
    ], "nobody was on duty: passed on at once"  # fmt: skip
    assert [each.user for each in alerts[1].deliveries.all()] == [unit.fixed_contact]


def test_after_deterioration_flat_steroid_and_examination_are_offered_and_nothing_is_done(case, happen, look):
    happen("position.ordered", position="mobile")
    happen("steroids.started", minutes(6), dose_mg=8)
    happen("case.deteriorated", minutes(10))
    count = Event.objects.filter(case=case).count()
    said = prompts(look())
    assert "order the patient flat, with log roll" in said
    assert "Something is worse on 8 mg of dexamethasone: raise the dose" in said
    assert "Record a neurological examination" in said
    assert Event.objects.filter(case=case).count() == count
    happen("position.ordered", minutes(11), position="flat")
    happen("steroids.changed", minutes(12), dose_mg=16)
    happen("neuro.examined", minutes(13))
    assert "worse" not in prompts(look())


def test_a_deterioration_without_a_steroid_asks_whether_one_is_indicated_unless_haematology_is_asked(happen, look):
    happen("case.deteriorated")
    assert "no dexamethasone is given: is it indicated?" in prompts(look())
    happen("steroids.withheld", minutes(6))
    assert "is it indicated?" not in prompts(look())


@pytest.mark.parametrize(
    ("kind", "first", "second", "said"),
    [
        ("neuro.examined", {"frankel": "D"}, {"frankel": "C"}, "Frankel grade is worse: D → C"),
        (
            "neuro.examined",
            {"frankel": "D", "ais": "E", "ais_earlier_deficit": "yes"},
            {"frankel": "D", "ais": "D"},
            "is worse: E → D",
        ),
        ("mobility.assessed", {"code": "M2"}, {"code": "M6"}, "Mobility is worse: M2 → M6"),
        ("bowel.assessed", {"continent": True}, {"continent": False}, "Continence is lost"),
    ],
)
def test_a_fall_between_two_observations_offers_the_report_at_once(  # noqa: PLR0917
    case, happen, look, kind, first, second, said
):
    happen(kind, minutes(5), **first)
    assert REPORT not in prompts(look())
    happen(kind, minutes(10), **second)
    found = prompts(look())
    assert said in found
    assert found.index(said) < found.index("Spoke" if "Spoke" in found else "Record contact")
    assert re.search(rf"{address(case, 'case.deteriorated')}\?what=\w+", look())
    happen("case.deteriorated", minutes(11))
    assert REPORT not in prompts(look())


@pytest.mark.parametrize(("before", "after"), [("C", "D"), ("D", "D")])
def test_no_fall_offers_nothing(happen, look, before, after):
    happen("neuro.examined", frankel=before, ais=before)
    happen("neuro.examined", minutes(6), frankel=after, ais=after)
    happen("mobility.assessed", minutes(7), code="M2")
    happen("mobility.assessed", minutes(8), code="M9")
    assert REPORT not in prompts(look())


def test_a_step_stopped_for_neurology_offers_the_report(happen, look):
    happen("rehabilitation.stopped", reason="neurology")
    assert "new neurology. Report it" in prompts(look())


def value(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def checked(page, name):
    found = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    return [re.search(r'value="([^"]*)"', each)[1] for each in found if "checked" in each]


@pytest.mark.parametrize(
    ("klass", "movement", "position", "why"),
    [
        ("A", None, "flat", "Default for class A"),
        ("B", 4, "flat", "Pain of 4 on movement"),
        ("B", 3, "mobile", "mobilise as able"),
        ("B", None, "mobile", "flat, as for class A"),
        ("C", 9, "mobile", "Default for class C"),
    ],
)
def test_triage_and_order_begin_with_the_default_position_and_its_reason(  # noqa: PLR0917
    unit, begun, look, klass, movement, position, why
):
    case = factories.case(klass, place=unit, at=begun)
    if movement is not None:
        factories.happen(case, "pain.scored", at=begun + minutes(1), rest=0, movement=movement)
    triage, order = look(path=address(case, "referral.triaged")), look(path=address(case, "position.ordered"))
    assert checked(triage, "positioning") == checked(order, "position") == [position]
    assert why in triage
    assert why in order
    assert checked(triage, "class") == checked(triage, "outcome") == []
    assert "default" in prompts(look(path=reverse("case", args=[case.uuid]))).lower() or movement == 4


def test_advice_changes_the_default(case, happen, look):
    happen("stability.advised", opinion="unstable")
    assert checked(look(path=address(case, "position.ordered")), "position") == ["flat"]
    happen("stability.advised", minutes(6))
    assert checked(look(path=address(case, "position.ordered")), "position") == ["mobile"]


def test_a_raised_head_has_its_angle_and_its_reason_and_lapses_after_a_day(case, happen, look):
    with pytest.raises(Invalid, match="Degrees belong to a raised head"):
        happen("position.ordered", position="flat", degrees=30)
    happen("position.ordered", position="elevated", degrees=30, intolerance="breathlessness")
    page = look()
    assert "Head raised by 30 degrees" in page
    assert "Cannot lie flat: breathlessness" in page
    assert "The order lapses at" in page
    assert "Lapsed at" not in page
    assert "Lapsed at" in look(DAY + minutes(5))
    happen("position.reviewed", DAY + minutes(6), position="elevated", degrees=45)
    assert "Head raised by 45 degrees" in look(DAY + minutes(7))
    assert "Lapsed at" not in look(DAY + minutes(7))


def treated(happen):
    happen("consent.recorded", minutes(1))
    happen("case.confirmed", minutes(2))
    happen("radiotherapy.decided", minutes(3))
    happen("radiotherapy.fraction", minutes(10))


def test_fractions_count_on_the_last_completes_the_course_and_the_dose_is_shown(case, happen, look):
    treated(happen)
    fraction = address(case, "radiotherapy.fraction")
    form = look(path=fraction)
    assert (value(form, "n"), value(form, "of")) == ("2", "5")
    page = look()
    assert "20 Gy in 5 fractions" in page
    assert "1 of 5 recorded" in page
    for number in (2, 3, 4, 5):
        happen("radiotherapy.fraction", minutes(10 + number), n=number)
    stored = Case.objects.get(pk=case.pk)
    assert stored.phase == "rehabilitating"
    assert stored.contradictions == []
    assert "5 of 5 recorded" in look()
    with pytest.raises(Refused, match=r"present state is “Completed”"):
        factories.advance(row_of(case), "give", by=factories.teller(case.organisation), answers={"n": 6, "of": 6})
    happen("radiotherapy.completed", minutes(20))


def row_of(case):
    return factories.step_for(case, "radiotherapy.completed", now(), list(Event.objects.filter(case=case)))[0]


def test_a_course_stopped_early_says_how_far_it_came(happen, look):
    treated(happen)
    happen("radiotherapy.stopped_early", minutes(20))
    page = look()
    assert "Stopped early" in page
    assert "1 of 5 recorded" in page


@pytest.mark.parametrize("route", ["intravenous", "subcutaneous"])
def test_an_injection_says_salt_or_base_and_nothing_is_converted(happen, look, route):
    with pytest.raises(Invalid, match="salt or of the base"):
        happen("steroids.started", route=route, dose_mg=6.6, label="")
    happen("steroids.started", route=route, dose_mg=6.6, label="base")
    assert f"6.6 mg of dexamethasone base, {route}" in look()
    with pytest.raises(Invalid, match="salt or of the base"):
        happen("steroids.changed", minutes(6), route=route, dose_mg=3.3)
    happen("steroids.changed", minutes(6), dose_mg=8)
    assert "8 mg" in look()


def test_a_possible_blood_cancer_on_the_indication_gates_the_steroid(happen):
    happen("steroids.indicated", blood_cancer=True)
    with pytest.raises(Refused, match="until haematology has advised") as refused:
        happen("steroids.started", minutes(6))
    assert refused.value.senior
    happen("steroids.haematology_advised", minutes(7))
    happen("steroids.started", minutes(8))


def test_the_taper_begins_with_the_template_counted_from_the_first_fraction(case, happen, look, begun):
    happen("steroids.started", minutes(4))
    treated(happen)
    form = look(2 * DAY, path=address(case, "steroids.taper_planned"))
    assert value(form, "ends_on") == day(begun + 6 * DAY)
    assert "16 mg, 12 mg, 8 mg, 8 mg, 4 mg, 4 mg, 2 mg, stop" in form
    assert "no taper is planned" in prompts(look(3 * DAY))
    assert "no taper is planned" not in prompts(look(2 * DAY))
    happen("steroids.taper_planned", 3 * DAY, ends_on=day(begun + 6 * DAY))
    assert "no taper is planned" not in prompts(look(4 * DAY))
    assert "dexamethasone goes on" not in prompts(look(7 * DAY))
    assert "Day 8 after treatment began, and dexamethasone goes on" in prompts(look(8 * DAY))


def test_a_longer_taper_wants_a_reason(happen, look, begun):
    happen("steroids.started", minutes(4))
    treated(happen)
    late = day(begun + 20 * DAY)
    happen("steroids.taper_planned", DAY, ends_on=late)
    assert "plan it again with a reason" in prompts(look(DAY))
    happen("steroids.taper_planned", DAY + minutes(1), ends_on=late, reason="neurology worse off it")
    assert "plan it again" not in prompts(look(DAY + minutes(2)))
    assert "dexamethasone goes on" not in prompts(look(9 * DAY))


def test_a_steroid_asks_for_gastro_protection_and_a_daily_glucose(happen, look):
    happen("steroids.started")
    said = prompts(look())
    assert "proton pump inhibitor" in said
    assert "check glucose daily" in said
    happen("steroids.protected", minutes(6))
    happen("steroids.glucose_checked", minutes(6))
    said = prompts(look())
    assert "proton pump inhibitor" not in said
    assert "check glucose daily" not in said
    assert "check glucose daily" in prompts(look(DAY + minutes(6)))


def test_bowels_distress_and_closing_are_reminders_and_not_clocks(case, happen, look):
    happen("case.confirmed")
    assert "Bowels not asked about" not in prompts(look(3 * DAY - minutes(1)))
    late = prompts(look(3 * DAY + minutes(5)))
    assert "Bowels not asked about for 72 hours" in late
    assert "how the patient copes" in late
    happen("distress.screened", 3 * DAY + minutes(6))
    opened = day(now() - 100 * DAY)
    happen("bowel.assessed", 3 * DAY + minutes(6), last_opened=opened)
    said = prompts(look(3 * DAY + minutes(7)))
    assert "No motion for 72 hours" in said
    assert "how the patient copes" not in said
    happen("neuro.examined", 4 * DAY)
    happen("discharge.discharged", 4 * DAY, override={"by": "consultant", "reason": "wants to go home"})
    assert "90 days" not in prompts(look(93 * DAY))
    assert "Discharged more than 90 days ago" in prompts(look(94 * DAY))
    assert Case.objects.get(pk=case.pk).is_open


def test_class_b_is_asked_every_day_for_new_neurology(unit, begun, look):
    case = factories.case("B", place=unit, at=begun)
    page = reverse("case", args=[case.uuid])
    assert "daily question" not in prompts(look(DAY - minutes(1), path=page))
    assert "Class B, daily question" in prompts(look(DAY, path=page))
    factories.happen(case, "neuro.examined", at=begun + DAY, frankel="E", ais="")
    assert "daily question" not in prompts(look(DAY + minutes(1), path=page))


def test_a_clock_met_in_time_is_not_asked_about(happen, look):
    happen("contact.made", minutes(59))
    assert "ended late" not in prompts(look(minutes(62)))


def test_advice_from_before_a_deterioration_is_said_to_be_stale_and_flat_is_offered(case, happen, look):
    for number, kind in enumerate(("stability.advised", "position.cleared_to_sit", "case.deteriorated"), 1):
        happen(kind, minutes(number))
    page = look()
    assert BY_KEY["up_though_worse"].sentence in page
    assert page.count("stability is to be judged again") == len(("position", "stability"))
    assert f"{address(case, 'position.ordered')}?position=flat" in page
    happen("stability.advised", minutes(4))
    assert "stability is to be judged again" not in look()


def test_a_scan_that_did_not_answer_is_not_asked_for_again_of_a_patient_who_declines_it(happen, look):
    happen("imaging.acquired", minutes(5))
    happen("case.declined", minutes(6), what="imaging")
    happen("imaging.communicated", minutes(7), result="non_diagnostic")
    page = look()
    assert "the patient declines another" in page
    assert "The MRI clock runs on" not in page
    happen("case.planned", minutes(8))
    assert "the patient declines another" not in look()
