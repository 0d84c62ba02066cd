"""What the record suggests to do next. A person decides: nothing here records anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pathway.protocol.types import Fact, Role
from pathway.protocol.vocabulary import in_order
from pathway.record.case import Case

FOLLOWS = {
    "mscc": ("case.confirmed", "The scan shows compression. Confirm it when a clinician has seen the result."),
    "impending": ("case.impending", "The scan shows impending compression. Record it so that treatment is planned."),
    "metastases": ("case.metastases_only", "The scan shows metastases without compression. Record it with a plan."),
    "other": ("case.excluded", "The scan shows another cause. Exclude compression when a clinician agrees."),
    "normal": ("case.excluded", "The scan is normal. Exclude compression when a clinician agrees."),
    "non_diagnostic": ("imaging.requested", "The scan did not answer the question. The MRI clock runs on: scan again."),
}
DEFAULT_POSITION = {
    "A": ("Default for class A: flat, neutral, log roll, until somebody advises on stability.",
          {"position": "flat", "log_roll": "yes"}),
    "B": ("Default for class B: mobilise as able. With pain of 4 or more on movement: flat, as for class A.",
          {"position": "mobile"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence, the kind of event that would follow, and the answers to begin with."""

    sentence: str
    kind: str
    initial: Mapping[str, str] = field(default_factory=dict)
    holder: str = Role.CLINICIAN.value


class Record:
    """The facts of a case, as the prompts ask for them."""

    def __init__(self, case: Case, facts: list[Fact], state: str) -> None:
        self.case, self.facts, self.state = case, in_order(facts), state

    def last(self, *kinds: str) -> Fact | None:
        """The newest fact of these kinds."""
        return next((fact for fact in reversed(self.facts) if fact.kind in kinds), None)


def after_result(record: Record) -> Prompt | None:
    """A result that the state of the case does not yet say."""
    told = record.last("imaging.communicated")
    answered = record.last("imaging.requested", "imaging.acquired") if told else None
    if told is None or record.state != Case.State.SUSPECTED:
        return None
    result = str(told.answers.get("result"))
    if result not in FOLLOWS or (result == "non_diagnostic" and answered and answered.occurred_at > told.occurred_at):
        return None
    kind, sentence = FOLLOWS[result]
    return Prompt(sentence, kind)


def triaged_otherwise(record: Record) -> Prompt | None:
    """A class at triage that is not the class whose clocks run."""
    triage, given = record.last("referral.triaged"), record.last("case.suspected", "case.reclassified", "case.reopened")
    klass = str(triage.answers.get("class")) if triage else ""
    if triage is None or given is None or klass == record.case.klass or given.occurred_at > triage.occurred_at:
        return None
    sentence = f"Triage says class {klass}, but the clocks run for class {record.case.klass}. Change the class if so."
    return Prompt(sentence, "case.reclassified", {"class": klass}, Role.COORDINATOR.value)


def first_dose(record: Record) -> Prompt | None:
    """An indication without a dose."""
    newest = record.last("steroids.indicated", "steroids.started", "steroids.withheld", "steroids.stopped")
    if newest is None or newest.kind != "steroids.indicated":
        return None
    sentence = "Dexamethasone is indicated: 16 mg (NG234). Record the first dose as soon as it is given."
    return Prompt(sentence, "steroids.started", {}, "ward")


def steroids_considered(record: Record) -> Prompt | None:
    """Class A and nothing said of steroids."""
    if record.case.klass != "A" or any(fact.kind.startswith("steroids.") for fact in record.facts):
        return None
    if record.state not in (Case.State.SUSPECTED, Case.State.CONFIRMED, Case.State.IMPENDING):
        return None
    sentence = "Neurological symptoms: is dexamethasone indicated? If a lymphoma is possible, ask haematology first."
    return Prompt(sentence, "steroids.indicated")


def position_ordered(record: Record) -> Prompt | None:
    """No position ordered yet: the default of the class."""
    if record.last("position.ordered", "position.reviewed", "position.cleared_to_sit", "position.freed"):
        return None
    if record.case.klass not in DEFAULT_POSITION or record.state != Case.State.SUSPECTED:
        return None
    sentence, initial = DEFAULT_POSITION[record.case.klass]
    return Prompt(sentence, "position.ordered", initial, "ward")


def flat_though_stable(record: Record) -> Prompt | None:
    """Still lying flat although the newest advice says stable."""
    lying = record.last("position.ordered", "position.reviewed", "position.immobilised", "position.cleared_to_sit",
                        "position.freed")  # fmt: skip
    advice = record.last("stability.advised")
    flat = lying and (lying.kind == "position.immobilised" or lying.answers.get("position") == "flat")
    if not lying or not advice or not flat or advice.answers.get("opinion") != "stable":
        return None
    if advice.occurred_at < lying.occurred_at:
        return None
    return Prompt("The newest advice says stable, but the patient is still to lie flat. Review the position.",
                  "position.reviewed", {"position": "mobile"}, "ward")  # fmt: skip


RULES: tuple[Callable[[Record], Prompt | None], ...] = (
    after_result, triaged_otherwise, flat_though_stable, first_dose, position_ordered, steroids_considered,
)  # fmt: skip


def prompts(case: Case, facts: list[Fact], state: str) -> list[Prompt]:
    """What the record suggests, the most pressing first. Nothing for a case that has ended."""
    if state in Case.ENDED:
        return []
    record = Record(case, facts, state)
    return [prompt for rule in RULES if (prompt := rule(record))]
