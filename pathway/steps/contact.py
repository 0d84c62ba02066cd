"""Contact and referral: the first telephone call, the advice given, the referral and its triage."""

from django.db import models

from pathway.protocol.positioning import default_position
from pathway.protocol.types import Answers
from pathway.record.ask import choice, text, yes_no
from pathway.record.case import POSITION_WORDS, POSITIONS
from pathway.record.step import CARE, MEDICAL, ByAnswer, Needs, Proposed, Situation, StateField, Step, move, observation

CHANNEL_WORDS = {"e_referral": "e-Referral", "message": "Message (nobody spoken to)"}
CHANNELS = ("phone", "bleep", "e_referral", "message", "face_to_face")

LOGGED = observation(
    "contact.logged",
    "Log a call",
    done="Call logged",
    by=CARE,
    asks={
        "channel": choice("How", *CHANNELS, words=CHANNEL_WORDS),
        "spoke_to": text("Spoke to (name and role)"),
        "purpose": choice("Purpose", "chase", "opinion", "transfer", "family", "advice"),
        "said": text("What was said", long=True),
    },
)


class Contact(Step):
    """The coordinator hears of the case, and advises."""

    class State(models.TextChoices):
        NONE = "none", "Not yet in contact"
        MADE = "made", "Coordinator reached"
        ADVISED = "advised", "Advice given"

    track, title, initial = "contact", "Contact", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.MADE, "Record contact with the coordinator", event="contact.made",
          done="Coordinator contacted", by=CARE, keeps=(State.MADE, State.ADVISED),
          asks={"channel": choice("How", *CHANNELS, words=CHANNEL_WORDS),
                "spoke_to": text("Spoke to (name and role)")})  # fmt: skip
    def make(self, answers: Answers) -> None:
        """Only a live conversation (telephone, bleep, face to face) stops the contact clock."""

    @move((State.NONE, State.MADE), State.ADVISED, "Record the coordinator's advice", event="contact.advised",
          done="Advice given", by=MEDICAL, keeps=(State.ADVISED,),
          asks={"advice": text("Advice", long=True)})  # fmt: skip
    def advise(self, answers: Answers) -> None:
        """What the coordinator told the referrer to do."""


def positioned(now: Situation) -> Proposed:
    """The default positioning; class and outcome are never assumed."""
    default = default_position(now)
    return Proposed({"positioning": default.answers["position"]}, default.why)


NOT_ONLY_ADVICE = Needs(
    "Advice only is for neither class A nor class B: both need a scan. Choose “Pathway”, or name the senior who "
    "decides otherwise, and why.",
    lambda now: now.answers.get("outcome") != "advice_only" or now.answers.get("class") not in ("A", "B"),
    senior=True,
)


class Referral(Step):
    """A referral received and triaged."""

    class State(models.TextChoices):
        NONE = "none", "Not received"
        RECEIVED = "received", "Received"
        PATHWAY = "pathway", "Triaged: on the pathway"
        ADVICE_ONLY = "advice_only", "Triaged: advice only"

    track, title, initial = "referral", "Referral", State.NONE
    in_turn = (("referral.received", "referral.triaged"),)
    TO = ByAnswer("outcome", {"pathway": State.PATHWAY, "advice_only": State.ADVICE_ONLY})
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.RECEIVED, "Record the referral", event="referral.received",
          done="Referral received", by=CARE,
          asks={"channel": choice("How", *CHANNELS, words=CHANNEL_WORDS),
                "referrer": text("Referrer (name and role)"),
                "saw_patient": yes_no("Has the referrer seen the patient?", required=False)})  # fmt: skip
    def receive(self, answers: Answers) -> None:
        """A referral has come in."""

    @move((State.NONE, State.RECEIVED), TO, "Triage", event="referral.triaged", done="Triaged", by=MEDICAL,
          needs=(NOT_ONLY_ADVICE,), proposes=positioned,
          asks={"class": choice("Class at triage", "A", "B", "C"),
                "outcome": choice("Outcome", "pathway", "advice_only"),
                "positioning": choice("Positioning advised", *POSITIONS, words=POSITION_WORDS)})  # fmt: skip
    def triage(self, answers: Answers) -> None:
        """The coordinator decides whether and how fast to investigate (QS56 statement 4)."""
