"""How likely two records are of one person: by birth date, by the spelling of the name, and by how it sounds."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import jellyfish

LIKELY = 70
SPELT_ALIKE = 0.9
PARTICLES = frozenset({"al", "bin", "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "van", "von"})
BIRTH = {"same": 50, "near": 35, "unknown": 20, "other": 0}
NAME = {"same": 50, "swapped": 50, "alike": 40, "initials": 25, "one": 20, "other": 0}
CODES = {"m": jellyfish.metaphone, "n": jellyfish.nysiis}
SAID = {
    "same": "the same name", "swapped": "the same names, given and family name exchanged",
    "alike": "names that sound or are spelt alike", "initials": "fitting initials",
    "one": "one name alike, the other not",
}  # fmt: skip
BORN = {"same": "the same birth date", "near": "birth dates that differ by one digit or by day and month exchanged"}


@dataclass(frozen=True, slots=True)
class Named:
    """What is compared of a record; empty where it is not known."""

    family: str = ""
    given: str = ""
    initials: str = ""
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two records are alike, from 0 to 100, with the reasons in words. From `LIKELY` up somebody is asked."""

    score: int
    reasons: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Whether they may be of one person."""
        return self.score >= LIKELY


def compare(one: Named, other: Named) -> Likeness:
    """Judge two records. No one part is enough: a birth date needs a name that fits, a name alone must be the same."""
    born, name = births(one.born, other.born), names(one, other)
    reasons = tuple(words[how] for words, how in ((BORN, born), (SAID, name)) if how in words)
    return Likeness(BIRTH[born] + NAME[name], reasons)


def births(one: date | None, other: date | None) -> str:
    """How two birth dates stand to each other."""
    if one is None or other is None:
        return "unknown"
    return "same" if one == other else "near" if other in near(one) else "other"


def near(day: date) -> set[date]:
    """The birth dates for which this one may have been mistyped, itself included."""
    typed = day.isoformat().replace("-", "")
    changed = {typed, typed[:4] + typed[6:] + typed[4:6]}
    for place, digit in enumerate(typed):
        changed |= {typed[:place] + another + typed[place + 1 :] for another in "0123456789" if another != digit}
    for place, (left, right) in enumerate(pairwise(typed)):
        changed.add(typed[:place] + right + left + typed[place + 2 :])
    return {found for each in changed if (found := day_of(each))}


def day_of(digits: str) -> date | None:
    """The day of eight digits; None where there is no such day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def names(one: Named, other: Named) -> str:
    """How two names stand to each other."""
    if not (one.family or one.given) or not (other.family or other.given):
        return "initials" if initials(one) & initials(other) else "other"
    mine, theirs = (plain(one.family), plain(one.given)), (plain(other.family), plain(other.given))
    if mine == theirs and all(mine):
        return "same"
    if all(mine) and mine == theirs[::-1]:
        return "swapped"
    family = sounds_alike(one.family, other.family)
    given = not (one.given and other.given) or given_alike(one.given, other.given)
    if family and given:
        return "alike"
    crossed = sounds_alike(one.family, other.given) and sounds_alike(one.given, other.family)
    return (
        "swapped" if crossed else "one" if family or (one.given and other.given and mine[1] == theirs[1]) else "other"
    )


def initials(named: Named) -> set[str]:
    """The initials in either order; of a record with names, those of its names."""
    letters = plain(named.initials) or "".join(part[:1] for text in (named.given, named.family) for part in parts(text))
    ends = {letters, letters[:1] + letters[-1:]} if letters else set()
    return {variant for end in ends for variant in (end, end[::-1])}


def sounds_alike(one: str, other: str) -> bool:
    """Whether two family names sound or are spelt alike, as a whole or in one part of a double name."""
    if not (one and other):
        return False
    spelt = jellyfish.jaro_winkler_similarity(plain(one), plain(other))
    return bool(set(keys(one)) & set(keys(other))) or spelt >= SPELT_ALIKE


def given_alike(one: str, other: str) -> bool:
    """Whether two given names may be one: alike in sound, or the one a beginning of the other, such as an initial."""
    left, right = plain(parts(one)[0]), plain(parts(other)[0])
    return left.startswith(right) or right.startswith(left) or sounds_alike(left, right)


def keys(name: str) -> list[str]:
    """How a name sounds, by Metaphone and by NYSIIS: as a whole, and each part of a double name."""
    whole = plain(name)
    words = dict.fromkeys(word for word in (whole, *parts(name)) if len(word) > 1)
    found = ((mark, code(word)) for word in words for mark, code in CODES.items())
    return list(dict.fromkeys(f"{mark}{key}" for mark, key in found if key))


def plain(name: str) -> str:
    """A name in small letters without spaces, accents and marks; Mac as Mc, Saint as St."""
    return "".join(parts(name, particles=True))


def parts(name: str, *, particles: bool = False) -> list[str]:
    """The words of a name: O'Brien is one, Smith-Jones two; `particles` keeps van and de. Never empty."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each)).casefold()
    bare = re.sub(r"(?<=\w)['’ʼ`´](?=\w)|\b(o|mc|mac)[ '’](?=\w{3})", r"\1", bare)  # noqa: RUF001
    words = [word for word in re.split(r"[\W\d_]+", bare) if word]
    words = [re.sub(r"^mac(?=\w{4})", "mc", "st" if word == "saint" else word) for word in words]
    return [word for word in words if particles or word not in PARTICLES] or words or [""]
