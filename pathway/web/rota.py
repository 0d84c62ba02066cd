"""The rota of one unit: a week to read; patterns, shifts for once and shifts that people take, to change it."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pathway.engine import shifts
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Refused
from pathway.protocol.hours import LONDON
from pathway.protocol.shifts import Kind
from pathway.protocol.types import Role
from pathway.record import outlook
from pathway.record.person import Unit, User
from pathway.record.shift import Pattern, Shift
from pathway.web import errors, rota_forms
from pathway.web.find import person
from pathway.web.people import TAKES, also
from pathway.web.rota_forms import OfOwn

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


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, be it empty; None where the form is only asked for."""
    return request.POST if request.method == "POST" else None


def saved(
    request: HttpRequest, unit: Unit, form: OfOwn, do: Callable[[], int], said: Callable[[], str]
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
    except Refused as refused:
        form.refuse(refused)
        return None
    messages.success(request, f"{said()}{also(told)}")
    return redirect("rota", unit=unit.uuid)


def drawn(request: HttpRequest, unit: Unit, form: OfOwn, title: str, button: str, **more: Any) -> HttpResponse:
    """The page with this form."""
    context = {"unit": unit, "form": form, "title": title, "button": button, **more}
    return render(request, "rota/form.html", context, status=form.status)


def removed(request: HttpRequest, unit: Unit, row: Pattern | Shift, do: Callable[[], int]) -> HttpResponse:
    """Remove a row of the rota and lead back to the week."""
    try:
        told = do()
    except Refused as refused:
        return errors.page(
            request, 409, "This was not removed", *refused.reasons, again=reverse("rota", args=[unit.uuid])
        )
    messages.success(request, f"Removed: {row}.{also(told)}")
    return redirect("rota", unit=unit.uuid)


@FORM
def pattern(request: HttpRequest, unit: UUID, pattern: UUID | None = None) -> HttpResponse:
    """Enter a weekly pattern, change one, or remove it."""
    user, place = to_change(request, unit)
    old = outlook.patterns_of(place).filter(uuid=pattern).first() if pattern else None
    if pattern and old is None:
        raise Http404
    if old and request.POST.get("what") == "remove":
        return removed(request, place, old, partial(shifts.drop, old, by=user))
    begins = rota_forms.initial(old) if old else {"first": now().astimezone(LONDON).date(), "holidays": "usual"}
    form = rota_forms.PatternForm(user, posted(request), initial=begins)
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
    form = rota_forms.ShiftForm(user, posted(request), initial=begins)

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
    return removed(request, place, found, partial(shifts.cancel, found, by=user))


@FORM
def take(request: HttpRequest, unit: UUID) -> HttpResponse:
    """Take a shift by oneself, from now until a time."""
    user = person(request)
    place = unit_or_404(user, unit)
    if not TAKES & user.role_set:
        raise PermissionDenied("taking a shift, which is for coordinators and clinicians")
    form = rota_forms.TakeForm(user, posted(request), initial={"role": request.GET.get("role", "")})

    def done() -> int:
        return shifts.take(place, form.cleaned_data["role"], form.cleaned_data["until"], by=user)

    answer = (
        saved(request, place, form, done, lambda: f"You hold {form.cleaned_data['role']} in {place} from now.")
        if form.is_bound
        else None
    )
    explain = "You are told beside those who hold the role already, until the time is over."
    return answer or drawn(request, place, form, "Take a shift now", "I take this shift now", explain=explain)
