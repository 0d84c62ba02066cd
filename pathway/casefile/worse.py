"""When something is worse: report it, lay flat, examine, raise the steroid. All of it is offered, none of it done."""

from collections.abc import Callable

from pathway.casefile.prompt import Prompt, Record
from pathway.protocol.past import haematology_asked, lies_flat, on_steroid
from pathway.protocol.positioning import FLAT
from pathway.protocol.taper import HIGH
from pathway.protocol.types import Fact
from pathway.record.falls import REPORT, unreported


def reported_since(record: Record, fact: Fact) -> bool:
    """Whether a deterioration was reported at the time of an observation, or later."""
    return record.since(fact, REPORT)


def continence_lost(record: Record) -> Prompt | None:
    """Bowels that were not incontinent before."""
    newest = record.all("bowel.assessed")[-2:]
    lost = bool(newest) and newest[-1].answers.get("continent") is False
    if not lost or (len(newest) > 1 and newest[0].answers.get("continent") is False):
        return None
    if reported_since(record, newest[-1]):
        return None
    return Prompt("Continence is lost. Report it: it tells the top of the ladder at once.", REPORT, {"what": "bowel"},
                  urgent=True)  # fmt: skip


def step_stopped(record: Record) -> Prompt | None:
    """A step of rehabilitation stopped for neurology, or for something else while neurology was worse."""
    if all(each.scale for each in unreported(record.facts)):
        return None
    return Prompt("A step was stopped for new neurology. Report it, and have the stability judged again.", REPORT,
                  {"what": "power"}, urgent=True)  # fmt: skip


def lay_flat(record: Record) -> Prompt | None:
    """Flat again after a deterioration, until somebody orders otherwise."""
    newest = record.last(REPORT)
    if newest is None or lies_flat(record) or record.since(newest, "position.ordered", "position.reviewed"):
        return None
    sentence = "Something is worse: order the patient flat, with log roll, until stability is judged again?"
    return Prompt(sentence, "position.ordered", {name: str(value) for name, value in FLAT.items()}, "ward", urgent=True)


def raise_steroid(record: Record) -> Prompt | None:
    """More dexamethasone after a deterioration, unless the dose is high or haematology has to be asked."""
    newest = record.last(REPORT)
    if newest is None or haematology_asked(record):
        return None
    if record.since(newest, "steroids.started", "steroids.changed", "steroids.indicated", "steroids.withheld"):
        return None
    dose = on_steroid(record)
    if dose is None:
        sentence = "Something is worse, and no dexamethasone is given: is it indicated?"
        return Prompt(sentence, "steroids.indicated", urgent=True)
    given = float(dose.answers.get("dose_mg", 0))
    if given >= HIGH:
        return None
    sentence = f"Something is worse on {given:g} mg of dexamethasone: raise the dose for a time?"
    return Prompt(sentence, "steroids.changed", {"dose_mg": str(HIGH)}, urgent=True)


RULES: tuple[Callable[[Record], Prompt | None], ...] = (continence_lost, step_stopped, lay_flat, raise_steroid)
