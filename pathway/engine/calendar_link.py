"""The secret address of a person's calendar: made, looked up and taken back; only its hash is kept."""

from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction

from pathway.engine.now import now
from pathway.record.person import User
from pathway.record.shift import CalendarLink


@transaction.atomic
def make(user: User) -> str:
    """A new link in the place of the one that there was; the token is told this once."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    revoke(user)
    token = token_urlsafe(32)
    CalendarLink.objects.create(user=user, token_hash=digest(token), made_at=now())
    return token


def revoke(user: User) -> None:
    """Let the link of a person lead nowhere from now on; harmless where there is none."""
    CalendarLink.objects.filter(user=user, revoked_at=None).update(revoked_at=now())


def standing(user: User) -> CalendarLink | None:
    """The link that leads to a person's shifts; None for none."""
    return CalendarLink.objects.filter(user=user, revoked_at=None).first()


def whose(token: str) -> User | None:
    """Whose shifts a token shows; None where it leads nowhere, or to somebody who has left."""
    found = CalendarLink.objects.filter(token_hash=digest(token), revoked_at=None, user__is_active=True)
    link = found.select_related("user").first()
    return link.user if link else None


def digest(text: str) -> str:
    """How a token is kept, and how a calendar is told from another."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
