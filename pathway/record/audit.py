"""What the auditor found each minute, and its signed count of each day: what was due, raised and told."""

import json
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.signing import BadSignature, Signer
from django.db import models

SALT = "pathway.reconciliation"


class Audit(models.Model):
    """One recount. The counts from `missing` to `nobody` are of faults, and zero is wanted of each.

    `due` are running clocks of which some level has come, `raised` those of which it was raised. `told` and `late_ms`
    are of the alerts since the audit before; `untold` and `nobody` of all that stand.
    """

    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    running = models.PositiveIntegerField()
    due = models.PositiveIntegerField()
    raised = models.PositiveIntegerField()
    told = models.PositiveIntegerField()
    missing = models.PositiveIntegerField(help_text="clocks of which a level is due and not raised")
    asleep = models.PositiveIntegerField(help_text="clocks that would not wake in time for their next level")
    untold = models.PositiveIntegerField(help_text="alerts that were not told to all who were to be told")
    unsent = models.PositiveIntegerField(help_text="deliveries outside, and messages, that nobody has taken up")
    doubled = models.PositiveIntegerField(help_text="alerts that stand twice for one level of one clock")
    early = models.PositiveIntegerField(help_text="alerts raised before the time of their level")
    nobody = models.PositiveIntegerField(help_text="newest alerts of a clock whose last call told nobody")
    woken = models.PositiveIntegerField(help_text="cases that the auditor woke")
    late_ms = models.PositiveBigIntegerField(help_text="the longest from due to raised")
    cases = ArrayField(models.BigIntegerField(), default=list, help_text="the cases of what is missing or asleep")
    troubles = ArrayField(models.CharField(max_length=300), default=list, help_text="what is wrong with the loops")
    is_clean = models.BooleanField(help_text="no fault was counted")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at"], name="audit_at")]

    FAULTS: ClassVar = {
        "missing": "due and not raised",
        "asleep": "not going to wake in time",
        "untold": "raised and not told to all who were to be told",
        "unsent": "waiting to be sent for too long",
        "doubled": "raised twice",
        "early": "raised too early",
        "nobody": "standing and told to nobody, for want of anybody on duty and of a fixed contact",
    }

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}: {self.said}"

    @property
    def said(self) -> str:
        """What it found, in words."""
        wrong = [f"{count} {words}" for name, words in self.FAULTS.items() if (count := getattr(self, name))]
        return ", ".join(wrong) or "clean"


class Reconciliation(models.Model):
    """The count of one day in the United Kingdom, signed. Rows are only added.

    `counts` holds by level what was due, raised and told, and of what zero is wanted.
    """

    day = models.DateField(primary_key=True)
    made_at = models.DateTimeField()
    counts = models.JSONField()
    signature = models.CharField(max_length=100)

    COUNTED: ClassVar = ("due", "came", "changed", "missing", "raised", "told", "untold", "nobody", "early")
    ZEROS: ClassVar = ("missing", "untold", "early")

    class Meta:
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {'all zero' if self.is_zero else 'not zero'}"

    @property
    def is_zero(self) -> bool:
        """Whether nothing was lost, doubled, raised early or left untold."""
        return not (self.counts["doubled"] or any(self.total(name) for name in self.ZEROS))

    def total(self, name: str) -> int:
        """A count over all levels."""
        return sum(level[name] for level in self.levels.values())

    @property
    def totals(self) -> dict[str, int]:
        """Every count over all levels."""
        return {name: self.total(name) for name in self.COUNTED}

    @property
    def levels(self) -> dict[str, dict[str, int]]:
        """The counts by level."""
        found: dict[str, dict[str, int]] = self.counts["levels"]
        return found

    @property
    def text(self) -> str:
        """What is signed: all that the row says, in one form."""
        said: dict[str, Any] = {"day": self.day, "made_at": self.made_at, "counts": self.counts}
        return json.dumps(said, sort_keys=True, default=lambda each: each.isoformat())

    def sign(self) -> None:
        """Sign it with a key that only this service has."""
        self.signature = signer().signature(self.text)

    @property
    def is_genuine(self) -> bool:
        """Whether it stands as it was signed; with a key that was exchanged since, too."""
        try:
            signer().unsign(f"{self.text}:{self.signature}")
        except BadSignature:
            return False
        return True


def signer() -> Signer:
    """HMAC with SHA-256, and a key derived from SECRET_KEY for this alone."""
    return Signer(salt=SALT, algorithm="sha256")
