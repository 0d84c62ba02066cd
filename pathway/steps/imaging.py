"""Imaging: one row per scan asked for, from the request to the result that somebody has seen."""

from datetime import datetime

from django.db import models

from pathway.protocol.hours import shown
from pathway.protocol.types import Answers
from pathway.record.ask import Instant, choice, text
from pathway.record.measure import Measure, measured
from pathway.record.step import CARE, MEDICAL, Needs, Situation, StateField, Step, move
from pathway.scales.escc import ESCC

MODALITIES = ("mri", "ct")
RESULT_WORDS = {
    "mscc": "Cord or cauda equina compression",
    "impending": "Impending compression",
    "metastases": "Metastases, no compression",
    "other": "Another cause",
    "normal": "Normal",
    "non_diagnostic": "Not diagnostic: scan again",
}
MODALITY_WORDS = {"mri": "MRI, whole spine", "ct": "CT"}


def not_before_suspicion(now: Situation) -> bool:
    """Whether the scan is no older than the suspicion, or is the scan that raised it."""
    suspicion = now.first("case.suspected")
    return suspicion is None or suspicion.occurred_at <= now.at or suspicion.answers.get("place") == "imaging"


def why_too_early(now: Situation) -> str:
    """Both times, and the way on."""
    suspicion = now.first("case.suspected")
    suspected = shown(suspicion.occurred_at) if suspicion else ""
    return (
        f"The scan ({shown(now.at)}) would be older than the suspicion ({suspected}). "
        "Check both times; where the scan raised the suspicion, the place of the suspicion is “Found on a scan”."
    )


def slot_of(now: Situation) -> datetime | None:
    """The slot that is given."""
    slot = now.answers.get("slot_at")
    return datetime.fromisoformat(slot) if slot else None


def slot_not_past(now: Situation) -> bool:
    """Whether the slot lies at or after the time of booking."""
    slot = slot_of(now)
    return slot is None or slot >= now.at


def why_past(now: Situation) -> str:
    """Both times."""
    slot = slot_of(now)
    given = shown(slot) if slot else ""
    return f"The slot ({given}) would be before it was booked ({shown(now.at)}). Check both times."


AFTER_SUSPICION = Needs(why_too_early, not_before_suspicion)
SLOT_TO_COME = Needs(why_past, slot_not_past, field="slot_at")


