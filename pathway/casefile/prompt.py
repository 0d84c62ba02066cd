"""A prompt, and what the rules that make prompts may look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pathway.protocol.past import Past
from pathway.protocol.types import Role
from pathway.record.case import Case


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence, the kind of event that would follow, and the answers to begin with. `urgent` comes first of all."""

    sentence: str
    kind: str
    initial: Mapping[str, str] = field(default_factory=dict)
    holder: str = Role.CLINICIAN.value
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Record(Past):
    """The facts of a case as they look now, and the state of the case."""

    case: Case
    state: str
