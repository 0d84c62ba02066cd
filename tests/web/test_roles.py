"""Who may do what: every address of the project, as every role, a stranger, somebody who has left, and nobody."""

from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.access import Access
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.shift import Pattern, Shift
from pathway.record.step import machines
from tests import factories
from tests.web.forms import typed

pytestmark = pytest.mark.django_db
ROLES = ("coordinator", "clinician", "physiotherapist", "manager", "administrator", "auditor")
PEOPLE = (*ROLES, "stranger", "left", "nobody")


def each(answer, *, nobody=302, **others):
    """The same answer for whoever is signed in, but for those who are named; `nobody` for the two who are not."""
    return {who: others.get(who, nobody if who in ("left", "nobody") else answer) for who in PEOPLE}


def of_case(care, *, physiotherapist=None, manager=403):
    """What concerns one case does not exist for the roles that read none, nor across organisations."""
    return each(
        care, physiotherapist=physiotherapist or care, manager=manager, administrator=404, auditor=404, stranger=404
    )


COORDINATOR = of_case(403, physiotherapist=403) | {"coordinator": 200}
ADMINISTRATOR = each(403, administrator=200)
AUDITS = (
    *("audit", "measures", "measure", "measure_cases", "times", "survival", "delays", "pack", "pack_workbook", "paths"),
    *("late_entries", "escalations", "escalation_people", "escalation_days", "escalation_alerts"),
)
OWN = {"contacts", "calendar", "stay", "account_change_password", "account_set_password", "account_reauthenticate"}
CARE_ONLY = {"manager": 403, "administrator": 403, "auditor": 403}
READS = each(200, administrator=403, auditor=403)
OPEN = {name: each(200, nobody=200) for name in ("health_live", "health_ready")}
GET = OPEN | {
    "health_ready": each(503, nobody=503),
    "metrics": each(200, nobody=200),
    "watching": each(403, manager=200, administrator=200, auditor=200),
    "icon": each(302),
    "worklist": each(200),
    "worklist_table": each(200),
    "worklist_row": of_case(200, manager=200),
    "filters": READS,
    "next": READS,
    "wall": READS,
    "handovers": each(200, **CARE_ONLY),
    "new_handover": each(200, **CARE_ONLY),
    "handover": each(404, **CARE_ONLY),
    "live": each(200),
    "inbox": each(200),
    "alert": of_case(200, manager=200),
    "access_log": each(403, auditor=200),
    **dict.fromkeys(AUDITS, each(403, manager=200)),
    **dict.fromkeys(("control", "what_if"), each(403, manager=200)),
    "what_if_result": each(403, manager=404),
    "take_back": each(403, manager=404),
    **dict.fromkeys(("jobs", "jobs_table", "export"), each(403, manager=200)),
    "job_file": each(403, manager=404),
    "cancel_job": each(405),
    "past_import": each(403, manager=200),
    "case_delays": of_case(200, manager=200),
    "people": each(200),
    "contacts": each(200),
    "callback_notify": each(405, nobody=405),
    "callback_webhook": each(405, nobody=405),
    "gaps": each(200),
    "preview": each(200),
    "calendar": each(200),
    "calendar_feed": each(404, nobody=404),
    "rota_import": ADMINISTRATOR,
    "rota": each(200, stranger=404),
    "take": each(403, coordinator=200, clinician=200, stranger=404),
    "new_pattern": ADMINISTRATOR | {"stranger": 404},
    "pattern": ADMINISTRATOR | {"stranger": 404},
    "new_shift": ADMINISTRATOR | {"stranger": 404},
    "remove_shift": each(405),
    "ahead": of_case(200, manager=200),
    "pulse": each(200),
    "stay": each(405),
    "intake": each(200, **CARE_ONLY),
    "drafts": each(200),
    "referral": of_case(200),
    "referral_step": of_case(200),
    "status_link": of_case(200),
    "status": each(404, nobody=404),
    "case": of_case(200, manager=200),
    "case_now": of_case(200, manager=200),
    "known": of_case(200, manager=200),
    "case_sheet": of_case(200, manager=200),
    "symptoms": of_case(200),
    "identity": of_case(200),
    "merge": COORDINATOR,
    "unmerge": of_case(403, physiotherapist=403) | {"coordinator": 404},
    "same_person": COORDINATOR,
    "two_people": of_case(403, physiotherapist=403) | {"coordinator": 404},
    "physio": each(200, **CARE_ONLY),
    "trends": of_case(200, manager=200),
    "bedside": of_case(200),
    "ladder": of_case(200),
    "bedside_note": each(404),
    "undo": each(405),
    "blind": each(405),
    "versions": of_case(200, physiotherapist=403),
    "repin": of_case(409, physiotherapist=403),
    "observe": of_case(200),
    "correct": of_case(200),
    "misplaced": of_case(200),
    "why": of_case(200, manager=200),
    "suspend": of_case(200, physiotherapist=403),
    "void": of_case(200, physiotherapist=403),
    "move": of_case(200, physiotherapist=403),
    "account_login": each(302, nobody=200),
    "account_inactive": each(200, nobody=200),
    "account_set_password": each(200),
    "account_logout": each(200),
    "account_change_password": each(200),
    "account_reauthenticate": each(200),
}
POST = dict.fromkeys(OPEN, each(405, nobody=405)) | {
    "metrics": each(405, nobody=405),
    "watching": each(405),
    "icon": each(405, nobody=405),
    "worklist": each(405),
    "worklist_table": each(405),
    "worklist_row": each(405),
    "filters": each(400, administrator=403, auditor=403),
    "next": each(405),
    "wall": each(302, administrator=403, auditor=403),
    "handovers": each(405),
    "new_handover": each(422, **CARE_ONLY),
    "handover": each(404, **CARE_ONLY),
    "live": each(200),
    "inbox": each(405),
    "alert": of_case(302),
    "access_log": each(405),
    **dict.fromkeys(AUDITS, each(405)),
    "control": each(403, manager=422),
    "what_if": each(403, manager=302),
    "what_if_result": each(405),
    "take_back": each(403, manager=404),
    **dict.fromkeys(("jobs", "jobs_table", "job_file"), each(405)),
    "cancel_job": each(403, manager=404),
    "export": each(403, manager=400),
    "past_import": each(403, manager=422),
    "case_delays": each(405),
    "people": each(403, administrator=422),
    "contacts": each(400),
    "callback_notify": each(404, nobody=404),
    "callback_webhook": each(404, nobody=404),
    "gaps": each(405),
    "preview": each(405),
    "calendar": each(400),
    "calendar_feed": each(405, nobody=405),
    "rota_import": each(403, administrator=422),
    "rota": each(405),
    "take": each(403, coordinator=422, clinician=422, stranger=404),
    "new_pattern": each(403, administrator=422, stranger=404),
    "pattern": each(403, administrator=422, stranger=404),
    "new_shift": each(403, administrator=422, stranger=404),
    "remove_shift": each(403, administrator=302, stranger=404),
    "ahead": each(405),
    "pulse": each(405),
    "stay": each(204),
    "intake": each(400, **CARE_ONLY),
    "drafts": each(400),
    "referral": of_case(409),
    "referral_step": of_case(400),
    "status_link": of_case(400),
    "status": each(405, nobody=405),
    "case": each(405),
    "case_now": each(405),
    "known": each(405),
    "case_sheet": each(405),
    "symptoms": of_case(200),
    "identity": of_case(400),
    "merge": COORDINATOR | {"coordinator": 400},
    "unmerge": COORDINATOR | {"coordinator": 400},
    "same_person": COORDINATOR | {"coordinator": 400},
    "two_people": of_case(403, physiotherapist=403) | {"coordinator": 404},
    "physio": each(405),
    "trends": each(405),
    "bedside": of_case(400),
    "ladder": of_case(400),
    "bedside_note": each(404),
    "undo": of_case(302),
    "blind": each(302, **CARE_ONLY),
    "versions": each(405),
    "repin": of_case(400, physiotherapist=403),
    "observe": of_case(400),
    "correct": of_case(400),
    "misplaced": of_case(400),
    "why": each(405),
    "suspend": of_case(400, physiotherapist=403),
    "void": of_case(400, physiotherapist=403),
    "move": of_case(400, physiotherapist=403),
    "account_login": each(302, nobody=200),
    "account_inactive": each(405, nobody=405),
    "account_set_password": each(405),
    "account_logout": each(302),
    "account_change_password": each(200),
    "account_reauthenticate": each(200),
}


