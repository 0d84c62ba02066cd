"""The sheets: drawn for those who may score, worked out by the server, and said on the case page with their history."""

import re
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.access import Access
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.measure import KEPT, MEASURES
from pathway.record.step import OBSERVATIONS
from pathway.scales import SCALES
from pathway.scales.sins import SINS
from tests import factories
from tests.web.forms import typed

pytestmark = pytest.mark.django_db
SHEETS = [kind for kind, observation in OBSERVATIONS.items() if observation.scored]
ROLES = ("coordinator", "clinician", "physiotherapist", "manager")
L1 = factories.ANSWERS["sins.scored"]
T5 = L1 | {"level": "T5", "alignment": "normal", "collapse": "over_half", "posterolateral": "bilateral"}


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(hours=6)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


@pytest.fixture
def look(client, clinician):
    """`look(case)`: the case page as text; `look(case, "sins.scored")`: a sheet."""

    def look(case, kind="", by=clinician):
        client.force_login(by)
        return client.get(
            reverse("observe", args=[case.uuid, kind]) if kind else reverse("case", args=[case.uuid])
        ).text

    return look


@pytest.fixture
def send(client, case, clinician):
    """`send("sins.scored", level="L1")`: the answer to a sheet that was filled in so."""

    def send(kind, *, by=clinician, **answers):
        client.force_login(by)
        return client.post(reverse("observe", args=[case.uuid, kind]), typed(case, **answers))

    return send


def result_of(page):
    return re.sub(r"<[^>]+>|\s+", " ", page.split("data-result", 1)[1].split("</div>", 1)[0])


def scores_on(page):
    return page.split("<h3>Scores</h3>", 1)[1].split("<h3>", 1)[0]


@pytest.mark.parametrize("kind", SHEETS)
@pytest.mark.parametrize("role", ROLES)
def test_every_sheet_opens_and_saves_for_its_roles_alone(client, case, trust, kind, role):
    client.force_login(factories.user(role, trust))
    may = role in {each.value for each in OBSERVATIONS[kind].by}
    address = reverse("observe", args=[case.uuid, kind])
    page = client.get(address)
    assert page.status_code == (200 if may else 403)
    if may:
        for measure in MEASURES[kind]:
            for item in measure.scale.items:
                assert f'name="{measure.name(item.key)}"' in page.text
                assert all(f'value="{option.key}"' in page.text for option in item.options)
    answer = client.post(address, typed(case, **factories.ANSWERS[kind]))
    assert answer.status_code == (302 if may else 403)
    assert case.events.filter(kind=kind).exists() is may
    worked_out = client.post(address, typed(case, **factories.ANSWERS[kind]) | {"work_out": "yes"})
    assert worked_out.status_code == (200 if may else 403)


def test_opening_a_sheet_is_logged(case, clinician, look):
    look(case, "sins.scored")
    assert Access.objects.filter(user=clinician, case=case, what="form: sins.scored").count() == 1


def test_the_message_and_the_place_say_what_was_scored(client, case, send):
    answer = send("sins.scored", **L1)
    assert answer.url == reverse("case", args=[case.uuid]) + "#sinsscored"
    page = client.get(answer.url).text
    assert "Recorded: SINS 13: unstable; 7 or more: ask for a surgical opinion." in page
    assert 'id="sinsscored"' in page


def test_working_it_out_saves_nothing_and_keeps_what_was_typed(case, send):
    given = {name: value for name, value in L1.items() if name != "pain"}
    answer = send("sins.scored", **given, note="seen with Dr B", work_out="yes")
    assert answer.status_code == 200
    said = result_of(answer.text)
    assert "SINS incomplete, 10 to 13 (missing: Pain): indeterminate to unstable" in said
    assert "Level 3, Bone lesion 2, Alignment 2, Vertebral body collapse 2, Posterolateral elements 1" in said
    assert "0 to 6: stable" in said
    assert answer.text.count("data-here") == 2
    assert '<option value="L1" selected' in answer.text
    assert 'value="seen with Dr B"' in answer.text
    assert "nhsuk-error-summary" not in answer.text
    assert case.events.count() == 1


def test_working_it_out_asks_for_nothing_yet(case, send):
    assert "Nothing is answered yet." in result_of(send("sins.scored", work_out="yes").text)
    assert "Not worked out yet." in result_of(send("sins.scored").text)
    assert case.events.count() == 1


