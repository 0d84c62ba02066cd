"""The pages at the bedside: mobility in two taps, the sitting ladder, minutes, and what holds the way home."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from pathway.casefile import newest, step_of
from pathway.casefile.bedside import CODES, Bedside, bedside, done
from pathway.casefile.told import told_at_once
from pathway.engine.bedside import undo as take_back
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.engine.together import advance_with
from pathway.engine.worse import ASSESSED, observe_with
from pathway.record.ask import Asks, unanswered
from pathway.record.case import Case
from pathway.record.falls import REPORT
from pathway.record.measure import kept, said
from pathway.record.person import score_blind
from pathway.record.step import CARE, OBSERVATIONS, Step
from pathway.record.therapy import MISSED, READY, TREATED
from pathway.steps.rehabilitation import REASONS, STEP_WORDS, Rehabilitation
from pathway.web.also import was_asked
from pathway.web.entries import begin
from pathway.web.find import person
from pathway.web.forms import EntryForm, beginning, proposed, uuids
from pathway.web.moves import PAGE
from pathway.web.session import WAITED, page_of
from pathway.web.sheet import Sheet, serve

NOTED = (TREATED, MISSED, READY)
ANGLES = (15, 30, 45, 60)
RUNGS = {
    **{f"R2-{angle}": f"Sitting up at {angle}°" for angle in ANGLES},
    **{step: words.partition(": ")[2].capitalize() for step, words in STEP_WORDS.items() if step > "R2"},
}
MOBILITY: Asks = {name: OBSERVATIONS[ASSESSED].asks[name] for name in ("code", "note")}


class NowForm(EntryForm):
    """An entry of this moment: its time is asked for only where it was another one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["happened_at"].required = False
        self.fields["happened_at"].help_text = "Left empty: now"


class LadderForm(NowForm):
    """One step of the sitting ladder, reached or stopped, as the moves of the ladder take it."""

    def __init__(self, asks: Asks, *args: Any, **kwargs: Any) -> None:
        super().__init__(asks, *args, **kwargs)
        label, choices = "Step", list(RUNGS.items())
        rung = forms.ChoiceField(
            label=label, choices=choices, widget=forms.RadioSelect, error_messages=unanswered(label)
        )
        others = {name: field for name, field in self.fields.items() if name not in ("step", "degrees", "reason")}
        self.fields = {"rung": rung, **others}

    @property
    def answers(self) -> dict[str, Any]:
        """The step and its angle out of the one choice, and why it was stopped out of the button."""
        step, _, degrees = self.cleaned_data["rung"].partition("-")
        found = {"step": step, **({"degrees": int(degrees)} if degrees else {})}
        reason = self.data.get("reason")
        return super().answers | found | ({"reason": reason} if reason else {})


def drawn(form: type[NowForm], asks: Asks, case: Case, data: QueryDict | None, **answers: Any) -> NowForm:
    """A form that begins without a time."""
    begun = beginning(now(), newest(case), answers)
    return form(asks, data, initial={**begun, "happened_at": None})


def around(request: HttpRequest, case: Case, bed: Bedside) -> dict[str, Any]:
    """What stands round the forms at the bedside."""
    user, sent = person(request), uuids(request.GET.get("done", ""))
    return {
        "bed": bed, "file": bed.file, "now": bed.file.now, "blind": user.scores_blind,
        "done": done(case, sent[0], bed.file.now, user) if sent else None,
        "told_if_worse": told_at_once(case, REPORT),
    }  # fmt: skip


def following(bed: Bedside) -> str:
    """The step to propose: the next angle, then the next step; the first one while the patient lies."""
    state, newest = bed.row.state, bed.tried[-1].fact.answers if bed.tried else {}
    if state < "R2":
        return next(iter(RUNGS))
    higher = [f"R2-{angle}" for angle in ANGLES if state == "R2" and angle > int(newest.get("degrees") or 0)]
    return next(iter([*higher, *(rung for rung in RUNGS if rung[:2] > state)]), state)


def after(request: HttpRequest) -> str:
    """Where a form leads once it is recorded: to its own page, which says what was recorded."""
    return f"{request.path}?done={request.POST.get('submission', '')}"