def addresses(patterns):
    """Every name of the address book with the names of its parameters."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern.name, tuple(pattern.pattern.converters)


BOOK = dict(addresses(get_resolver().url_patterns))


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A case in which something is overdue, and each of `PEOPLE` with their cookies: made once for the whole file."""
    with django_db_blocker.unblock(), transaction.atomic():
        unit = factories.unit()
        trust = unit.organisation
        factories.duty(unit, "coordinator", factories.user("coordinator", trust))
        case = factories.case(place=unit, at=now() - timedelta(hours=3))
        told = factories.happen(case, "contact.logged")
        tick()
        people = {role: factories.user(role, trust) for role in ROLES}
        people |= {"stranger": factories.user("coordinator"), "left": factories.user("coordinator", trust)}
        password = make_password(factories.PASSWORD)  # once, as it is slow on purpose
        User.objects.filter(pk__in=[person.pk for person in people.values()]).update(password=password)
        cookies = {"nobody": {}}
        for who in people:
            client = Client()
            client.force_login(User.objects.get(pk=people[who].pk))
            cookies[who] = {name: cookie.value for name, cookie in client.cookies.items()}
        User.objects.filter(pk=people["left"].pk).update(is_active=False)
        known = {
            "case": case.uuid,
            "event": told.uuid,
            "alert": Alert.objects.get(clock__standard="contact_a").uuid,
            "kind": "contact.logged",
            "clock": "mri_a",
            "track": "imaging",
            "number": 1,
            "verb": "request",
            "merge": uuid4(),
            "sheet": uuid4(),
            "version": case.protocol,
            "unit": unit.uuid,
            "token": "nobody-has-this",
            "slug": "pain",
            "limits": uuid4(),
            "job": uuid4(),
            "key": "K1",
            "line": "met",
            "which": "raised",
            **on_rota(unit, trust),
        }
        yield World(case, cookies, known)
        transaction.set_rollback(True)


