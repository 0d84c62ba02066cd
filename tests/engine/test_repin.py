"""A case keeps its protocol version until somebody moves it: shown first, then folded anew, nothing told is lost."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from pathway import protocol
from pathway.engine import now as clock
from pathway.engine.alerts import rung_of
from pathway.engine.correct import correct
from pathway.engine.merge import merge, unmerge
from pathway.engine.refused import Invalid, NotAllowed, Refused, Stale, Used
from pathway.engine.repin import rehearse, repin
from pathway.engine.tick import tick
from pathway.protocol.release import RELEASED, Release
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, happen, teller, user
from tests.factories import case as a_case

HOUR = timedelta(hours=1)
NEXT = "mscc-test.2"
MODULE = '''
"""A second version: the scan within 20 hours, told otherwise; triage 8 hours; no contact clock; a new one."""

from dataclasses import replace

from pathway.protocol import mscc_2026_1 as last
from pathway.protocol.types import At, Level, Role, Rung, Standard, hours, on

CHANGED = {
    "mri_a": {"limit": hours(20), "amber": hours(15), "sooner": None},
    "triage": {"limit": hours(8), "amber": hours(7)},
    "bladder": {"ladder": (Rung(Level.E2, At.AMBER, (Role.CONSULTANT,)), Rung(Level.E4, At.DUE, (Role.MANAGER,)))},
    "neuro_exam": {"starts": on("referral.received")},
}
FAMILY = Standard(
    key="family", label="Tell the family", limit=hours(3), amber=hours(2), starts=on("case.suspected"),
    met=(on("told.family"),), ladder=last.ladder(), clears="told.family", holder="ward", source="a test", mark="local",
)
PROTOCOL = replace(
    last.PROTOCOL, version="mscc-test.2",
    all=(*(replace(each, **CHANGED.get(each.key, {})) for each in last.PROTOCOL.all
          if each.key != "contact_a"), FAMILY),
)
'''
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_version(tmp_path, monkeypatch):
    path = tmp_path / "mscc_test_2.py"
    path.write_text(MODULE)
    spec = spec_from_file_location("mscc_test_2", path)
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    monkeypatch.setitem(protocol.VERSIONS, NEXT, loaded.PROTOCOL)
    made = Release(NEXT, "", "author", "checker", date(2026, 3, 1), date(2027, 3, 1))
    monkeypatch.setitem(RELEASED, NEXT, made)


@pytest.fixture
def case(unit):
    """Suspected at 09:00 and referred at 09:10; five hours later every alert of that time has been raised."""
    case = a_case(place=unit)
    happen(case, "referral.received", at=START + timedelta(minutes=10))
    with clock.at(START + 5 * HOUR):
        tick()
    return case


def moved(case, to=NEXT, at=START + 5 * HOUR, **kwargs):
    with clock.at(at):
        event = repin(case, **{"to": to, "by": teller(case.organisation), "why": "new limits agreed"} | kwargs)
        assert_true(case)
    return event


def row(case, standard):
    return Clock.objects.standing().get(case=case, standard=standard)


def stands(case):
    return {
        (each.clock.standard, each.level) for each in Alert.objects.open().filter(case=case).select_related("clock")
    }


def test_the_dry_run_says_every_difference_and_changes_nothing(case):
    before = list(Clock.objects.order_by("pk").values()), list(Alert.objects.order_by("pk").values())
    with clock.at(START + 5 * HOUR):
        found = rehearse(case, NEXT)
    assert {(each.what, each.clock) for each in found.changes} == {
        ("gone", "Speak to the coordinator"),
        ("due later", "Triage the referral"),
        ("warns later", "Triage the referral"),
        ("outcome", "Triage the referral"),
        ("due earlier", "MRI within 24 hours of suspicion"),
        ("warns later", "MRI within 24 hours of suspicion"),
        ("gone", "Daily neurological examination"),
        ("new", "Daily neurological examination"),
        ("new", "Tell the family"),
    }
    words = {(each.what, each.clock): each.words for each in found.changes}
    assert words["outcome", "Triage the referral"] == "overdue becomes running"
    assert words["due earlier", "MRI within 24 hours of suspicion"] == (
        "09:00 on 3 March 2026 becomes 05:00 on 3 March 2026"
    )
    assert set(found.raised) == {"E4: Bladder scan or plan", "E3: Tell the family"}
    assert {"E3: Speak to the coordinator", "E3: Triage the referral", "E1: Bladder scan or plan"} <= set(
        found.stood_down
    )
    assert (list(Clock.objects.order_by("pk").values()), list(Alert.objects.order_by("pk").values())) == before
    assert Case.objects.get(pk=case.pk).protocol == case.protocol
    assert not Event.objects.filter(case=case, kind="case.repinned").exists()
    assert_true(case)


def test_the_move_does_what_the_dry_run_said(case):
    with clock.at(START + 5 * HOUR):
        found = rehearse(case, NEXT)
    old = stands(case)
    event = moved(case)
    assert event.answers == {"from": case.protocol, "to": NEXT, "why": "new limits agreed"}
    assert Case.objects.get(pk=case.pk).protocol == NEXT
    assert row(case, "mri_a").due_at == START + 20 * HOUR
    assert row(case, "triage").due_at == START + 8 * HOUR + timedelta(minutes=10)
    assert not Clock.objects.standing().filter(case=case, standard="contact_a").exists()
    kept = stands(case)
    assert len(found.stood_down) == Alert.objects.filter(case=case).exclude(stood_down_at=None).count()
    with clock.at(START + 5 * HOUR):
        tick()
        assert_true(case)
    assert stands(case) - kept == {("bladder", "E4"), ("family", "E3")}
    assert kept < old


def test_moving_back_makes_the_clocks_what_they_were(case):
    def said():
        return sorted((each.standard, each.started_at, each.due_at, each.amber_at) for each in
                      Clock.objects.standing().filter(case=case))  # fmt: skip

    before = said()
    first = case.protocol
    moved(case)
    assert said() != before
    moved(case, to=first, at=START + 6 * HOUR)
    assert said() == before
    with clock.at(START + 6 * HOUR):
        tick()
        assert_true(case)
    assert ("contact_a", "E3") in stands(case)


def test_a_survivor_is_moved_with_all_that_the_merged_case_says(case, unit):
    first = case.protocol
    with clock.at(START + 5 * HOUR):
        earlier = a_case(place=unit, who=case.patient, at=START - 2 * HOUR)
        happen(earlier, "told.family", at=START - HOUR)
        by = teller(case.organisation)
        merge(earlier, by=by, answers=ANSWERS["case.merged"] | {"into": case.code})
        found = rehearse(case, NEXT)
    assert ("new", "Tell the family") in {(each.what, each.clock) for each in found.changes}
    moved(case)
    family, scan = row(case, "family"), row(case, "mri_a")
    assert (family.started_at, family.ended_at) == (START - 2 * HOUR, START - HOUR)
    assert scan.due_at == START + 18 * HOUR
    with clock.at(START + 6 * HOUR):
        with pytest.raises(Refused, match=f"{earlier.code} was merged into {case.code}"):
            repin(earlier, to=NEXT, by=by, why="new limits agreed")
        unmerge(earlier, by=by, why="two compressions")
        assert_true(case)
        assert_true(earlier)
    assert (Case.objects.get(pk=case.pk).protocol, Case.objects.get(pk=earlier.pk).protocol) == (NEXT, first)
    assert row(case, "mri_a").due_at == START + 20 * HOUR


def test_what_was_told_stays_on_record(case):
    told = set(Alert.objects.filter(case=case).values_list("pk", "level", "raised_at"))
    moved(case)
    assert told <= set(Alert.objects.filter(case=case).values_list("pk", "level", "raised_at"))


def test_a_clock_that_ended_before_the_move_rings_again_once_its_end_is_taken_back(case):
    end = happen(case, "bladder.scanned", at=START + 5 * HOUR)
    moved(case)
    assert row(case, "bladder").ended_at
    with clock.at(START + 6 * HOUR):
        correct(end, by=teller(case.organisation), why="other patient", withdrawn=True)
        tick()
        assert_true(case)
    assert ("bladder", "E4") in stands(case)


@pytest.mark.parametrize("ended", ["case.died", "case.closed", "case.entered_in_error"])
def test_a_case_that_has_ended_keeps_its_version(case, ended):
    happen(case, ended, at=START + 4 * HOUR, recorded=START + 5 * HOUR)
    for attempt in (lambda: moved(case), lambda: rehearse(case, NEXT)):
        with clock.at(START + 5 * HOUR), pytest.raises(Refused, match="ended"):
            attempt()


def test_refused_are_an_unknown_version_and_the_one_it_has(case):
    with pytest.raises(Refused, match="No protocol version"):
        moved(case, to="mscc-1999.1")
    with pytest.raises(Refused, match="already"):
        moved(case, to=case.protocol)


def test_a_draft_is_refused_once_there_are_released_versions(case, monkeypatch):
    monkeypatch.setitem(RELEASED, protocol.CURRENT, RELEASED[NEXT])
    monkeypatch.delitem(RELEASED, NEXT)
    with pytest.raises(Refused, match="draft"):
        moved(case)


def test_it_takes_a_reason_a_role_and_a_page_that_is_up_to_date(case):
    with pytest.raises(Invalid):
        moved(case, why=" ")
    with pytest.raises(NotAllowed):
        moved(case, by=user("physiotherapist", case.organisation))
    seen = Event.objects.filter(case=case).latest("pk").pk
    happen(case, "contact.logged", at=START + 5 * HOUR)
    with pytest.raises(Stale, match="recorded"):
        moved(case, seen=seen)


def test_a_form_sent_twice_moves_once_and_says_nothing_else(case):
    key = uuid4()
    assert moved(case, submission=key) == moved(case, submission=key)
    with pytest.raises(Used):
        moved(case, submission=key, why="something else")
    assert Event.objects.filter(case=case, kind="case.repinned").count() == 1


def test_the_entry_cannot_be_corrected(case):
    with pytest.raises(Refused, match="move the case back"):
        correct(moved(case), by=teller(case.organisation), why="wrong", withdrawn=True)


def test_a_new_case_and_every_other_one_keep_theirs(case, unit):
    other = a_case(place=unit, at=START + HOUR)
    moved(case)
    assert Case.objects.get(pk=other.pk).protocol == protocol.CURRENT != NEXT


def test_the_command_shows_first_and_applies_only_when_told_to(case, capsys, monkeypatch):
    with clock.at(START + 5 * HOUR):
        call_command("repin", case.code, NEXT)
        assert "due earlier: MRI within 24 hours of suspicion" in capsys.readouterr().out
        assert Case.objects.get(pk=case.pk).protocol == protocol.CURRENT
        who = teller(case.organisation).username
        call_command("repin", case.code, NEXT, apply=True, by=who, why="new limits agreed")
        assert f"has protocol {NEXT} now" in capsys.readouterr().out
        assert Case.objects.get(pk=case.pk).protocol == NEXT
        monkeypatch.setitem(protocol.VERSIONS, "mscc-test.3", replace(protocol.get(NEXT), version="mscc-test.3"))
        monkeypatch.setitem(RELEASED, "mscc-test.3", RELEASED[NEXT])
        call_command("repin", case.code, "mscc-test.3")
    assert "No clock and no alert changes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "version", "options", "said"),
    [
        ("M99999", NEXT, {}, "no case"),
        ("case", NEXT, {}, "no case"),
        ("", "mscc-1999.1", {}, "No protocol version"),
        ("", NEXT, {"apply": True, "by": "nobody", "why": "x"}, "--by"),
        ("", NEXT, {"apply": True, "why": "x"}, "--by"),
    ],
)
def test_the_command_says_what_is_wrong(case, code, version, options, said):
    with clock.at(START + 5 * HOUR), pytest.raises(CommandError, match=said):
        call_command("repin", code or case.code, version, **options)
    assert Case.objects.get(pk=case.pk).protocol == protocol.CURRENT


def test_a_story_may_tell_of_it(tmp_path):
    path = tmp_path / "story.toml"
    path.write_text(f"""
[[event]]
kind = "case.suspected"
at = 2026-03-02T09:00:00Z
class = "A"
suspected_by = "ward registrar"
place = "ward"

[[event]]
kind = "case.repinned"
at = 2026-03-02T10:00:00Z
to = "{NEXT}"
why = "new limits agreed"

[[expect.clock]]
clock = "mri_a"
due = 2026-03-03T05:00:00Z
outcome = "running"
""")
    call_command("replay", path)


def test_alerts_of_before_the_column_are_given_the_version_that_they_were_told_under(case):
    moved(case)
    with clock.at(START + 6 * HOUR):
        tick()
    told = dict(Alert.objects.values_list("pk", "protocol"))
    assert set(told.values()) == {case.protocol, NEXT}
    Alert.objects.update(protocol="")
    newest = Alert.objects.filter(raised_at=START + 6 * HOUR).select_related("case", "clock")
    assert newest
    assert {rung_of(alert).level.value == alert.level for alert in newest} == {True}
    with connection.cursor() as cursor:
        cursor.execute(import_module("pathway.migrations.0016_ladder_of_alert").FILL)
    assert dict(Alert.objects.values_list("pk", "protocol")) == told
