"""The protocol against the clock table: for every clock, which events of the whole vocabulary start and end it."""

import pytest

from pathway.protocol.vocabulary import KINDS
from tests.protocol.table import TABLE
from tests.protocol.told import CURRENT, folded, length, limits, said

ANSWERS = {
    **dict.fromkeys(("case.suspected", "case.reclassified", "case.reopened"), "A B C"),
    **dict.fromkeys(("position.ordered", "position.reviewed"), "flat elevated mobile"),
    **dict.fromkeys(("imaging.requested", "imaging.acquired"), "mri ct"),
    **dict.fromkeys(("rehabilitation.stepped", "rehabilitation.stopped"), "R0 R1 R2 R3 R4 R5 R6"),
    "case.declined": "everything imaging treatment",
    "contact.made": "phone bleep face_to_face e_referral message",
    "referral.triaged": "pathway advice_only",
    "imaging.booked": "90:00",
    "imaging.communicated": "mscc impending metastases other normal non_diagnostic",
    "steroids.withheld": "haematology infection other",
    "opinion.surgical": "operate not_suitable more_information",
    "opinion.oncology": "radiotherapy systemic supportive more_information",
    "decision.made": "radiotherapy surgery systemic supportive",
    "radiotherapy.fraction": "1 2",
    "pain.scored": "0 3 4 6 7 10",
    "followup.recorded": "day_30 week_8",
    "clock.voided": " ".join(TABLE),
}
EVENTS = [
    f"{kind} {answer}".strip()
    for kind in KINDS
    if kind != "clock.suspended"
    for answer in ANSWERS.get(kind, "").split() or [""]
]
GROUPS = {
    "imaging": "case.declined imaging; case.supportive_care; case.excluded",
    "treatment": "case.declined treatment; case.supportive_care; case.excluded; case.metastases_only",
}
# What may come first although the table names it second: a deed between the two does not count then.
SECOND = {
    **dict.fromkeys(("taper_plan", "taper_end"), ("radiotherapy.fraction 1", "surgery.started")),
    "dexamethasone_stop": ("case.excluded",),
    **dict.fromkeys(("vte", "skin", "discharge_plan"), ("case.admitted",)),
    **dict.fromkeys(("physiotherapy", "occupational_therapy"), ("case.confirmed",)),
}
STARTS = [(key, before, events) for key, row in TABLE.items() for before, events in row.starts]
MET = [(key, half, events) for key, row in TABLE.items() for half, events in row.met]


def expand(words):
    """Every event that `"kind answer answer; kind"` names."""
    found = set()
    for text in filter(None, words.split(";")):
        kind, *wanted = text.split()
        named = {event for event in EVENTS if event.split()[0] == kind and (not wanted or event.split()[1] in wanted)}
        assert len(named) >= max(1, len(wanted)), f"{text!r} names an event that does not exist"
        found |= named
    return found


def told(at, event):
    return f"{at} {event} | " if event else ""


def opening(row):
    """A story that starts the clock at 1:00."""
    before, events = next((before, events) for before, events in row.starts if events)
    return told("0:00", before) + f"1:00 {next(event for event in EVENTS if event in expand(events))}"


def endings(key, met):
    """What each event does to a run, the last word being the one that is asked first."""
    row = TABLE[key]
    frozen = "case.died; case.left; case.closed" + ("; discharge.discharged" if row.group == "bedside" else "")
    void = f"case.entered_in_error; case.merged; case.declined everything; clock.voided {key}"
    others = " ".join(set("ABC") - set(row.classes)) if row.classes else ""
    superseded = [row.superseded, f"case.reclassified {others}" if others else ""]
    voids = [void, row.void, GROUPS.get(row.group, "")]
    words = [("frozen", [frozen]), ("void", voids), ("superseded", superseded), ("met", [met])]
    return {event: word for word, texts in words for text in texts for event in expand(text)}


def test_every_clock_of_the_table_is_there_and_no_other():
    assert set(CURRENT.standards) == set(TABLE)
    assert len(TABLE) == 35


@pytest.mark.parametrize("key", TABLE)
def test_limit_and_amber(key):
    row = TABLE[key]
    started, amber, due = map(length, limits(key, opening(row)))
    assert started == length("1:00")
    assert (amber - started, due - started) == (length(row.amber), length(row.limit))


@pytest.mark.parametrize("key", TABLE)
def test_marks(key):
    row, standard = TABLE[key], CURRENT.standards[key]
    early = {True: "yes", False: "no"}.get(standard.early, "found on a scan")
    assert (standard.classes or frozenset(), standard.group or "", early) == (set(row.classes), row.group, row.early)
    assert standard.repeats is (key == "neuro_exam")


@pytest.mark.parametrize(("key", "before", "events"), STARTS)
def test_what_starts_a_clock(key, before, events):
    story = told("0:00", before) + "1:00"
    last = 1 + bool(before)
    started = {event for event in EVENTS if any(run.start.id == last for run in folded(key, f"{story} {event}"))}
    assert started == expand(events)


@pytest.mark.parametrize(("key", "half", "events"), MET)
def test_what_ends_a_run_and_how(key, half, events):
    story = f"{opening(TABLE[key])} | {told('1:01', half)}".removesuffix(" | ")
    number = len(folded(key, story)) - 1
    assert folded(key, story)[number].ended_at is None
    ended = {event: folded(key, f"{story} | 1:02 {event}")[number].outcome for event in EVENTS}
    assert {event: outcome for event, outcome in ended.items() if outcome} == endings(key, events)


@pytest.mark.parametrize(("key", "half", "events"), [row for row in MET if row[2]])
def test_a_deed_before_the_start_counts_for_early_clocks_only(key, half, events):
    for before, starting in TABLE[key].starts:
        for start in expand(starting):
            counts = (
                TABLE[key].early == "yes"
                and not start.startswith(("case.reclassified", "case.reopened"))
                and before not in SECOND.get(key, ())
            )
            for deed in expand(events) - expand(starting):
                story = f"{told('0:00', before)}{told('0:10', half)}0:20 {deed} | 1:00 {start}"
                assert said(folded(key, story)[-1]) == ("1:00-1:00 met" if counts else "1:00-"), story
