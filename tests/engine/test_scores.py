"""Scores in the record: worked out from the answers alone, kept whole with version and scorer, never a guess."""

from dataclasses import replace
from uuid import uuid4

import pytest

from pathway.engine.correct import correct
from pathway.engine.note import observe
from pathway.engine.refused import Invalid, NotAllowed, Refused, Used
from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.event import Event, standing
from pathway.record.measure import ABOUT, IMAGING, KEPT, MEASURES, kept, scored
from pathway.record.step import OBSERVATIONS
from pathway.scales import SCALES
from pathway.scales.sins import SINS
from tests import factories

pytestmark = pytest.mark.django_db
SHEETS = [kind for kind in MEASURES if kind in OBSERVATIONS]
ITEMS = [
    pytest.param(kind, measure, item, id=f"{kind}-{measure.name(item.key)}")
    for kind in SHEETS for measure in MEASURES[kind] for item in measure.scale.items
]  # fmt: skip


@pytest.fixture
def case(unit):
    return factories.case(place=unit)


@pytest.fixture
def score(case, clinician):
    """`score("sins.scored", level="L1")`: exactly these answers."""

    def score(kind, *, by=clinician, **answers):
        with factories.typed(factories.at("2026-03-02 12:00"), None):
            return observe(case, kind, by=by, answers=answers)

    return score


def test_every_scale_can_be_recorded():
    assert {measure.scale.key for kind in SHEETS for measure in MEASURES[kind]} == set(SCALES)


def test_a_scale_without_an_entry_of_its_own_has_one_of_its_name():
    own = {"neuro.examined", "mobility.assessed", "followup.recorded", "imaging.verified"}
    assert set(MEASURES) - own == {f"{key}.scored" for key in SCALES} - {
        "frankel.scored", "ais.scored", "mrc.scored", "mobility.scored"}  # fmt: skip


def test_no_item_takes_the_name_of_another_answer():
    for kind, measures in MEASURES.items():
        names = [measure.name(item.key) for measure in measures for item in measure.scale.items]
        assert len(names) == len(set(names)), kind
        taken = {*ABOUT, *IMAGING, KEPT, "override", "happened_at", "seen", "submission", "work_out", "save", "again"}
        assert not set(names) & taken, kind


@pytest.mark.parametrize("kind", SHEETS)
def test_what_is_kept_is_what_the_scale_makes_of_the_answers(score, clinician, kind):
    given = factories.ANSWERS[kind]
    event = score(kind, **given)
    assert event.answers.items() >= given.items()
    stored = event.answers.get(KEPT, {})
    assert scored(kind, given) == ({KEPT: stored} if stored else {})
    for measure in MEASURES[kind]:
        made = measure.score(given)
        assert (made.stored() if made else None) == stored.get(measure.scale.key)
        if made:
            assert stored[measure.scale.key]["version"] == measure.scale.version
    assert [each.answers for each in kept(Event.objects.get(pk=event.pk).answers)] == [
        {part["item"]: part["option"] for part in each["components"]} for each in stored.values()
    ]


@pytest.mark.parametrize("kind", [kind for kind in SHEETS if OBSERVATIONS[kind].scored])
def test_who_scored_is_kept_and_is_the_person_who_records_where_nobody_is_named(score, clinician, kind):
    assert score(kind, **factories.ANSWERS[kind]).answers["scored_by"] == str(clinician)
    named = score(kind, **factories.ANSWERS[kind], scored_by="Dr Bone, radiologist")
    assert named.answers["scored_by"] == "Dr Bone, radiologist"


@pytest.mark.parametrize(("kind", "measure", "item"), ITEMS)
def test_a_missing_item_gives_a_range_or_is_asked_for_and_is_never_nought(score, kind, measure, item):
    given = factories.ANSWERS[kind]
    full = {measure.name(each.key): each.options[0].key for each in measure.scale.items} | given
    full.pop(name := measure.name(item.key))
    if measure.requires(item):
        with pytest.raises(Invalid) as refused:
            score(kind, **full)
        assert set(refused.value.fields) == {name}
    elif item.counts and len(measure.scale.items) > 1 and not measure.scale.graded:
        found = score(kind, **full).answers[KEPT][measure.scale.key]
        assert found["total"] is None
        assert item.key in found["missing"]
        assert found["most"] - found["least"] >= max(item.points) - min(item.points)


@pytest.mark.parametrize("kind", SHEETS)
@pytest.mark.parametrize("name", [KEPT, "total", "points", "version", "sins"])
def test_a_result_that_is_sent_is_refused_by_its_name(score, case, kind, name):
    if name in OBSERVATIONS[kind].asks:
        return
    with pytest.raises(Invalid) as refused:
        score(kind, **factories.ANSWERS[kind], **{name: {"sins": {"total": 0}}})
    assert set(refused.value.fields) == {name}
    assert case.events.count() == 1


