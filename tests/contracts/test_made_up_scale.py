"""The measure of the design: a made-up scale, one module in scales/, seen on its sheet, in its entry, on the case."""

import sys
from contextlib import contextmanager
from datetime import timedelta
from importlib import invalidate_caches, reload

import pytest
from django.urls import reverse

from pathway import scales
from pathway.checks import fits_together
from pathway.engine.now import now
from pathway.record import step
from pathway.record.measure import KEPT, MEASURES
from pathway.steps import examination
from tests import factories
from tests.web.forms import typed

SCALE = '''
"""A made-up scale: how well somebody hums."""

from pathway.scales.types import Band, Change, Item, Option, Scale, numbers

HUMMING = Scale(
    key="humming",
    title="Humming scale",
    version="VERSION",
    citation="Made up for a test.",
    items=(
        Item("pitch", "Pitch", (Option("true", "True", 2), Option("flat", "Flat", 0))),
        Item("minutes", "Minutes without a breath", numbers(0, 3)),
    ),
    bands=(Band("poor", "hums poorly", 0, 2), Band("good", "hums well", 3, 5)),
    rising=Change.BETTER,
    bedside=True,
)
'''
NAME, KIND = "made_up_humming", "humming.scored"


@contextmanager
def one_more_scale(folder, version):
    """The scale, found by scales/ as any file of it is, and with it the entry that examination.py declares."""
    (folder / f"{NAME}.py").write_text(SCALE.replace("VERSION", version))
    scales.__path__.insert(0, str(folder))
    invalidate_caches()
    try:
        discover()
        yield
    finally:
        scales.__path__.remove(str(folder))
        vars(scales).pop(NAME, None)
        for known, key in ((step.OBSERVATIONS, KIND), (MEASURES, KIND), (scales.SCALES, "humming")):
            known.pop(key, None)
        discover()


def discover():
    sys.modules.pop(f"pathway.scales.{NAME}", None)
    scales.SCALES.update(scales.found())
    reload(examination)


@pytest.fixture
def humming(tmp_path):
    with one_more_scale(tmp_path, "1"):
        yield


@pytest.mark.django_db
def test_page_entry_and_case(humming, tmp_path, unit, client, physiotherapist):
    assert fits_together() == []
    case = factories.case(place=unit, at=now() - timedelta(hours=1))
    client.force_login(physiotherapist)
    page, sheet = reverse("case", args=[case.uuid]), reverse("observe", args=[case.uuid, KIND])
    assert sheet in client.get(page).text
    for words in ("Record Humming scale", "Pitch", "Minutes without a breath", "Made up for a test."):
        assert words in client.get(sheet).text

    worked_out = client.post(sheet, typed(case, pitch="true", work_out="yes")).text
    assert "incomplete, 2 to 5 (missing: Minutes without a breath): hums poorly to hums well" in worked_out
    refused = client.post(sheet, typed(case, pitch="sharp"))
    assert refused.status_code == 422
    assert "Pitch: &#x27;sharp&#x27; is not one of true, flat." in refused.text
    assert client.post(sheet, typed(case, pitch="flat", minutes="1", total="5")).status_code == 422
    assert case.events.count() == 1

    assert client.post(sheet, typed(case, pitch="flat", minutes="1")).status_code == 302
    assert client.post(sheet, typed(case, pitch="true", minutes="3")).status_code == 302
    first, second = (event.answers for event in case.events.filter(kind=KIND).order_by("pk"))
    assert (first["pitch"], first["minutes"], first["scored_by"]) == ("flat", 1, str(physiotherapist))
    assert [answers[KEPT]["humming"]["total"] for answers in (first, second)] == [1, 5]
    shown = client.get(page).text
    assert "5: hums well" in shown
    assert "better: 1 \N{RIGHTWARDS ARROW} 5" in shown

    (tmp_path / "later").mkdir()
    with one_more_scale(tmp_path / "later", "2"):
        assert "5: hums well (version 1; today 2)" in client.get(page).text
        assert client.post(sheet, typed(case, pitch="flat", minutes="0")).status_code == 302
        versions = [event.answers[KEPT]["humming"]["version"] for event in case.events.filter(kind=KIND).order_by("pk")]
        assert versions == ["1", "1", "2"]


def test_nothing_of_it_is_left_afterwards(tmp_path):
    with one_more_scale(tmp_path, "1"):
        assert "humming" in scales.SCALES
    assert "humming" not in scales.SCALES
    assert KIND not in step.OBSERVATIONS
    assert KIND not in MEASURES
