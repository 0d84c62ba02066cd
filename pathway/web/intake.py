"""A new case in half a minute: the first call, and nothing that can wait."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url

from pathway.casefile.records import Sides, beside
from pathway.engine.identity import WHO, Known, as_known
from pathway.engine.intake import take_in
from pathway.engine.likely import Alike
from pathway.engine.now import now
from pathway.engine.refused import Doubtful, Invalid, Refused, Used
from pathway.engine.suspect import ASKS
from pathway.protocol.symptoms import Proposal
from pathway.protocol.types import Role
from pathway.record.access import opened
from pathway.record.ask import Happened, unanswered, yes_no
from pathway.record.case import CLASS_WORDS, Case
from pathway.record.draft import throw_away
from pathway.record.person import Patient, User
from pathway.record.rota import unit_of, units_of
from pathway.record.step import CARE
from pathway.web import errors
from pathway.web.drafts import LATER, as_sent, put_aside, put_back, replaced
from pathway.web.fields import tuned
from pathway.web.find import case_or_404, person
from pathway.web.forms import TimedForm, given, is_damaged, uuids
from pathway.web.moves import PAGE, back_to
from pathway.web.symptoms import SymptomsForm

ANOTHER = "What you typed is below. If this is another patient, send it again."
CHECK_TIME = "Correct the time of the call, or tick the box below it."
DIFFERS = "Say why, because the symptoms propose another class."


class IntakeForm(SymptomsForm, TimedForm):
    """What the first call tells."""

    neurology = yes_no("Any neurological symptom or sign?")
    suspected_by = tuned(ASKS["suspected_by"])
    place = forms.ChoiceField(
        label="Where the patient is", error_messages=unanswered("Where the patient is"),
        choices=[("", "Choose"), *ASKS["place"].choices],  # type: ignore[attr-defined]
    )  # fmt: skip
    unit = forms.ChoiceField(label="Unit", error_messages=unanswered("Unit"))
    happened_at = Happened(label="Time of the call")
    first_symptom_on = tuned(ASKS["first_symptom_on"])
    live_call = forms.BooleanField(
        label="I am the coordinator and this is that call", required=False,
        help_text="Records the contact and the referral at the time of the call",
    )  # fmt: skip
    decided = forms.ChoiceField(
        label="Class", required=False, choices=list(CLASS_WORDS.items()), widget=forms.RadioSelect,
        error_messages=unanswered("Class"),
    )  # fmt: skip
    blood_cancer = tuned(ASKS["blood_cancer"])
    reason = tuned(ASKS["reason"])
    proposed = forms.CharField(required=False, max_length=1, widget=forms.HiddenInput)
    known = forms.UUIDField(required=False, widget=forms.HiddenInput)
    follows = forms.UUIDField(required=False, widget=forms.HiddenInput)
    others = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
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
        return begun(request, user)
    if LATER in request.POST:
        who = request.POST.get("family_name") or request.POST.get("initials") or "no name yet"
        return put_aside(request, f"New case: {who}", resolve_url("drafts"))
    form = IntakeForm(sent(request), user=user)
    if is_damaged(form):
        return errors.damaged(request)
    if not form.is_valid():
        return drawn(request, form, status=422)
    proposal = form.proposal()
    if form.codes() and not form.is_decided():
        chosen = sent(request)
        chosen["decided"] = chosen["proposed"] = proposal.klass
        return drawn(request, IntakeForm(chosen, user=user), proposal=proposal)
    return opened_case(request, form, user)


def begun(request: HttpRequest, user: User) -> HttpResponse:
    """A fresh form, or a draft of one; with the class that was proposed when the draft was saved."""
    unit = unit_of(user)
    initial = {"happened_at": now(), "submission": uuid4(), "unit": str(unit.uuid) if unit else ""}
    initial |= following(request, user)
    form, kept = put_back(request, lambda data: IntakeForm(data, user=user, initial=initial))
    proposal = None
    if kept["draft"]:
        asked = IntakeForm(as_sent(kept["draft"]), user=user)
        proposal = asked.proposal() if asked.is_valid() and asked.is_decided() else None
    return drawn(request, form, proposal=proposal, **kept)


def sent(request: HttpRequest) -> QueryDict:
    """What was typed; a button that says who it is, as `patient` or `patient case`, fills the two hidden fields."""
    typed = request.POST.copy()
    if chosen := uuids(typed.get("chosen", "")):
        typed["known"], typed["follows"] = str(chosen[0]), str(chosen[1]) if len(chosen) > 1 else ""
    return typed


def following(request: HttpRequest, user: User) -> dict[str, Any]:
    """What a new case that follows an ended one begins with: the patient.

    Raises:
        Http404: there is no such case for this person.
    """
    if not (keys := uuids(request.GET.get("follows", ""))):
        return {}
    earlier = case_or_404(request, keys[0])
    opened(earlier, by=user, what="form: new case that follows")
    return {**as_known(earlier.patient)[0], "known": earlier.patient.uuid, "follows": earlier.uuid}


def opened_case(request: HttpRequest, form: IntakeForm, user: User) -> HttpResponse:
    """Open the case and go to it, or show what stands against it."""
    try:
        case = take_in(
            form.units[form.cleaned_data["unit"]], by=user, **form.when,
            who=given(form.cleaned_data, WHO), answers=form.answers(),
            live_call=bool(form.cleaned_data.get("live_call")), known=form.cleaned_data["known"],
            follows=form.cleaned_data["follows"], others=uuids(form.cleaned_data["others"]),
            submission=form.cleaned_data["submission"],
        )  # fmt: skip
    except Known as known:
        look_at(known.cases, user)
        return drawn(request, form, status=409, found=known, sides=beside_typed(form, known.patient))
    except Alike as alike:
        look_at([case for each in alike.found for case in each.cases], user)
        sides = [(each, beside_typed(form, each.patient)) for each in alike.found]
        return drawn(request, form, status=409, alike=alike, sides=sides)
    except Invalid as refusal:
        for name, sentences in refusal.fields.items():
            form.add_error(name if name in form.fields else None, list(sentences))
        return drawn(request, form, status=422)
    except Used as refusal:
        return drawn(request, sent_anew(request, user), status=409, refused=[*refusal.reasons, ANOTHER])
    except Doubtful as refusal:
        form.ask_time(str(refusal))
        return drawn(request, form, status=409, refused=[*refusal.reasons, CHECK_TIME])
    except Refused as refusal:
        return drawn(request, form, status=409, refused=refusal.reasons)
    throw_away(user, form.cleaned_data["submission"])
    messages.success(request, f"Case {case.code} is open, class {case.klass}. Its clocks are running.")
    return HttpResponseRedirect(back_to(case))


def beside_typed(form: IntakeForm, patient: Patient) -> Sides:
    """What was typed beside what is recorded of a patient."""
    return beside(form.cleaned_data, as_known(patient)[0])


def look_at(cases: list[Case], user: User) -> None:
    """Log that somebody was shown these cases to say whether they are of the same person."""
    for case in cases:
        opened(case, by=user, what="asked: same person?")


def sent_anew(request: HttpRequest, user: User) -> IntakeForm:
    """What was typed, in a form that may open another case."""
    typed = sent(request)
    typed["submission"] = str(new := uuid4())
    replaced(request, new)
    form = IntakeForm(typed, user=user)
    form.is_valid()
    return form


def drawn(request: HttpRequest, form: IntakeForm, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page with this form."""
    proposal = context.pop("proposal", None)
    if proposal is None and request.POST.get("decided") and "neurology" in form.cleaned_data:
        proposal = form.proposal()
    return render(
        request, "intake/page.html", {"form": form, "title": "New case", "proposal": proposal, **context}, status=status
    )
