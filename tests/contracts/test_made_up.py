"""The measure of the design: a made-up step and a made-up clock, one module each, seen on page, clock and diagram."""

import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import invalidate_caches, reload
from importlib.util import module_from_spec, spec_from_file_location
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from pathway import models, protocol, steps
from pathway.checks import fits_together
from pathway.engine import now as clock
from pathway.engine.suspect import suspect
from pathway.engine.tick import tick
from pathway.management.commands.draw_pathway import Command as Draw
from pathway.record.alert import Alert
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.step import machines, wording
from tests import factories

STEP = '''
"""A made-up step: a drip."""

from django.db import models

from pathway.record.ask import text
from pathway.record.step import CARE, StateField, Step, move


class Drip(Step):
    """Fluid into a vein."""

    class State(models.TextChoices):
        NONE = "none", "No drip"
        RUNNING = "running", "Drip running"
        DOWN = "down", "Drip taken down"

    track, title, initial = "drip", "Drip", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.RUNNING, "Put up the drip", event="drip.started", done="Drip put up", by=CARE,
          asks={"fluid": text("Which fluid")})
    def start(self, answers):
        """It runs."""

    @move((State.RUNNING,), State.DOWN, "Take down the drip", event="drip.stopped", done="Drip taken down", by=CARE)
    def stop(self, answers):
        """It is over."""
'''
CLOCK = '''
"""A made-up clock: a drip comes down within four hours."""

from pathway.protocol.mscc_2026_1 import ladder
from pathway.protocol.types import Standard, hours, on

DRIP = Standard(
    key="drip", label="Take the drip down", limit=hours(4), amber=hours(2), starts=on("drip.started"),
    met=(on("drip.stopped"),), ladder=ladder(), clears="drip.stopped", holder="ward", source="a test", mark="local",
)
'''


@contextmanager
def one_more_step(folder):
    """The step's model, found by models.py as any file of steps/ is, with its table."""
    (folder / "made_up.py").write_text(STEP)
    steps.__path__.append(str(folder))
    invalidate_caches()
    try:
        reload(models)
        model = apps.get_model("pathway", "Drip")
        with connection.schema_editor() as editor:
            editor.create_model(model)
        yield model
    finally:
        steps.__path__.remove(str(folder))
        sys.modules.pop("pathway.steps.made_up", None)
        vars(steps).pop("made_up", None)
        apps.all_models["pathway"].pop("drip", None)
        apps.clear_cache()


@contextmanager
def one_more_clock(folder):
    """The current protocol with the clock added, known by its own name."""
    path = folder / "clock.py"
    path.write_text(CLOCK)
    spec = spec_from_file_location("made_up_clock", path)
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    now = protocol.get(protocol.CURRENT)
    protocol.VERSIONS["made-up"] = replace(now, version="made-up", all=(*now.all, loaded.DRIP))
    try:
        yield protocol.VERSIONS["made-up"]
    finally:
        del protocol.VERSIONS["made-up"]


@pytest.fixture
def drip(db, tmp_path):
    with one_more_step(tmp_path) as model:
        yield model


@pytest.fixture
def version(tmp_path):
    with one_more_clock(tmp_path) as added:
        yield added


@pytest.fixture
def case(drip, version, unit, coordinator):
    patient = factories.patient(unit.organisation)
    return suspect(patient, unit, by=coordinator, answers=factories.ANSWERS["case.suspected"], version="made-up")


def test_it_fits_and_has_a_diagram(drip, version):
    assert machines()["drip"] is drip
    assert fits_together() == []
    page = Draw().pages()["drip.md"]
    assert "Put up the drip" in page
    assert "Drip taken down" in page
    assert wording("drip.started") == "Drip put up"


def test_page_clock_and_alert(case, drip, client, coordinator):
    client.force_login(coordinator)
    page = reverse("case", args=[case.uuid])
    form = reverse("move", args=[case.uuid, "drip", 1, "start"])
    assert form in client.get(page).text
    assert "Which fluid" in client.get(form).text

    instant = clock.now()
    typed = {"fluid": "saline", "seen": Event.objects.latest("pk").pk, "submission": uuid4(),
             "happened_at": instant.isoformat()}  # fmt: skip
    empty = client.post(form, typed | {"fluid": ""})
    assert not drip.objects.filter(case=case).exists()
    assert "Which fluid" in empty.text
    assert client.post(form, typed).status_code == 302
    assert str(drip.objects.get(case=case).state) == "running"
    running = Clock.objects.get(case=case, standard="drip")
    assert (running.started_at, running.due_at - running.started_at) == (instant, timedelta(hours=4))
    shown = client.get(page).text
    assert "Drip put up" in shown
    assert "Take the drip down" in shown
    assert reverse("move", args=[case.uuid, "drip", 1, "stop"]) in shown

    with clock.at(instant + timedelta(hours=4)):
        tick()
    assert Alert.objects.get(clock=running).level == "E3"
    stop = reverse("move", args=[case.uuid, "drip", 1, "stop"])
    typed = {"seen": Event.objects.latest("pk").pk, "submission": uuid4(), "happened_at": clock.now().isoformat()}
    assert client.post(stop, typed).status_code == 302
    assert Clock.objects.get(pk=running.pk).said(clock.now()) == "met"


def test_nothing_of_it_is_left_afterwards(db, tmp_path):
    with one_more_step(tmp_path), one_more_clock(tmp_path):
        assert "drip" in machines()
        assert "drip" in protocol.get("made-up").standards
    assert "drip" not in machines()
    assert "made-up" not in protocol.VERSIONS
    reload(models)
    assert "drip" not in machines(), "the next discovery finds it again"
