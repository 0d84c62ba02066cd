"""Filters of the worklist that one person keeps under a name."""

from typing import ClassVar
from uuid import uuid4

from django.db import models

from pathway.record.person import User


class SavedFilter(models.Model):
    """What one person leaves out of the list, under a name of their own; `place` orders them."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=40)
    query = models.JSONField(default=dict, help_text="the chosen filters by name, as the page has them")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_name")]

    def __str__(self) -> str:
        return self.name