@dataclass(frozen=True)
class World:
    """What the tests of this file find; `known` are the parameters of addresses."""

    case: Case
    cookies: dict[str, dict[str, str]]
    known: dict[str, object]


def on_rota(unit, trust):
    """A pattern and a dated shift of the unit."""
    who = factories.user("clinician", trust)
    place = {"unit": unit, "role": "coordinator", "user": who}
    pattern = Pattern.objects.create(**place, days=[0], begins="08:00", ends="20:00", first="2026-03-02")
    shift = Shift.objects.create(**place, kind="extra", starts_at=now(), ends_at=now() + timedelta(days=1))
    return {"pattern": pattern.uuid, "shift": shift.uuid}


@pytest.fixture
def case(world, db):
    return Case.objects.get(pk=world.case.pk)


@pytest.fixture
def ask(world, case, client):
    """`ask("clinician", "get", "case")`: the answer to this person at this address."""

    def ask(who, method, name, data=None, **given):
        client.cookies = SimpleCookie(world.cookies[who])
        kwargs = {parameter: (world.known | given)[parameter] for parameter in BOOK[name]}
        return getattr(client, method)(reverse(name, kwargs=kwargs), data)

    return ask


def test_every_address_has_its_expectation():
    assert set(BOOK) == set(GET) == set(POST)


@pytest.mark.parametrize("name", sorted(BOOK))
def test_who_may_look(ask, name):
    assert {who: ask(who, "get", name).status_code for who in PEOPLE} == GET[name]


@pytest.mark.parametrize("name", sorted(BOOK))
def test_who_may_write_and_refused_writes_leave_nothing(ask, case, name):
    for who in reversed(PEOPLE):
        before = (Event.objects.count(), Case.objects.count(), Alert.objects.filter(acknowledged_at=None).count())
        if name == "alert":
            Alert.objects.update(acknowledged_at=None, acknowledged_by="", acting_until=None)
        assert (who, ask(who, "post", name).status_code) == (who, POST[name][who])
        after = (Event.objects.count(), Case.objects.count(), Alert.objects.filter(acknowledged_at=None).count())
        assert before == after or (name == "alert" and POST[name][who] == 302), who


@pytest.mark.parametrize("who", PEOPLE)
def test_every_move_is_for_its_roles_alone(ask, case, who):
    wrong = {}
    for track, machine in machines().items():
        for verb, move in machine.moves().items():
            got = ask(who, "get", "move", track=track, number=int(track != "case"), verb=verb).status_code
            if who in ROLES and who not in ("administrator", "auditor"):
                wanted = (302 if move.page else 200) if who in move.by else 403
            else:
                wanted = 404 if who in ("administrator", "auditor", "stranger") else 302
            if got != wanted:
                wrong[track, verb] = got, wanted
    assert wrong == {}


@pytest.mark.parametrize(
    "who", ["stranger", "left", "nobody", "manager", "administrator", "auditor", "physiotherapist"]
)
def test_a_whole_and_right_form_of_the_wrong_person_records_nothing(ask, case, who):
    before = case.events.count()
    assert ask(who, "post", "move", typed(case, modality="mri")).status_code in (302, 403, 404)
    call = typed(case, channel="phone", spoke_to="x", purpose="chase", said="x")
    if who != "physiotherapist":
        ask(who, "post", "observe", call)
    ask(who, "post", "void", typed(case, reason="x", second_person="y"))
    assert case.events.count() == before


def test_who_opened_which_case_is_logged_and_only_real_openings(ask, case):
    for who in PEOPLE:
        ask(who, "get", "case")
    users = [access.user for access in Access.objects.filter(case=case, what="case page").order_by("pk")]
    assert [user.roles[0] for user in users] == ["coordinator", "clinician", "physiotherapist", "manager"]


@pytest.mark.parametrize("who", ["auditor", "manager"])
def test_9_the_read_only_roles_change_nothing_by_any_address(ask, case, who):
    """Every address, with a form that would do for whoever may: nothing is other than it was, but the log of access."""
    forms = (
        typed(case, modality="mri", channel="phone", spoke_to="x", purpose="chase", said="x", reason="x",
              second_person="y", why="x", until="30"),
        {"what": "acts", "minutes": "30"}, {"what": "declined", "reason": "busy"}, {"what": "help"},
        {"unit": case.unit.uuid, "role": "coordinator", "user": "1", "begins": "08:00", "ends": "20:00"},
    )  # fmt: skip
    ask(who, "get", "worklist")
    before = everything()
    for name in sorted(set(BOOK) - OWN):
        for form in forms:
            ask(who, "post", name, form)
    assert everything() == before


def everything():
    """All rows of all tables of the service but the log of who read what."""
    models = [model for model in apps.get_app_config("pathway").get_models() if model is not Access]
    rows = {model: list(model.objects.order_by("pk").values()) for model in models}
    for row in rows[User]:
        del row["last_login"]
    return rows
