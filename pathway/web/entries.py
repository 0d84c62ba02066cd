"""What concerns an entry, a clock or the patient of a case: correct, suspend, void, identity."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.forms import BooleanField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from pathway import protocol
from pathway.casefile import event_of, newest, room
from pathway.casefile.words import answers_said, asks_of
from pathway.engine import hush, one_person
from pathway.engine.correct import WHY, can_be_corrected, recorded_by
from pathway.engine.correct import correct as engine_correct
from pathway.engine.identity import WHO, as_known, changes_of, identify, stored
from pathway.engine.likely import Alike
from pathway.engine.misplaced import is_movable
from pathway.engine.now import now
from pathway.engine.suspect import KIND
from pathway.protocol.hours import earliest
from pathway.protocol.types import Role
from pathway.record.access import opened
from pathway.record.ask import Asks, When
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.step import CARE, MEDICAL, wording
from pathway.web.find import case_or_404, person
from pathway.web.forms import EntryForm, beginning, given, sent_as, uuids
from pathway.web.moves import PAGE, back_to
from pathway.web.sheet import Sheet, serve


class CorrectForm(EntryForm):
    """An entry as it stands, to be changed or taken back."""

    def __init__(self, asks: Asks, *args: Any, may_withdraw: bool, **kwargs: Any) -> None:
        super().__init__(asks, *args, **kwargs)
        if may_withdraw:
            self.fields["withdrawn"] = BooleanField(label="It did not happen: take the entry back", required=False)
        self.fields.update(WHY)
        if self.data.get("withdrawn"):
            for name in asks:
                self.fields[name].required = False

    @property
    def happened(self) -> When | None:
        """When it happened, where that is changed: the form shows whole minutes."""
        typed, stands = super().happened, self.initial["happened_at"]
        begins = earliest(stands.at, stands.precision).replace(second=0, microsecond=0)
        same = typed == When(begins, stands.precision)
        return None if same or self.cleaned_data.get("withdrawn") else typed

    @property
    def when(self) -> dict[str, Any]:
        """The time as a correction takes it."""
        return {"occurred_at" if name == "at" else name: value for name, value in super().when.items()}


@dataclass(frozen=True, slots=True)
class Hush:
    """One of the two ways to quieten a clock: its verb, what it asks, and the engine's function."""

    verb: str
    asks: Asks
    act: Callable[..., Event]


def begin(request: HttpRequest, case: UUID, roles: frozenset[Role], what: str) -> Case:
    """The case, for somebody who may do this; opening the form is logged.

    Raises:
        Http404: no such case for this person.
        PermissionDenied: the roles do not include it.
    """
    found, user = case_or_404(request, case), person(request)
    if not user.role_set & roles:
        raise PermissionDenied(what)
    if request.method != "POST":
        opened(found, by=user, what=f"form: {what.lower()}"[:40])
    return found


@PAGE
def correct(request: HttpRequest, case: UUID, event: UUID) -> HttpResponse:
    """Change when an entry happened or what it says, or take it back; the old stays in the timeline."""
    found, user = begin(request, case, CARE, "Correct an entry"), person(request)
    wrong = event_of(found, event, sent_as(request))
    if wrong is None or not can_be_corrected(wrong[0].kind):
        raise Http404
    recorded, stands = wrong
    if not user.role_set & recorded_by(recorded.kind):
        raise PermissionDenied("Correct this entry")
    asks = asks_of(recorded.kind)

    def draw(data: QueryDict | None) -> EntryForm:
        answers = {name: yes_no_said(value) for name, value in stands.answers.items()}
        known = When(stands.occurred_at, stands.precision)
        initial = {**beginning(now(), newest(found), answers), "happened_at": known}
        form = CorrectForm(asks, data, initial=initial, may_withdraw=recorded.kind != KIND)
        if data and "override_by" in data and not data.get("withdrawn"):
            form.ask_senior()
        return form

    def record(form: CorrectForm) -> str:
        withdrawn = bool(form.cleaned_data.get("withdrawn"))
        engine_correct(
            recorded, by=user, why=form.cleaned_data["why"], withdrawn=withdrawn, **form.when,
            answers=None if withdrawn else form.answers, override=form.override, **form.what_was_seen,
        )  # fmt: skip
        return "The entry was taken back." if withdrawn else "The entry was corrected."

    said = answers_said(recorded.kind, stands.answers, protocol.get(found.protocol).standards)
    title = f"Correct “{wording(recorded.kind)}”"
    sheet = Sheet(
        found, title, "Save the correction", back_to(found, "timeline"),
        context=lambda: {
            "entry": stands, "recorded": recorded, "said": said, "movable": is_movable(recorded.kind)
        },
    )  # fmt: skip
    return serve(request, sheet, draw, record)


