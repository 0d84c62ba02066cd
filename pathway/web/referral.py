"""The referral form of a case: its steps, each kept as a draft, and the page on which all is checked and sent."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from pathway.casefile.sources import events_of
from pathway.casefile.words import Said, answers_said
from pathway.engine.now import now
from pathway.engine.referral import LABEL, Told, refer, try_out
from pathway.engine.refused import Doubtful, Invalid, Refused
from pathway.protocol.hours import shown
from pathway.protocol.symptoms import Proposal, propose
from pathway.record.access import opened
from pathway.record.case import Case
from pathway.record.draft import Draft, TooLong, drafts_of, keep, throw_away
from pathway.record.event import Event, standing
from pathway.record.person import User
from pathway.record.step import CARE, MEDICAL
from pathway.web import errors
from pathway.web.drafts import LATER, TOO_LONG, as_sent, filled, put_aside, typed
from pathway.web.find import case_or_404, person
from pathway.web.forms import TICK, is_damaged, sent_as, uuids
from pathway.web.moves import PAGE, back_to
from pathway.web.referral_form import BY_SLUG, STEPS, Step, StepForm, keys_of

KNOWN = {"current": "known", "past": "known"}
CHANGED = "Your answers, or the case, changed since this page was drawn. Check them again, then send."
SENT_ALREADY = "This step was sent already. What you typed now is not kept: enter it on the page of the case."
TWICE = "Another window holds this step too, and neither was sent. Keep one: put that one back, or throw it away."
NOTHING = "There is nothing to send: nothing is answered, or the form was sent already."


@dataclass(frozen=True, slots=True)
class Answered:
    """One step as it stands: what it will record, in words, or why it cannot be sent yet."""

    step: Step
    url: str
    draft: Draft | None = None
    told: list[Told] = field(default_factory=list)
    rows: Said = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


class ClassForm(forms.Form):
    """The class, where the symptoms propose another one than the case has."""

    klass = forms.ChoiceField(label="Class", widget=forms.RadioSelect, error_messages={"required": "Choose the class."})
    reason = forms.CharField(label="Why", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def __init__(self, case: Case, proposal: Proposal, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"reason": "; ".join(proposal.reasons)})
        words = ((proposal.klass, f"Change to class {proposal.klass}"), (case.klass, f"Stay with class {case.klass}"))
        self.fields["klass"].choices = words  # type: ignore[attr-defined]
        self.now = case.klass

    def clean(self) -> dict[str, Any]:
        """A new class has a reason."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("klass") not in (None, self.now) and not cleaned.get("reason"):
            self.add_error("reason", "Say why the class changes.")
        return cleaned


def begin(request: HttpRequest, case: UUID) -> tuple[Case, User, dict[str, Event]]:
    """The case, who asks, and the standing entries by kind; opening the form is logged.

    Raises:
        Http404: no such case for this person.
        PermissionDenied: the roles do not include it.
    """
    found, user = case_or_404(request, case), person(request)
    if not user.role_set & CARE:
        raise PermissionDenied(LABEL)
    if request.method != "POST":
        opened(found, by=user, what="form: referral")
    return found, user, {event.kind: event for event in standing(events_of(found))}


