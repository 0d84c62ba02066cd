"""The forms of a case: the answers that an event asks for, when it happened, and what the page knew."""

from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, QueryDict

from pathway.casefile import Run
from pathway.casefile.tracks import Offer, may_record
from pathway.engine.advance import OVERRIDE
from pathway.engine.together import Before
from pathway.protocol.hours import Precision
from pathway.protocol.vocabulary import FROZEN_BY, VOIDED_BY
from pathway.record.ask import Asks, Happened, When, choice, text, unanswered, yes_no
from pathway.record.person import User
from pathway.record.step import Move, Needs
from pathway.web.also import Also
from pathway.web.fields import EMPTY, tuned

SENIOR, TICK = "override_", "time_is_right"
ABOUT_CONTACT: Asks = {
    "coordinator_knows": yes_no("Does the coordinator know already?", required=False),
    "contact_channel": choice("How the coordinator heard", "phone", "bleep", "face_to_face", required=False),
    "contact_spoke_to": text("Coordinator (name)", required=False),
}

NOT_TO_THE_MINUTE = (
    "Without its time nobody can say that the coordinator heard of the new class. Give the time of the change, or "
    "record the contact by itself, with its own time."
)


class TimedForm(forms.Form):
    """A form with the time when something happened, which may have to be confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ticked := self.data.get(TICK):
            self.fields[TICK] = tick("The time is right", ticked)

    @property
    def happened(self) -> When | None:
        """When it happened, and how exactly that is known."""
        return self.cleaned_data.get("happened_at")

    @property
    def when(self) -> dict[str, Any]:
        """The time as the engine takes it. A tick confirms the one time beside which it stood."""
        if self.happened is None:
            return {"at": None}
        right = self.data.get(TICK) == stamp(self.happened)
        return {"at": self.happened.at, "precision": self.happened.precision, "time_is_right": right}

    def ask_time(self, doubt: str) -> None:
        """Ask whether this time is right, after a sentence that says what is unusual about it."""
        if self.happened:
            sent: Any = copy(self.data)
            sent.pop(TICK, None)
            self.data = sent
            self.fields[TICK] = tick(f"{doubt} Yes, that is right", stamp(self.happened))


class EntryForm(TimedForm):
    """One entry about one case. `asks` are the answers of the event; `timed` asks when it happened."""

    required_css_class = "required"

    def __init__(self, asks: Asks, *args: Any, timed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks = asks
        self.also: list[Also] = []
        self.fields.update({name: tuned(field) for name, field in asks.items()})
        if timed:
            self.fields["happened_at"] = Happened(label="When it happened")
        self.fields["seen"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
        self.fields["submission"] = forms.UUIDField(widget=forms.HiddenInput)

    def ask_senior(self) -> None:
        """Also ask for the senior who lets a guard pass; whether one is needed is for the engine to say.

        A guard may depend on the answers: a step back to lying flat needs nobody.
        """
        for name, field in OVERRIDE.items():
            copy = deepcopy(field)
            copy.required = False
            self.fields.setdefault(f"{SENIOR}{name}", copy)

    def ask_also(self, need: Needs) -> None:
        """Also ask for the fact that a guard misses; what is left empty is not recorded."""
        if any(each.need.asks == need.asks for each in self.also):
            return
        self.also.append(Also(need))
        self.fields.update(self.also[-1].fields())

    def clean(self) -> dict[str, Any]:
        """Check each fact that is recorded too as its own form would; a senior has a name and a reason, or neither."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for each in self.also:
            for name, errors in each.wrong(cleaned).items():
                if name not in self.errors:
                    self.add_error(name, errors)
        senior = {name: cleaned.get(f"{SENIOR}{name}") for name in OVERRIDE if f"{SENIOR}{name}" in self.fields}
        if any(senior.values()):
            for name, value in senior.items():
                if not value and f"{SENIOR}{name}" not in self.errors:
                    self.add_error(f"{SENIOR}{name}", unanswered(str(OVERRIDE[name].label))["required"])
        return cleaned

    @property
    def before(self) -> list[Before]:
        """The facts that are recorded before the entry itself."""
        return [fact for each in self.also if (fact := each.fact(self.cleaned_data))]

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that were given."""
        return given(self.cleaned_data, self.asks)

    @property
    def override(self) -> dict[str, str] | None:
        """The senior and the reason, where they were asked for."""
        if not self.cleaned_data.get(f"{SENIOR}by"):
            return None
        return {name: self.cleaned_data[f"{SENIOR}{name}"] for name in OVERRIDE}

    @property
    def what_was_seen(self) -> dict[str, Any]:
        """The newest event that the page knew, and the key of this sending."""
        return {"seen": self.cleaned_data["seen"], "submission": self.cleaned_data["submission"]}


class ReclassifyForm(EntryForm):
    """A new class; the contact clock starts again for class A, so the form asks whether the coordinator knows."""

    def __init__(self, asks: Asks, *args: Any, **kwargs: Any) -> None:
        super().__init__(asks, *args, **kwargs)
        for name, field in ABOUT_CONTACT.items():
            self.fields[name] = deepcopy(field)

    def clean(self) -> dict[str, Any]:
        """Ask how and whom where the coordinator knows, and to the minute: of a day nobody can say which came first."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("coordinator_knows"):
            return cleaned
        if self.happened and self.happened.precision != Precision.MINUTE:
            self.add_error("coordinator_knows", NOT_TO_THE_MINUTE)
            return cleaned
        for name in ("contact_channel", "contact_spoke_to"):
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, "Say how the coordinator heard of it, and who it was.")
        return cleaned

    @property
    def contact(self) -> dict[str, str] | None:
        """The contact to record with it."""
        if not self.cleaned_data.get("coordinator_knows"):
            return None
        return {name.removeprefix("contact_"): self.cleaned_data[name] for name in ABOUT_CONTACT if "contact" in name}


