"""What the record suggests to do next. A person decides: nothing here records anything."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pathway.casefile import reminders, worse
from pathway.casefile.prompt import Prompt, Record
from pathway.protocol.past import LIES
from pathway.protocol.positioning import default_position
from pathway.protocol.types import Fact, Role
from pathway.record.case import Case
from pathway.record.clock import Clock

FOLLOWS = {
    "mscc": ("case.confirmed", "The scan shows compression. Confirm it when a clinician has seen the result."),
    "impending": ("case.impending", "The scan shows impending compression. Record it so that treatment is planned."),
    "metastases": ("case.metastases_only", "The scan shows metastases without compression. Record it with a plan."),
    "other": ("case.excluded", "The scan shows another cause. Exclude compression when a clinician agrees."),
    "normal": ("case.excluded", "The scan is normal. Exclude compression when a clinician agrees."),
    "non_diagnostic": ("imaging.requested", "The scan did not answer the question. The MRI clock runs on: scan again."),
}
NEVER_EXPLAINED = (Case.State.ENTERED_IN_ERROR, Case.State.MERGED)


def after_result(record: Record) -> Prompt | None:
    """A result that the state of the case does not yet say."""
    told = record.last("imaging.communicated")
    answered = record.last("imaging.requested", "imaging.acquired") if told else None
    if told is None or record.state != Case.State.SUSPECTED:
        return None
    result = str(told.answers.get("result"))
    if result == "non_diagnostic" and scan_declined(record):
        sentence = "The scan did not answer the question, and the patient declines another. Record the plan."
        return None if record.since(told, "case.planned") else Prompt(sentence, "case.planned")
    if result not in FOLLOWS or (result == "non_diagnostic" and answered and answered.occurred_at > told.occurred_at):
        return None
    kind, sentence = FOLLOWS[result]
    return Prompt(sentence, kind)


def scan_declined(record: Record) -> bool:
    """Whether the patient has declined the scan since images were last acquired."""
    refusal, scan = record.last("case.declined", what="imaging"), record.last("imaging.acquired")
    return refusal is not None and (scan is None or refusal.occurred_at >= scan.occurred_at)


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
    """No position ordered yet: the default of class, pain and advice."""
    if record.had(*LIES) or record.state != Case.State.SUSPECTED:
        return None
    default = default_position(record)
    initial = {name: str(value) for name, value in default.answers.items()}
    return Prompt(default.why, "position.ordered", initial, "ward")


RULES: tuple[Callable[[Record], Prompt | None], ...] = (
    *worse.RULES, after_result, triaged_otherwise, first_dose, position_ordered, steroids_considered, *reminders.RULES,
)  # fmt: skip


def prompts(case: Case, facts: Sequence[Fact], state: str, clocks: Sequence[Clock], now: datetime) -> list[Prompt]:
    """What the record suggests, the most pressing first. Of a case that has ended, only why its clocks were late."""
    if state in NEVER_EXPLAINED:
        return []
    record = Record(now, facts, case, state)
    suggested = [] if state in Case.ENDED else [prompt for rule in RULES if (prompt := rule(record))]
    return [*suggested, *reminders.unexplained(record, clocks)]
