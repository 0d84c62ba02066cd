"""The referral form in steps: each part of a step is one kind of event, asked for with that event's own questions."""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.core.exceptions import ValidationError

from pathway.engine.referral import Told
from pathway.protocol.symptoms import GROUPS
from pathway.record import ask
from pathway.record.ask import Asks, Happened, Instant
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, asked, made_by, wording
from pathway.web.fields import EMPTY, tuned
from pathway.web.forms import TimedForm

AT = "at"


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of event in a step. `only` are its questions that are asked here; all of them where it is empty.

    `tick` asks for a kind that has no questions, `once` leaves out what the case has already, and `timed` asks for a
    time of its own.
    """

    kind: str
    only: tuple[str, ...] = ()
    tick: str = ""
    once: bool = False
    timed: bool = False

    @property
    def asks(self) -> Asks:
        """The questions."""
        declared = OBSERVATIONS.get(self.kind)
        asks = declared.asks if declared else made_by(self.kind)[1].asks  # type: ignore[index]
        return {name: field for name, field in asks.items() if not self.only or name in self.only}

    @property
    def label(self) -> str:
        """What it is called on its own page."""
        return asked(self.kind)

    @property
    def done(self) -> str:
        """What the timeline says of it."""
        return wording(self.kind)

    def may(self, user: User) -> bool:
        """Whether this person records such a thing."""
        declared = OBSERVATIONS.get(self.kind) or made_by(self.kind)[1]  # type: ignore[index]
        return bool(user.role_set & declared.by)

    def name(self, answer: str) -> str:
        """The field of an answer."""
        return f"{self.kind.replace('.', '_')}_{answer}"

    def fields(self) -> dict[str, forms.Field]:
        """The fields. None has to be answered: what is left empty is not recorded."""
        found: dict[str, forms.Field] = {}
        if self.tick:
            found[self.name("tick")] = forms.BooleanField(label=self.tick, required=False)
        for name, field in self.asks.items():
            copy = tuned(field)
            copy.required = False
            if name == "symptoms":
                copy.choices = [(title, [(each.code, each.words) for each in group]) for title, group in GROUPS.items()]  # type: ignore[attr-defined]
            found[self.name(name)] = copy
        if self.timed:
            when = Instant(label=f"{self.done}: when", required=False, help_text="Left empty: at the time below")
            found[self.name(AT)] = deepcopy(when)
        return found

    def answers(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """What was answered, without what was left empty."""
        named = {name: cleaned.get(self.name(name)) for name in self.asks}
        return {name: value for name, value in named.items() if value not in EMPTY}

    def is_answered(self, cleaned: Mapping[str, Any]) -> bool:
        """Whether it becomes an event."""
        return bool(cleaned.get(self.name("tick"))) if self.tick else bool(self.answers(cleaned))

    def wrong(self, cleaned: Mapping[str, Any]) -> dict[str, list[str]]:
        """What is missing of a part that was begun, by field."""
        try:
            if self.is_answered(cleaned):
                ask.clean(self.asks, self.answers(cleaned))
        except ValidationError as error:
            return {self.name(name): errors for name, errors in error.message_dict.items()}
        return {}


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form."""

    slug: str
    title: str
    parts: tuple[Part, ...]
    hint: str = ""


STEPS = (
    Step("referrer", "Who refers", (Part("referral.received", once=True), Part("contact.made", once=True)),
         "A form is no conversation: the contact counts only where the coordinator was spoken to."),
    Step("cancer", "Cancer", (Part("history.cancer"),)),
    Step("symptoms", "Symptoms", (Part("history.symptoms"),),
         "The symptoms propose the class, which you decide on the last page."),
    Step("neurology", "Neurology and mobility",
         (Part("neuro.examined", ("frankel", "power", "sensory_level", "note")),
          Part("mobility.assessed", ("code", "previous")))),
    Step("examination", "Examination", (Part("history.examination"),)),
    Step("bladder-and-bowel", "Bladder and bowel",
         (Part("bladder.scanned"), Part("bladder.catheterised", tick="A catheter is in place", once=True),
          Part("bowel.assessed"))),
    Step("pain", "Pain", (Part("pain.scored", ("rest", "movement", "note")),)),
    Step("scans", "Scans so far",
         (Part("imaging.requested", once=True, timed=True), Part("imaging.acquired", once=True, timed=True),
          Part("history.scans")),
         "The first two are about the scan of the spine for this suspicion."),
    Step("mri-safety", "MRI safety", (Part("history.mri_safety"),)),
    Step("blood-thinners", "Blood thinners", (Part("history.blood_thinners"),)),
    Step("background", "Other illness and allergies", (Part("history.background"),)),
    Step("bloods", "Blood results", (Part("history.bloods"),)),
    Step("performance", "Performance status", (Part("ecog.scored", ("status", "note")),)),
    Step("wishes", "Wishes", (Part("history.wishes"), Part("told.patient", tick="The patient knows of the suspicion"),
                              Part("told.family", tick="The family knows of the suspicion"))),
    Step("contacts", "Whom to ring", (Part("history.contacts"),)),
)  # fmt: skip
BY_SLUG = {step.slug: step for step in STEPS}


class StepForm(TimedForm):
    """One step, for somebody, of a case that has some kinds of event already."""

    def __init__(self, step: Step, *args: Any, user: User, had: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = step
        mine = [part for part in step.parts if part.may(user)]
        self.parts = [part for part in mine if not (part.once and part.kind in had)]
        self.known = [part for part in mine if part not in self.parts]
        for part in self.parts:
            self.fields.update(part.fields())
        self.fields["happened_at"] = Happened(label="When this was found or told")
        self.fields["submission"] = forms.UUIDField(widget=forms.HiddenInput)
        self.order_fields([name for name in self.fields if name != "time_is_right"])

    def clean(self) -> dict[str, Any]:
        """Ask for what is missing of each part that was begun."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for part in self.parts:
            for name, errors in part.wrong(cleaned).items():
                if name not in self.errors:
                    self.add_error(name, errors)
        return cleaned

    @property
    def sections(self) -> Iterator[tuple[Part, list[forms.BoundField]]]:
        """Each part with its fields."""
        for part in self.parts:
            yield part, [self[name] for name in self.fields if name.startswith(part.name(""))]

    def told(self) -> list[Told]:
        """The events that the answers are."""
        found, when = [], self.when
        for part in self.parts:
            if not part.is_answered(self.cleaned_data):
                continue
            own = self.cleaned_data.get(part.name(AT))
            timed = {"at": own, "time_is_right": when["time_is_right"]} if own else when
            answers = ask.clean(part.asks, part.answers(self.cleaned_data))
            found.append(Told(part.kind, answers, key=self.cleaned_data["submission"], **timed))
        return found

    def field_of(self, name: str) -> str | None:
        """The field that an answer, as the engine names it, belongs to; None for the form as a whole."""
        named = [part.name(name) for part in self.parts if part.name(name) in self.fields]
        return name if name in self.fields else next(iter(named), None)


def keys_of(step: Step, key: UUID) -> list[UUID]:
    """The submissions under which a step is sent."""
    return [uuid5(key, part.kind) for part in step.parts]
