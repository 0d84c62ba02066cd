"""Questions that anybody may ask of lists and versions: 5 and 8 of the twelve of docs/reliability.md."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.urls import reverse

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.compute import behind
from pathway.analytics.measures import BY_KEY
from pathway.analytics.rows import CLOCKS, of_clock
from pathway.analytics.snapshot import snapshot
from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.repin import repin
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.management.bench.scratch import copies
from pathway.protocol.types import hours
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.person import Patient
from pathway.worklist import Filters, board
from pathway.worklist.filters import STATES
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEXT = "mscc-test.2"
MANY = 10_000


def test_5_a_policy_is_edited_while_a_chain_runs(client, unit, monkeypatch):
    """The case keeps its version and limits, and says which; moving it shows first what changes."""
    for role in ("coordinator", "on-call consultant", "radiology registrar"):
        factories.duty(unit, role, factories.user("clinician", unit.organisation))
    coordinator = factories.user("coordinator", unit.organisation)
    begun = factories.case(place=unit)
    old = protocol.get(protocol.CURRENT)
    with clock.at(START + 18 * HOUR):
        tick()
        near = Alert.objects.get(case=begun, clock__standard="mri_a")
        acknowledge(near, by=coordinator, until=START + 20 * HOUR + 30 * MINUTE)
    edited = tuple(replace(each, limit=hours(19), amber=hours(8)) if each.key == "mri_a" else each for each in old.all)
    monkeypatch.setitem(protocol.VERSIONS, NEXT, replace(old, version=NEXT, all=edited))
    monkeypatch.setattr("pathway.engine.repin.RELEASED", {})
    monkeypatch.setattr(protocol, "CURRENT", NEXT)
    with clock.at(START + 20 * HOUR):
        tick()
        running = Clock.objects.get(case=begun, standard="mri_a")
        assert running.due_at == START + 24 * HOUR
        assert list(Alert.objects.filter(clock=running)) == [near], "the old limit holds"
        client.force_login(coordinator)
        page = client.get(reverse("case", args=[begun.uuid])).text
        assert f"{old.version}</a>" in page
        assert f"{NEXT}</a>" not in page
        why = client.get(reverse("why", args=[begun.uuid, "mri_a"])).text
        assert old.version in why
        shown = client.get(reverse("repin", args=[begun.uuid, NEXT])).text
        assert "<strong>MRI within 24 hours of suspicion</strong>: due earlier, " in shown
        repin(begun, to=NEXT, by=coordinator, why="the limit was agreed anew")
        assert Clock.objects.standing().get(case=begun, standard="mri_a").due_at == START + 19 * HOUR
        assert f"{NEXT}</a>" in client.get(reverse("case", args=[begun.uuid])).text
    with clock.at(START + 20 * HOUR + 31 * MINUTE):
        tick()
        assert Alert.objects.open().filter(case=begun, clock__standard="mri_a", level="E3").count() == 1


@pytest.mark.django_db(transaction=True)
def test_8_list_board_page_escalation_audit_measure_and_export_agree_on_what_is_overdue(unit, monkeypatch):
    """Of 10,000 cases with one clock each, in every state: each is in one list, and rings where that list says so."""
    monkeypatch.setattr("pathway.worklist.rows.PAGE", 1000)
    reader = factories.user("coordinator", unit.organisation)
    factories.duty(unit, "coordinator", reader)
    _ten_thousand(factories.case(place=unit, at=clock.now()))
    now = clock.now()
    tick()
    listed = {state: _listed(reader, state) for state in STATES}
    assert sum(map(len, listed.values())) == len(set().union(*listed.values())) == MANY
    assert all(len(listed[state]) > 100 for state in ("overdue", "uncertain", "due_soon", "on_time"))
    drawn = {row.case.pk: row.state for row in _rows(reader, Filters())}
    assert drawn == {key: state for state, keys in listed.items() for key in keys}
    said = {row.case_id: row.said(now) for row in Clock.objects.running().filter(case__in=drawn)}
    assert {key for key, words in said.items() if words == "overdue"} == listed["overdue"]
    assert {key for key, words in said.items() if words == "uncertain"} == listed["uncertain"]
    limit = Alert.objects.open().filter(level__gte="E3")
    late = {row.case_id for row in Clock.objects.running().filter(case__in=drawn) if row.is_late(now)}
    assert set(limit.values_list("case", flat=True)) == late
    assert listed["overdue"] <= late <= listed["overdue"] | listed["uncertain"]
    assert set(Alert.objects.open().values_list("case", flat=True)) == late | listed["due_soon"]
    found = audit()
    assert (found.missing, found.asleep) == (0, 0)
    scope = Scope(factories.user("manager", unit.organisation), now - timedelta(days=2), now)
    assert {key for key, _ in behind(scope, BY_KEY["K1"], {"not_done"})} == listed["overdue"]
    assert {key for key, _ in behind(scope, BY_KEY["K1"], {"uncertain"})} == listed["uncertain"]
    stands = CLOCKS.index("stands")
    with snapshot(scope) as taken:
        exported = {row["case_id"]: of_clock(row, taken.at)[stands] for row in taken.clocks if row["case_id"] in drawn}
    assert {key for key, words in exported.items() if words == "overdue"} == listed["overdue"]
    assert {key for key, words in exported.items() if words == "uncertain"} == listed["uncertain"]


def _ten_thousand(first):
    """Copies of a case, each with a scan clock that began at some second of the last thirty hours, or nobody knows."""
    Clock.objects.filter(case=first).exclude(standard="mri_a").delete()
    row = Clock.objects.get(case=first)
    near = [range(edge - 300, edge) for edge in (18 * 3600, 24 * 3600, 27 * 3600)]  # would change while they are read
    ago = Random(8).sample([age for age in range(30 * 3600) if not any(age in each for each in near)], MANY)
    begun = f"(now() - (({ago})[n] * interval '1 s'))".replace("([", "(ARRAY[")
    width = "CASE WHEN n %% 5 = 0 THEN interval '3 hour' ELSE interval '0' END"
    amber, due = f"{begun} + interval '18 h'", f"{begun} + interval '24 h'"
    copies(Patient, first.patient_id, MANY, {"local_number": "n::text", "local_issuer": "'test'", "nhs_number": "''"})
    shown = {
        "overdue_from": f"{due} + {width}",
        "next_amber_at": amber,
        "next_due_at": due,
        "next_width": width,
        "next_standard": "'mri_a'",
    }
    copies(Case, first.pk, MANY, {"patient_id": "1000000 + n", "wake_at": amber, "suspected_at": begun, **shown})
    times = {"started_at": begun, "entered_at": begun, "amber_at": amber, "due_at": due, "wake_at": amber}
    suspected = Event.objects.get(case=first, kind="case.suspected")
    copies(Event, suspected.pk, MANY, {"case_id": "1000000 + n", "occurred_at": begun, "recorded_at": begun})
    copies(Clock, row.pk, MANY, {"case_id": "1000000 + n", "start_width": width, **times})
    Case.objects.filter(pk=first.pk).update(is_open=False, wake_at=None)
    Clock.objects.filter(pk=row.pk).update(wake_at=None, ended_at=row.started_at, outcome="void")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _rows(reader, filters):
    first = board(reader, filters)
    further = range(2, first.page.paginator.num_pages + 1)
    return [*first.rows, *(row for number in further for row in board(reader, filters, number).rows)]


def _listed(reader, state):
    return {row.case.pk for row in _rows(reader, Filters(state=state))}
