"""What the measures say of a case, kept so that figures need not read its whole record: only ever a copy.

A row is right or it is not there: the triggers of its migration remove it with whatever is written of its case.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pathway.record.case import Case


class Tally(models.Model):
    """From `holds_from` until `holds_until` time alone changes nothing of what these `definitions` say of the case.

    `told` has the number of each line and part that is true of it (`analytics.dossier.CODES`), `hours` beside each how
    long it took.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="+")
    definitions = models.CharField(max_length=64, help_text="the hash of all that says how cases are judged")
    holds_from = models.DateTimeField()
    holds_until = models.DateTimeField()
    told = ArrayField(models.SmallIntegerField())
    hours = ArrayField(models.FloatField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(holds_until__gte=models.F("holds_from")), name="tally_holds")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} until {self.holds_until:%Y-%m-%d %H:%M}"