@pytest.mark.parametrize("work_out", [{}, {"work_out": "yes"}])
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"total": "0"}, "&#x27;total&#x27; is not asked for here"),
        ({"points": "18"}, "&#x27;points&#x27; is not asked for here"),
        ({"scores": "{}"}, "&#x27;scores&#x27; is not asked for here"),
        ({"version": "1"}, "&#x27;version&#x27; is not asked for here"),
        ({"lesion.points": "0"}, "&#x27;lesion.points&#x27; is not asked for here"),
        ({"sternum": "yes"}, "&#x27;sternum&#x27; is not asked for here"),
        ({"pain": ["mechanical", "painless"]}, "Pain: give one answer."),
        ({"pain": "awful"}, "Pain: &#x27;awful&#x27; is not one of mechanical, occasional, painless."),
        ({"level": "L6"}, "Level: &#x27;L6&#x27; is not one of"),
        ({"level": "\N{FULLWIDTH LATIN CAPITAL LETTER L}1"}, "Level: &#x27;\\uff2c1&#x27; is not one of"),
    ],
)
def test_what_no_page_of_ours_sends_is_refused_by_its_name(case, send, sent, said, work_out):
    answer = send("sins.scored", **L1 | sent | work_out)
    assert answer.status_code == 422
    assert said in answer.text
    assert case.events.count() == 1


def test_a_sheet_without_its_level_is_not_saved_and_keeps_what_was_typed(case, send):
    answer = send("sins.scored", **L1 | {"level": "", "imaging": "MRI <1>"})
    assert answer.status_code == 422
    assert "Answer this: Level." in answer.text
    assert 'href="#id_level"' in answer.text
    assert 'value="MRI &lt;1&gt;"' in answer.text
    assert case.events.count() == 1


def test_what_contradicts_itself_is_refused_at_its_question(case, send):
    for more in ({}, {"work_out": "yes"}):
        answer = send("neuro.examined", ais="E", **more)
        assert answer.status_code == 422
        assert "E is for a person who had a deficit before" in answer.text
    assert "AIS grade: 5 of 10 key muscles at grade 3 or more means D." in send(
        "neuro.examined", ais="C", ais_strong="5", ais_examined="10").text  # fmt: skip
    assert case.events.count() == 1


def test_a_doubtful_time_is_asked_about_on_the_sheet_too(client, case, clinician, begun):
    client.force_login(clinician)
    address = reverse("observe", args=[case.uuid, "sins.scored"])
    sent = typed(case, begun - timedelta(hours=3), **L1)
    asked = client.post(address, sent)
    assert asked.status_code == 409
    tick = re.search(r'name="time_is_right" value="([^"]+)"', asked.text)[1]
    assert case.events.count() == 1
    assert client.post(address, sent | {"time_is_right": tick}).status_code == 302


def test_nothing_answered_is_not_saved(case, send):
    answer = send("tokuhashi.scored", note="asked for by the surgeon")
    assert answer.status_code == 422
    assert "Revised Tokuhashi score: answer at least one question." in answer.text
    assert case.events.count() == 1


def test_level_by_level_and_the_highest_is_the_patients(client, case, send, look, coordinator):
    answer = send("sins.scored", **T5, again="yes")
    assert answer.url == reverse("observe", args=[case.uuid, "sins.scored"])
    assert "So far: <strong>SINS 12 at T5: indeterminate</strong>" in client.get(answer.url).text
    send("sins.scored", **L1)
    assert "SINS 13 at L1: unstable; T5 12" in scores_on(look(case))
    send("sins.scored", **L1 | {"pain": "painless"})
    page = scores_on(look(case))
    assert "SINS 12 at T5: indeterminate; L1 10" in page
    assert "better: 13 \N{RIGHTWARDS ARROW} 10" in page
    send("sins.scored", level="S2", pain="mechanical")
    assert "SINS 12 to 15 at S2: indeterminate to unstable; T5 12; L1 10" in scores_on(look(case))


