"""The twenty cases of docs/audit.md: made as they stand there, and counted as they were by hand."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import results
from pathway.analytics.lines import Side
from pathway.analytics.measures import MEASURES
from tests import factories

pytestmark = pytest.mark.django_db
NOW, LATEST = factories.at("2026-05-01 09:00"), factories.at("2026-05-01 06:00")
SENIOR = {"by": "Consultant", "reason": "decided at the bedside"}
WORDS = {
    "call": ("contact.made", {"channel": "phone"}), "message": ("contact.made", {"channel": "message"}),
    "referral": ("referral.received", {}), "triage": ("referral.triaged", {"outcome": "pathway"}),
    "admitted": ("case.admitted", {}), "indicated": ("steroids.indicated", {}),
    "withheld": ("steroids.withheld", {"reason": "infection"}), "dexamethasone": ("steroids.started", {}),
    "protected": ("steroids.protected", {}), "glucose": ("steroids.glucose_checked", {}),
    "continent": ("bowel.assessed", {"continent": True}), "not continent": ("bowel.assessed", {"continent": False}),
    "skin": ("skin.assessed", {"damage": ""}), "sore": ("skin.assessed", {"damage": "sacrum, category 2"}),
    "scan": ("imaging.acquired", {"modality": "mri"}), "CT": ("imaging.acquired", {"modality": "ct"}),
    "contraindicated": ("imaging.contraindicated", {}), "result": ("imaging.communicated", {"result": "mscc"}),
    "metastases told": ("imaging.communicated", {"result": "metastases"}),
    "impending told": ("imaging.communicated", {"result": "impending"}), "confirmed": ("case.confirmed", {}),
    "impending": ("case.impending", {}), "metastases only": ("case.metastases_only", {}),
    "excluded": ("case.excluded", {}), "supportive care": ("case.supportive_care", {}),
    "declined": ("case.declined", {"what": "everything"}), "died": ("case.died", {}), "left": ("case.left", {}),
    "closed": ("case.closed", {}), "class A": ("case.reclassified", {"class": "A"}), "plan": ("case.planned", {}),
    "surgeon": ("opinion.surgical", {"opinion": "operate"}), "oncologist": ("opinion.oncology", {}),
    "radiotherapy decided": ("decision.made", {"modality": "radiotherapy"}),
    "surgery decided": ("decision.made", {"modality": "surgery"}),
    "fraction": ("radiotherapy.fraction", {"n": 1, "of": 1}),
    "operation": ("surgery.started", {}), "operation over": ("surgery.ended", {}), "SINS": ("sins.scored", {}),
    "flat": ("position.ordered", {"position": "flat"}), "kept flat": ("position.reviewed", {"position": "flat"}),
    "stable": ("stability.advised", {"opinion": "stable", "sins": ""}), "cleared": ("position.cleared_to_sit", {}),
    "up": ("rehabilitation.stepped", {"step": "R2"}), "physiotherapist": ("physiotherapy.assessed", {}),
    "therapist": ("occupational_therapy.assessed", {}), "taper": ("steroids.taper_planned", {}),
    "needs": ("discharge.needs_assessed", {}), "home": ("discharge.discharged", {}),
    **{f"M{number}": ("mobility.assessed", {"code": f"M{number}"}) for number in range(10)},
}  # fmt: skip
ENTRY = re.compile(r"(?P<word>.+?) (?P<hours>[\d.]+)(?P<day> \(day\))?")


def tables():
    """The rows of the two tables, without their heads."""
    text = (
        (settings.ROOT / "docs" / "audit.md").read_text().split("## Twenty cases, counted by hand")[1].split("\n## ")[0]
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if row[0].isdigit()], [row for row in rows if row[0].startswith("K")]


def told(case, start, entry):
    """One entry of a story, as the engine takes it."""
    found = ENTRY.fullmatch(entry)
    kind, answers = ("consent.recorded", {}) if found["word"] == "consent" else WORDS[found["word"]]
    if kind == "consent.recorded":
        decided = case.events.filter(kind="decision.made").last().answers["modality"]
        answers = {"procedure": decided}
    at = start + timedelta(hours=float(found["hours"]))
    factories.happen(
        case, kind, at=at, recorded=NOW, precision="day" if found["day"] else "minute", override=SENIOR,
        **answers,
    )  # fmt: skip


def made(unit, stories):
    for number, klass, story in stories:
        start = LATEST if number == "20" else factories.START
        case = factories.case(klass, at=start, place=unit, recorded=NOW)
        for entry in story.split(", "):
            told(case, start, entry)


def test_the_count_by_hand_is_the_count_of_the_page(unit, manager):
    stories, counts = tables()
    assert (len(stories), len(counts)) == (20, len(MEASURES))
    made(unit, stories)
    found = results(Scope(manager, factories.START, NOW), now=NOW)
    counted = {each.measure.key: [each.n, each.of, each.missing, each.pending, each.left_out] for each in found}
    assert counted == {key: [int(cell) for cell in cells[:5]] for key, *cells in counts}
    assert sum(each.total for each in found if each.measure.key == "K1") == 20
    shown = {(each.measure.key, part.line.key): part.count for each in found for part in each.shown if part.count}
    assert shown[("K1", "ct")] == 1
    assert shown[("K15b", "kept")] == shown[("K15b", "regained")] == 1
    assert {each.measure.key for each in found if each.on(Side.UNCERTAIN)} == {"K1", "K1b"}
