"""The filters that a person keeps: under a name, in an order, renamed and removed. Nobody else sees them."""

from uuid import UUID

from django.db import transaction

from pathway.engine.refused import Invalid, Refused
from pathway.record.person import User
from pathway.record.saved import SavedFilter
from pathway.worklist.filters import Filters

MOST, LONGEST = 20, 40


def find(user: User, uuid: UUID) -> SavedFilter | None:
    """A filter that this person keeps; None for any other."""
    return SavedFilter.objects.filter(user=user, uuid=uuid).first()


@transaction.atomic
def keep(user: User, name: str, filters: Filters) -> SavedFilter:
    """Keep filters under a name, after those that are kept already.

    Raises:
        Refused: nothing is left out, or twenty are kept. `Invalid` for a name that is empty, too long or taken.
    """
    if not filters.any:
        raise Refused("These filters leave nothing out. Choose some on the worklist first.")
    mine = locked(user)
    if len(mine) >= MOST:
        raise Refused(f"You keep {MOST} filters already. Remove one first.")
    words = named(mine, name)
    last = max((each.place for each in mine), default=0)
    return SavedFilter.objects.create(user=user, name=words, query=filters.query, place=last + 1)


@transaction.atomic
def rename(user: User, saved: SavedFilter, name: str) -> SavedFilter:
    """Give a filter another name.

    Raises:
        Invalid: as `keep`.
    """
    saved.name = named([each for each in locked(user) if each.pk != saved.pk], name)
    saved.save(update_fields=["name"])
    return saved


@transaction.atomic
def earlier(user: User, saved: SavedFilter) -> None:
    """Let a filter stand before the one that it stood after; the first one stays."""
    mine = locked(user)
    place = next((number for number, each in enumerate(mine) if each.pk == saved.pk), 0)
    if place:
        mine[place - 1], mine[place] = mine[place], mine[place - 1]
    for number, each in enumerate(mine, 1):
        each.place = number
    SavedFilter.objects.bulk_update(mine, ["place"])


def remove(saved: SavedFilter) -> None:
    """Keep a filter no longer."""
    saved.delete()


def locked(user: User) -> list[SavedFilter]:
    """The filters of a person, in order; one change at a time."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return list(SavedFilter.objects.filter(user=user).order_by("place", "pk"))


def named(others: list[SavedFilter], name: str) -> str:
    """A name, in one line.

    Raises:
        Invalid: it is empty, too long, or that of another one.
    """
    words = " ".join(name.split())
    if not words or len(words) > LONGEST:
        raise Invalid({"name": [f"Shorten the name to {LONGEST} letters." if words else "Give it a name."]})
    if words.casefold() in {each.name.casefold() for each in others}:
        raise Invalid({"name": [f"You keep a filter called “{words}” already. Choose another name."]})
    return words