@PAGE
def step(request: HttpRequest, case: UUID, slug: str) -> HttpResponse:
    """One step: what is answered is tried out, kept as a draft, and recorded only when the whole form is sent."""
    found, user, had = begin(request, case)
    if slug not in BY_SLUG:
        raise Http404
    asked = BY_SLUG[slug]

    def draw(data: QueryDict | None) -> StepForm:
        initial = {"happened_at": now(), "submission": uuid4()}
        return StepForm(asked, data, user=user, had=had, initial=initial)

    title = f"Referral form: {asked.title}"
    context = {"case": found, "step": asked, "title": asked.title, "number": STEPS.index(asked) + 1,
               "steps": len(STEPS), "back": before(found, asked), "had": had}  # fmt: skip
    if request.method != "POST":
        found_here, keys = drafts_of(user, request.path), uuids(request.GET.get("draft", ""))
        draft = next((each for each in found_here if each.key in keys), next(iter(found_here), None))
        context |= {"draft": draft, "drafts": [each for each in found_here if each is not draft]}
        return render(request, "referral/step.html", {**context, "form": filled(draft, draw) if draft else draw(None)})
    if LATER in request.POST:
        return put_aside(request, title, back_to(found), found, keys_of(asked, sent_as(request) or uuid4()))
    form = draw(request.POST)
    if is_damaged(form):
        return errors.damaged(request)
    refused = [] if form.is_valid() and tried(found, user, form) else form.non_field_errors()
    if form.errors or (TICK in form.fields and not form.when["time_is_right"]):
        return render(request, "referral/step.html", {**context, "form": form, "refused": refused}, status=422)
    return kept(request, found, user, form, title)


def tried(case: Case, user: User, form: StepForm) -> bool:
    """Whether the step could be recorded; what stands against it is said on the form."""
    try:
        try_out(case, by=user, told=form.told())
    except Invalid as refusal:
        for name, sentences in refusal.fields.items():
            form.add_error(form.field_of(name), list(sentences))
    except Doubtful as refusal:
        form.ask_time(str(refusal))
    except Refused as refusal:
        form.add_error(None, list(refusal.reasons))
    else:
        return True
    return False


def kept(request: HttpRequest, case: Case, user: User, form: StepForm, title: str) -> HttpResponse:
    """Keep a step that could be recorded, and go on; one without an answer is left out.

    What another window holds of the same step is not thrown away unseen.
    """
    key, told = form.cleaned_data["submission"], form.told()
    try:
        said = {"form": request.path, "title": title, "typed": typed(request.POST, TICK)}
        if told and not keep(user, key, **said, at=now(), case=case, sent_as=keys_of(form.step, key)):
            return errors.conflict(request, SENT_ALREADY, back=back_to(case))
    except TooLong:
        return errors.page(request, 413, "This is too long to be put aside", TOO_LONG)
    if not told:
        throw_away(user, key)
    if any(each.key != key for each in drafts_of(user, request.path)):
        messages.warning(request, TWICE)
        return HttpResponseRedirect(f"{request.path}?draft={key}")
    return HttpResponseRedirect(after(case, form.step, whole="change" in request.GET))


def before(case: Case, step: Step) -> str:
    """The step before this one, or the case."""
    place = STEPS.index(step)
    return reverse("referral_step", args=[case.uuid, STEPS[place - 1].slug]) if place else back_to(case)


def after(case: Case, step: Step, *, whole: bool) -> str:
    """The step after this one; the page of all answers after the last, and from where somebody came from there."""
    following = STEPS[STEPS.index(step) + 1 :]
    if whole or not following:
        return reverse("referral", args=[case.uuid])
    return reverse("referral_step", args=[case.uuid, following[0].slug])


@PAGE
def referral(request: HttpRequest, case: UUID) -> HttpResponse:
    """All answers of the form, to be checked, and sent as one; the class that the symptoms propose is decided here."""
    found, user, had = begin(request, case)
    answered = [as_answered(found, user, each, had) for each in STEPS]
    proposal = proposed(found, answered, had)
    decides = proposal if proposal and user.role_set & MEDICAL else None
    form = ClassForm(found, decides, request.POST if request.method == "POST" else None) if decides else None
    page = {"case": found, "title": "Check the answers", "answered": answered, "form": form, "proposal": proposal,
            "missing": [each for each in answered if each.draft is None],
            "back": back_to(found), "seen": digest(answered, had),
            "ready": any(each.told for each in answered)}  # fmt: skip
    if request.method != "POST":
        return render(request, "referral/check.html", page)
    told = [each for one in answered for each in one.told]
    against = stands_against(request, page)
    if not against and form and not form.is_valid():
        return render(request, "referral/check.html", page, status=422)
    if not against:
        against = sent(found, user, [*told, *reclassified(answered, form)])
    if against:
        return render(request, "referral/check.html", {**page, "refused": against}, status=409)
    throw_away(user, *(each.draft.key for each in answered if each.draft))
    messages.success(request, f"The referral form was sent: {len(told)} entries recorded.")
    return HttpResponseRedirect(back_to(found))


