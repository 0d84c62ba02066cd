"""A new case in half a minute: the first call, and nothing that can wait; the symptoms propose the class."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from pathway.casefile import newest, unit_of, units_of
from pathway.engine.identity import WHO, Known
from pathway.engine.intake import take_in
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Refused
from pathway.engine.suspect import ASKS
from pathway.protocol.symptoms import GROUPS, Proposal, propose
from pathway.protocol.types import Role
from pathway.record.access import opened
from pathway.record.ask import Instant, choice, yes_no
from pathway.record.case import CLASS_WORDS, Case
from pathway.record.person import User
from pathway.record.step import CARE, MEDICAL
from pathway.web.find import case_or_404, person
from pathway.web.forms import beginning, form_of, given, tuned
from pathway.web.moves import PAGE, back_to

DIFFERS = "Say why, because the symptoms propose another class."


class SymptomsForm(forms.Form):
    """The symptoms in their groups, and whether there is a cancer."""

    cancer = tuned(choice("Is there a cancer?", "known", "suspected", "none", required=False,
                          words={"none": "None known"}))  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for count, (title, group) in enumerate(GROUPS.items()):
            pairs = [(symptom.code, symptom.words) for symptom in group]
            self.fields[f"symptoms_{count}"] = forms.MultipleChoiceField(
                label=title, choices=pairs, required=False, widget=forms.CheckboxSelectMultiple
            )

    @property
    def groups(self) -> list[forms.BoundField]:
        """The groups of symptoms as the page draws them."""
        return [self[name] for name in self.fields if name.startswith("symptoms_")]

    @property
    def marked(self) -> bool:
        """Whether something is marked, so that the groups are to be open."""
        return any(group.value() for group in self.groups)

    def codes(self) -> list[str]:
        """The symptoms that are marked."""
        found = [self.cleaned_data.get(name) or [] for name in self.fields if name.startswith("symptoms_")]
        return [code for group in found for code in group]

    def proposal(self) -> Proposal:
        """The class that the symptoms propose."""
        return propose(self.codes(), cancer=self.cleaned_data.get("cancer") or "")


class IntakeForm(SymptomsForm):
    """What the first call tells."""

    neurology = yes_no("Any neurological symptom or sign?")
    suspected_by = tuned(ASKS["suspected_by"])
    place = forms.ChoiceField(label="Where the patient is", choices=[("", "Choose"), *ASKS["place"].choices])  # type: ignore[attr-defined]
    unit = forms.ChoiceField(label="Unit")
    happened_at = Instant(label="Time of the call")
    first_symptom_on = tuned(ASKS["first_symptom_on"])
    live_call = forms.BooleanField(
        label="I am the coordinator and this is that call", required=False,
        help_text="Records the contact and the referral at the time of the call",
    )  # fmt: skip
    decided = forms.ChoiceField(
        label="Class", required=False, choices=list(CLASS_WORDS.items()), widget=forms.RadioSelect
    )
    reason = tuned(ASKS["reason"])
    proposed = forms.CharField(required=False, max_length=1, widget=forms.HiddenInput)
    known = forms.UUIDField(required=False, widget=forms.HiddenInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update({name: tuned(field) for name, field in WHO.items()})
        self.units = {str(unit.uuid): unit for unit in units_of(user)}
        names = [("", "Choose"), *((uuid, unit.name) for uuid, unit in self.units.items())]
        self.fields["unit"].choices = names  # type: ignore[attr-defined]
        self.fields["neurology"].widget.attrs["class"] = "nhsuk-radios--inline"
        self.fields["neurology"].help_text = "Weakness, numbness, unsteady walking, bladder or bowel. Yes means class A"
        self.fields["cancer"].help_text = "Asked where there is no neurology: none known means class C"
        if Role.COORDINATOR not in user.role_set:
            del self.fields["live_call"]

    def clean(self) -> dict[str, Any]:
        """Ask for a cancer where it decides the class, and for a reason where the person differs."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("neurology") is False and not cleaned.get("cancer") and "cancer" not in self.errors:
            self.add_error("cancer", "Without neurology, say whether there is a cancer: it decides between B and C.")
        differs = "neurology" in cleaned and self.is_decided() and cleaned["decided"] != self.proposal().klass
        if differs and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", DIFFERS)
        return cleaned

    def proposal(self) -> Proposal:
        """The class that the answers propose: neurology gives A, whatever else is marked."""
        by_symptoms = super().proposal()
        if self.cleaned_data.get("neurology") and by_symptoms.klass != "A":
            return Proposal("A", ("There is a neurological symptom or sign", *by_symptoms.reasons))
        if not self.codes():
            klass = "B" if self.cleaned_data.get("cancer") in ("known", "suspected") else "C"
            return Proposal("A" if self.cleaned_data.get("neurology") else klass, ())
        return by_symptoms

    def is_decided(self) -> bool:
        """Whether the person has seen this very proposal and chosen a class."""
        decided, proposed = self.cleaned_data.get("decided"), self.cleaned_data.get("proposed")
        return bool(decided and proposed and proposed == self.proposal().klass)

    def answers(self) -> dict[str, Any]:
        """The answers of the suspicion."""
        klass = self.cleaned_data["decided"] if self.is_decided() else self.proposal().klass
        reason = self.cleaned_data["reason"] if klass != self.proposal().klass else ""
        asked = {**self.cleaned_data, "class": klass, "symptoms": self.codes(), "reason": reason}
        return given(asked, ASKS)


