"""The page of one case: who it is about, what counts, what is next, what may be recorded, what has happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pathway import casefile
from pathway.casefile import CaseFile
from pathway.casefile.scores import begun_with
from pathway.casefile.tracks import Offer, Row, Track
from pathway.engine.correct import recorded_by
from pathway.engine.one_person import BY
from pathway.notify.inbox import seen
from pathway.protocol.phase import PHASES
from pathway.record.access import opened, readers
from pathway.record.person import User
from pathway.record.step import CARE, MEDICAL
from pathway.web.find import case_or_404, person
from pathway.web.forms import EntryForm, ask_missing, beginning, form_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """An open move; with its form where it is next, else only with the address of its page."""

    offer: Offer
    url: str
    form: EntryForm | None


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row of a track with its open moves."""

    row: Row
    moves: list[Drawn]


@dataclass(frozen=True, slots=True)
class DrawnTrack:
    """A track with its rows, and with the moves that would open a further one."""

    track: Track
    rows: list[DrawnRow]
    another: DrawnRow | None


@require_safe
def case(request: HttpRequest, case: UUID) -> HttpResponse:
    """Everything about one case; that it was opened is logged."""
    found, user = case_or_404(request, case), person(request)
    opened(found, by=user)
    file = casefile.read(found, user)
    seen(user, found)
    context = {
        "case": found,
        "file": file,
        "now": file.now,
        "readers": readers(found),
        "phase": PHASES.get(found.phase, found.phase),
        "groups": [(group, [drawn_track(file, track, user) for track in group.tracks]) for group in file.groups],
        "may_write": bool(user.role_set & CARE) and found.survivor_id is None,
        "may_hush": bool(user.role_set & MEDICAL),
        "may_merge": bool(user.role_set & BY),
        "correctable": set() if found.survivor_id else {
            entry.event.pk
            for entry in file.timeline
            if entry.event and entry.can_correct and user.role_set & recorded_by(entry.event.kind)
        },
    }  # fmt: skip
    return render(request, "case/page.html", context)


def drawn_track(file: CaseFile, track: Track, user: User) -> DrawnTrack:
    """A track as the page shows it."""
    rows = [drawn(file, row, user) for row in track.rows]
    return DrawnTrack(track, rows, drawn(file, track.another, user) if track.another else None)


def drawn(file: CaseFile, row: Row, user: User) -> DrawnRow:
    """A row with its open moves. Those that are next have a form, with ids of its own and what a prompt proposes."""
    inline: dict[str, Mapping[str, str]] = {each.run.way.offer.key: {} for each in file.due if each.run.way.offer}
    prompted = [*file.suggested, *(each.suggestion for each in file.due if each.suggestion)]
    inline |= {each.way.offer.key: each.prompt.initial for each in prompted if each.way.offer}
    moves = []
    for offer in row.offers:
        page, case = offer.move.page, file.case.uuid
        address = reverse(page, args=[case]) if page else reverse(
            "move", args=[case, offer.track, offer.number, offer.move.verb]
        )  # fmt: skip
        form = form_for(file, offer, inline[offer.key], user) if offer.key in inline else None
        moves.append(Drawn(offer, address, form))
    return DrawnRow(row, sorted(moves, key=lambda each: each.form is None))


def form_for(file: CaseFile, offer: Offer, proposed: Mapping[str, str], user: User) -> EntryForm:
    """The form of an open move, begun with what is proposed."""
    by_move = offer.proposed.answers if offer.proposed else {}
    answers = {**begun_with(offer.move.event, file.scores), **by_move, **proposed}
    initial = beginning(file.now, file.seen, answers)
    form = form_of(offer.move, running=file.running, initial=initial, auto_id=f"{offer.key}-%s")
    ask_missing(form, offer, user)
    return form


@require_safe
def now(request: HttpRequest, case: UUID) -> HttpResponse:
    """The part of the page that follows the case: alerts, clocks, and what others recorded since it was opened."""
    found, user = case_or_404(request, case), person(request)
    seen = request.GET.get("seen", "")
    file = casefile.read(found, user)
    newer = casefile.changes_since(found, int(seen), user) if seen.isdecimal() and len(seen) < 19 else []  # noqa: PLR2004
    context = {
        "case": found,
        "file": file,
        "now": file.now,
        "newer": newer,
        "may_write": bool(user.role_set & CARE),
        "may_hush": bool(user.role_set & MEDICAL),
    }
    return render(request, "case/_now.html", context)
