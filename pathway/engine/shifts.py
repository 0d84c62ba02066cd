"""Weekly patterns and dated shifts: entered, changed, removed; what would hold nothing is refused with the reason."""

from datetime import datetime, timedelta

from pathway.engine.duty import changed, changing
from pathway.engine.duty import keep as keep_change
from pathway.engine.now import now
from pathway.engine.refused import Invalid
from pathway.protocol.hours import shown
from pathway.protocol.shifts import Kind
from pathway.protocol.types import Role
from pathway.record.person import Unit, User
from pathway.record.rota import posts, where
from pathway.record.shift import Pattern, Shift

SAID = ("unit", "role", "user", "days", "begins", "ends", "first", "last", "holidays")
LONGEST, LONGEST_AWAY, LONGEST_TAKEN = timedelta(days=7), timedelta(days=366), timedelta(hours=24)
LONGEST_AGO, FURTHEST = timedelta(days=1), timedelta(days=731)


def keep(pattern: Pattern, *, by: User) -> int:
    """Enter a weekly pattern, or change the one that it is; return how many alerts reached somebody thereby.

    The same one twice is one, and a change to what it is already changes nothing.

    Raises:
        Invalid: the last day comes before the first.
        Refused: as `duty.changing`.
    """
    if pattern.last and pattern.last < pattern.first:
        raise Invalid({"last": ["The last day comes before the first one. Correct one of the two."]})
    said = f"{pattern}" if pattern._state.adding else f"Changed to: {pattern}"
    with changing():
        same = Pattern.objects.filter(**{name: getattr(pattern, name) for name in SAID})
        if same.filter(**({} if pattern._state.adding else {"pk": pattern.pk})).exists():
            return 0
        pattern.save()
        keep_change([pattern.unit], said, by=by)
    return changed([pattern.unit], by=by)


def drop(pattern: Pattern, *, by: User) -> int:
    """Remove a weekly pattern; what it said stays in the list of changes.

    Raises:
        Refused: as `duty.changing`.
    """
    with changing():
        pattern.delete()
        keep_change([pattern.unit], f"Removed: {pattern}", by=by)
    return changed([pattern.unit], by=by)


def add(shift: Shift, *, by: User) -> int:
    """Enter a dated shift; return how many alerts reached somebody thereby. The same one twice is one.

    Raises:
        Invalid: as `checked`.
        Refused: as `duty.changing`.
    """
    same = {
        name: getattr(shift, name) for name in ("kind", "unit", "role", "user", "instead_of", "starts_at", "ends_at")
    }
    with changing():
        checked(shift)
        _, is_new = Shift.objects.get_or_create(**same)
        if not is_new:
            return 0
        affected = places(shift)
        keep_change(affected, f"{shift}", by=by)
    return changed(affected, by=by)


def cancel(shift: Shift, *, by: User) -> int:
    """Remove a dated shift; what it said stays in the list of changes.

    Raises:
        Refused: as `duty.changing`.
    """
    with changing():
        affected = places(shift)
        shift.delete()
        keep_change(affected, f"Removed: {shift}", by=by)
    return changed(affected, by=by)


def take(unit: Unit, role: Role, until: datetime, *, by: User) -> int:
    """Let somebody hold a role from now until a time by their own word; return how many alerts reached them thereby.

    Raises:
        Invalid: as `checked`; or the time is more than a day ahead.
    """
    at = now()
    if until > at + LONGEST_TAKEN:
        raise Invalid({"until": ["Take a shift for 24 hours at most. A longer one is entered by an administrator."]})
    if until <= at:
        raise Invalid({"until": ["That time is past. Say until when from now you take it."]})
    return add(Shift(kind=Kind.EXTRA, unit=unit, role=role.value, user=by, starts_at=at, ends_at=until), by=by)


def checked(shift: Shift) -> None:
    """Refuse a dated shift that would hold nothing, or that cannot be meant.

    Raises:
        Invalid: as `check_times`; the person is away; who is to be covered holds nothing then, or is the same person.
    """
    check_times(shift)
    if shift.kind == Kind.AWAY:
        return
    if away := absence(shift.user, shift.starts_at, shift.ends_at):
        back = f"from {shown(away.starts_at)} to {shown(away.ends_at)}"
        raise Invalid({"user": [f"{shift.user} is away {back}: remove that first, or choose somebody else."]})
    if shift.kind == Kind.COVER:
        check_cover(shift)


def check_times(shift: Shift) -> None:
    """Refuse times that nobody can mean.

    Raises:
        Invalid: it ends before it starts, or ended more than a day ago; it starts more than two years ahead; it is
            longer than seven days, or than a year where somebody is away.
    """
    at, length = now(), shift.ends_at - shift.starts_at
    if length <= timedelta():
        raise Invalid({"ends_at": ["It ends before it starts. Correct one of the two times."]})
    if shift.ends_at < at - LONGEST_AGO:
        raise Invalid({"ends_at": ["It ended more than a day ago. Check the date: nobody can be told by it any more."]})
    if shift.starts_at > at + FURTHEST:
        raise Invalid({"starts_at": ["It starts more than two years from now. Check the year."]})
    if shift.kind == Kind.AWAY and length > LONGEST_AWAY:
        raise Invalid({"ends_at": ["That is longer than a year. Check the years of the two times."]})
    if shift.kind != Kind.AWAY and length > LONGEST:
        reason = "A shift is seven days long at most. Enter a longer one in parts, or as a weekly pattern."
        raise Invalid({"ends_at": [reason]})


def check_cover(shift: Shift) -> None:
    """Refuse to cover somebody who holds nothing then.

    Raises:
        Invalid: that, or both are the same person.
    """
    if shift.user_id == shift.instead_of_id:
        raise Invalid({"user": ["Somebody else has to cover: choose another person."]})
    unit = shift.unit
    assert unit is not None  # noqa: S101 - only who is away is so from everywhere
    post = posts([unit.pk], shift.starts_at, shift.ends_at).get((unit.pk, shift.role))
    covered = shift.instead_of
    assert covered is not None  # noqa: S101 - a cover names whom
    if post is None or not post.expects(covered.pk, shift.starts_at, shift.ends_at):
        times = f"between {shown(shift.starts_at)} and {shown(shift.ends_at)}"
        reason = f"{covered} does not work as {shift.role} in {unit} {times}: enter an extra shift instead."
        raise Invalid({"instead_of": [reason]})


def absence(person: User, starts_at: datetime, ends_at: datetime) -> Shift | None:
    """When a person is away within a range; None for never."""
    away = Shift.objects.filter(kind=Kind.AWAY, user=person, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return away.order_by("starts_at").first()


def places(shift: Shift) -> list[Unit]:
    """The units whose rota a dated shift changes: its own, or all in whose rota the person is."""
    if shift.unit is not None:
        return [shift.unit]
    return list(Unit.objects.filter(where(shift.user), organisation=shift.user.organisation_id).order_by("pk"))
