"""Every form of the service, in the middle of which the session ends: what was typed is there again, no more."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import get_resolver, reverse
from playwright.sync_api import expect

from pathway.engine.handover import start
from pathway.engine.merge import merge as engine_merge
from pathway.engine.now import now
from pathway.engine.one_person import join
from pathway.engine.rebase import rebase
from pathway.engine.tick import tick
from pathway.protocol import CURRENT, VERSIONS
from pathway.record.alert import Alert
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.shift import Pattern
from tests import factories
from tests.system.test_kept import PUT_BACK, sign_in_as
from tests.web.test_roles import addresses

# Fills each form field by field, as hands would, and tells what each then holds; a list takes its last choice.
FILL = """form => {
  const held = {};
  for (const field of form.elements) {
    const { id, name, type, readOnly } = field;
    const typed = !["hidden", "password", "submit", "button", "file", "fieldset"].includes(type);
    if (!id || !name || readOnly || !typed) continue;
    if (["checkbox", "radio"].includes(type)) field.checked = true;
    else if (type === "select-one") field.selectedIndex = field.options.length - 1;
    else field.value = { date: "2026-03-02", number: "4", time: "09:40" }[type] ?? `typed ${id}`.slice(0, 60);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const field of form.elements)
    if (field.id && field.name && !["hidden", "password", "submit", "file"].includes(field.type))
      held[field.id] = ["checkbox", "radio"].includes(field.type) ? field.checked : field.value;
  return held;
}"""
READ = """ids => Object.fromEntries(ids.map((id) => {
  const field = document.getElementById(id);
  return [id, field && (["checkbox", "radio"].includes(field.type) ? field.checked : field.value)];
}))"""
OTHER = next(version for version in VERSIONS if version != CURRENT)


def of_case(name, **more):
    return lambda case: reverse(name, kwargs={"case": case.uuid} | more)


def of_entry(name):
    def found(case):
        told = factories.happen(case, "contact.logged", at=now() - timedelta(minutes=10))
        return reverse(name, args=[case.uuid, told.uuid])

    return found


def of_unit(name):
    return lambda case: reverse(name, args=[case.unit.uuid])


def twin(case):
    """Another open case of the patient."""
    return factories.case(place=case.unit, who=case.patient, at=now() - timedelta(minutes=20))


def merge(case):
    return f"{reverse('merge', args=[case.uuid])}?into={twin(case).code}"


def unmerge(case):
    answers = factories.ANSWERS["case.merged"] | {"into": twin(case).code}
    engine_merge(case, by=factories.teller(case.organisation), answers=answers)
    return reverse("unmerge", args=[case.uuid])


def same_person(case):
    other = factories.case(place=case.unit, at=now() - timedelta(minutes=20))
    return f"{reverse('same_person', args=[case.uuid])}?with={other.patient.uuid}"


def two_people(case):
    unnumbered = factories.patient(case.organisation, initials="PT", given_names=case.patient.given_names)
    answers = {"reason": "one person", "second_person": "Second Coordinator"}
    made = join(unnumbered, case.patient, by=factories.teller(case.organisation), answers=answers)
    return reverse("two_people", args=[case.uuid, made.uuid])


def misplaced(case):
    other = factories.case(place=case.unit, at=now() - timedelta(minutes=20))
    return f"{of_entry('misplaced')(case)}?into={other.code}"


def alert(case):
    factories.duty(case.unit, "coordinator", factories.teller(case.organisation))
    tick()
    return reverse("alert", args=[Alert.objects.filter(case=case).first().uuid])


def pattern(case):
    made = Pattern.objects.create(unit=case.unit, role="coordinator", user=factories.teller(case.organisation),
                                  days=[0], begins="08:00", ends="20:00", first="2026-03-02")  # fmt: skip
    return reverse("pattern", args=[case.unit.uuid, made.uuid])


def sheet(case):
    """Where somebody says why they do not take a case that another gives them."""
    giver = factories.teller(case.organisation)
    others = User.objects.exclude(pk=giver.pk).filter(roles__contains=["coordinator"])
    made = start(by=giver, to=others.latest("pk"), unit=case.unit)
    return f"{reverse('handover', args=[made.uuid])}?refuse={made.cases.get(case=case).uuid}"


def scanned(case):
    """The chart of a measure for which a case of three days ago counts."""
    before = now() - timedelta(days=3)
    factories.happen(factories.case(place=case.unit, at=before), "imaging.acquired", at=before + timedelta(hours=20))
    return f"{reverse('control')}?by=case"


def limits(case):
    """Where a manager says why new limits are taken back."""
    manager = factories.user("manager", case.organisation)
    made = rebase(by=manager, measure="K1", unit=None, begins_on=now().date(), reason="a second scanner")
    return reverse("take_back", args=[made.uuid])


FORMS = {
    "intake": lambda _: reverse("intake"),
    "move": of_case("move", track="imaging", number=1, verb="book"),
    "observe": of_case("observe", kind="contact.logged"),
    "observe a scale": of_case("observe", kind="pain.scored"),
    "case": of_case("case"),
    "identity": of_case("identity"),
    "correct": of_entry("correct"),
    "misplaced": misplaced,
    "suspend": of_case("suspend", clock="mri_a"),
    "void": of_case("void", clock="mri_a"),
    "merge": merge,
    "unmerge": unmerge,
    "same_person": same_person,
    "two_people": two_people,
    "repin": of_case("repin", version=OTHER),
    "symptoms": of_case("symptoms"),
    "referral_step": of_case("referral_step", slug="wishes"),
    "alert": alert,
    "contacts": lambda _: reverse("contacts"),
    "take": of_unit("take"),
    "people": lambda _: reverse("people"),
    "new_pattern": of_unit("new_pattern"),
    "pattern": pattern,
    "new_shift": of_unit("new_shift"),
    "filters": lambda _: f"{reverse('filters')}?klass=A",
    "new_handover": lambda _: reverse("new_handover"),
    "handover": sheet,
    "control": scanned,
    "take_back": limits,
    "export": lambda _: reverse("export"),
}
ADMINISTRATORS = {"people", "new_pattern", "pattern", "new_shift"}
MANAGERS = {"control", "take_back", "export"}
# Pages whose forms hold no words of anybody: buttons, passwords, a file that only its owner's machine has.
WORDLESS = {
    *("status_link", "calendar", "drafts", "remove_shift", "stay", "rota_import", "past_import", "inbox"),
    *("account_login", "account_logout", "account_change_password", "account_set_password", "account_reauthenticate"),
    *("callback_notify", "callback_webhook", "blind", "undo", "wall", "cancel_job"),
}
# Pages without any form of their own, or whose only one is tried by a test of its own.
ELSEWHERE = {"referral", "live", "account_inactive", "bedside", "bedside_note", "ladder", "what_if"}


def test_every_page_that_takes_a_form_is_tried_here_or_has_no_words_to_lose(client, administrator):
    taking = set()
    for name, _ in addresses(get_resolver().url_patterns):
        view = next(each for each in patterns(get_resolver().url_patterns) if each.name == name).callback
        if "POST" in methods(view):
            taking.add(name)
    assert taking - set(FORMS) - WORDLESS - ELSEWHERE == set()


def patterns(found):
    for each in found:
        if hasattr(each, "url_patterns"):
            yield from patterns(each.url_patterns)
        else:
            yield each


def methods(view):
    """What a view takes, as Django's own decorators of it say; everything where none does."""
    while view is not None:
        cells = [cell.cell_contents for cell in view.__closure__ or ()]
        named = [each for each in cells if isinstance(each, (list, tuple)) and each and set(each) <= {
            "GET", "HEAD", "POST"}]  # fmt: skip
        if named:
            return set(named[0])
        view = getattr(view, "__wrapped__", None)
    return {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("form", FORMS)
def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(form, unit, trust, sign_in):
    """Given a form filled in to the last field, when the session has ended as it is sent, then after signing in every
    field holds what it held, a sentence says that nothing is saved yet, and nothing was recorded.
    """
    roles = ("administrator",) if form in ADMINISTRATORS else ("coordinator", "clinician")
    roles = ("manager",) if form in MANAGERS else roles
    person = factories.user(roles[0], trust, *roles[1:], password=factories.PASSWORD)
    case = factories.case(place=unit, at=now() - timedelta(minutes=40))
    page = sign_in(person)
    page.goto(FORMS[form](case))
    handles = page.locator("main form[method=post]").element_handles()
    sizes = [handle.evaluate(f"form => Object.keys(({FILL})(form)).length") for handle in handles]
    page.reload()
    fullest = page.locator("main form[method=post]").nth(sizes.index(max(sizes))).element_handle()
    held = fullest.evaluate(FILL)
    assert held
    events = Event.objects.count()
    Session.objects.all().delete()
    fullest.evaluate("form => form.requestSubmit()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in_as(page, person)
    expect(page.get_by_text(PUT_BACK)).to_be_visible()
    assert page.evaluate(READ, list(held)) == held
    assert Event.objects.count() == events


def test_the_class_chosen_on_the_page_of_all_answers_is_not_lost(unit, trust, sign_in):
    person = factories.user("coordinator", trust, password=factories.PASSWORD)
    case = factories.case("B", place=unit, at=now() - timedelta(minutes=40))
    page = sign_in(person)
    page.goto(f"/cases/{case.uuid}/referral/symptoms/")
    page.get_by_label("Difficulty walking").check()
    page.get_by_role("button", name="Save and continue", exact=True).click()
    page.goto(f"/cases/{case.uuid}/referral/")
    page.get_by_label("Stay with class B").check()
    Session.objects.all().delete()
    page.get_by_role("button", name="Send the referral form").click()
    sign_in_as(page, person)
    expect(page.get_by_text(PUT_BACK)).to_be_visible()
    expect(page.get_by_label("Stay with class B")).to_be_checked()
