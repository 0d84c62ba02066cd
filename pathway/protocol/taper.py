"""How dexamethasone is reduced after an operation or the first fraction: the default template, and its days (1.6)."""

from datetime import date, timedelta

from pathway.protocol.hours import LONDON
from pathway.protocol.past import Past, day_nought, on_steroid

TEMPLATE = (16, 12, 8, 8, 4, 4, 2)
DAYS = len(TEMPLATE)
HIGH, TOO_LONG_HIGH, TOO_LONG = 16, 3, 8  # mg; days from which on a high dose, and any dose, needs a plan


def words(past: Past) -> str:
    """The doses of the template, none above the dose that is given now."""
    dose = on_steroid(past)
    given = float(dose.answers.get("dose_mg", TEMPLATE[0])) if dose else TEMPLATE[0]
    return f"{', '.join(f'{min(each, given):g} mg' for each in TEMPLATE)}, stop"


def day_of(past: Past) -> int | None:
    """Which day after the operation or the first fraction it is, by the calendar in the United Kingdom."""
    began = day_nought(past)
    return (local(past) - began.occurred_at.astimezone(LONDON).date()).days if began else None


def local(past: Past) -> date:
    """The day of the time from which the facts are seen."""
    return past.at.astimezone(LONDON).date()


def last_dose(past: Past) -> date:
    """The day of the last dose by the template: counted from today where its own days are over."""
    since = day_of(past) or 0
    nought = local(past) - timedelta(days=since if since < DAYS - 1 else 0)
    return nought + timedelta(days=DAYS - 1)


def longer(past: Past, ends: date) -> bool:
    """Whether a last dose lies after the day on which the template has stopped."""
    return ends > last_dose(past) + timedelta(days=1)