@PAGE
def intake(request: HttpRequest) -> HttpResponse:
    """The form for the first call; a known patient and a class proposed by symptoms are asked about first."""
    user = person(request)
    if not user.role_set & CARE:
        raise PermissionDenied("New case")
    if request.method != "POST":
        unit = unit_of(user)
        initial = {"happened_at": now(), "submission": uuid4(), "unit": str(unit.uuid) if unit else ""}
        return drawn(request, IntakeForm(user=user, initial=initial))
    form = IntakeForm(request.POST, user=user)
    if not form.is_valid():
        return drawn(request, form, status=422)
    proposal = form.proposal()
    if form.codes() and not form.is_decided():
        chosen = request.POST.copy()
        chosen["decided"] = chosen["proposed"] = proposal.klass
        return drawn(request, IntakeForm(chosen, user=user), proposal=proposal)
    return opened_case(request, form, user)


def opened_case(request: HttpRequest, form: IntakeForm, user: User) -> HttpResponse:
    """Open the case and go to it, or show what stands against it."""
    try:
        case = take_in(
            form.units[form.cleaned_data["unit"]], by=user, at=form.cleaned_data["happened_at"],
            who=given(form.cleaned_data, WHO), answers=form.answers(),
            live_call=bool(form.cleaned_data.get("live_call")), known=form.cleaned_data["known"],
            submission=form.cleaned_data["submission"],
        )  # fmt: skip
    except Known as known:
        return drawn(request, form, status=409, found=known)
    except Invalid as refusal:
        for name, errors in refusal.fields.items():
            form.add_error(name if name in form.fields else None, list(errors))
        return drawn(request, form, status=422)
    except Refused as refusal:
        return drawn(request, form, status=409, refused=refusal.reasons)
    messages.success(request, f"Case {case.code} is open, class {case.klass}. Its clocks are running.")
    return HttpResponseRedirect(back_to(case))


def drawn(request: HttpRequest, form: IntakeForm, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page with this form."""
    proposal = context.pop("proposal", None)
    if proposal is None and request.POST.get("decided") and "neurology" in form.cleaned_data:
        proposal = form.proposal()
    return render(
        request, "intake/page.html", {"form": form, "title": "New case", "proposal": proposal, **context}, status=status
    )


@PAGE
def symptoms(request: HttpRequest, case: UUID) -> HttpResponse:
    """Symptoms of a case that is open: they propose a class, with the reasons, as a form to change it."""
    found, user = case_or_404(request, case), person(request)
    if not user.role_set & CARE:
        raise PermissionDenied("Symptoms")
    context: dict[str, Any] = {"case": found, "title": "Symptoms", "back": back_to(found), "now": now()}
    form = SymptomsForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        opened(found, by=user, what="form: symptoms")
    elif form.is_valid():
        proposal = form.proposal()
        context["proposal"] = proposal
        if proposal.klass and proposal.klass != found.klass and user.role_set & MEDICAL:
            context |= change_of_class(found, proposal, context["now"])
    status = 422 if form.errors else 200
    return render(request, "intake/symptoms.html", {**context, "form": form}, status=status)


def change_of_class(case: Case, proposal: Proposal, at: datetime) -> dict[str, Any]:
    """The form that changes the class, with the proposal and its reasons filled in."""
    answers = {"class": proposal.klass, "reason": "; ".join(proposal.reasons)}
    form = form_of(Case.moves()["reclassify"], initial=beginning(at, newest(case), answers), auto_id="change-%s")
    return {"change": form, "change_url": reverse("move", args=[case.uuid, "case", 0, "reclassify"])}
