"""What each change of a patient's identity replaced, by whom and when. Rows are only added."""

from django.db import models

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
