"""Whose minutes: worked by hand rule by rule, and ten thousand random cases against a minute-by-minute reading."""

from datetime import timedelta
from random import Random

import pytest

from pathway import protocol
from pathway.analytics.delays import SPANS, Hold, account, split
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import in_order
from tests.factories import at

STANDARDS = protocol.get(protocol.CURRENT).standards
START = at("2026-03-02 09:00")
MINUTE = timedelta(minutes=1)


def told(kind, minute, row="", **answers):
    return Fact(kind, START + minute * MINUTE, answers, row=row)


def until(minute):
    return (START + minute * MINUTE).isoformat()


def parts(*facts, key="mri_a", begin=0, end=2000):
    """Holder and minutes of each part of a run."""
    ordered = in_order([told("case.suspected", 0, **{"class": "A"}), *facts])
    found = account(key, START + begin * MINUTE, START + end * MINUTE, ordered, STANDARDS)
    return [(part.holder, part.minutes) for part in found]


WAY = (
    told("contact.made", 40), told("referral.received", 50), told("referral.triaged", 100, outcome="pathway"),
    told("imaging.requested", 160), told("imaging.booked", 400), told("imaging.acquired", 1900),
)  # fmt: skip


def test_a_scan_that_was_late_is_split_by_who_held_each_step():
    assert parts(*WAY, end=1900) == [
        ("referrer", 40),  # until the coordinator knew
        ("coordinator", 60),  # until triage
        ("referrer", 60),  # until the request
        ("radiology", 240),  # until the slot
        ("radiology", 1500),  # until the scan
    ]


def test_each_part_says_what_was_waited_for():
    found = account("mri_a", START, START + 1900 * MINUTE, in_order([told("case.suspected", 0), *WAY]), STANDARDS)
    assert [part.waits_for for part in found] == [
        "the coordinator to be told", "triage", "the request of the scan", "a slot", "the scan"
    ]  # fmt: skip
    assert [part.end for part in found[:-1]] == [part.begin for part in found[1:]]


def test_what_belongs_to_a_later_stage_shows_that_the_earlier_ones_are_over():
    assert parts(told("imaging.booked", 90), end=1500) == [("referrer", 90), ("radiology", 1410)]
    late_entry = (told("imaging.requested", 60), told("contact.made", 30), told("referral.triaged", 70))
    assert parts(*late_entry, end=100) == [("referrer", 30), ("coordinator", 30), ("radiology", 40)]


def test_a_result_that_did_not_answer_gives_the_path_back_to_who_requests():
    again = (*WAY, told("imaging.communicated", 1950, result="non_diagnostic"), told("imaging.requested", 2010))
    assert parts(*again, end=2100)[4:] == [
        ("radiology", 1500),
        ("radiology", 50),  # images were there: the clock ran on with its own holder
        ("referrer", 60),
        ("radiology", 90),
    ]


def test_an_abandoned_scan_gives_the_path_back_to_the_slot():
    found = parts(*WAY[:5], told("imaging.abandoned", 500), told("imaging.booked", 600), end=700)
    assert found[3:] == [("radiology", 240), ("radiology", 100), ("radiology", 100), ("radiology", 100)]


def test_a_treatment_is_with_those_who_give_the_one_decided_on():
    on = (*WAY, told("imaging.communicated", 1950, result="mscc"), told("imaging.acknowledged", 1960))
    decided = (*on, told("decision.made", 2100, modality="radiotherapy"))
    assert parts(*decided, key="total_48", end=3000)[5:] == [
        ("radiology", 50), ("coordinator", 10), ("senior clinical adviser", 140), ("clinical oncology", 900)
    ]  # fmt: skip
    changed = (*decided, told("decision.made", 2500, modality="surgery"))
    assert parts(*changed, key="total_48", end=3000)[-2:] == [("clinical oncology", 400), ("spinal surgery", 500)]
    systemic = (*on, told("systemic.decided", 2100))
    assert parts(*systemic, key="total_48", end=3000)[-1] == ("senior clinical adviser", 900)


def test_a_clock_off_the_path_is_its_holders_alone():
    assert parts(*WAY, key="bladder", end=500) == [("ward", 500)]


