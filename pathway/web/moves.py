"""Every move and every observation, by one view each: the form comes from what the move asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from pathway.casefile import Run, newest, read, step_of
from pathway.casefile.calls import by_call, may_be_told
from pathway.casefile.late import reasons
from pathway.casefile.scores import Series, begun_with
from pathway.casefile.told import confirmed, told_at_once
from pathway.casefile.tracks import Blocked, Offer, Row
from pathway.engine.intake import reclassify
from pathway.engine.now import now
from pathway.engine.together import advance_with
from pathway.engine.worse import observe_with
from pathway.record.access import opened
from pathway.record.case import Case
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, Machine, Move
from pathway.steps.delay import EXPLAINED
from pathway.web.also import CALL, WHEN, prefix, was_asked
from pathway.web.find import case_or_404, person
from pathway.web.forms import ENDINGS, EntryForm, ReclassifyForm, ask_missing, beginning, form_of, proposed
from pathway.web.scores import score
from pathway.web.sheet import Sheet, serve

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def back_to(case: Case, place: str = "") -> str:
    """The address of a case, at one of its tracks."""
    return reverse("case", args=[case.uuid]) + (f"#{place}" if place else "")


@PAGE
def move(request: HttpRequest, case: UUID, track: str, number: int, verb: str) -> HttpResponse:
    """One move on one row: number 0 is the case itself, the next free number a new row."""
    found, user = case_or_404(request, case), person(request)
    try:
        step, declared = step_of(found, track, number, verb)
    except LookupError as unknown:
        raise Http404 from unknown
    if not user.role_set & declared.by:
        raise PermissionDenied(declared.label)
    if declared.page:
        return redirect(declared.page, found.uuid)
    standing = cache(partial(where_it_stands, found, user, track, number, declared))
    ends, sayable = declared.event in ENDINGS, may_be_told(declared)
    by_phone = sayable and ("call" in request.GET or was_asked(CALL, request.POST))

    def draw(data: QueryDict | None) -> EntryForm:
        running = standing().running if ends else ()
        offer = standing().offer if data is None else None
        measured = begun_with(declared.event, standing().scores) if data is None else {}
        answers = {**measured, **proposed(request, declared.asks, offer)}
        begun = beginning(now(), newest(found), answers)
        if by_phone:
            begun |= {f"{prefix(CALL)}{WHEN}": begun["happened_at"], f"{prefix(CALL)}channel": "phone"}
        form = form_of(declared, data, running=running, initial=begun)
        if by_phone:
            form.ask_also(CALL)
        if offer:
            ask_missing(form, offer, user)
        for need in declared.needs:
            if data and need.asks and was_asked(need, data):
                form.ask_also(need)
        if data and "override_by" in data:
            form.ask_senior()
        return form

    if request.method != "POST":
        opened(found, by=user, what=f"form: {track}"[:40])
    sheet = Sheet(
        found, declared.label, declared.label, back_to(found, track),
        context=lambda: {
            "standing": standing(), "told": told_at_once(found, declared.event),
            "by_phone": by_phone, "sayable": sayable,
        },
    )  # fmt: skip
    return serve(request, sheet, draw, lambda form: made(found, step, declared, request, form))


def made(case: Case, step: Machine, move: Move, request: HttpRequest, form: EntryForm) -> str:
    """Make the move and say so."""
    common: dict[str, Any] = {"by": person(request), **form.when, "answers": form.answers}
    if isinstance(form, ReclassifyForm):
        event = reclassify(case, **common, contact=form.contact, **form.what_was_seen)
    else:
        event = advance_with(
            step, move.verb, before=form.before, **common, override=form.override, **form.what_was_seen
        )
    return confirmed(move.done, event)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands before a move: its row as it is now, what is against the move, the running clocks, scores."""

    row: Row | None
    why: Sequence[str]
    offer: Offer | None
    running: Sequence[Run]
    scores: Sequence[Series]


def where_it_stands(case: Case, user: User, track: str, number: int, move: Move) -> Standing:
    """What a person has to know before a move. `why` closes it for now; `offer` is the move where it is open."""
    file = read(case, user)
    for each in file.tracks:
        for row in [*each.rows, *([each.another] if each.another else [])]:
            if (row.track, row.number) == (track, number):
                moves: list[Offer | Blocked] = [*row.offers, *row.blocked]
                found = next((one for one in moves if one.move.verb == move.verb), None)
                offer = found if isinstance(found, Offer) else None
                why = found.why if isinstance(found, Blocked) else ()
                return Standing(row, why, offer, file.running, file.scores)
    return Standing(None, (), None, file.running, file.scores)


@PAGE
def observe(request: HttpRequest, case: UUID, kind: str) -> HttpResponse:
    """One fact that is no move: a telephone call, a score."""
    found, user = case_or_404(request, case), person(request)
    declared = OBSERVATIONS.get(kind)
    if declared is None:
        raise Http404
    if not user.role_set & declared.by:
        raise PermissionDenied(declared.label)

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm(declared.asks, data, initial=beginning(now(), newest(found), proposed(request, declared.asks)))

    def record(form: EntryForm) -> str:
        event = observe_with(found, kind, by=user, **form.when, answers=form.answers, **form.what_was_seen)
        return confirmed(declared.done, event)

    if request.method != "POST":
        opened(found, by=user, what=f"form: {kind}"[:40])

    def context() -> dict[str, Any]:
        if kind == EXPLAINED.event:
            clock = request.POST.get("clock", request.GET.get("clock", ""))
            return {"said_before": [each for each in reasons(found) if clock in ("", each.clock.standard)]}
        return {"by_call": by_call(read(found, user))} if kind == CALL.asks else {}

    if declared.scored:
        return score(request, Sheet(found, declared.label, declared.label, back_to(found, slugify(kind))), declared)
    sheet = Sheet(found, declared.label, declared.label, back_to(found, "timeline"), context=context)
    return serve(request, sheet, draw, record)
