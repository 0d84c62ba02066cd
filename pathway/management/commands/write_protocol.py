"""`manage.py write_protocol`: docs/protocol, each version as one table in words, for clinicians to check and sign."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pathway import protocol
from pathway.engine.correct import asked_by
from pathway.engine.suspect import KIND
from pathway.management.documents import Generator, table
from pathway.protocol.contradictions import ALL, Contradiction
from pathway.protocol.groups import FREEZES_GROUP, VOIDS_GROUP
from pathway.protocol.release import RELEASED
from pathway.protocol.types import At, Given, Limit, On, Protocol, Rung, Standard, Where
from pathway.record.step import OBSERVATIONS, made_by, wording

HEAD = [
    *("Clock", "Starts on", "Met by", "Ends otherwise", "Limit", "Amber", "Class", "Early", "Who is told, and when"),
    *("Cleared by", "Held by", "Source", "Mark"),
]
MARKS = (
    "**Marks.** *guidance*: the limit is in the national source named. *local*: taken from local practice or a local "
    "audit definition. *proposal*: chosen here, and to be agreed locally before use. The numbers of NICE "
    "recommendations come from secondary sources: check them against the guidance itself before signing."
)
RULES = """\
## Rules for every clock

- Limits are elapsed time; the clock change in spring and autumn makes no difference. Exactly on time is met.
- Events count by when they happened, not by when they were typed in. Events of one instant count in the order of the
  vocabulary, with what ends a case last.
- One run at a time of each clock in each case: a second start while it runs changes nothing.
- *Early*: where the deed was done before the clock starts, the clock ends where it starts, as met.
- What a change of class or a reopening starts is met or superseded only by what surely came after it: where only the
  day of the change is known, the call, the scan or the triage of that day ends nothing, and the clock rings.
- *Runs again*: a scan that did not answer never ended the clock, which goes on with its start and due time. What the
  patient declined between the scan and its result, or supportive care decided then, ends it at that time as void: no
  alarm presses for a scan that the patient has refused (clinical specification 1.13; such cases are left out of K1).
- *Again, after the patient has declined*: what was asked for in the minute of the refusal counts as later, and so does
  what may have been, where only its hour or day is known: the clock rings rather than be lost.
- *Class*: the clock starts only while the case is of that class, and is superseded when the class changes to another.
- Death, leaving the alliance and closing the case freeze every clock. A case entered in error, and a patient who
  declines everything, void every clock. Nothing starts after that until the case is reopened. A transfer inside the
  alliance changes no clock.
- A clock that ends as void, superseded or frozen after its due time is still counted as late.
- A clinician or coordinator may suspend one clock by name, for four hours at most: it then tells nobody until the
  review; start and due time stay. A clock is voided by name only with a reason and a second person.
- An alert that is acknowledged says who acts and until when. Only the event that clears the clock ends it.
"""
CONTRADICTIONS = """\
## Contradictions

