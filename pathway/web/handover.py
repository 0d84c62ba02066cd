"""Hand-over: the sheets of a person, a new one, and one of them, on which each case is taken on its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from pathway.engine import handover as engine
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.record.ask import text, unanswered
from pathway.record.handover import Ended, Handed
from pathway.record.person import Unit, User
from pathway.record.rota import colleagues, units_of
from pathway.record.step import CARE
from pathway.web import errors
from pathway.web.fields import Colleague
from pathway.web.find import person
from pathway.worklist import handover as read

MINE = "mine"


class NewForm(forms.Form):
    """Which cases, and to whom."""

    scope = forms.ChoiceField(label="Which cases", widget=forms.RadioSelect, error_messages=unanswered("Which cases"))
    to = Colleague("To whom", "Choose a colleague")

    def __init__(self, user: User, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.units = {str(unit.uuid): unit for unit in units_of(user)}
        choices = [(MINE, "Cases that I coordinate"), *((uuid, f"All of {unit}") for uuid, unit in self.units.items())]
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]
        self.fields["scope"].help_text = user.name_is_shared
        able = colleagues(user).exclude(pk=user.pk).filter(roles__overlap=[role.value for role in CARE])
        self.fields["to"].queryset = able  # type: ignore[attr-defined]

    @property
    def unit(self) -> Unit | None:
        """The unit that was chosen; None for the own cases."""
        return self.units.get(self.cleaned_data["scope"])


class ReasonForm(forms.Form):
    """Why a case is not taken."""

    reason = text("Why do you not take it?")


def carer(request: HttpRequest) -> User:
    """Who is signed in, where they care for patients.

    Raises:
        PermissionDenied: they do not.
    """
    user = person(request)
    if not user.role_set & CARE:
        raise PermissionDenied("handing over cases, which is for those who care for patients")
    return user


@require_safe
def handovers(request: HttpRequest) -> HttpResponse:
    """What waits with this person and for them, and the newest sheets on which nothing does."""
    user = carer(request)
    return render(request, "handover/list.html", {"waiting": read.waiting(user), "over": read.over(user)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a hand-over."""
    user = carer(request)
    form = NewForm(user, request.POST if request.method == "POST" else None)
    status = 200 if request.method != "POST" else 422
    if form.is_valid():
        try:
            made = engine.start(by=user, to=form.cleaned_data["to"], unit=form.unit)
        except Invalid as invalid:
            form.add_error("to", list(invalid.fields["to"]))
        except Refused as refused:
            form.add_error(None, list(refused.reasons))
            status = 409
        else:
            messages.success(request, f"{made.taker} is asked to take each case. Until then they stay with you.")
            return redirect("handover", sheet=made.uuid)
    return render(request, "handover/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, sheet: UUID) -> HttpResponse:
    """One sheet, also to print; take a POST about one of its cases. `refuse` in the address asks for a reason first."""
    user = carer(request)
    found = read.sheet(user, sheet)
    if found is None:
        raise Http404
    form, status = ReasonForm(request.POST if request.POST.get("what") == "refuse" else None), 200
    asked = request.POST.get("handed") if request.method == "POST" else request.GET.get("refuse")
    handed = line(user, sheet, asked or "")
    if request.method == "POST":
        if handed is None or request.POST.get("what") not in DONE:
            return errors.damaged(request)
        if answer := said(request, user, handed, form):
            return answer
        status = 422
    context = {"sheet": found, "now": found.now, "form": form, "refuses": handed}
    part = request.headers.get("X-Background") == "1"
    return render(request, "handover/_sheet.html" if part else "handover/sheet.html", context, status=status)


def line(user: User, sheet: UUID, asked: str) -> Handed | None:
    """The case of a sheet that the request is about; None where it is about none."""
    try:
        return read.find(user, sheet, UUID(asked))
    except ValueError:
        return None


DONE = {
    "accept": "You have taken over {}.",
    "refuse": "You have not taken over {}. It stays with {}, who sees why.",
    "keep": "You keep {}. An alert that you had offered stays offered until it is answered.",
}


OUTCOME = {"accept": Ended.ACCEPTED, "refuse": Ended.REFUSED, "keep": Ended.KEPT}


def said(request: HttpRequest, user: User, handed: Handed, form: ReasonForm) -> HttpResponse | None:
    """Do what was asked, and lead back to the sheet; None where a reason is missing, which the form then shows.

    Sent twice, it is done once, and leads to the same place: only one of the two people may give each answer.
    """
    what, more = request.POST["what"], list[str]()
    try:
        if what == "accept":
            more = engine.accept(handed, by=user)
        elif what == "keep":
            engine.keep(handed, by=user)
        elif not form.is_valid():
            return None
        else:
            engine.refuse(handed, by=user, reason=form.cleaned_data["reason"])
    except NotAllowed as refused:
        return errors.forbidden(request, refused)
    except Refused as refused:
        handed.refresh_from_db(fields=["outcome"])
        if handed.outcome != OUTCOME[what]:
            return errors.conflict(request, *refused.reasons, back=request.path)
    done = DONE[what].format(handed.case.patient.name, handed.handover.giver)
    messages.success(request, " ".join([done, *more]))
    return redirect("handover", sheet=handed.handover.uuid)
