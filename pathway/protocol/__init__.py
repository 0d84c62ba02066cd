"""What is expected, by when, and who is told: the versions of the protocol, by name."""

from pathway.protocol import drill, mscc_2026_1, mscc_2026_2
from pathway.protocol.types import Protocol, Standard

VERSIONS: dict[str, Protocol] = {version.PROTOCOL.version: version.PROTOCOL for version in (mscc_2026_1, mscc_2026_2)}
CURRENT = mscc_2026_2.PROTOCOL.version


class UnknownVersion(LookupError):
    """No protocol of that name is known."""


def get(version: str) -> Protocol:
    """The protocol that a case is pinned to.

    Raises:
        UnknownVersion: no released or draft version has that name, and it is not the drill.
    """
    try:
        return drill.PROTOCOL if version == drill.VERSION else VERSIONS[version]
    except KeyError:
        raise UnknownVersion(f"No protocol version {version!r}. Known: {', '.join(VERSIONS)}.") from None


def known(version: str) -> dict[str, Standard]:
    """The clocks of a version by key, then those that only other versions have: a case may have come from one.

    Of a version that only a newer release knows, these others alone: lists and messages are not to fail for it.
    """
    try:
        own = get(version).standards
    except UnknownVersion:
        own = {}
    others = {key: standard for other in VERSIONS.values() for key, standard in other.standards.items()}
    return own | {key: standard for key, standard in others.items() if key not in own}


def label(version: str, clock: str) -> str:
    """A clock of a version in words; its key where only a newer release knows it."""
    standard = known(version).get(clock)
    return standard.label if standard else clock
