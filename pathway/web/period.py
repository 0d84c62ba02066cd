"""The period and the unit of which a page of the audit tells, and who may open one."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest

from pathway.analytics.cohort import MAY_AUDIT
from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.ask import day, unanswered
from pathway.record.person import Unit, User
from pathway.record.rota import units_of
from pathway.web.find import person

YEARS = timedelta(days=2 * 365)
OLDEST, NEWEST = date(2000, 1, 1), date(2199, 12, 31)


def listed(label: str, words: Mapping[str, str], *, none: str = "") -> forms.ChoiceField:
    """One of these, from a list to open; `none` names an answer that is none of them."""
    choices = [*([("", none)] if none else []), *words.items()]
    return forms.ChoiceField(label=label, choices=choices, required=not none, error_messages=unanswered(label))


class PeriodForm(forms.Form):
    """Whole days in the United Kingdom, both included, in one unit of the own organisation or in all.

    What the address leaves out is `begins`, of the form itself, and the time that it `lasts`, until today.
    """

    unit = listed("Unit", {}, none="All units")
    first = day("From")
    last = day("To")
    begins: Mapping[str, str] = {}
    lasts = YEARS

    def __init__(self, request: HttpRequest, user: User) -> None:
        today = now().astimezone(LONDON).date()
        until_today = {"first": (today - self.lasts).replace(day=1).isoformat(), "last": today.isoformat()}
        super().__init__({**until_today, **self.begins, **request.GET.dict()}, auto_id="period_%s")
        self.units = {str(unit.uuid): unit for unit in units_of(user)}
        choices = [("", "All units"), *((key, unit.name) for key, unit in self.units.items())]
        self.fields["unit"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Also the order of the days."""
        wanted = super().clean() or {}
        first, last = wanted.get("first"), wanted.get("last")
        for name in ("first", "last"):
            if wanted.get(name) and not OLDEST <= wanted[name] <= NEWEST:
                self.add_error(name, "Check the year.")
        if first and last and last < first:
            self.add_error("last", f"The period ends before it begins ({first:%-d %B %Y}). Choose a later day.")
        return wanted

    @property
    def chosen(self) -> Unit | None:
        """The unit; None for all."""
        return self.units.get(self.cleaned_data["unit"])


def unreadable(form: forms.Form) -> BadRequest:
    """What is wrong with a form, field by field, where the page cannot show the form."""
    said = (f"{form.fields[name].label}: {' '.join(map(str, wrong))}" for name, wrong in form.errors.items())
    return BadRequest(" ".join(said).removesuffix("."))


def who_audits(request: HttpRequest) -> User:
    """Who is signed in, where they may audit.

    Raises:
        PermissionDenied: they may not.
    """
    user = person(request)
    if not user.role_set & MAY_AUDIT:
        raise PermissionDenied("the audit, which is for managers")
    return user
