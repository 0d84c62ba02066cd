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
    """The clocks of a version by key, and those that only other versions have: a case may have come from one."""
    others = {key: standard for other in VERSIONS.values() for key, standard in other.standards.items()}
    return others | get(version).standards
