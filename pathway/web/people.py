"""Who is on duty now in each unit: everybody reads it, the administrators of the organisation change it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from pathway.engine import duty
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.protocol.types import Role
from pathway.record import outlook, rota
from pathway.record.ask import unanswered
from pathway.record.person import Unit, User
from pathway.web.fields import Colleague
from pathway.web.find import person

CHANGES = ("add", "remove", "contact")
TAKES = frozenset({Role.COORDINATOR, Role.CLINICIAN})


class ContactForm(forms.Form):
    """Whom to tell in a unit where nobody holds a role: people and units of the own organisation only."""

    unit: "forms.ModelChoiceField[Unit]" = forms.ModelChoiceField(
        None, to_field_name="uuid", empty_label="Choose a unit", error_messages=unanswered("Unit")
    )
    person = Colleague("Person", "Nobody", required=False)

    def __init__(self, user: User, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["unit"].queryset = rota.units_of(user)  # type: ignore[attr-defined]
        self.fields["person"].queryset = rota.colleagues(user)  # type: ignore[attr-defined]


class DutyForm(ContactForm):
    """One person, one role, one unit."""

    person = Colleague("Person")
    role = forms.TypedChoiceField(
        choices=lambda: [("", "Choose a role"), *((role.value, role.value) for role in rota.told())], coerce=Role,
        error_messages=unanswered("Role"),
    )  # fmt: skip
    field_order = ("unit", "role", "person")


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Every unit's posts with those who hold them; for an administrator with what changes them."""
    user = person(request)
    may_change = Role.ADMINISTRATOR in user.role_set
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not may_change:
        raise PermissionDenied("changing who is on duty, which is for administrators")
    what = request.POST.get("what", "")
    add = DutyForm(user, None if what == "contact" else posted)
    contact = ContactForm(user, posted if what == "contact" else None, auto_id="contact_%s")
    sent = contact if what == "contact" else add
    status = 200 if posted is None else 422
    if sent.is_valid() and what in CHANGES:
        try:
            messages.success(request, change(what, sent.cleaned_data, user))
            return redirect("people")
        except Refused as refused:
            sent.add_error(None, list(refused.reasons))
            status = 409
    if sent.is_bound and what not in CHANGES:
        sent.add_error(None, "Nothing says what is to be changed. Nothing was saved: use one of the forms below.")
    at = now()
    context = {
        "add": add, "contact": contact, "form": sent, "may_change": may_change, "now": at,
        "may_take": bool(TAKES & user.role_set), "rosters": outlook.rosters(user.organisation_id or 0, at),
    }  # fmt: skip
    return render(request, "people/people.html", context, status=status)


def change(what: str, wanted: dict[str, Any], by: User) -> str:
    """Do what a checked form asks, and say what was done."""
    unit, held = wanted["unit"], wanted["person"]
    if what == "contact":
        told = duty.fix_contact(unit, held, by=by)
        return f"{held or 'Nobody'} is told where nobody in {unit} holds a role.{also(told)}"
    if what == "remove":
        duty.take_off(unit, wanted["role"], held, by=by)
        return f"{held} is no longer on duty as {wanted['role']} in {unit} at all times."
    told = duty.put_on(unit, wanted["role"], held, by=by)
    return f"{held} is on duty as {wanted['role']} in {unit} at all times.{also(told)}"


def also(told: int) -> str:
    """How many alerts reached somebody thereby."""
    if not told:
        return ""
    return f" {told} open alert{'s' if told > 1 else ''} that had told nobody {'are' if told > 1 else 'is'} now told."
