"""What every page says of the loops that watch over the cases: in words, amber and red, each since when."""

from dataclasses import dataclass
from datetime import datetime

from pathway.engine.watch import Standing, Watch
from pathway.templatetags.pathway import elapsed, local_seconds

WORDS = {
    "sweep": {
        "fresh": "Clocks checked {age} ago",
        "late": "Clocks checked {age} ago, which is late",
        "lost": "Alerts late since {since}: clocks not checked for {age}, watch the due times yourself",
        "never": "Clocks are not being checked: no alert is raised, watch the due times yourself",
    },
    "delivery": {
        "fresh": "Messages are being sent",
        "late": "Messages late since {since}: none sent outside for {age}",
        "lost": "Messages are not being sent since {since}, {age} ago: telephone, the inbox alone tells people",
        "never": "Messages are not being sent: telephone, the inbox alone tells people",
    },
    "audit": {
        "fresh": "Alerts counted again {age} ago",
        "late": "Alerts last counted again at {since}, {age} ago, which is late",
        "lost": "Alerts not counted again since {since}, {age} ago: a lost one would go unnoticed, watch the due times",
        "never": "Alerts are not being counted again: a lost one would go unnoticed, watch the due times",
    },
}


@dataclass(frozen=True)
class Line:
    """How one loop stands, as a state and in words, with the words that an open page may come to need."""

    standing: Standing
    now: datetime

    @property
    def key(self) -> str:
        """Which loop it is."""
        return self.standing.loop.key

    @property
    def state(self) -> str:
        """fresh, late, lost, never or off."""
        return self.standing.state

    @property
    def checked_at(self) -> datetime | None:
        """When the loop came round last."""
        return self.standing.at

    @property
    def words(self) -> dict[str, str]:
        """The words by state."""
        return WORDS[self.key]

    @property
    def said(self) -> str:
        """The words for the state that it is in."""
        age = elapsed(max(0.0, (self.now - self.checked_at).total_seconds())) if self.checked_at else ""
        return self.words.get(self.state, "").format(age=age, since=local_seconds(self.checked_at))

    @property
    def limits(self) -> list[int]:
        """From which silence it is late, and lost, in milliseconds."""
        return [int(limit.total_seconds() * 1000) for limit in (self.standing.loop.late, self.standing.loop.lost)]

    @property
    def is_hidden(self) -> bool:
        """Whether nothing need be said: only the check of the clocks has a line while it is well."""
        return self.key != "sweep" and self.standing.is_well


@dataclass(frozen=True)
class Banner:
    """All that a page says of the loops."""

    watch: Watch

    @property
    def lines(self) -> list[Line]:
        """One for each loop, the check of the clocks first."""
        seen = self.watch
        return [Line(each, seen.now) for each in (seen.sweep, seen.delivery, seen.audit)]

    @property
    def troubles(self) -> list[dict[str, str]]:
        """What else is wrong: what the last count found in red, what hangs and whose clock is out in amber."""
        found = [{"state": "lost", "said": self.watch.count}] if self.watch.count else []
        return found + [{"state": "late", "said": said} for said in self.watch.troubles]

    @property
    def pulse(self) -> dict[str, object]:
        """The same for a page that is open already."""
        loops = {line.key: {"state": line.state, "at": line.checked_at} for line in self.lines}
        return {"checked_at": self.lines[0].checked_at, "loops": loops, "troubles": self.troubles}