class EndingForm(EntryForm):
    """What ends a case. Where clocks still run, the page names them, and the form asks whether they are to end too."""

    def __init__(self, move: Move, *args: Any, running: Sequence[Run], **kwargs: Any) -> None:
        super().__init__(move.asks, *args, **kwargs)
        self.move, self.running = move, running
        if running:
            self.fields["clocks_known"] = forms.BooleanField(label="These clocks are to end with it", required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the tick where this ends the case, which to decline one thing does not."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        declines_less = self.move.event == "case.declined" and cleaned.get("what") != "everything"
        if self.running and not declines_less and not cleaned.get("clocks_known"):
            self.add_error("clocks_known", "Clocks still run. Tick this only if they are to end with it.")
        return cleaned


ENDINGS = FROZEN_BY | VOIDED_BY | {"case.declined", "case.excluded"}


def form_of(move: Move, data: QueryDict | None = None, *, running: Sequence[Run] = (), **kwargs: Any) -> EntryForm:
    """The form of a move: made from its answers, or a hand-made one. `running` is for what ends the case."""
    if move.event in ENDINGS:
        return EndingForm(move, data, running=running, **kwargs)
    return (ReclassifyForm if move.event == "case.reclassified" else EntryForm)(move.asks, data, **kwargs)


def stamp(when: When) -> str:
    """One time with its precision, as a tick names it."""
    return f"{when.at.isoformat()} {when.precision}"


def tick(label: str, value: str) -> forms.BooleanField:
    """A box to tick beside one time."""
    return forms.BooleanField(label=label, required=False, widget=forms.CheckboxInput(attrs={"value": value}))


def given(cleaned: Mapping[str, Any], asks: Asks) -> dict[str, Any]:
    """The cleaned values that are not empty."""
    return {name: cleaned[name] for name in asks if cleaned.get(name) not in EMPTY}


def uuids(words: str) -> list[UUID]:
    """The keys in a text that a button of the page has sent.

    Raises:
        BadRequest: no page of this service sends such a text.
    """
    try:
        return [UUID(word) for word in words.split()]
    except ValueError as error:
        raise BadRequest("key") from error


def sent_as(request: HttpRequest) -> UUID | None:
    """The key of the form that was sent; None where it has none.

    Raises:
        BadRequest: as `uuids`.
    """
    return next(iter(uuids(request.POST.get("submission", ""))), None)


def is_damaged(form: forms.BaseForm) -> bool:
    """Whether a hidden field holds what no page of this service puts there."""
    return any(field.errors for field in form.hidden_fields())


def ask_missing(form: EntryForm, offer: Offer, user: User) -> None:
    """Ask on the form of an open move for what is missing: the fact itself, and the senior who may let it pass."""
    for need in offer.asks:
        if may_record(user, need):
            form.ask_also(need)
    if offer.senior:
        form.ask_senior()


def proposed(request: HttpRequest, asks: Asks, offer: object = None) -> dict[str, Any]:
    """The answers to begin with: those of the address, then those that the move itself proposes."""
    by_move = offer.proposed.answers if isinstance(offer, Offer) and offer.proposed else {}
    return {**by_move, **{name: request.GET[name] for name in asks if name in request.GET}}


def as_typed(form: forms.BaseForm, sent: QueryDict) -> None:
    """Let a form show what was typed into it, as if it had begun with that: nothing is checked, and nothing is sent."""
    form.initial = {name: field.widget.value_from_datadict(sent, {}, name) for name, field in form.fields.items()}
    form.is_bound = False


def beginning(now: datetime, seen: int, answers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a fresh form holds: now, the newest event, a new key, and proposed answers."""
    return {**(answers or {}), "happened_at": now, "seen": seen, "submission": uuid4()}
