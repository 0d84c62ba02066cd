"""The tracks of a case at a glance: every state has its place, and the column is what the rows and the events say."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from pathway import casefile
from pathway.engine import now as clock
from pathway.engine.glance import renew, tracks
from pathway.record.case import Case
from pathway.record.step import machines
from pathway.worklist.glance import GRAVITY, SHORT, SHOWN, STANDS, WORDS, glance
from tests import factories
from tests.engine.truth import assert_tracks, facts_of

# That it holds after anything is asked of every story and of random cases by tests/engine/truth.py.
START = factories.START
ALONG = ("imaging.acknowledged", "position.immobilised", "position.cleared_to_sit", "case.confirmed")


def test_every_track_that_is_shown_is_one_and_every_state_that_is_placed_exists():
    shown = [key for keys in SHOWN.values() for key in keys]
    assert set(shown) == set(STANDS)
    known = {key: set(machines()[key].words()) for key in shown}
    assert {key: set(states) - known[key] for key, states in STANDS.items() if set(states) - known[key]} == {}
    assert [(key, state) for key, state in SHORT if state and state not in known[key]] == []
    assert set(GRAVITY) == set(WORDS)


def test_nothing_is_shown_as_done_that_is_not_known():
    """Green is for what is finished: never for a track that was not begun, nor for one that was begun and goes on."""
    now = START
    for keys in SHOWN.values():
        for key in keys:
            assert {chip.stands for chip in glance({}, now)} == {"none"}
            initial = str(machines()[key].initial)
            chip = next(each for each in glance({key: {"state": initial, "rows": 1}}, now) if each.stands != "none")
            assert chip.stands == "going"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ALONG)
def test_the_column_is_what_the_page_of_the_case_folds(kind, unit, coordinator):
    case = factories.case_at(kind, place=unit)
    with clock.at(START + timedelta(hours=6)):
        assert_tracks(case, facts_of(case))
        groups = casefile.read(case, coordinator).groups
    begun = {track.track: [row for row in track.rows if not row.new] for group in groups for track in group.tracks}
    folded = {track: (rows[-1].state, len(rows)) for track, rows in begun.items() if rows and track != "case"}
    assert {track: (kept["state"], kept["rows"]) for track, kept in case.tracks.items()} == folded


@pytest.mark.django_db
def test_what_the_migration_writes_of_older_cases_is_what_the_engine_keeps(unit):
    """Given cases from before the column, when the migration fills it, then no state is lost and none is invented."""
    worse, calm = (factories.case_at("position.cleared_to_sit", place=unit) for _ in range(2))
    factories.happen(worse, "case.deteriorated", at=START + timedelta(hours=5), what="power")
    kept = {case.pk: case.tracks for case in Case.objects.all()}
    assert kept[worse.pk]["stability"]["again"] is True
    Case.objects.update(tracks={})
    with connection.schema_editor() as editor:
        import_module("pathway.migrations.0020_tracks_filled").fill(apps, editor)
    for case in (worse, calm):
        filled = Case.objects.get(pk=case.pk).tracks
        assert filled == {track: {**each} for track, each in kept[case.pk].items()}


@pytest.mark.django_db
def test_a_second_scan_an_order_that_lapsed_and_two_treatments_are_said(unit):
    case = factories.case_at("position.immobilised", place=unit)
    tracks = Case.objects.get(pk=case.pk).tracks
    before = {chip.name: chip for chip in glance(tracks, START + timedelta(hours=20))}
    after = {chip.name: chip for chip in glance(tracks, START + timedelta(hours=40))}
    assert (before["Position"].words, before["Position"].stands) == ("Flat", "going")
    assert (after["Position"].words, after["Position"].stands) == ("Flat, order lapsed", "held")
    both = {
        "imaging": {"state": "requested", "rows": 2},
        "surgery": {"state": "ended", "rows": 1},
        "radiotherapy": {"state": "stopped", "rows": 1},
    }
    shown = {chip.name: chip for chip in glance(both, START)}
    assert (shown["Scan"].words, shown["Scan"].stands) == ("Requested (2)", "going")
    assert (shown["Treatment"].words, shown["Treatment"].stands) == (
        "Surgery: Done; Radiotherapy: Stopped early",
        "held",
    )
    assert shown["Spine"].meaning == "not begun"


@pytest.mark.django_db
def test_what_cannot_be_read_holds_up_no_other_case_and_by_day_only_what_changed_is_read(unit, caplog, monkeypatch):
    broken, behind = (factories.case_at("imaging.requested", place=unit) for _ in range(2))
    kept = Case.objects.get(pk=behind.pk).tracks
    Case.objects.filter(pk__in=[broken.pk, behind.pk]).update(tracks={})

    def read(held):
        if held.case.pk == broken.pk:
            raise ValueError("a state that nobody knows")
        return tracks(held)

    monkeypatch.setattr("pathway.engine.glance.tracks", read)
    with clock.at(START + timedelta(hours=6)):
        assert renew(START + timedelta(hours=5)) == 0
        assert renew() == 1
    assert Case.objects.get(pk=behind.pk).tracks == kept
    assert f"the tracks of case {broken.pk} could not be read" in caplog.text


@pytest.mark.django_db
def test_what_an_older_release_left_behind_is_renewed_in_the_night(unit):
    case = factories.case_at("position.immobilised", place=unit)
    with clock.at(START + timedelta(hours=6)):
        kept = Case.objects.get(pk=case.pk).tracks
        Case.objects.filter(pk=case.pk).update(tracks={"imaging": kept["imaging"]})
        assert [renew(), renew()] == [1, 0]
    assert Case.objects.get(pk=case.pk).tracks == kept
    assert "until" in kept["position"]