What the record may say against itself. Each is shown on the case and on the board while it stands, and raises no
alert."""
OF_CONTRADICTIONS = ["Contradiction", "Stands where", "Resolved by", "Source"]
SIGN = "By signing, each role agrees to every row above for use in the place named. A change is a new version.\n"
SIGN_OFF = (
    *("Author: clinical lead for MSCC", "Checker: MSCC coordinator", "Clinical oncology", "Spinal surgery"),
    *("Radiology", "Haematology", "Physiotherapy and occupational therapy", "Ward nursing", "Clinical safety officer"),
)
SIGNED = ["Role", "Name", "Place", "Date", "Signature"]
BLANK = ["\\_\\_\\_\\_\\_\\_\\_\\_"] * 4
NOT_RECORDED = "\\* No step of this version of the software records this event yet.\n"
HOUR, LONGEST_IN_MINUTES = timedelta(hours=1), timedelta(hours=1)


class Command(Generator):
    """Exit 0 where all is current or written, 1 where `--check` finds something stale."""

    help = "Write each version of the protocol as a table for clinical sign-off in docs/protocol."
    name, folder = "write_protocol", "protocol"

    def pages(self) -> Mapping[str, str]:
        """One page a version."""
        return {f"{version.version}.md": page(version) for version in protocol.VERSIONS.values()}


def page(version: Protocol) -> str:
    """The whole page of one version."""
    clocks = table(HEAD, [row(standard, version) for standard in version.all])
    return (
        f"# {version.title}: protocol {version.version}\n\n{table(['', ''], released(version))}\n"
        "Each row is one clock: the time that the pathway allows between two events, and who is told when it runs out. "
        f"The software records and prompts; it does not decide.\n\n{MARKS}\n\n## Clocks\n\n{clocks}\n"
        + (f"{NOT_RECORDED}\n" if "\\*" in clocks else "")
        + RULES
        + f"\n{CONTRADICTIONS}\n\n{table(OF_CONTRADICTIONS, [contradiction(each) for each in ALL])}"
        + f"\n## Sign-off\n\n{SIGN}\n{table(SIGNED, [[role, *BLANK] for role in SIGN_OFF])}"
    )


def contradiction(each: Contradiction) -> list[str]:
    """One contradiction, in the order of its head."""
    resolves = wording(each.resolves) if each.resolves else "what ends the clock that is due next"
    return [f"**{each.sentence}** `{each.key}`", claim(each.stands), resolves, each.source]


def released(version: Protocol) -> list[list[str]]:
    """What is known of the version as a whole: whether it is released, by whom, and until when."""
    marks = Counter(standard.mark for standard in version.all)
    made = RELEASED.get(version.version)
    by = (
        [
            *(["Author", made.author], ["Checked by", made.checker], ["Released on", made.released_on.isoformat()]),
            *(["Next review", made.next_review.isoformat()], ["Hash of its meaning", f"`{made.hash}`"]),
        ]
        if made
        else [["Status", "**draft: not signed off, not for use with patients**"]]
    )
    return [*by, ["Clocks", f"{len(version.all)}: " + ", ".join(f"{marks[mark]} {mark}" for mark in sorted(marks))]]


def row(standard: Standard, version: Protocol) -> list[str]:
    """One clock, in the order of the head."""
    limit, amber = length(standard.limit), length(standard.amber)
    if standard.due_no_later_than:
        limit += f"; no later than the due time of “{version.standards[standard.due_no_later_than].label}”"
    if standard.keeps_due:
        limit += "; back in the class without the deed, no later than the run that left it"
    if standard.sooner:
        amber = f"{length(standard.sooner.amber)}; {amber} where {claim(standard.sooner.unless)}"
    return [
        f"**{standard.label}** `{standard.key}`",
        starting(standard),
        "; or ".join(sentence(wait) for wait in standard.met)
        + (", certainly after the start" if standard.surely else "")
        + (f". Runs again on: {sentence(standard.resumes)}" if standard.resumes else "")
        + (" of that scan, which then counts no more" if standard.by_scan else "")
        + (
            ", each of its own scan: one that waits has its run next, due as if it had not"
            if standard.each_scan
            else ""
        ),
        otherwise(standard),
        limit,
        amber,
        ", ".join(sorted(standard.classes)) if standard.classes else "all",
        early(standard),
        "<br>".join(told(rung) for rung in standard.ladder) or "report only",
        wording(standard.clears),
        standard.holder,
        standard.source,
        standard.mark,
    ]


def starting(standard: Standard) -> str:
    """What starts the clock, what lasts of it, and what keeps it from starting."""
    said = [sentence(standard.starts)]
    if standard.repeats:
        said.append("and again each time that it is met")
    if standard.again:
        said.append(f"after the patient has declined, again on: {sentence(standard.again)}")
    for part, lasting in zip(standard.starts.parts, standard.lasting, strict=bool(standard.lasting)):
        said.append(f"{either([event(*each) for each in part])} stays true until: {sentence(lasting.until)}")
        if lasting.shown:
            said.append(f"where nothing says so, {sentence(lasting.shown)} shows it")
    if standard.barred:
        said.append(f"not after {sentence(standard.barred.by)}, until: {sentence(standard.barred.until)}")
    return "; ".join(said)


def early(standard: Standard) -> str:
    """Whether a deed from before the start counts, and from before what it does not."""
    if callable(standard.early):
        return f"where {claim(standard.early)}"
    outdated = f", but not from before: {sentence(standard.outdated)}" if standard.outdated else ""
    return ("yes" if standard.early else "no") + outdated


def otherwise(standard: Standard) -> str:
    """What else ends the clock: superseded, void or frozen."""
    found = {
        "Superseded": [standard.superseded],
        "Void": [standard.void, VOIDS_GROUP.get(standard.group) if standard.group else None],
        "Frozen": [standard.frozen, FREEZES_GROUP.get(standard.group) if standard.group else None],
    }
    texts = {outcome: "; ".join(sentence(wait) for wait in waits if wait) for outcome, waits in found.items()}
    if standard.course:
        course = f"{sentence(standard.course.later)}, of a course that was not being given before the clock started"
        texts["Superseded"] = "; ".join(filter(None, (texts["Superseded"], course)))
    return "<br>".join(f"{outcome}: {text}" for outcome, text in texts.items() if text) or "only by the rules below"


def sentence(wait: On) -> str:
    """What is waited for: alternatives joined by "or", parts by "and"."""
    parts = [[event(kind, where) for kind, where in part] for part in wait.parts]
    joined = [either(part) for part in parts]
    return " and ".join(
        f"({text})" if len(parts) > 1 and len(part) > 1 else text for text, part in zip(joined, parts, strict=True)
    )


def either(texts: list[str]) -> str:
    """Texts joined by commas and a last "or"."""
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def event(kind: str, where: Where | None) -> str:
    """An event in words, with the answers that it must have."""
    known = made_by(kind) or kind in OBSERVATIONS or kind == KIND
    said = wording(kind)
    words = f"*{said[:1].upper()}{said[1:]}*" + ("" if known else "\\*")
    if where is None:
        return words
    if not isinstance(where, Given):
        return f"{words} ({claim(where)})"
    wanted = [answer(kind, name, [str(value) for value in values]) for name, values in where.wanted]
    return f"{words} ({'; '.join(wanted + ([claim(where.where)] if where.where else []))})"


def answer(kind: str, name: str, values: list[str]) -> str:
    """One answer in the words of its form, for example "result: normal"."""
    field: Any = asked_by(kind).get(name)
    label = field.label if field else name.replace("_", " ")
    words = {str(value): str(text) for value, text in getattr(field, "choices", ())}
    return f"{lowered(label)}: {either([lowered(words.get(value, value).split(':')[0]) for value in values])}"


def told(rung: Rung) -> str:
    """One rung of a ladder."""
    when = {At.AMBER: "at amber", At.DUE: "at the limit"}[rung.at]
    if rung.after:
        when = f"{length(rung.after)} after {when.removeprefix('at ')}"
    people = ", ".join(role.value for role in rung.tell)
    return f"{rung.level.value} {when}: {people}; to acknowledge within {length(rung.acknowledge)}"


def length(limit: Limit) -> str:
    """A limit in words. One that depends on the start says so itself."""
    if callable(limit):
        return claim(limit)
    if limit <= LONGEST_IN_MINUTES:
        return f"{limit // timedelta(minutes=1)} min"
    return f"{limit / HOUR:g} h"


def claim(rule: Callable[..., Any]) -> str:
    """What a rule written as a function says in its docstring's first line, without "whether" and the full stop."""
    words = (rule.__doc__ or rule.__name__).strip().splitlines()[0].rstrip(".").removeprefix("Whether ")
    return lowered(words)


def lowered(words: str) -> str:
    """Words with a small first letter, unless they begin with an abbreviation."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