@pytest.mark.parametrize(("kind", "measure", "item"), ITEMS)
@pytest.mark.parametrize("answer", [["0"], {"option": "0"}, True, 1.5, "0 ", "x" * 9000])
def test_a_word_that_the_table_does_not_have_is_refused_by_its_name(score, kind, measure, item, answer):
    name = measure.name(item.key)
    with pytest.raises(Invalid) as refused:
        score(kind, **factories.ANSWERS[kind] | {name: answer})
    assert set(refused.value.fields) == {name}
    assert f"{item.label}: " in refused.value.fields[name][0]
    assert not Event.objects.filter(kind=kind).exists()


@pytest.mark.parametrize("kind", SHEETS)
def test_nothing_answered_is_no_score(score, case, kind):
    optional = all(measure.optional for measure in MEASURES[kind])
    given = {name: value for name, value in factories.ANSWERS[kind].items() if name in ("due", "alive", "power")}
    if optional:
        assert KEPT not in score(kind, **given).answers
    else:
        with pytest.raises(Invalid):
            score(kind, note="nothing else")
        assert case.events.count() == 1


def test_a_neurological_examination_of_which_nothing_is_said_is_no_examination(score, case, clinician):
    for answers in ({}, {"scored_by": "Dr Bone"}):
        with pytest.raises(Invalid, match="Nothing is answered yet") as refused:
            score("neuro.examined", **dict.fromkeys(factories.ANSWERS["neuro.examined"], None) | answers)
        assert set(refused.value.fields) == {"frankel"}
    assert case.events.count() == 1
    unchanged = score("neuro.examined", **dict.fromkeys(factories.ANSWERS["neuro.examined"], None), note="As before")
    with pytest.raises(Invalid, match="Nothing is answered yet"):
        corrected(unchanged, clinician, answers={})


def test_the_example_of_the_specification_and_its_range(score):
    found = score("sins.scored", **factories.ANSWERS["sins.scored"]).answers[KEPT]["sins"]
    assert (found["total"], [band["key"] for band in found["bands"]]) == (13, ["unstable"])
    missing = {name: value for name, value in factories.ANSWERS["sins.scored"].items() if name != "pain"}
    found = score("sins.scored", **missing).answers[KEPT]["sins"]
    assert (found["total"], found["least"], found["most"], list(found["missing"])) == (None, 10, 13, ["pain"])
    assert [band["key"] for band in found["bands"]] == ["indeterminate", "unstable"]


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"ais": "E"}, {"ais"}),
        ({"ais": "E", "ais_earlier_deficit": "no"}, {"ais"}),
        ({"ais": "C", "ais_strong": 5, "ais_examined": 10}, {"ais"}),
        ({"ais": "D", "ais_strong": 4, "ais_examined": 10}, {"ais"}),
        ({"ais": "D", "ais_strong": 4}, {"ais_strong"}),
        ({"ais": "D", "ais_strong": 11, "ais_examined": 10}, {"ais_strong"}),
        ({"ais": "E", "ais_earlier_deficit": "yes"}, set()),
        ({"ais": "D", "ais_strong": 5, "ais_examined": 10}, set()),
        ({"ais": "C", "ais_strong": 4, "ais_examined": 10}, set()),
    ],
)
def test_the_boundaries_of_ais_are_refused_by_their_answer(score, answers, wrong):
    if wrong:
        with pytest.raises(Invalid) as refused:
            score("neuro.examined", **answers)
        assert set(refused.value.fields) == wrong
    else:
        assert score("neuro.examined", **answers).answers[KEPT]["ais"]["grade"] == answers["ais"]


def test_what_is_no_grade_makes_no_score_of_ais(score):
    assert KEPT not in score("neuro.examined", ais_earlier_deficit="yes").answers


@pytest.mark.parametrize("status", ["0", "1"])
def test_the_short_score_of_rades_refuses_ecog_0_and_1(score, status):
    with pytest.raises(Invalid, match="Nobody with ECOG 0 or 1 was among the patients"):
        score("rades_short.scored", **factories.ANSWERS["rades_short.scored"] | {"ecog": status})


@pytest.mark.parametrize(("kind", "total"), [("rades_ambulatory", 20), ("rades_ambulatory", 45), ("rades_survival", 19),
                                             ("rades_survival", 46), ("rades_survival", "30.5")])  # fmt: skip
def test_a_typed_total_lies_in_its_range(score, kind, total):
    with pytest.raises(Invalid) as refused:
        score(f"{kind}.scored", total=total)
    assert set(refused.value.fields) == {"total"}


def test_muscles_that_cannot_be_tested_leave_a_range(score):
    powers = {item.key: "5" for item in SCALES["mrc"].items}
    assert score("neuro.examined", **powers).answers[KEPT]["mrc"]["total"] == 100
    found = score("neuro.examined", **powers | {"L2_left": "NT"}).answers[KEPT]["mrc"]
    assert (found["total"], found["least"], found["most"]) == (None, 95, 100)


