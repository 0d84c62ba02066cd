"""Reminders that are no clocks: they stand on the page of a case, and tell nobody."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from pathway import protocol
from pathway.casefile.prompt import Prompt, Record
from pathway.protocol import taper
from pathway.protocol.hours import shown
from pathway.protocol.past import on_steroid
from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.steps.delay import EXPLAINED, asked_of, explained, run_of

BOWELS, DISTRESS, DAILY, CLOSING = timedelta(hours=72), timedelta(hours=72), timedelta(hours=24), timedelta(days=90)
NOT_EXCLUDED = (Case.State.SUSPECTED, Case.State.METASTASES_ONLY)


def at_home(record: Record) -> bool:
    """Whether the patient was discharged and not admitted since."""
    newest = record.last("discharge.discharged", "case.admitted")
    return newest is not None and newest.kind == "discharge.discharged"


def steroid_too_long(record: Record) -> Prompt | None:
    """A high dose on day 3 without a plan, or any dose on day 8 without a longer plan and its reason (1.6)."""
    dose, since, plan = on_steroid(record), taper.day_of(record), record.last("steroids.taper_planned")
    if dose is None or since is None:
        return None
    if since >= taper.TOO_LONG and not (plan and plan.answers.get("reason")):
        sentence = f"Day {since} after treatment began, and dexamethasone goes on: record the last dose, or plan a "
        return Prompt(f"{sentence}longer taper with its reason.", "steroids.stopped", urgent=True)
    high = float(dose.answers.get("dose_mg", 0)) >= taper.HIGH
    if since >= taper.TOO_LONG_HIGH and high and plan is None:
        sentence = f"Day {since} after treatment began, still {taper.HIGH} mg or more, and no taper is planned."
        return Prompt(sentence, "steroids.taper_planned", urgent=True)
    return None


def taper_without_reason(record: Record) -> Prompt | None:
    """A taper that goes on after the template has stopped, and nobody said why."""
    plan = record.last("steroids.taper_planned")
    if plan is None or plan.answers.get("reason") or on_steroid(record) is None:
        return None
    ends = date.fromisoformat(str(plan.answers["ends_on"]))
    if not taper.longer(record.seen_from(plan.occurred_at), ends):
        return None
    sentence = (
        f"The taper ends on {ends:%-d %B %Y}, after day {taper.DAYS} of the template: plan it again with a reason."
    )
    return Prompt(sentence, "steroids.taper_planned", {"ends_on": ends.isoformat()})


def protected(record: Record) -> Prompt | None:
    """A steroid without gastro-protection."""
    if on_steroid(record) is None or record.had("steroids.protected"):
        return None
    return Prompt("On dexamethasone: a proton pump inhibitor beside it.", "steroids.protected", {}, "ward")


def sugar_checked(record: Record) -> Prompt | None:
    """A steroid without a glucose in the last day; it peaks late in the afternoon."""
    newest = record.last("steroids.glucose_checked")
    if on_steroid(record) is None or at_home(record) or (newest and record.at - newest.occurred_at < DAILY):
        return None
    return Prompt("On dexamethasone: check glucose daily, late in the afternoon.", "steroids.glucose_checked", {},
                  "ward")  # fmt: skip


def bowels_open(record: Record) -> Prompt | None:
    """No motion for 72 hours, or nobody has asked for so long (1.11)."""
    newest, first = record.last("bowel.assessed"), record.first("case.suspected")
    asked = newest or first
    if at_home(record) or asked is None:
        return None
    opened = newest.answers.get("last_opened") if newest else None
    closed = opened is not None and taper.local(record) - date.fromisoformat(opened) >= BOWELS
    if not closed and record.at - asked.occurred_at < BOWELS:
        return None
    sentence = "No motion for 72 hours: bowel regimen, and look." if closed else "Bowels not asked about for 72 hours."
    return Prompt(sentence, "bowel.assessed", {}, "ward")


def distress_screened(record: Record) -> Prompt | None:
    """No screen for distress 72 hours after compression was confirmed (1.11)."""
    confirmed = record.last("case.confirmed")
    if confirmed is None or record.had("distress.screened") or record.at - confirmed.occurred_at < DISTRESS:
        return None
    sentence = "Confirmed more than 72 hours ago, and nobody has asked how the patient copes."
    return Prompt(sentence, "distress.screened", {}, "ward")


def asked_daily(record: Record) -> Prompt | None:
    """The daily question to class B: any new neurological symptom?"""
    if record.case.klass != "B" or record.state not in NOT_EXCLUDED or at_home(record):
        return None
    newest = record.last("neuro.examined", "case.reclassified", "case.suspected", "case.reopened")
    if newest is None or record.at - newest.occurred_at < DAILY:
        return None
    sentence = "Class B, daily question: any weakness, numbness, unsteady walking, bladder or bowel change?"
    return Prompt(sentence, "neuro.examined", {}, "ward")


def closed_in_time(record: Record) -> Prompt | None:
    """A case 90 days after discharge; it is never closed by itself."""
    home = record.last("discharge.discharged")
    if home is None or not at_home(record) or record.at - home.occurred_at < CLOSING:
        return None
    sentence = "Discharged more than 90 days ago: close the case if its follow-up is complete or cannot be had."
    return Prompt(sentence, "case.closed", {}, Role.COORDINATOR.value)


def unexplained(record: Record, clocks: Sequence[Clock]) -> list[Prompt]:
    """For each standard with runs that ended late and that nobody has explained: why the first of them did."""
    standards = protocol.get(record.case.protocol).standards
    given = explained(record.facts, clocks)
    waiting: dict[str, list[Clock]] = {}
    for clock in sorted(clocks, key=lambda each: each.due_at):
        if clock.ended_at and clock.is_certainly_late(record.at) and run_of(clock) not in given:
            waiting.setdefault(clock.standard, []).append(clock)
    return [why_late(standards[key].label, runs) for key, runs in waiting.items()]


def why_late(label: str, runs: Sequence[Clock]) -> Prompt:
    """The question about the first of these runs of a standard, which are more than one where it was late again."""
    first, more = runs[0], len(runs) - 1
    others = f" {more} later run{' is' if more == 1 else 's are'} asked about after it." if more else ""
    sentence = f"“{label}”, due at {shown(first.due_at)}, ended late. Why?{others}"
    return Prompt(sentence, EXPLAINED.event, asked_of(first), Role.COORDINATOR.value)


RULES: tuple[Callable[[Record], Prompt | None], ...] = (
    steroid_too_long, taper_without_reason, protected, sugar_checked, bowels_open, distress_screened, asked_daily,
    closed_in_time,
)  # fmt: skip
