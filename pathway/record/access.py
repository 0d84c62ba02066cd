"""Who looked at whom. For investigation only: prunable by the database owner, and no rule of the pathway reads it."""

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import ClassVar, Self

from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Now

from pathway.protocol.hours import LONDON
from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.job import Job
from pathway.record.person import User

LENGTH = 10  # digits of an NHS number; the code of a case has fewer


class AccessQuerySet(models.QuerySet["Access"]):
    """What may be asked of the log."""

    def visible_to(self, user: User) -> Self:
        """What an auditor may see: who opened the cases of the own organisation, and took files of its jobs."""
        if Role.AUDITOR not in user.role_set or user.organisation_id is None:
            return self.none()
        mine = user.organisation_id
        return self.filter(Q(case__organisation_id=mine) | Q(job__organisation_id=mine))

    def by(self, words: str) -> Self:
        """By people whose name or username contains every word."""
        found = self
        for word in words.split():
            named = (Q(**{f"user__{part}__icontains": word}) for part in ("username", "first_name", "last_name"))
            found = found.filter(reduce(or_, named))
        return found

    def of(self, number: str) -> Self:
        """Of the case with this code, or of the patient with this NHS number."""
        digits = "".join(number.split()).upper().removeprefix("M")
        if not (digits.isascii() and digits.isdigit()):
            return self.none()
        return self.filter(case__patient__nhs_number=digits) if len(digits) == LENGTH else self.filter(case=int(digits))

    def between(self, first: date | None, last: date | None) -> Self:
        """On these days, both included, by the clock on the wall in the United Kingdom."""
        found = self.filter(at__gte=midnight(first)) if first else self
        return found.filter(at__lt=midnight(last + timedelta(days=1))) if last and last < date.max else found


class Access(models.Model):
    """One opening of one case by one person, or one download of the file of a job, which may hold many cases."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, null=True, db_index=False, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=40)
    at = models.DateTimeField(db_default=Now())

    objects = AccessQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at"], name="access_at")]

    def __str__(self) -> str:
        return f"{self.user} opened {self.case or self.job} ({self.what})"


def downloaded(job: Job, *, by: User) -> None:
    """Record that somebody took the file of a job."""
    Access.objects.create(user=by, job=job, what="download")


def opened(case: Case, *, by: User, what: str = "case page") -> None:
    """Record that somebody opened a case."""
    Access.objects.create(user=by, case=case, what=what)


def readers(case: Case) -> list[tuple[User, datetime]]:
    """Everybody who has opened a case, with when last, the newest first."""
    last = dict(Access.objects.filter(case=case).values_list("user").annotate(last=Max("at")))
    people = User.objects.in_bulk(last)
    return sorted(((people[pk], at) for pk, at in last.items()), key=lambda each: each[1], reverse=True)


def log(user: User) -> AccessQuerySet:
    """What an auditor may see, newest first, with people, cases and jobs."""
    return Access.objects.visible_to(user).select_related("user", "case", "case__unit", "job").order_by("-at", "-pk")


def midnight(day: date) -> datetime:
    """When a day begins in the United Kingdom."""
    return datetime.combine(day, time(), LONDON)


def days(first: date, last: date) -> tuple[datetime, datetime]:
    """When a period of whole days begins, and when it is over."""
    return midnight(first), midnight(last + timedelta(days=1))
