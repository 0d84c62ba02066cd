"""The page of the watchers: for managers, auditors and administrators; no case of another organisation."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import drill, reconcile
from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.tick import tick
from pathway.record.audit import Audit, Reconciliation
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import begin
from tests.factories import START, duty, user
from tests.factories import case as a_case

SECOND = timedelta(seconds=1)


def page(client, who):
    client.force_login(who)
    return client.get(reverse("watching"))


@pytest.mark.parametrize("role", ["manager", "auditor", "administrator", "coordinator", "clinician", "physiotherapist"])
def test_it_is_for_those_who_watch(client, trust, role):
    answer = page(client, user(role, trust))
    watches = role in ("manager", "auditor", "administrator")
    assert answer.status_code == (200 if watches else 403)
    assert ("Watching</a>" in answer.content.decode()) == watches


def test_before_anything_has_happened_it_says_so(client, manager):
    said = page(client, manager).content.decode()
    for words in ("No loop has ever come round", "Nothing has been counted yet", "No day yet", "No drill yet"):
        assert words in said


def test_it_names_the_missing_cases_of_the_own_organisation_and_counts_the_others(client, unit, manager):
    mine, foreign = a_case(place=unit), a_case()
    for rows in (Clock.objects, Case.objects):
        rows.update(wake_at=None)
    with clock.at(START + timedelta(minutes=31)):
        audit()
        begin("celery", START)
        said = page(client, manager).content.decode()
    assert f">{mine.code}, 1 of other organisations<" in said
    assert foreign.code not in said
    assert "2 due and not raised" in said
    assert "2 cases woken" in said
    assert "The sweep is never heard of." in said
    assert "a round goes on since 09:00:00" in said


def test_a_day_is_shown_with_its_zeros_and_whether_it_is_as_it_was_signed(client, unit, auditor):
    a_case(place=unit)
    with clock.at(START + timedelta(days=1)):
        reconcile.catch_up(clock.now())
        said = page(client, auditor).content.decode()
    assert "<strong>" in said, "nothing swept, so all that was due is missing"
    assert ">right<" in said
    Reconciliation.objects.update(made_at=START)
    assert "not as it was signed" in page(client, auditor).content.decode()
    assert Audit.objects.count() == 0


def test_a_drill_is_shown_with_its_times_and_what_it_proved_and_only_to_its_own_organisation(
    client, unit, manager, outsider
):
    duty(unit, "coordinator", user(trust=unit.organisation))
    with clock.at(START):
        going = drill.start(unit)
        assert "It goes on until" in page(client, manager).content.decode()
    for seconds in range(1, 40):
        with clock.at(START + seconds * SECOND):
            tick()
    with clock.at(going.ends_at):
        drill.end_all()
    said = page(client, manager).content.decode()
    assert "5 of 5 levels were raised" in said
    assert "nobody who was told has a verified address" in said
    assert str(unit) in said
    assert str(unit) not in page(client, user("manager")).content.decode()
