"""What is expected, by when, and who is told: the versions of the protocol, by name."""

from pathway.protocol import mscc_2026_1
from pathway.protocol.types import Protocol

VERSIONS: dict[str, Protocol] = {version.PROTOCOL.version: version.PROTOCOL for version in (mscc_2026_1,)}
CURRENT = mscc_2026_1.PROTOCOL.version


class UnknownVersion(LookupError):
    """No protocol of that name is known."""


def get(version: str) -> Protocol:
    """The protocol that a case is pinned to.

    Raises:
        UnknownVersion: no released or draft version has that name.
    """
    try:
        return VERSIONS[version]
    except KeyError:
        raise UnknownVersion(f"No protocol version {version!r}. Known: {', '.join(VERSIONS)}.") from None
