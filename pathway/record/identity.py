"""What was said of who a patient is: every change, every likeness judged, every two records merged. Rows stay."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pathway.record.case import Case
from pathway.record.person import Patient


class IdentityChange(models.Model):
    """One change: the fields that differ, with what they held before and after; empty text is nothing."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_uuid = models.UUIDField()
    before = models.JSONField()
    after = models.JSONField()

    def __str__(self) -> str:
        return f"{', '.join(self.after)} changed by {self.by}"


class Judgement(models.Model):
    """Somebody was asked whether two likely duplicates are one person, and said yes or no.

    At intake `patient` is whose case was opened; `typed` is the identity as it was typed, which may differ.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="judgements")
    other = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    same = models.BooleanField()
    typed = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_uuid = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.by} says {'the same person' if self.same else 'somebody else'}"


class PatientMerge(models.Model):
    """Two records of one person: the absorbed one's cases show the survivor's identity until the merge is undone."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    absorbed = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merged_as")
    survivor = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merged_with")
    cases = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_uuid = models.UUIDField()
    second_person = models.CharField(max_length=200)
    reason = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    undone_why = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["absorbed"], condition=Q(undone_at=None), name="patient_merged_once")
        ]

    def __str__(self) -> str:
        return f"{self.absorbed} merged into {self.survivor} by {self.by}"
