"""A referrer's link to where the referral stands: made, opened by whoever has it, and taken back."""

from datetime import timedelta
from secrets import token_urlsafe

from django.db import transaction

from pathway.engine.calendar_link import digest
from pathway.engine.hold import hold, permit
from pathway.engine.now import now
from pathway.record.case import Case
from pathway.record.person import User
from pathway.record.status_link import StatusLink, StatusOpening
from pathway.record.step import CARE

LABEL = "Give the referrer a link"
LASTS = timedelta(days=14)


@transaction.atomic
def make(case: Case, *, by: User) -> str:
    """A new link in the place of the one that there was; the token is told this once.

    Raises:
        Refused: `NotAllowed` for roles, `Merged` for a case that goes on in another one.
    """
    permit(by, CARE, LABEL)
    at = hold(case.pk).now
    revoke(case, by=by)
    token = token_urlsafe(32)
    StatusLink.objects.create(
        case=case, token_hash=digest(token), made_at=at, made_by=by, expires_at=at + LASTS
    )  # fmt: skip
    return token


def revoke(case: Case, *, by: User) -> None:
    """Let the link of a case lead nowhere from now on; harmless where there is none.

    Raises:
        NotAllowed: for roles.
    """
    permit(by, CARE, LABEL)
    StatusLink.objects.filter(case=case, revoked_at=None).update(revoked_at=now(), revoked_by=by)


def open_with(token: str) -> StatusLink | None:
    """The link of a token, the opening of which is logged; None where it leads nowhere, was taken back or ran out."""
    at = now()
    found = StatusLink.objects.select_related("case", "case__survivor").filter(token_hash=digest(token)).first()
    if found is None or not found.leads_somewhere(at):
        return None
    StatusOpening.objects.create(link=found, at=at)
    return found