@pytest.mark.parametrize("kind", SHEETS)
def test_who_may_record_it(score, trust, kind):
    may = OBSERVATIONS[kind].by
    for role in Role:
        if role.value not in ("coordinator", "clinician", "physiotherapist", "manager", "administrator", "auditor"):
            continue
        by = factories.user(role.value, trust)
        if role in may:
            score(kind, by=by, **factories.ANSWERS[kind])
        else:
            with pytest.raises(NotAllowed):
                score(kind, by=by, **factories.ANSWERS[kind])


def test_the_bedside_is_for_the_physiotherapist_and_a_typed_total_for_a_clinician():
    at_the_bedside = {kind for kind in SHEETS if Role.PHYSIOTHERAPIST in OBSERVATIONS[kind].by}
    assert at_the_bedside == {"neuro.examined", "mobility.assessed", "pain.scored", "ecog.scored", "karnofsky.scored",
                              "followup.recorded"}  # fmt: skip
    assert {kind for kind in SHEETS if OBSERVATIONS[kind].by == {Role.CLINICIAN}} == {
        "rades_ambulatory.scored", "rades_survival.scored"}  # fmt: skip


def test_a_score_never_moves_the_case(score, case):
    before = Case.objects.values("state", "klass", "phase").get(pk=case.pk)
    score("sins.scored", **factories.ANSWERS["sins.scored"])
    score("rades_short.scored", **factories.ANSWERS["rades_short.scored"])
    score("mobility.assessed", code="M1")
    score("mobility.assessed", code="M8")
    assert Case.objects.values("state", "klass", "phase").get(pk=case.pk) == before


def test_the_grade_of_a_verified_report_is_a_score_too(case):
    factories.happen(case, "imaging.acquired", at=factories.at("2026-03-02 11:00"))
    report = factories.happen(case, "imaging.verified", at=factories.at("2026-03-02 11:30"), escc="1c")
    assert report.answers[KEPT]["escc"]["grade"] == "1c"
    with pytest.raises(Invalid, match="ESCC grade"):
        factories.happen(case, "imaging.verified", at=factories.at("2026-03-02 11:40"), escc="1d")


def corrected(event, by, **changes):
    with factories.typed(factories.at("2026-03-02 13:00"), None):
        correct(event, by=by, why="typed wrong", **changes)
    return next(each for each in standing(Event.objects.filter(case=event.case).order_by("pk")) if each.pk == event.pk)


def test_a_corrected_answer_is_worked_out_anew_and_the_scorer_stays(score, clinician, coordinator):
    event = score("sins.scored", **factories.ANSWERS["sins.scored"], scored_by="Dr Bone")
    now = corrected(event, coordinator, answers=factories.ANSWERS["sins.scored"] | {"pain": "painless"})
    assert (now.answers[KEPT]["sins"]["total"], now.answers["scored_by"]) == (10, "Dr Bone")
    with pytest.raises(Invalid) as refused:
        corrected(event, coordinator, answers=factories.ANSWERS["sins.scored"] | {"pain": "bad", KEPT: {}})
    assert set(refused.value.fields) == {"pain", KEPT}


def test_the_same_answers_are_no_correction(score, clinician):
    event = score("sins.scored", **factories.ANSWERS["sins.scored"])
    with pytest.raises(Refused, match="Nothing would change"):
        corrected(event, clinician, answers=factories.ANSWERS["sins.scored"])


def test_a_corrected_time_leaves_the_score_on_its_own_version(score, clinician, monkeypatch):
    event = score("sins.scored", **factories.ANSWERS["sins.scored"])
    newer(monkeypatch)
    now = corrected(event, clinician, occurred_at=factories.at("2026-03-02 11:00"),
                    answers=factories.ANSWERS["sins.scored"])  # fmt: skip
    assert now.answers[KEPT]["sins"]["version"] == SINS.version
    again = corrected(event, clinician, answers=factories.ANSWERS["sins.scored"] | {"pain": "painless"})
    assert again.answers[KEPT]["sins"]["version"] == "2030-1"


def newer(monkeypatch):
    """A further version of SINS, as a later release would bring it."""
    later = replace(SINS, version="2030-1")
    monkeypatch.setitem(SCALES, "sins", later)
    monkeypatch.setitem(MEASURES, "sins.scored", (replace(MEASURES["sins.scored"][0], scale=later),))


def test_a_form_sent_twice_makes_one_score_and_with_other_answers_none(case, clinician):
    key = uuid4()
    given = factories.ANSWERS["sins.scored"]
    with factories.typed(factories.at("2026-03-02 12:00"), None):
        first, second = (observe(case, "sins.scored", by=clinician, answers=given, submission=key) for _ in range(2))
        assert first.pk == second.pk
        with pytest.raises(Used):
            observe(case, "sins.scored", by=clinician, answers=given | {"pain": "painless"}, submission=key)
