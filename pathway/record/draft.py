"""What somebody has typed into a form and not sent yet: theirs alone, never an entry, and gone once it is sent."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User

LARGEST = 64 * 1024


class TooLong(Exception):
    """More was typed than a draft can hold."""


class DraftQuerySet(models.QuerySet["Draft"]):
    """What may be asked of drafts."""

    def visible_to(self, user: User) -> Self:
        """A person's own, and of them those about a case that the person may still see."""
        seen = Case.objects.visible_to(user).filter(pk=OuterRef("case"))  # looked up one by one: drafts are few
        return self.filter(Q(case=None) | Exists(seen), user=user)


class Draft(models.Model):
    """One form as far as it was filled in. `key` is the key of its submission, `form` the address of its page.

    Restored, the form keeps its key: were it sent already, the second sending would make nothing.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=500)
    title = models.CharField(max_length=200)
    key = models.UUIDField()
    typed = models.TextField()
    saved_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="draft_once")]
        indexes: ClassVar = [models.Index(fields=["saved_at"], name="draft_age")]

    def __str__(self) -> str:
        return f"draft of {self.user}"

    @property
    def keys(self) -> list[UUID]:
        """What is thrown away with it."""
        return [self.key]

    @property
    def address(self) -> str:
        """The page that puts it back."""
        return f"{self.form}{'&' if '?' in self.form else '?'}draft={self.key}"


def keep(
    user: User,
    key: UUID,
    *,
    form: str,
    title: str,
    typed: str,
    at: datetime,
    case: Case | None = None,
    sent_as: Collection[UUID] = (),
) -> bool:
    """Save what was typed in the place of what was saved before; False where the form was sent meanwhile.

    `sent_as` are the submissions of a form that makes several entries.

    Raises:
        TooLong: it is more than a draft can hold.
    """
    if len(typed) > LARGEST or len(form) > 500:  # noqa: PLR2004 - the column
        raise TooLong
    if Event.objects.filter(submission__in=[key, *sent_as]).exists():
        return False
    values = {"form": form, "title": title.replace("\0", "")[:200], "typed": typed, "saved_at": at, "case": case}
    Draft.objects.update_or_create(user=user, key=key, defaults=values)
    return True


def throw_away(user: User, *keys: UUID) -> None:
    """Delete the drafts with these keys, sent or not wanted; harmless where there are none."""
    Draft.objects.filter(user=user, key__in=keys).delete()


def go_on_as(user: User, key: UUID, new: UUID) -> None:
    """Let a draft belong to the form that takes the place of its own."""
    Draft.objects.filter(user=user, key=key).update(key=new)


def drafts_of(user: User, page: str = "") -> list[Draft]:
    """A person's drafts, of one page or of all, the newest first."""
    found = Draft.objects.visible_to(user).select_related("case", "case__patient", "case__unit")
    if page:
        found = found.filter(Q(form=page) | Q(form__startswith=f"{page}?"))
    return list(found.order_by("-saved_at", "-pk"))


def prune(now: datetime) -> int:
    """Delete what nobody has come back to in time; how many there were."""
    return Draft.objects.filter(saved_at__lt=now - timedelta(hours=settings.DRAFT_HOURS)).delete()[0]