def test_beyond_the_stage_that_a_clock_waits_for_it_is_its_own_holders():
    assert parts(*WAY, key="plan_24", begin=1900, end=2000) == [("radiology", 100)]
    assert parts(*WAY, told("decision.made", 1950), key="plan_24", begin=1900, end=2000) == [
        ("radiology", 50), ("senior clinical adviser", 50)
    ]  # fmt: skip


def test_a_wait_for_the_patient_lasts_until_its_review_or_the_next_one():
    wait = told("clock.suspended", 500, clock="mri_a", until=until(740))
    other = told("clock.suspended", 500, clock="report", until=until(740))
    assert parts(*WAY, wait, end=1900)[4:] == [("radiology", 100), ("patient", 240), ("radiology", 1160)]
    shorter = told("clock.suspended", 600, clock="mri_a", until=until(630))
    assert parts(*WAY, wait, shorter, end=1900)[4:] == [("radiology", 100), ("patient", 130), ("radiology", 1270)]
    assert parts(*WAY, other, end=1900) == parts(*WAY, end=1900)


def test_a_place_elsewhere_and_the_journey_come_before_the_step():
    way = (
        told("transfer.requested", 450, row="1/1"), told("transfer.accepted", 550, row="1/1"),
        told("transfer.departed", 700, row="1/1"), told("transfer.arrived", 780, row="1/1"),
    )  # fmt: skip
    assert parts(*WAY, *way, end=1900)[4:] == [("radiology", 50), ("bed", 100), ("transport", 230), ("radiology", 1120)]
    assert parts(*WAY, *way[:2], end=1900)[4:] == [("radiology", 50), ("bed", 100), ("transport", 1350)]
    assert parts(*WAY, way[0], told("transfer.accepted", 500, row="1/2"), end=1900)[5:] == [
        ("bed", 50), ("transport", 1400)
    ]  # fmt: skip


def test_of_what_overlaps_the_patient_counts_first_then_the_journey_then_the_place():
    wait = told("clock.suspended", 500, clock="mri_a", until=until(560))
    way = (told("transfer.requested", 450, row="1/1"), told("transfer.accepted", 550, row="1/1"))
    assert parts(*WAY, *way, wait, told("transfer.arrived", 600, row="1/1"), end=1900)[5:8] == [
        ("bed", 50), ("patient", 60), ("transport", 40)
    ]  # fmt: skip


def test_the_example_of_the_documentation():
    wait = told("clock.suspended", 500, clock="mri_a", until=until(740))
    way = (told("transfer.accepted", 700, row="1/1"), told("transfer.arrived", 780, row="1/1"))
    assert parts(*WAY, wait, *way, end=1900)[4:] == [
        ("radiology", 100), ("patient", 240), ("transport", 40), ("radiology", 1120)
    ]  # fmt: skip


def test_a_case_that_is_reopened_begins_anew():
    assert parts(*WAY, told("case.reopened", 3000), told("contact.made", 3100), begin=3000, end=3200) == [
        ("referrer", 100), ("coordinator", 100)
    ]  # fmt: skip


def test_minutes_that_nobody_holds_are_an_error():
    with pytest.raises(ValueError, match="nobody holds 2026-03-02 09:01"):
        split(START, START + 2 * MINUTE, [Hold(START, START + MINUTE, 0, "ward", "")])


STAGES = (
    (("contact.made", "contact.advised", "referral.received"), "contact_a"), (("referral.triaged",), "triage"),
    (("imaging.requested", "imaging.vetted"), "mri_request"), (("imaging.booked", "imaging.started"), "mri_slot"),
    (("imaging.acquired", "imaging.shared", "imaging.verified"), "mri_a"),
    (("imaging.communicated",), "report"),
    (("imaging.acknowledged", "case.confirmed", "case.impending"), "result_ack"),
    (("decision.made", "surgery.decided", "radiotherapy.decided", "systemic.decided"), "senior"),
    (("surgery.started", "radiotherapy.fraction", "systemic.started"), "treatment"),
)  # fmt: skip
LAST = {
    "contact_b": 1, "mri_b": 7, "plan_24": 7, "total_48": 8, "radiotherapy": 8, "surgery": 8,
    **{standard: number for number, (_, standard) in enumerate(STAGES)},
}  # fmt: skip
ARRIVED = ("imaging.started", "imaging.acquired", "surgery.started", "radiotherapy.fraction", "systemic.started")