def stands_against(request: HttpRequest, page: dict[str, Any]) -> list[str]:
    """Why the form is not to be sent now, before the engine is asked."""
    if not page["ready"]:
        return [NOTHING]
    if any(each.wrong for each in page["answered"]):
        return ["A step is not complete. Change it, or clear its answers."]
    return [] if request.POST.get("seen") == page["seen"] else [CHANGED]


def sent(case: Case, user: User, told: list[Told]) -> list[str]:
    """Record the form; what stands against it, where something does."""
    try:
        refer(case, by=user, told=told)
    except Refused as refusal:
        return list(refusal.reasons)
    return []


def as_answered(case: Case, user: User, step: Step, had: dict[str, Event]) -> Answered:
    """A step as its newest draft has it."""
    url = reverse("referral_step", args=[case.uuid, step.slug])
    known = [f"{part.done}: {shown(had[part.kind].occurred_at)}" for part in step.parts
             if part.once and part.kind in had]  # fmt: skip
    drafts = drafts_of(user, url)
    if not drafts:
        return Answered(step, url, known=known)
    draft, *others = drafts
    if others:
        return Answered(step, url, draft, wrong=[TWICE], known=known)
    form = StepForm(step, as_sent(draft), user=user, had=had)
    if not form.is_valid():
        wrong = [f"{form.fields[name].label if name in form.fields else step.title}: {errors[0]}"
                 for name, errors in form.errors.items()]  # fmt: skip
        return Answered(step, url, draft, wrong=wrong, known=known)
    told = form.told()
    rows: Said = []
    for each in told:
        rows += answers_said(each.kind, each.answers, {}) or [(step_words(step, each), "Yes")]
    if told and form.happened:
        rows.append(("When", shown(form.happened.at, form.happened.precision)))
    return Answered(step, url, draft, told, rows, known=known)


def step_words(step: Step, told: Told) -> str:
    """What the tick of a part without questions says."""
    return next(part.tick or part.done for part in step.parts if part.kind == told.kind)


def proposed(case: Case, answered: list[Answered], had: dict[str, Event]) -> Proposal | None:
    """The class that all symptoms propose, those of the suspicion among them, where it is another one than now."""
    told = {each.kind: each.answers for one in answered for each in one.told}
    if "history.symptoms" not in told:
        return None
    codes = {*told["history.symptoms"]["symptoms"], *had["case.suspected"].answers.get("symptoms", ())}
    known = str(told.get("history.cancer", {}).get("known", "" if case.klass == "C" else "known"))
    found = propose(sorted(codes), cancer=KNOWN.get(known, known))
    return found if found.klass not in ("", case.klass) else None


def reclassified(answered: list[Answered], form: ClassForm | None) -> list[Told]:
    """The new class, at the time of the symptoms that propose it."""
    if form is None or form.cleaned_data["klass"] == form.now:
        return []
    by = next(each for one in answered for each in one.told if each.kind == "history.symptoms")
    answers = {"class": form.cleaned_data["klass"], "reason": form.cleaned_data["reason"]}
    return [Told("case.reclassified", answers, by.at, by.key, by.precision, by.time_is_right)]


def digest(answered: list[Answered], had: dict[str, Event]) -> str:
    """What the page of all answers showed, as a text to compare."""
    shown_here = [(each.draft.key, each.draft.typed) if each.draft else None for each in answered]
    return sha256(repr((shown_here, sorted(had))).encode()).hexdigest()
