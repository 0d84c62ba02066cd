"""The second person who agrees: somebody else than the first, however the name is spelt."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pathway.engine.refused import Invalid
from pathway.record.person import User


def refuse_alone(by: User, answers: Mapping[str, Any]) -> None:
    """Refuse a second person who is the first, however the name is spelt; nothing where none is asked for.

    Raises:
        Invalid: naming the answer.
    """
    second = str(answers.get("second_person", ""))
    if words(second) and words(second) in (words(str(by)), words(by.username)):
        raise Invalid({"second_person": ["The second person must be somebody else."]})
    if len(alphabets(second)) > 1:
        raise Invalid({"second_person": ["The name mixes letters of several alphabets. Type it in one."]})


def words(name: str) -> list[str]:
    """The words of a name, whatever their order, case, width, accents and invisible characters."""
    bare = (each for each in unicodedata.normalize("NFKD", name) if unicodedata.category(each) not in ("Mn", "Cf"))
    return sorted(re.findall(r"\w+", unicodedata.normalize("NFKC", "".join(bare).casefold())))


def alphabets(name: str) -> set[str]:
    """The alphabets of a name among those whose letters look alike."""
    return {unicodedata.name(each, "").split(" ")[0] for each in name} & {"LATIN", "CYRILLIC", "GREEK"}