def holder_at(minute, key, facts):  # noqa: PLR0912 - on purpose without helpers
    """Who holds one minute, read from the beginning: the second implementation."""
    own = STANDARDS[key].holder
    if key not in LAST:
        return own
    by = [fact for fact in facts if fact.occurred_at.replace(second=0) <= minute]
    paused = [fact for fact in by if fact.kind == "clock.suspended" and fact.answers["clock"] == key][-1:]
    if paused and minute.isoformat() < paused[0].answers["until"]:
        return "patient"
    rows = {fact.row: "" for fact in by if fact.kind.startswith("transfer.")}
    for fact in by:
        if fact.kind in ("transfer.accepted", "transfer.departed"):
            rows[fact.row] = "transport"
        elif fact.kind == "transfer.requested":
            rows[fact.row] = rows[fact.row] or "bed"
        elif fact.kind == "transfer.arrived":
            rows[fact.row] = ""
        elif fact.kind in ARRIVED:
            rows = dict.fromkeys(rows, "")
    for each in ("transport", "bed"):
        if each in rows.values():
            return each
    over, treats = set(), ""
    for fact in by:
        if fact.kind == "case.reopened":
            over, treats = set(), ""
        elif fact.answers.get("result") == "non_diagnostic":
            over -= set(range(2, 9))
        elif fact.kind == "imaging.abandoned":
            over -= set(range(3, 9))
        else:
            reached = [number for number, (kinds, _) in enumerate(STAGES) if fact.kind in kinds]
            over |= {number for last in reached for number in range(last + 1)}
        if fact.kind == "decision.made":
            treats = fact.answers["modality"]
        elif fact.kind.endswith(".decided"):
            treats = fact.kind.removesuffix(".decided")
    waited = next((number for number in range(9) if number not in over), 9)
    if waited > LAST[key] or not by:
        return own
    standard = STAGES[waited][1]
    if standard == "treatment" and treats in ("radiotherapy", "surgery"):
        standard = treats
    return STANDARDS[standard].holder


def random_case(random):
    """Facts that may come in any order, most of them along the path; and a run among them."""
    kinds = [kind for stage, _ in STAGES for kind in stage]
    kinds += ["imaging.abandoned", "case.reopened", "clock.suspended", "neuro.examined"]
    facts = [told("case.suspected", 0, **{"class": "A"})]
    key = random.choice([*SPANS, "bladder"])
    for kind in random.choices(kinds, k=random.randrange(14)):
        minute = random.randrange(60)
        answers = {
            "imaging.communicated": {"result": random.choice(["mscc", "normal", "non_diagnostic"])},
            "decision.made": {"modality": random.choice(["radiotherapy", "surgery", "systemic", "supportive"])},
            "clock.suspended": {
                "clock": random.choice([key, "pain"]),
                "until": until(minute + random.randrange(1, 30)),
            },
        }.get(kind, {})
        facts.append(told(kind, minute + random.choice([0, 0.5]), **answers))
    for row in range(random.randrange(3)):
        minutes = sorted(random.sample(range(60), 4))
        names = ("requested", "accepted", "departed", "arrived")
        chosen = [(name, minute) for name, minute in zip(names, minutes, strict=True) if random.random() < 0.7]
        facts += [told(f"transfer.{name}", minute, row=f"1/{row}") for name, minute in chosen]
    begin = random.randrange(40)
    return key, in_order(facts), START + begin * MINUTE, START + (begin + random.randrange(60) + 0.25) * MINUTE


def test_ten_thousand_random_cases_sum_to_the_total_and_are_split_as_minute_by_minute():
    random, parted = Random(20260302), 0
    for _ in range(10_000):
        key, facts, begin, end = random_case(random)
        found = account(key, begin, end, facts, STANDARDS)
        total = (end.replace(second=0, microsecond=0) - begin) // MINUTE
        assert sum(part.minutes for part in found) == total
        assert all(part.minutes > 0 for part in found)
        held = [part.holder for part in found for _ in range(part.minutes)]
        assert held == [holder_at(begin + minute * MINUTE, key, facts) for minute in range(total)], (key, facts)
        parted += len(found) > 2
    assert parted > 3000, "the cases are too simple to show anything"
