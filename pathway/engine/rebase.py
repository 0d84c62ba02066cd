"""Sets new limits of a control chart from a day on, and takes them back: by a named manager, with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction

from pathway.engine.hold import permit
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Refused
from pathway.engine.respond import given
from pathway.protocol.hours import LONDON, shown
from pathway.record.person import Organisation, Unit, User
from pathway.record.rebase import REBASES, Rebase


@contextmanager
def locked(by: User) -> Iterator[Organisation]:
    """The organisation of a manager, for one person of it at a time.

    Raises:
        NotAllowed: the person is no manager, or of no organisation.
    """
    key = by.organisation_id
    permit(User() if key is None else by, REBASES, "Set new limits of a control chart")
    with transaction.atomic():
        yield Organisation.objects.select_for_update(no_key=True).get(pk=key or 0)


def rebase(*, by: User, measure: str, unit: Unit | None, begins_on: date, reason: str) -> Rebase:
    """Let a chart have limits of its own from a day on.

    Raises:
        Refused: somebody has said so already; `NotAllowed` for anybody but a manager, `Invalid` without a reason, for a
            day that has not come, or for a unit of another organisation.
    """
    with locked(by) as mine:
        reason = given(reason)
        today = now().astimezone(LONDON).date()
        if begins_on > today:
            raise Invalid({"begins_on": [f"{begins_on:%-d %B %Y} has not come yet: it is {today:%-d %B %Y}."]})
        if unit and unit.organisation_id != mine.pk:
            raise Invalid({"unit": ["Choose a unit of your own organisation."]})
        before = Rebase.objects.visible_to(by).of(measure, unit).standing().filter(begins_on=begins_on)
        if said := before.select_related("made_by").first():
            raise Refused(
                f"{said.made_by} began new limits on {begins_on:%-d %B %Y} already: “{said.reason}”. "
                "Nothing was changed."
            )
        return Rebase.objects.create(
            organisation=mine, measure=measure, unit=unit, begins_on=begins_on, reason=reason, made_by=by, made_at=now()
        )  # fmt: skip


def take_back(said: Rebase, *, by: User, reason: str) -> Rebase:
    """Let the limits from before go on; what was said stays on record.

    Raises:
        Refused: somebody has taken it back already; `NotAllowed` for anybody but a manager of the organisation,
            `Invalid` without a reason.
    """
    with locked(by):
        reason = given(reason)
        found = Rebase.objects.visible_to(by).filter(pk=said.pk, takes_back=None).first()
        if found is None:
            raise Refused("These limits are not of your organisation. Nothing was changed.")
        if before := Rebase.objects.filter(takes_back=found).select_related("made_by").first():
            raise Refused(f"{before.made_by} took these limits back at {shown(before.made_at)}: “{before.reason}”.")
        return Rebase.objects.create(
            organisation_id=found.organisation_id, measure=found.measure, unit_id=found.unit_id,
            begins_on=found.begins_on, reason=reason, made_by=by, made_at=now(), takes_back=found,
        )  # fmt: skip
