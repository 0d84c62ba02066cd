"""Where a referral stands, in words for the referrer that identify nobody and give no finding away."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max

from pathway.record.case import Case
from pathway.record.event import Event, standing
from pathway.record.status_link import StatusLink

LOOKED_AT = frozenset({"contact.made", "contact.advised", "referral.triaged", "case.assigned"})
SCANNED = frozenset({"imaging.acquired", "imaging.communicated", "imaging.verified", "imaging.acknowledged"})
BOOKED = SCANNED | {"imaging.booked", "imaging.started"}
STAGES: tuple[tuple[str, frozenset[str]], ...] = (
    ("Received", frozenset({"case.suspected"})),
    ("Being looked at by the coordinator", LOOKED_AT),
    ("Scan asked for", BOOKED | {"imaging.requested", "imaging.vetted"}),
    ("Scan booked", BOOKED),
    ("Scan done", SCANNED),
    ("Answered: advice or a plan is recorded", frozenset({"contact.advised", "case.planned", "decision.made"})),
)
CLOSED = "The referral is closed. Ring the coordinator if you have a question."
RUNS = "The referral is open."
WITHDRAWN = "This referral is not followed here any more. Ring the coordinator."


@dataclass(frozen=True, slots=True)
class Standing:
    """One sentence, and the stages with whether each was reached."""

    sentence: str
    stages: list[tuple[str, bool]]


def where_it_stands(case: Case) -> Standing:
    """Where a referral stands; of a case that was merged into another one, where that one stands."""
    followed = case.survivor or case
    if followed.state == Case.State.ENTERED_IN_ERROR:
        return Standing(WITHDRAWN, [])
    kinds = {event.kind for event in standing(Event.objects.filter(case__in={case.pk, followed.pk}).order_by("pk"))}
    return Standing(RUNS if followed.is_open else CLOSED, stages(kinds))


def links_of(case: Case) -> list[Any]:
    """The links of a case, the newest first, each with how often it was opened (`count`) and when last (`last`)."""
    links = StatusLink.objects.filter(case=case).select_related("made_by", "revoked_by").order_by("-pk")
    return list(links.annotate(count=Count("openings"), last=Max("openings__at")))


def stages(kinds: Collection[str]) -> list[tuple[str, bool]]:
    """Each stage, with whether something of it was recorded."""
    return [(words, not reached.isdisjoint(kinds)) for words, reached in STAGES]