@PAGE
def mobility(request: HttpRequest, case: UUID) -> HttpResponse:
    """The page at the bedside; one tap records a grade."""
    found, user = begin(request, case, CARE, "Bedside"), person(request)

    def record(form: EntryForm) -> str:
        key = form.cleaned_data["submission"]
        event = observe_with(found, ASSESSED, by=user, **form.when, answers=form.answers, submission=key)
        return f"Recorded: Mobility {' '.join(map(said, kept(event.answers)))}."

    sheet = Sheet(
        found, "At the bedside", "Record", reverse("case", args=[found.uuid]), template="bedside/mobility.html",
        context=lambda: around(request, found, bedside(found, user)) | {"codes": CODES.values()}, then=after(request),
    )  # fmt: skip
    return serve(request, sheet, lambda data: drawn(NowForm, MOBILITY, found, data), record)


@PAGE
def ladder(request: HttpRequest, case: UUID) -> HttpResponse:
    """The sitting ladder: a step is reached, or stopped because of something, which goes back."""
    found, user = begin(request, case, CARE, "Sitting ladder"), person(request)
    bed, verb = bedside(found, user), "stop" if "reason" in request.POST else "step_up"
    step, move = step_of(found, bed.row.track, bed.row.number, verb)
    assert isinstance(step, Step)  # noqa: S101 - a row of the ladder, not the case itself

    def draw(data: QueryDict | None) -> NowForm:
        form = drawn(LadderForm, move.asks, found, data, rung=following(bed))
        for need in move.needs:
            if data and need.asks and was_asked(need, data):
                form.ask_also(need)
        if data and "override_by" in data:
            form.ask_senior()
        return form

    def record(form: EntryForm) -> str:
        # What waited in a dead spot is older than what was recorded meanwhile, and no less true.
        seen = {**form.what_was_seen, "seen": None} if WAITED in request.headers else form.what_was_seen
        common: dict[str, Any] = {"by": user, **form.when, "answers": form.answers, **seen}
        advance_with(step, verb, before=form.before, **common, override=form.override)
        return f"Recorded: {RUNGS[form.cleaned_data['rung']]}{', stopped' if verb == 'stop' else ''}."

    sheet = Sheet(
        found, "Sitting ladder", "Record this step", reverse("bedside", args=[found.uuid]),
        template="bedside/ladder.html", then=after(request),
        context=lambda: around(request, found, bed) | {"reasons": [(each, each.replace("_", " ")) for each in REASONS]},
    )  # fmt: skip
    return serve(request, sheet, draw, record)


@PAGE
def note(request: HttpRequest, case: UUID, kind: str) -> HttpResponse:
    """Minutes given, a session missed, or how ready the patient is to go home."""
    if kind not in NOTED:
        raise Http404
    declared = OBSERVATIONS[kind]
    found, user = begin(request, case, declared.by, declared.label), person(request)

    def draw(data: QueryDict | None) -> NowForm:
        return drawn(NowForm, declared.asks, found, data, **proposed(request, declared.asks))

    def record(form: EntryForm) -> str:
        key = form.cleaned_data["submission"]
        observe_with(found, kind, by=user, **form.when, answers=form.answers, submission=key)
        return f"Recorded: {declared.done}."

    back = reverse("bedside", args=[found.uuid])
    sheet = Sheet(found, declared.label, declared.label, back, template="bedside/note.html")
    return serve(request, sheet, draw, record)


@require_POST
def undo(request: HttpRequest, case: UUID, event: UUID) -> HttpResponse:
    """Take back what was recorded within the last minute."""
    found, user = begin(request, case, CARE, "Undo"), person(request)
    try:
        undone = take_back(found, event, by=user)
    except LookupError as unknown:
        raise Http404 from unknown
    except Refused as refusal:
        messages.error(request, " ".join(refusal.reasons))
        return HttpResponseRedirect(reverse("bedside", args=[found.uuid]))
    messages.success(request, "Undone: the entry was taken back. It stays in the timeline as taken back.")
    page = "ladder" if undone.track == Rehabilitation.track else "bedside"
    return HttpResponseRedirect(reverse(page, args=[found.uuid]))


@require_POST
def blind(request: HttpRequest) -> HttpResponse:
    """Hide the grade before until one's own is entered, or show it again; a setting of the person."""
    user = person(request)
    if not user.role_set & CARE:
        raise PermissionDenied("blind scoring")
    score_blind(user, on=request.POST.get("on") == "yes")
    return HttpResponseRedirect(page_of(request))
