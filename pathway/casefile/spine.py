"""What is known about the spine, level by level, as a drawing of the vertebrae and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pathway.casefile.scores import Series, overview
from pathway.protocol.past import FINDINGS, UNFOUND
from pathway.protocol.types import Fact
from pathway.scales.escc import ESCC
from pathway.scales.sins import LEVELS, SINS, SPINE

REGIONS = {"C": "Neck (cervical)", "T": "Chest (thoracic)", "L": "Loin (lumbar)", "S": "Sacrum"}
COMPRESSION, IMPENDING, SCORED = "compression", "impending", "scored"
FOUND = {"case.confirmed": COMPRESSION, "case.impending": IMPENDING}
WORDS = {COMPRESSION: "Compression", IMPENDING: "Impending compression", SCORED: "Scored"}
BRIEF = {COMPRESSION: "■ compression", IMPENDING: "▲ impending", SCORED: "● SINS only"}
HEIGHT, GAP, TOP, MIDDLE = 15, 3, 14, 200
WIDTHS = {"C": 44, "T": 58, "L": 70, "S": 56}


@dataclass(slots=True)
class Vertebra:
    """One level with what is known of it; `state` is '' where nothing is."""

    level: str
    y: int
    width: int
    state: str = ""
    said: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Where it begins in the drawing."""
        return MIDDLE - self.width // 2

    @property
    def right(self) -> int:
        """Where it ends in the drawing."""
        return MIDDLE + self.width // 2

    @property
    def brief(self) -> str:
        """What stands beside it in the drawing."""
        return BRIEF[self.state]

    @property
    def words(self) -> str:
        """All of it in one line."""
        return ". ".join([*([WORDS[self.state]] if self.state != SCORED else []), *self.said]) if self.state else ""

    @property
    def title(self) -> str:
        """The level, and how grave it is."""
        return f"{self.level}: {self.words}" if self.state else f"{self.level}: nothing recorded"


@dataclass(frozen=True, slots=True)
class Spine:
    """The whole spine. `about` are findings that are of no one level: ESCC, the patient's SINS, the site, neurology."""

    vertebrae: list[Vertebra]
    about: list[tuple[str, str, Fact | None]]

    @property
    def known(self) -> list[Vertebra]:
        """The levels of which something is known, from the neck down."""
        return [each for each in self.vertebrae if each.state]

    @property
    def regions(self) -> list[tuple[str, int, int]]:
        """Each region with the top and the middle of its part of the drawing."""
        tops = {each.level[0]: each.y for each in reversed(self.vertebrae)}
        return [(words, tops[key], tops[key] + SPINE[key] * (HEIGHT + GAP) // 2) for key, words in REGIONS.items()]

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return self.vertebrae[-1].y + HEIGHT + TOP


def spine(facts: Sequence[Fact], scores: Sequence[Series]) -> Spine:
    """What the standing facts and the newest scores say, without what was found before an exclusion or a reopening."""
    vertebrae = {level: Vertebra(level, TOP + place * (HEIGHT + GAP), WIDTHS[level[0]]) for place, level in
                 enumerate(LEVELS)}  # fmt: skip
    about: list[tuple[str, str, Fact | None]] = []
    last = newest(facts, FINDINGS, newest(facts, UNFOUND))
    if last and last.kind in FOUND:
        for level in last.answers.get("levels", ()):
            vertebrae[level].state = FOUND[last.kind]
    if last and "site" in last.answers:
        site = "Cauda equina" if last.answers["site"] == "cauda_equina" else "Spinal cord"
        about.append(("Site", site, last))
    for series in scores:
        if series.key == SINS.key and series.of in vertebrae:
            level = vertebrae[series.of]
            level.state = level.state or SCORED
            level.said.append(f"SINS {series.newest.words}")
        elif series.key == ESCC.key:
            about.append(("ESCC, worst level", series.newest.words, None))
    if summary := overview(SINS.key, scores):
        about.append(("SINS of the patient", summary, None))
    examined = next((fact for fact in reversed(facts) if fact.answers.get("sensory_level")), None)
    if examined:
        about.append(("Sensory level", str(examined.answers["sensory_level"]), examined))
    return Spine(list(vertebrae.values()), about)


def newest(facts: Sequence[Fact], kinds: Sequence[str], after: Fact | None = None) -> Fact | None:
    """The last of these kinds; none where another fact came later."""
    found = [fact for fact in facts if fact.kind in kinds]
    last = found[-1] if found else None
    return None if last and after and facts.index(after) > facts.index(last) else last
