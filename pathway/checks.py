"""Refuses to start where protocol and steps do not fit together; warns of a log-in that may change the record."""

from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import Error, connections
from django.utils import timezone

from pathway import protocol
from pathway.notify import signature
from pathway.notify.channel import CHANNELS
from pathway.protocol import release
from pathway.protocol.hours import LONDON
from pathway.protocol.vocabulary import RANK
from pathway.record.step import OBSERVATIONS, machines

OWNS = """
SELECT rolsuper OR pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = to_regclass('pathway_event')),
  'USAGE') FROM pg_roles WHERE rolname = current_user
"""


@checks.register("pathway")
def fits_together(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Every clock listens for events that exist, and every move says who may make it and what it is called."""
    return [*unheard(), *incomplete(), *unsound()]


def made() -> set[str]:
    """Every kind of event that some move or observation makes."""
    moved = {move.event for machine in machines().values() for move in machine.moves().values()}
    return moved | set(OBSERVATIONS) | {"case.suspected"}


def unheard() -> Iterator[checks.CheckMessage]:
    """Clocks that wait for an event that nothing makes and the vocabulary does not know, or can never start."""
    kinds = made()
    for version in protocol.VERSIONS.values():
        for standard in version.standards.values():
            for kind in sorted(standard.kinds - kinds - set(RANK)):
                yield checks.Error(
                    f"{version.version}: {standard.key} listens for {kind}, which nothing makes", id="pathway.E1"
                )
            for name, wait in (("start", standard.starts), *(("end", wait) for wait in standard.met)):
                for part in wait.parts:
                    if not kinds & {kind for kind, _ in part}:
                        yield checks.Error(f"{version.version}: nothing can {name} {standard.key}", id="pathway.E2")


def incomplete() -> Iterator[checks.CheckMessage]:
    """Moves without label, role or an event of their own track; two moves that make one kind of event."""
    for machine in machines().values():
        seen: dict[str, str] = {}
        for move in machine.moves().values():
            if not (move.label and move.done and move.by):
                yield checks.Error(f"{machine.track}.{move.verb} lacks a label or a role", id="pathway.E3")
            if not move.event.startswith(f"{machine.track}."):
                yield checks.Error(f"{machine.track}.{move.verb} makes {move.event} of another track", id="pathway.E4")
            if move.event in seen:
                yield checks.Error(f"{move.verb} and {seen[move.event]} both make {move.event}", id="pathway.E5")
            seen[move.event] = move.verb


def unsound() -> Iterator[checks.CheckMessage]:
    """Releases that no longer hold, and reviews that are due: the latter is said and stops nothing."""
    today = timezone.localdate(timezone=LONDON)
    for name, made in release.RELEASED.items():
        for said in made.wrong(protocol.VERSIONS.get(name)):
            yield checks.Error(said, id="pathway.E6")
        if said := release.caveat(name, today):
            yield checks.Info(f"{name}: {said}", id="pathway.I1")


@checks.register("pathway", deploy=True)
def tells(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Says which ways of telling people are off, and why; a secret that cannot be read stops the start."""
    off = [said for channel in CHANNELS if (said := channel.off())]
    if not settings.SITE_URL:
        off.append("SITE_URL is missing: no message says where to sign in.")
    return [*(checks.Info(said, id="pathway.I2") for said in off), *unreadable()]


def unreadable() -> Iterator[checks.CheckMessage]:
    """Secrets of webhooks that are set and are none."""
    for name in ("WEBHOOK_SECRET", "WEBHOOK_CALLBACK_SECRET"):
        if secret := getattr(settings, name):
            try:
                signature.key_of(secret)
            except ValueError as wrong:
                yield checks.Error(f"{name} {wrong}", id="pathway.E7")


# Only of a deployment: `migrate` is the owner's, and runs the other checks.
@checks.register("pathway", checks.Tags.database, deploy=True)
def not_the_owner(databases: Collection[str] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """The service's log-in neither is a superuser nor owns the events; asked of the databases that are named."""
    said = (
        "The service signs in to its database as a superuser or as the owner of the events, "
        "whom no missing privilege keeps from changing the record: use a member of pathway_app."
    )
    return [checks.Warning(said, id="pathway.W1") for name in databases or () if owns(name)]


def owns(database: str) -> bool:
    """Whether the log-in could change the record; no where the database is away, which `/health/ready` says."""
    try:
        with connections[database].cursor() as cursor:
            cursor.execute(OWNS)
            return bool(cursor.fetchone()[0])
    except Error:
        return False