def yes_no_said(value: Any) -> Any:
    """A stored answer as its field begins with it."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


@PAGE
def suspend(request: HttpRequest, case: UUID, clock: str) -> HttpResponse:
    """Let a clock wake no one until a review."""
    return hushed(request, case, clock, Hush("Suspend", hush.SUSPEND, hush.suspend))


@PAGE
def void(request: HttpRequest, case: UUID, clock: str) -> HttpResponse:
    """End a clock that does not apply, with a second person."""
    return hushed(request, case, clock, Hush("Void", hush.VOID, hush.void))


def hushed(request: HttpRequest, case: UUID, clock: str, what: Hush) -> HttpResponse:
    """The form for a clock; what the two acts have in common."""
    verb = what.verb
    found, user = begin(request, case, MEDICAL, f"{verb} a clock"), person(request)
    standard = protocol.get(found.protocol).standards.get(clock)
    if standard is None:
        raise Http404

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm(what.asks, data, timed=False, initial=beginning(now(), newest(found), {"why": "unfit"}))

    def record(form: EntryForm) -> str:
        what.act(found, clock, by=user, answers=form.answers, **form.what_was_seen)
        return f"Recorded: {verb.lower()} “{standard.label}”."

    title = f"{verb} the clock “{standard.label}”"
    sheet = Sheet(
        found, title, f"{verb} the clock", back_to(found, "clocks"),
        context=lambda: {"verb": verb, "standard": standard} | (waits(found, clock) if verb == "Suspend" else {}),
    )  # fmt: skip
    return serve(request, sheet, draw, record)


def waits(case: Case, clock: str) -> dict[str, Any]:
    """For how long a clock may still be made to wait, and until when that is."""
    at = now()
    left = room(case, clock, at)
    return {"left": left, "latest": at + (left or hush.LONGEST), "spent": hush.SPENT if left == timedelta() else ""}


@PAGE
def identity(request: HttpRequest, case: UUID) -> HttpResponse:
    """Complete or correct who the patient is."""
    found, user = begin(request, case, CARE, "Complete the identity"), person(request)

    def draw(data: QueryDict | None) -> EntryForm:
        known, seen = as_known(found.patient)
        return EntryForm(WHO, data, timed=False, initial=beginning(now(), seen, known))

    def record(form: EntryForm) -> str:
        who, others = given(form.cleaned_data, WHO), uuids(request.POST.get("others", ""))
        try:
            identify(found, by=user, who=who, seen=form.cleaned_data["seen"] or 0, others=others)
        except Alike as alike:
            context["alike"] = alike
            raise
        return "The patient's identity was saved."

    context: dict[str, Any] = {"may_join": bool(user.role_set & one_person.BY)}
    sheet = Sheet(found, "Who the patient is", "Save", back_to(found), "case/identity.html", lambda: context, renewed)
    return serve(request, sheet, draw, record)


def renewed(case: Case, sent: QueryDict) -> str:
    """Take what others changed meanwhile into a form that came too late: sent again, it must not undo it unseen."""
    known, seen = as_known(case.patient)
    changed = {name for each in changes_of(case.patient, since=int(str(sent.get("seen") or 0))) for name in each.after}
    for name, value in known.items():
        setattr(case.patient, name, value)
        if name in changed:
            sent[name] = stored(value)
    sent["seen"] = str(seen)
    return "Below stands what was changed meanwhile, and what you typed elsewhere. If it is right, send it again."
