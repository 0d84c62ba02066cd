"""The rota of one unit: a week to read; patterns, shifts for once and shifts that people take, to change it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pathway.engine import shifts
from pathway.engine.now import now
from pathway.engine.refused import Invalid
from pathway.protocol.hours import LONDON
from pathway.protocol.shifts import Kind
from pathway.protocol.types import Role
from pathway.record import outlook
from pathway.record.person import Unit, User
from pathway.record.shift import Pattern
from pathway.web import rota_forms
from pathway.web.find import person
from pathway.web.people import TAKES, also

FORM = require_http_methods(["GET", "HEAD", "POST"])
KEPT, WEEKS = 20, 520


def unit_or_404(user: User, uuid: UUID) -> Unit:
    """A unit of the own organisation.

    Raises:
        Http404: there is no such unit, or it is another organisation's.
    """
    found = outlook.find_unit(user, uuid)
    if found is None:
        raise Http404
    return found


def to_change(request: HttpRequest, uuid: UUID) -> tuple[User, Unit]:
    """Who asks and the unit whose rota they change.

    Raises:
        Http404: as `unit_or_404`.
        PermissionDenied: they are no administrator.
    """
    user = person(request)
    unit = unit_or_404(user, uuid)
    if Role.ADMINISTRATOR not in user.role_set:
        raise PermissionDenied("changing the rota, which is for administrators")
    return user, unit


@require_safe
def rota(request: HttpRequest, unit: UUID) -> HttpResponse:
    """A week of a unit, with its patterns, the shifts for once that lie ahead, and who changed what."""
    user = person(request)
    found, at = unit_or_404(user, unit), now()
    week = outlook.week(found, monday(request.GET.get("week", ""), at.astimezone(LONDON).date()), at)
    context = {
        "unit": found, "week": week, "now": at, "nation": outlook.name_of(found.nation),
        "may_change": Role.ADMINISTRATOR in user.role_set, "may_take": bool(TAKES & user.role_set),
        "patterns": outlook.patterns_of(found), "shifts": outlook.shifts_of(found, at),
        "changes": outlook.changes_of(found)[:KEPT],
    }  # fmt: skip
    return render(request, "rota/week.html", context)


def monday(asked: str, today: date) -> date:
    """The Monday of the week that an address asks for, of this week where it asks for none.

    Raises:
        BadRequest: it is no date, or more than ten years away.
    """
    try:
        day = date.fromisoformat(asked) if asked else today
    except ValueError as error:
        raise BadRequest("week") from error
    if abs(day - today) > timedelta(weeks=WEEKS):
        raise BadRequest("week")
    return day - timedelta(days=day.weekday())


def saved(
    request: HttpRequest, unit: Unit, form: forms.Form, do: Callable[[], int], said: Callable[[], str]
) -> HttpResponse | None:
    """Do what a sent form asks and lead back to the week; None where it was refused, which the form then shows."""
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        told = do()
    except Invalid as invalid:
        for name, reasons in invalid.fields.items():
            form.add_error(name if name in form.fields else None, list(reasons))
        return None
    messages.success(request, f"{said()}{also(told)}")
    return redirect("rota", unit=unit.uuid)


def drawn(request: HttpRequest, unit: Unit, form: forms.Form, title: str, button: str, **more: Any) -> HttpResponse:
    """The page with this form."""
    context = {"unit": unit, "form": form, "title": title, "button": button, **more}
    return render(request, "rota/form.html", context, status=422 if form.is_bound else 200)


@FORM
def pattern(request: HttpRequest, unit: UUID, pattern: UUID | None = None) -> HttpResponse:
    """Enter a weekly pattern, change one, or remove it."""
    user, place = to_change(request, unit)
    old = outlook.patterns_of(place).filter(uuid=pattern).first() if pattern else None
    if pattern and old is None:
        raise Http404
    if old and request.POST.get("what") == "remove":
        told = shifts.drop(old, by=user)
        messages.success(request, f"Removed: {old}.{also(told)}")
        return redirect("rota", unit=place.uuid)
    begins = rota_forms.initial(old) if old else {"first": now().astimezone(LONDON).date(), "holidays": "usual"}
    form = rota_forms.PatternForm(user, request.POST or None, initial=begins)
    made: list[Pattern] = []

    def keep() -> int:
        made.append(form.pattern(place, old))
        return shifts.keep(made[0], by=user)

    done = saved(request, place, form, keep, lambda: f"The rota holds: {made[0]}.")
    title = "Change a weekly pattern" if old else "Add a weekly pattern"
    return done or drawn(request, place, form, title, "Save the pattern", old=old)


@FORM
def shift(request: HttpRequest, unit: UUID) -> HttpResponse:
    """Enter an extra shift, a cover or an absence."""
    user, place = to_change(request, unit)
    kind = request.GET.get("kind", "")
    begins = {"kind": kind if kind in list(Kind) else "", "starts_at": now()}
    form = rota_forms.ShiftForm(user, request.POST or None, initial=begins)

    def done() -> int:
        return shifts.add(form.shift(place), by=user)

    answer = saved(request, place, form, done, lambda: f"The rota holds: {form.shift(place)}.")
    return answer or drawn(request, place, form, "Change the rota for once", "Save the change")


@require_POST
def remove_shift(request: HttpRequest, unit: UUID, shift: UUID) -> HttpResponse:
    """Remove a dated shift."""
    user, place = to_change(request, unit)
    found = outlook.shifts_of(place, now()).filter(uuid=shift).first()
    if found is None:
        raise Http404
    told = shifts.cancel(found, by=user)
    messages.success(request, f"Removed: {found}.{also(told)}")
    return redirect("rota", unit=place.uuid)


@FORM
def take(request: HttpRequest, unit: UUID) -> HttpResponse:
    """Take a shift by oneself, from now until a time."""
    user = person(request)
    place = unit_or_404(user, unit)
    if not TAKES & user.role_set:
        raise PermissionDenied("taking a shift, which is for coordinators and clinicians")
    form = rota_forms.TakeForm(user, request.POST or None, initial={"role": request.GET.get("role", "")})

    def done() -> int:
        return shifts.take(place, form.cleaned_data["role"], form.cleaned_data["until"], by=user)

    answer = (
        saved(request, place, form, done, lambda: f"You hold {form.cleaned_data['role']} in {place} from now.")
        if form.is_bound
        else None
    )
    explain = "You are told beside those who hold the role already, until the time is over."
    return answer or drawn(request, place, form, "Take a shift now", "I take this shift now", explain=explain)
