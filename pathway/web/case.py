"""The page of one case: who it is about, what counts, what is next, what may be recorded, what has happened."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pathway import casefile
from pathway.casefile import CaseFile
from pathway.casefile.tracks import Offer, Row
from pathway.engine.correct import recorded_by
from pathway.notify.inbox import seen
from pathway.protocol.phase import PHASES
from pathway.record.access import opened
from pathway.record.step import CARE, MEDICAL, OBSERVATIONS
from pathway.web.find import case_or_404, person
from pathway.web.forms import EntryForm, beginning, form_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """An open move with its form."""

    offer: Offer
    url: str
    form: EntryForm


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row of a track with the forms of its open moves."""

    row: Row
    moves: list[Drawn]


@require_safe
def case(request: HttpRequest, case: UUID) -> HttpResponse:
    """Everything about one case; that it was opened is logged."""
    found, user = case_or_404(request, case), person(request)
    opened(found, by=user)
    seen(user, found)
    file = casefile.read(found, user)
    context = {
        "case": found,
        "file": file,
        "now": file.now,
        "phase": PHASES.get(found.phase, found.phase),
        "tracks": [
            {"track": track, "rows": [drawn(file, row) for row in track.rows],
             "another": drawn(file, track.another) if track.another else None}
            for track in file.tracks
        ],
        "observations": [each for each in OBSERVATIONS.values() if user.role_set & each.by],
        "may_write": bool(user.role_set & CARE),
        "may_hush": bool(user.role_set & MEDICAL),
        "correctable": {
            entry.event.pk
            for entry in file.timeline
            if entry.event and entry.can_correct and user.role_set & recorded_by(entry.event.kind)
        },
    }  # fmt: skip
    return render(request, "case/page.html", context)


def drawn(file: CaseFile, row: Row) -> DrawnRow:
    """The forms of a row's open moves, each with ids of its own; what a prompt proposes is filled in."""
    proposed = {each.offer.key: each.prompt.initial for each in file.suggestions if each.offer}
    moves = []
    for offer in row.offers:
        initial = beginning(file.now, file.seen, proposed.get(offer.key))
        form = form_of(offer.move, running=file.running, initial=initial, auto_id=f"{offer.key}-%s")
        if offer.missing:
            form.ask_senior()
        address = reverse("move", args=[file.case.uuid, offer.track, offer.number, offer.move.verb])
        moves.append(Drawn(offer, address, form))
    return DrawnRow(row, moves)


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