def test_a_sins_of_7_asks_for_a_surgical_opinion_until_somebody_gives_one(case, begun, look):
    asked = "SINS 13 at L1: unstable. 7 or more: ask for a surgical opinion."
    low = L1 | {"lesion": "blastic", "pain": "painless", "alignment": "normal", "collapse": "none"}
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=1), **low)
    assert "ask for a surgical opinion" not in look(case)
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=2))
    assert asked in look(case)
    factories.happen(case, "stability.advised", at=begun + timedelta(hours=3))
    assert asked not in look(case)
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=4))
    assert asked in look(case)
    factories.happen(case, "opinion.surgical", at=begun + timedelta(hours=5))
    assert asked not in look(case)


def test_advice_on_stability_begins_with_the_highest_sins(case, begun, client, clinician):
    client.force_login(clinician)
    address = reverse("move", args=[case.uuid, "stability", 1, "advise"])
    assert not re.search(r'name="sins" value', client.get(address).text)
    for answers in (T5, L1):
        factories.happen(case, "sins.scored", at=begun + timedelta(hours=1), **answers)
    assert 'name="sins" value="13"' in client.get(address).text
    assert 'name="sins" value="4"' in client.get(f"{address}?sins=4").text
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=2), level="T12", pain=None,
                     collapse=None)  # fmt: skip
    assert not re.search(r'name="sins" value', client.get(address).text), "a range is no total"


def test_who_had_a_deficit_before_is_known(case, begun, look, send):
    assert 'value="yes" id="id_ais_earlier_deficit_0" checked' not in re.sub(r"\s+", " ", look(case, "neuro.examined"))
    factories.happen(case, "neuro.examined", at=begun + timedelta(hours=1), frankel="D")
    page = look(case, "neuro.examined")
    assert re.search(r'<input[^>]*name="ais_earlier_deficit"[^>]*value="yes"[^>]*checked', page)


def test_worse_walking_asks_whether_it_is_new_and_moves_nothing(case, begun, look):
    factories.happen(case, "mobility.assessed", at=begun + timedelta(hours=1), code="M2")
    before = Case.objects.values("state", "klass").get(pk=case.pk)
    assert "top of the ladder at once" not in look(case)
    factories.happen(case, "mobility.assessed", at=begun + timedelta(hours=2), code="M4")
    asked = "Mobility is worse: M2 \N{RIGHTWARDS ARROW} M4. Report it: it tells the top of the ladder at once."
    assert asked in look(case)
    assert Case.objects.values("state", "klass").get(pk=case.pk) == before
    factories.happen(case, "case.deteriorated", at=begun + timedelta(hours=3), what="gait")
    assert asked not in look(case)


def test_a_fall_is_asked_about_until_it_is_reported(unit, look):
    case = factories.case(place=unit, at=now() - timedelta(hours=60))
    for hours, code in ((50, "M2"), (25, "M4")):
        factories.happen(case, "mobility.assessed", at=now() - timedelta(hours=hours), code=code)
    assert "top of the ladder at once" in look(case)
    factories.happen(case, "case.deteriorated", at=now() - timedelta(hours=24), what="gait")
    assert "top of the ladder at once" not in look(case)


def test_the_history_says_value_time_scorer_and_change(case, begun, look):
    for hours, code, by in ((1, "M2", "PT One"), (2, "M4", "PT Two"), (3, "M9", "PT Three"), (4, "M4", "PT Four")):
        factories.happen(case, "mobility.assessed", at=begun + timedelta(hours=hours), code=code, scored_by=by)
    page = scores_on(look(case))
    mobility = page.split('id="mobilityassessed"', 1)[1].split('<li id="', 1)[0]
    newest, before = mobility.split("<details", 1)
    assert "M4: Walks only with the help of one; ambulant" in newest
    assert "scored by PT Four" in newest
    assert ">same</span>" in newest, "lying flat by order hides nothing that was measured before it"
    found = re.findall(r"scored by (PT \w+)", before)
    assert found == ["PT Three", "PT Two", "PT One"]
    assert before.count("worse: M2 \N{RIGHTWARDS ARROW} M4") == 1
    assert "M9: In bed by order, ability to walk unknown" in before


def test_each_score_leads_to_every_answer_and_to_its_correction(client, case, begun, look, physiotherapist):
    event = factories.happen(case, "sins.scored", at=begun + timedelta(hours=1))
    page = look(case)
    assert f'href="#entry-{event.uuid}"' in scores_on(page)
    entry = page.split(f'id="entry-{event.uuid}"', 1)[1].split("</li>", 1)[0]
    for words in ("13: unstable", "L1 (junctional)", "Lytic", "New deformity", "Collapse of less than 50%", "One side",
                  "MRI of 2 March"):  # fmt: skip
        assert words in entry
    address = reverse("correct", args=[case.uuid, event.uuid])
    assert address in scores_on(page)
    assert address not in look(case, by=physiotherapist)


