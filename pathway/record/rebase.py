"""New limits of a control chart from a day on: by whom and why. Rows are only added; one takes another back."""

from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from pathway.protocol.types import Role
from pathway.record.person import Organisation, Unit, User

REBASES = frozenset({Role.MANAGER})


class RebaseQuerySet(models.QuerySet["Rebase"]):
    """What may be asked of all of them."""

    def visible_to(self, user: User) -> Self:
        """Those of the own organisation, for who may set them."""
        if not (user.role_set & REBASES) or user.organisation_id is None:
            return self.none()
        return self.filter(organisation_id=user.organisation_id)

    def of(self, measure: str, unit: Unit | None) -> Self:
        """Those of one chart: a measure in one unit, or in the whole organisation."""
        return self.filter(measure=measure, unit=unit)

    def standing(self) -> Self:
        """Those that nobody has taken back."""
        return self.filter(takes_back=None, taken_back=None)


class Rebase(models.Model):
    """From `begins_on` a chart has limits of its own; where it `takes_back` another row, that one counts no more."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    begins_on = models.DateField(help_text="a day in the United Kingdom")
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    takes_back = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="taken_back")

    objects = RebaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="rebase_has_reason")]
        indexes: ClassVar = [models.Index(fields=["organisation", "measure"], name="rebase_of_measure")]

    def __str__(self) -> str:
        return f"{self.measure} from {self.begins_on:%-d %B %Y}"
