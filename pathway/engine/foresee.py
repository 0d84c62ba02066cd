"""Looks 14 days ahead: gaps in the rota, people on it whom nothing reaches, units without a fixed contact: notices."""

from collections.abc import Sequence
from datetime import datetime

from pathway.engine.now import now
from pathway.protocol.hours import shown
from pathway.record import notice, outlook
from pathway.record.outlook import Ahead
from pathway.record.person import Unit, User

GAPS, CONTACTS, FIXED = "rota_gaps", "no_contact", "no_fixed_contact"
NAMED = 1


def foresee() -> None:
    """Raise and clear the notices of every organisation."""
    at = now()
    for organisation in outlook.organisations():
        foresee_for(organisation, at)


def foresee_for(organisation: int, at: datetime) -> None:
    """Raise and clear the notices of one organisation."""
    notice.post(organisation, GAPS, said_of_gaps(outlook.gaps_ahead(organisation, at)), now=at)
    notice.post(organisation, CONTACTS, said_of_contacts(outlook.without_contact(organisation, at)), now=at)
    notice.post(
        organisation, FIXED, said_of_units(outlook.without_fixed(organisation), "fixed contact who can be told"), now=at
    )


def said_of_gaps(found: Sequence[Ahead]) -> str:
    """The gaps and the units without any rota in sentences, the first few by name; empty where there are none."""
    every = sorted(
        ((gap, each.unit) for each in found if each.has_rota for gap in each.gaps), key=lambda each: each[0].starts_at
    )
    named = "; ".join(f"{gap.role}, {unit}, from {shown(gap.starts_at)}" for gap, unit in every[:NAMED])
    gaps = f"The rota of the next 14 days has {count(len(every), 'gap')}: {named}{more(len(every))}." if every else ""
    without = said_of_units([each.unit for each in found if not each.has_rota], "rota")
    return f"{gaps} {without}".strip()


def said_of_units(units: Sequence[Unit], what: str) -> str:
    """Which units have none of something, in a sentence; empty where each has it."""
    if not units:
        return ""
    named = ", ".join(str(unit) for unit in units[:NAMED])
    return f"{count(len(units), 'unit')} {'has' if len(units) == 1 else 'have'} no {what}: {named}{more(len(units))}."


def said_of_contacts(people: Sequence[User]) -> str:
    """Who cannot be reached outside the service, in a sentence; empty where everybody can."""
    if not people:
        return ""
    named = ", ".join(str(person) for person in people[:NAMED])
    verb = "person on the rota has" if len(people) == 1 else "people on the rota have"
    return f"{len(people)} {verb} no verified contact: {named}{more(len(people))}."


def more(total: int) -> str:
    """How many are not named."""
    return f" and {total - NAMED} more" if total > NAMED else ""


def count(number: int, what: str) -> str:
    """`1 gap`, `2 gaps`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