class ImagingRequest(Step):
    """One scan."""

    class State(models.TextChoices):
        NONE = "none", "Not requested"
        REQUESTED = "requested", "Requested"
        VETTED = "vetted", "Vetted"
        BOOKED = "booked", "Booked"
        STARTED = "started", "In the scanner"
        ABANDONED = "abandoned", "Abandoned"
        CONTRAINDICATED = "contraindicated", "Contraindicated"
        ACQUIRED = "acquired", "Images acquired"
        VERIFIED = "verified", "Report verified, nobody told"
        COMMUNICATED = "communicated", "Result told"
        ACKNOWLEDGED = "acknowledged", "Result seen"

    track, title, initial = "imaging", "Imaging", State.NONE
    in_turn = (
        ("imaging.requested", "imaging.vetted"),
        ("imaging.requested", "imaging.booked"),
        ("imaging.requested", "imaging.started", "imaging.acquired", "imaging.communicated"),
        ("imaging.acquired", "imaging.shared"),
        ("imaging.acquired", "imaging.verified"),
        ("imaging.acquired", "imaging.acknowledged"),
    )
    WAITING = (State.NONE, State.REQUESTED, State.VETTED, State.BOOKED)
    BEFORE = (*WAITING, State.STARTED)
    RETRIED = (State.ABANDONED, State.CONTRAINDICATED)
    EARLIER = (*BEFORE, *RETRIED)
    WITH_IMAGES = (State.ACQUIRED, State.VERIFIED)
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.REQUESTED, "Request the scan", event="imaging.requested", done="Scan requested",
          by=MEDICAL, asks={"modality": choice("Scan", *MODALITIES, words=MODALITY_WORDS)})  # fmt: skip
    def request(self, answers: Answers) -> None:
        """Whole-spine MRI, or CT where MRI is contraindicated."""

    @move((State.NONE, State.REQUESTED), State.VETTED, "Record vetting", event="imaging.vetted", done="Scan vetted",
          by=MEDICAL)  # fmt: skip
    def vet(self, answers: Answers) -> None:
        """Radiology has accepted the request."""

    @move((*WAITING, *RETRIED), State.BOOKED, "Record the slot", event="imaging.booked", done="Slot booked",
          by=CARE, needs=(SLOT_TO_COME,), asks={"slot_at": Instant(label="Slot")})  # fmt: skip
    def book(self, answers: Answers) -> None:
        """A slot is given; a new slot replaces the old."""

    @move((*BEFORE, State.ABANDONED), State.CONTRAINDICATED, "Record a contraindication to MRI",
          event="imaging.contraindicated", done="MRI contraindicated", by=MEDICAL,
          asks={"reason": text("Device or reason")})  # fmt: skip
    def contraindicate(self, answers: Answers) -> None:
        """CT takes its place, on this row or a new request, with the same deadline."""

    @move((*WAITING, *RETRIED), State.STARTED, "Record the start of the scan", event="imaging.started",
          done="Scan started", by=CARE)  # fmt: skip
    def start(self, answers: Answers) -> None:
        """The patient is in the scanner."""

    @move(EARLIER, State.ACQUIRED, "Record images acquired", event="imaging.acquired",
          done="Images acquired", by=CARE, needs=(AFTER_SUSPICION,),
          asks={"modality": choice("Scan", *MODALITIES, words=MODALITY_WORDS)})  # fmt: skip
    def acquire(self, answers: Answers) -> None:
        """The scan is done: this stops the MRI clock."""

    @move(BEFORE, State.ABANDONED, "Record an abandoned scan", event="imaging.abandoned", done="Scan abandoned",
          by=CARE, asks={"reason": text("Why")})  # fmt: skip
    def abandon(self, answers: Answers) -> None:
        """No usable images; the MRI clock runs on."""

    @move(EARLIER, State.ACQUIRED, "Record images sent to the centre", event="imaging.shared",
          done="Images sent", by=CARE, keeps=(*WITH_IMAGES, State.COMMUNICATED, State.ACKNOWLEDGED),
          asks={"with": text("Sent to")})  # fmt: skip
    def share(self, answers: Answers) -> None:
        """The centre needs the images when it gets the referral."""

    @move((*EARLIER, *WITH_IMAGES), State.COMMUNICATED, "Record that the result was told",
          event="imaging.communicated", done="Result told", by=MEDICAL,
          asks={"result": choice("Result", *RESULT_WORDS, words=RESULT_WORDS),
                "spoke_to": text("Told to (name and role)")})  # fmt: skip
    def communicate(self, answers: Answers) -> None:
        """A person was told; a report that nobody was told of does not count."""

    @move((*EARLIER, State.ACQUIRED), State.VERIFIED, "Record the verified report",
          event="imaging.verified", done="Report verified", by=MEDICAL, keeps=(State.COMMUNICATED, State.ACKNOWLEDGED),
          asks=measured("imaging.verified", Measure(ESCC, {"grade": "escc"}, optional=True)))  # fmt: skip
    def verify(self, answers: Answers) -> None:
        """The written report is final."""

    @move((*EARLIER, *WITH_IMAGES, State.COMMUNICATED), State.ACKNOWLEDGED, "Confirm that you have seen the result",
          event="imaging.acknowledged", done="Result seen", by=MEDICAL)  # fmt: skip
    def acknowledge(self, answers: Answers) -> None:
        """Someone of the team has seen the result and acts on it."""
