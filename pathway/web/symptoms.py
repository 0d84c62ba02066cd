"""Symptoms propose the class, with the reasons: as a part of the intake, and as a page of a case that is open."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pathway.casefile import newest
from pathway.engine.now import now
from pathway.protocol.symptoms import GROUPS, Proposal, propose
from pathway.record.access import opened
from pathway.record.ask import choice, unanswered
from pathway.record.case import Case
from pathway.record.step import CARE, MEDICAL
from pathway.web.fields import tuned
from pathway.web.find import case_or_404, person
from pathway.web.forms import beginning, form_of
from pathway.web.moves import PAGE, back_to


class SymptomsForm(forms.Form):
    """The symptoms in their groups, and whether there is a cancer."""

    cancer = tuned(choice("Is there a cancer?", "known", "suspected", "none", required=False,
                          words={"none": "None known"}))  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for count, (title, group) in enumerate(GROUPS.items()):
            pairs = [(symptom.code, symptom.words) for symptom in group]
            self.fields[f"symptoms_{count}"] = forms.MultipleChoiceField(
                label=title, choices=pairs, required=False, widget=forms.CheckboxSelectMultiple,
                error_messages=unanswered(title),
            )  # fmt: skip

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
