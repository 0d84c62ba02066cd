"""Which versions of the protocol are released: by whom, when, until which review, and the hash of what they mean."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pathway.protocol.meaning import digest
from pathway.protocol.types import Protocol

FILE = Path(__file__).with_name("released.toml")


@dataclass(frozen=True, slots=True)
class Release:
    """One version that was signed off, as released.toml holds it. Author and checker are roles."""

    version: str
    hash: str
    author: str
    checker: str
    released_on: date
    next_review: date

    def wrong(self, version: Protocol | None) -> Iterator[str]:
        """What stands against this release of that version, in sentences."""
        if version is None:
            yield f"{self.version} is released, and there is no such version any more"
        elif digest(version) != self.hash:
            yield f"{self.version} was changed after its release: put it back, and make the change a new version"
        if self.author.strip().casefold() == self.checker.strip().casefold():
            yield f"{self.version}: whoever checks it must not be its author"
        if self.next_review <= self.released_on:
            yield f"{self.version}: its review was over on the day of its release"

    def entry(self) -> str:
        """The release as a table of released.toml."""
        texts = {name: getattr(self, name) for name in ("version", "hash", "author", "checker")}
        lines = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items()]
        dates = [f"{name} = {getattr(self, name).isoformat()}" for name in ("released_on", "next_review")]
        return "\n".join(["[[release]]", *lines, *dates]) + "\n"


def read(file: Path) -> dict[str, Release]:
    """The releases in a file, by version, in its order."""
    if not file.exists():
        return {}
    entries = tomllib.loads(file.read_text(encoding="utf-8")).get("release", [])
    return {entry["version"]: Release(**entry) for entry in entries}


RELEASED = read(FILE)


def caveat(version: str, on: date) -> str:
    """What a person has to know of a version beside its name, on a day; '' where it is released and in date."""
    release = RELEASED.get(version)
    if release is None:
        return "draft, not signed off"
    if release.next_review < on:
        return f"its review was due on {release.next_review:%-d %B %Y}"
    return ""
