"""Tells those who run the service, once a night, what only they can mend, such as gaps in the rota."""

from datetime import timedelta

from django.db import transaction

from pathway.engine.now import now
from pathway.notify.contacts import compose
from pathway.notify.text import sign_in
from pathway.protocol.types import Role
from pathway.record.message import Address, Message
from pathway.record.notice import Notice
from pathway.record.person import User
from pathway.record.rota import verified

OPERATOR = "operator"
SUBJECT = "MSCC pathway: the rota needs you"
ONCE_IN = timedelta(hours=12)  # two nightly rounds at once, or one that is run again, write once


def tell() -> int:
    """Write to the first confirmed address of each administrator of whom something is wanted; return to how many."""
    return sum(write(address, text) for organisation, text in wanted().items() for address in first(organisation))


def wanted() -> dict[int, str]:
    """What stands, by organisation."""
    found: dict[int, list[str]] = {}
    for notice in Notice.objects.filter(cleared_at=None).order_by("raised_at", "pk"):
        found.setdefault(notice.organisation_id, []).append(notice.text)
    return {organisation: " ".join(texts) for organisation, texts in found.items()}


def first(organisation: int) -> list[Address]:
    """The first confirmed address of each administrator of an organisation."""
    able = User.objects.filter(organisation=organisation, is_active=True, roles__contains=[Role.ADMINISTRATOR])
    return [mine[0] for mine in verified(list(able.values_list("pk", flat=True))).values()]


@transaction.atomic
def write(address: Address, text: str) -> bool:
    """Write to one address, unless it was written to this night."""
    Address.objects.select_for_update(no_key=True).get(pk=address.pk)
    at = now()
    if Message.objects.filter(address=address, purpose=OPERATOR, created_at__gt=at - ONCE_IN).exists():
        return False
    compose(address, OPERATOR, SUBJECT, f"{text} {sign_in()}", at)
    return True
