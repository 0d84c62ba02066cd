"""The sheet of a scale: drawn from its table, and worked out on the server, both before it is saved and when it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField, MultiWidget
from django.http import HttpRequest, HttpResponse, QueryDict

from pathway.casefile import newest
from pathway.casefile.scores import begun_with, overview, scores_of
from pathway.casefile.told import confirmed
from pathway.engine.now import now
from pathway.engine.worse import observe_with
from pathway.record.measure import MEASURES, Measure, kept, said, title_of
from pathway.record.step import Observation
from pathway.scales.types import Band, Component, Scale, Score, Unscorable
from pathway.scales.types import shown as repeated
from pathway.web.drafts import LATER
from pathway.web.find import person
from pathway.web.forms import TICK, EntryForm, as_typed, beginning
from pathway.web.sheet import Sheet, serve, shown

OF_THE_PAGE = {"csrfmiddlewaretoken", "work_out", "save", "again", LATER, TICK}


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one scale; `note` is said once where every question has it."""

    scale: Scale
    note: str
    fields: list[BoundField]
    optional: bool
    begun: bool

    @property
    def long(self) -> bool:
        """Whether it is folded until somebody opens it."""
        return self.optional and self.scale.alike


@dataclass(frozen=True, slots=True)
class Result:
    """What a scale makes of the answers so far."""

    scale: Scale
    score: Score
    words: str

    @property
    def points(self) -> list[tuple[str, Component]]:
        """What each answer gave, where a total is made of several."""
        labels = {item.key: item.label for item in self.scale.items}
        several = sum(item.counts for item in self.scale.items) > 1
        return [(labels[each.item], each) for each in self.score.components if several]

    @property
    def bands(self) -> list[tuple[Band, bool]]:
        """Every band of a total, and whether the score reaches into it."""
        return [] if self.scale.graded else [(band, band in self.score.bands) for band in self.scale.bands]


class ScoreForm(EntryForm):
    """The sheet of one kind of event."""

    measures: tuple[Measure, ...] = ()

    @classmethod
    def of(cls, declared: Observation, *args: Any, **kwargs: Any) -> "ScoreForm":
        """The sheet of an observation."""
        form = cls(declared.asks, *args, **kwargs)
        form.measures = MEASURES[declared.event]
        return form

    def clean(self) -> dict[str, Any]:
        """Refuse what no page of ours sends, rather than leave it out in silence."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, sentence in self.strange(self.data):
            self.add_error(name if name in self.fields else None, sentence)
        return cleaned

    def strange(self, sent: Any) -> Iterator[tuple[str, str]]:
        """Two answers to one question, and answers to what is not asked here."""
        of_parts = tuple(f"{name}_" for name, field in self.fields.items() if isinstance(field.widget, MultiWidget))
        for name, values in sent.lists():
            if name not in {*self.fields, *OF_THE_PAGE} and not name.startswith(of_parts):
                yield name, f"{repeated(name)} is not asked for here: points and totals are worked out by the server."
            elif len(values) > 1 and name in self.fields:
                yield name, f"{self.fields[name].label}: give one answer."

    @property
    def sections(self) -> list[Section]:
        """The questions by scale."""
        found = []
        for measure in self.measures:
            fields = [self[name] for name in measure.asks]
            begun = any(field.errors or field.value() not in (None, "") for field in fields)
            found.append(Section(measure.scale, one_note(measure.scale), fields, measure.optional, begun))
        return found

    @property
    def others(self) -> list[BoundField]:
        """The questions that no scale asks."""
        asked = {name for measure in self.measures for name in measure.asks}
        return [field for field in self.visible_fields() if field.name not in asked]


def one_note(scale: Scale) -> str:
    """What questions that are all alike say once, rather than each."""
    if not scale.alike:
        return ""
    return " ".join([*(f"{option.words}." for option in scale.items[0].options), scale.items[0].note])


def score(request: HttpRequest, sheet: Sheet, declared: Observation) -> HttpResponse:
    """One sheet: worked out as often as somebody asks, and saved once."""
    case, user = sheet.case, person(request)
    so_far = scores_of(case)
    measures = MEASURES[declared.event]
    summary = next((words for each in measures if (words := overview(each.scale.key, so_far))), "")
    per = next((each.scale.per for each in measures if each.scale.per), "")
    partly = any(sum(item.counts for item in each.scale.items) > 1 and not each.needs for each in measures)
    context = {"so_far": summary, "per": per, "partly": partly, "measures": measures}
    sheet = replace(
        sheet,
        button="Save",
        template="score/page.html",
        context=lambda: context,
        then=request.path if "again" in request.POST else "",
    )

    def draw(data: QueryDict | None) -> ScoreForm:
        begun = {"scored_by": str(user), **begun_with(declared.event, so_far)}
        return ScoreForm.of(declared, data, initial=beginning(now(), newest(case), begun))

    def record(form: ScoreForm) -> str:
        key = form.cleaned_data["submission"]
        event = observe_with(case, declared.event, by=user, **form.when, answers=form.answers, submission=key)
        results = [f"{title_of(each.scale)} {said(each)}" for each in kept(event.answers)]
        return confirmed(". ".join(results) or declared.done, event)

    if "work_out" in request.POST:
        return worked_out(request, sheet, draw(None), declared)
    return serve(request, sheet, draw, record)


def worked_out(request: HttpRequest, sheet: Sheet, form: ScoreForm, declared: Observation) -> HttpResponse:
    """The sheet as it was filled in, with what it comes to; nothing is recorded."""
    sent = request.POST
    as_typed(form, sent)
    wrong = [sentence for _, sentence in form.strange(sent)]
    results = []
    for measure in MEASURES[declared.event]:
        try:
            found = measure.score(sent)
        except Unscorable as refused:
            wrong.append(str(refused))
        else:
            results += [Result(measure.scale, found, said(found))] if found else []
    return shown(request, sheet, form, status=422 if wrong else 200, results=results, wrong=wrong, asked=True)