def test_a_score_is_corrected_like_any_entry(client, case, begun, clinician, look):
    event = factories.happen(case, "sins.scored", at=begun + timedelta(hours=1))
    client.force_login(clinician)
    address = reverse("correct", args=[case.uuid, event.uuid])
    assert 'value="L1" selected' in client.get(address).text
    answer = client.post(address, typed(case, **event.answers | {"pain": "painless", "why": "asked again"}))
    assert answer.status_code == 302
    page = look(case)
    assert "SINS 10 at L1: indeterminate" in scores_on(page)
    assert "<del>13: unstable; 7 or more: ask for a surgical opinion</del>" in page
    client.post(address, typed(case, withdrawn="on", why="other patient"))
    assert "SINS 1" not in scores_on(look(case))


def test_an_old_score_keeps_its_version_and_is_not_compared_with_another(case, begun, look, monkeypatch):
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=1), **L1)
    later = replace(SINS, version="2030-1")
    monkeypatch.setitem(SCALES, "sins", later)
    monkeypatch.setitem(MEASURES, "sins.scored", (replace(MEASURES["sins.scored"][0], scale=later),))
    assert "ask for a surgical opinion (version 2010-1; today 2030-1)" in scores_on(look(case))
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=2), **L1 | {"pain": "painless"})
    kept = [event.answers[KEPT]["sins"]["version"] for event in Event.objects.filter(kind="sins.scored").order_by("pk")]
    assert kept == ["2010-1", "2030-1"]
    page = scores_on(look(case))
    assert "version 2010-1" in page
    assert "version 2030-1" in page
    assert "app-score__change" not in page


def test_a_scale_that_is_no_more_still_says_its_score(case, begun, look, monkeypatch):
    factories.happen(case, "karnofsky.scored", at=begun + timedelta(hours=1), status="70")
    monkeypatch.delitem(SCALES, "karnofsky")
    assert "70 (version 1949-1)" in look(case)


def test_karnofsky_shows_a_rough_ecog_that_is_never_kept(case, send, look):
    assert "70: Cares for self, no normal activity; roughly ECOG 1, not measured" in result_of(
        send("karnofsky.scored", status="70", work_out="yes").text)  # fmt: skip
    send("karnofsky.scored", status="70")
    assert "roughly ECOG 1, not measured" in scores_on(look(case))
    event = case.events.get(kind="karnofsky.scored")
    assert "ecog" not in str(event.answers).lower()
    send("karnofsky.scored", status="0")
    assert "0: Dead</p>" not in scores_on(look(case))
    assert "ECOG 4, not measured" not in scores_on(look(case))


def test_prognosis_carries_its_caution_and_every_sheet_its_source(case, look):
    for kind in SHEETS:
        page = look(case, kind)
        for measure in MEASURES[kind]:
            assert escape(measure.scale.caution) in page
            assert f"version {measure.scale.version}" in page
    assert "older than much of today" in look(case, "rades_survival.scored")


def test_the_grade_of_the_report_is_among_the_grades(case, begun, look):
    factories.happen(case, "imaging.acquired", at=begun + timedelta(hours=1))
    factories.happen(case, "imaging.verified", at=begun + timedelta(hours=2), escc="1c")
    factories.happen(case, "escc.scored", at=begun + timedelta(hours=3), grade="3")
    page = scores_on(look(case))
    assert "worse: 1c \N{RIGHTWARDS ARROW} 3" in page
    assert "1c: Thecal sac deformed, cord touched but not compressed; debated" in page


def test_a_confirmed_compression_asks_for_the_sins_until_a_level_is_scored(case, begun, look):
    asked = "score the SINS of each level"
    assert asked not in look(case)
    factories.happen(case, "imaging.communicated", at=begun + timedelta(hours=1), result="mscc")
    factories.happen(case, "case.confirmed", at=begun + timedelta(hours=1, minutes=5))
    assert asked in look(case)
    factories.happen(case, "sins.scored", at=begun + timedelta(hours=2))
    assert asked not in look(case)
