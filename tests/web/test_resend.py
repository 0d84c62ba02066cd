"""Every form, sent twice (a double click, back and once more): one entry, and the same answer both times."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.access import Access
from pathway.record.alert import Alert
from pathway.record.event import Event
from pathway.record.shift import Pattern
from pathway.record.status_link import StatusLink
from pathway.record.step import OBSERVATIONS
from tests import factories
from tests.steps.table import MOVES, SENIOR, answers_for, case_of, minute_after, prepared, stood
from tests.web.forms import address, filled, typed
from tests.web.test_roles import everything

pytestmark = pytest.mark.django_db
NAMED = {"clocks_known": "on", **{f"override_{name}": value for name, value in SENIOR.items()}}
SPAN = {"starts_at": "2026-03-02 09:00", "ends_at": "2026-03-02 18:00"}
PATTERN = {"role": "coordinator", "days": ["0"], "begins": "08:00", "ends": "20:00", "first": "2026-03-02",
           "holidays": "usual"}  # fmt: skip


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=3))


@pytest.fixture
def signed_in(client, unit):
    client.force_login(factories.teller(unit.organisation))
    return client


def twice(client, url, sent):
    """The answers to two sendings, and how many entries the second one made."""
    first = client.post(url, sent)
    before = Event.objects.count()
    second = client.post(url, sent)
    return first, second, Event.objects.count() - before


@pytest.mark.parametrize("kind", MOVES)
def test_a_move(kind, unit, signed_in):
    _, sources, keeps = MOVES[kind]
    track = kind.partition(".")[0]
    case = case_of(stood(track, (sources or keeps).split()[0], prepared(track, unit)))
    with clock.at(minute_after(case)):
        sent = typed(case, **filled(kind, answers_for(case, kind)), **NAMED)
        before = Event.objects.count()
        first, second, more = twice(signed_in, address(case, kind), sent)
    assert (first.status_code, second.status_code, first.url) == (302, 302, second.url)
    assert (Event.objects.count() - before, more) == (1, 0)


@pytest.mark.parametrize("kind", OBSERVATIONS)
def test_a_fact(kind, case, signed_in):
    answers = {
        name: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        for name, value in factories.ANSWERS.get(kind, {}).items()
    }
    url = reverse("observe", args=[case.uuid, kind])
    first, second, more = twice(signed_in, url, typed(case, **answers))
    assert (first.status_code, second.status_code, more) == (302, 302, 0)
    assert Event.objects.filter(kind=kind).count() == 1


def identity(case):
    return "identity", [case.uuid], {"family_name": "Newname", "nhs_number": case.patient.nhs_number, "seen": 0,
                                     "submission": uuid4()}  # fmt: skip


def correct(case):
    told = factories.happen(case, "contact.logged", at=now() - timedelta(hours=1))
    sent = typed(case, channel="phone", spoke_to="Somebody", purpose="chase", said="Other words", why="misheard")
    return "correct", [case.uuid, told.uuid], sent


def suspend(case):
    later = now() + timedelta(minutes=30)
    sent = typed(case, why="unfit", named="Dr Ward", until_date=f"{later:%Y-%m-%d}", until_time=f"{later:%H:%M}")
    return "suspend", [case.uuid, "mri_a"], sent


def void(case):
    return "void", [case.uuid, "mri_a"], typed(case, reason="not for this patient", second_person="Dr Second")


def misplaced(case):
    other = factories.case(place=case.unit, at=now() - timedelta(hours=2))
    told = factories.happen(case, "contact.logged", at=now() - timedelta(hours=1))
    return "misplaced", [case.uuid, told.uuid], typed(case, into=other.code, why="wrong patient")


def unit_of(case):
    return factories.teller(case.organisation), case.unit


def on_duty(case):
    person, unit = unit_of(case)
    return "people", [], {"what": "add", "unit": unit.uuid, "role": "MSCC lead", "person": person.uuid}


def fixed(case):
    person, unit = unit_of(case)
    return "people", [], {"what": "contact", "unit": unit.uuid, "person": person.uuid}


def pattern(case):
    person, unit = unit_of(case)
    return "new_pattern", [unit.uuid], PATTERN | {"person": person.uuid}


def changed_pattern(case):
    person, unit = unit_of(case)
    of = Pattern.objects.create(unit=unit, role="coordinator", user=person, days=[0], begins="08:00", ends="20:00",
                                first="2026-03-02")  # fmt: skip
    return "pattern", [unit.uuid, of.uuid], PATTERN | {"person": person.uuid, "ends": "18:00"}


def shift(case):
    person, unit = unit_of(case)
    return "new_shift", [unit.uuid], {"kind": "extra", "role": "coordinator", "user": person.uuid} | SPAN


@pytest.mark.parametrize(
    "form",
    [identity, correct, suspend, void, misplaced, on_duty, fixed, pattern, changed_pattern, shift],
    ids=lambda form: form.__name__,
)
def test_another_form_of_a_case_or_of_the_rota(form, case, client, administrator):
    name, where, sent = form(case)
    client.force_login(administrator if not where or where == [case.unit.uuid] or name == "pattern" else
                       factories.teller(case.organisation))  # fmt: skip
    url = reverse(name, args=where)
    moment = clock.at(factories.at("2026-03-01 12:00")) if case.unit.uuid in where else clock.at(now())
    with moment:
        before = everything()
        first = client.post(url, sent)
        after = everything()
        second = client.post(url, sent)
        assert everything() == after
    assert before != after, "the first one records"
    assert (first.status_code, second.status_code) == (302, 302)


@pytest.mark.parametrize(
    ("what", "answers"),
    [
        ("acts", {"minutes": "30"}),
        ("snoozed", {"minutes": "15", "reason": "at another patient"}),
        ("declined", {"reason": "not mine"}),
        ("help", {}),
    ],
)
def test_an_answer_to_an_alert(what, answers, unit, client):
    person = factories.staff(unit)
    factories.case(place=unit, at=now() - timedelta(minutes=40))
    tick()
    client.force_login(person)
    url = reverse("alert", args=[Alert.objects.get().uuid])
    client.post(url, {"what": what} | answers)
    tick()
    once = (Alert.objects.count(), Alert.objects.filter(responses__what=what).distinct().count())
    client.post(url, {"what": what} | answers)
    tick()
    assert (Alert.objects.count(), Alert.objects.filter(responses__what=what).distinct().count()) == once


def test_a_link_for_the_referrer_and_one_of_a_calendar(case, signed_in):
    for _ in range(2):
        signed_in.post(reverse("status_link", args=[case.uuid]), {"what": "make"})
    assert StatusLink.objects.filter(revoked_at=None).count() == 1
    for _ in range(2):
        assert signed_in.post(reverse("status_link", args=[case.uuid]), {"what": "revoke"}).status_code == 302
    assert not StatusLink.objects.filter(revoked_at=None).exists()
    assert Access.objects.filter(case=case).count() == 0
