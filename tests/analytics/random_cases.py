"""Random cases, made by the engine's own moves: a journey with steps left out and moved, and what else may happen."""

import os
from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.merge import merge
from pathway.engine.refused import Refused
from pathway.record.case import Case
from pathway.record.event import Event, standing
from tests.engine.test_any_order import VARIED, record
from tests.factories import START, patient, teller
from tests.factories import case as a_case

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AFTER = START + 40 * DAY
# What usually happens: how often in ten cases, after how many hours, and what it may say.
USUAL = (
    ("contact.made", 8, 0.3, {"channel": ("phone", "phone", "message")}),
    ("referral.received", 7, 0.5, {}),
    ("referral.triaged", 8, 0.8, {"outcome": ("pathway",)}),
    ("case.admitted", 8, 2, {}),
    ("steroids.indicated", 8, 2, {}),
    ("steroids.withheld", 1, 2.5, {"reason": ("infection",)}),
    ("steroids.started", 8, 3.5, {}),
    ("steroids.protected", 7, 4, {}),
    ("steroids.glucose_checked", 7, 5, {}),
    ("position.ordered", 6, 3, {"position": ("flat", "mobile")}),
    ("mobility.assessed", 7, 4, {"code": tuple(f"M{n}" for n in range(10))}),
    ("bowel.assessed", 5, 4, {"continent": (True, False)}),
    ("skin.assessed", 6, 5, {"damage": ("", "sacrum, category 1")}),
    ("imaging.requested", 7, 2, {}),
    ("imaging.contraindicated", 1, 3, {"reason": ("pacemaker",)}),
    ("case.planned", 3, 15, {}),
    ("imaging.acquired", 9, 18, {"modality": ("mri", "mri", "ct")}),
    ("imaging.communicated", 7, 20, {"result": ("mscc", "mscc", "impending", "non_diagnostic")}),
    ("case.impending", 2, 21, {}),
    ("case.confirmed", 7, 22, {}),
    ("opinion.surgical", 7, 23, {"opinion": ("operate", "not_suitable", "more_information")}),
    ("opinion.oncology", 7, 24, {"opinion": ("radiotherapy", "radiotherapy", "more_information")}),
    ("position.reviewed", 5, 25, {"position": ("flat", "mobile")}),
    ("sins.scored", 4, 26, {}),
    ("stability.advised", 5, 27, {"sins": (9,)}),
    ("physiotherapy.assessed", 6, 30, {}),
    ("decision.made", 8, 31, {"modality": ("radiotherapy", "radiotherapy", "surgery", "systemic")}),
    ("consent.recorded", 9, 31, {"procedure": ("radiotherapy", "surgery", "systemic")}),
    ("occupational_therapy.assessed", 6, 40, {}),
    ("surgery.started", 3, 42, {}),
    ("radiotherapy.fraction", 6, 43, {"n": (1,), "of": (1, 5)}),
    ("surgery.ended", 3, 46, {}),
    ("position.cleared_to_sit", 5, 48, {}),
    ("rehabilitation.stepped", 5, 50, {"step": ("R1", "R2", "R3")}),
    ("steroids.taper_planned", 6, 60, {}),
    ("mobility.assessed", 7, 110, {"code": ("M1", "M2", "M4", "M6", "M8", "M9")}),
    ("bowel.assessed", 5, 120, {"continent": (True, False)}),
    ("discharge.needs_assessed", 6, 130, {}),
    ("discharge.discharged", 6, 150, {}),
    ("steroids.stopped", 5, 170, {}),
    ("case.died", 2, 500, {}),
    ("case.left", 1, 600, {}),
    (
        "followup.recorded",
        5,
        800,
        {"due": ("week_8", "day_30"), "mobility": ("M1", "M4", "M7", "M9"), "alive": (True, True, False)},
    ),
    ("followup.recorded", 2, 850, {"due": ("week_8",), "alive": (True, False)}),
)
BESIDE = (
    *("case.declined", "case.supportive_care", "case.reclassified", "case.excluded", "case.metastases_only"),
    *("case.closed", "case.died", "case.left", "case.reopened", "position.freed", "radiotherapy.completed"),
    *("imaging.acquired", "decision.made", "steroids.changed", "contact.made", "case.entered_in_error"),
)
TIMES = int(os.environ.get("TIMES", "1"))
PRECISE = ("minute",) * 12 + ("hour", "day", "unknown")


def tried(few):
    """So many seeds, and as many times more of them as TIMES says; a seed has nothing to be made smaller."""
    phases = (Phase.explicit, Phase.generate)
    return settings(max_examples=few * TIMES, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)


def history(random):
    """The class, how well the suspicion is known, and what is recorded after it, in the order in which it happened."""
    pace = random.choice((0.7, 1, 1, 1.5))
    told = [
        (kind, hours * pace * random.choice((0.8, 1, 1, 1.2, 3)), answers)
        for kind, often, hours, answers in USUAL
        if random.random() * 10 < often
    ]
    told += [
        (kind, random.uniform(0.2, 80), VARIED.get(kind, {}))
        for kind in random.sample(BESIDE, random.choice((0, 1, 2)))
    ]
    found = [
        (kind, hours + number / 60, {name: random.choice(values) for name, values in answers.items()},
         random.choice(PRECISE))
        for number, (kind, hours, answers) in enumerate(told)
    ]  # fmt: skip
    return random.choice("AAABC"), random.choice(PRECISE), sorted(found, key=lambda each: each[1])


def built(random, place, who, number):
    """A case with such a history, as far as the engine takes it: nothing that would be in the future."""
    start = START + random.choice((0, 0, 0, 20, 38, 39.6)) * DAY + number * HOUR
    klass, precision, told = history(random)
    with clock.at(AFTER):
        case = a_case(klass, at=start, place=place, who=who, precision=precision, recorded=AFTER)
        for kind, hours, answers, known in told:
            at = start + timedelta(minutes=round(hours * 60))
            record(case, kind, at, {name: value for name, value in answers.items() if value != ""}, known)
    return case


def disturbed(random, case):
    """Something that is done to what was recorded: taken back, moved, made vague, a clock quietened or voided."""
    by, deed = teller(case.organisation), random.choice(("withdrawn", "moved", "vague", "suspended", "voided"))
    entry = random.choice(standing(Event.objects.filter(case=case).order_by("pk")))
    with suppress(Refused), clock.at(AFTER + HOUR):
        if deed == "withdrawn":
            correct(entry, by=by, why="never happened", withdrawn=True)
        elif deed == "moved":
            correct(entry, by=by, why="mistyped", occurred_at=entry.occurred_at + 7 * MINUTE, time_is_right=True)
        elif deed == "vague":
            correct(entry, by=by, why="only the day is known", precision="day", time_is_right=True)
        else:
            quieten(case, random.choice(("mri_a", "treatment", "contact_a")), deed, by)


def quieten(case, standard, deed, by):
    """Suspend or void a clock, soon after the suspicion."""
    with clock.at(case.suspected_at + 30 * MINUTE):
        if deed == "suspended":
            answers = {"until": clock.now() + 2 * HOUR, "why": "unfit", "named": "registrar"}
            suspend(case, standard, by=by, answers=answers)
        else:
            answers = {"reason": "unfit", "second_person": "second consultant"}
            void(case, standard, by=by, answers=answers)


def population(random, place):
    """Two to four cases: the last two of one person, and one of them merged into the other where that can be."""
    people = [patient(place.organisation) for _ in range(random.choice((1, 2, 3)))]
    cases = [built(random, place, who, number) for number, who in enumerate([*people, people[-1]])]
    for _ in range(random.choice((0, 2, 4))):
        disturbed(random, random.choice(cases))
    answers = {"into": cases[-2].code, "reason": "two referrers", "second_person": "second coordinator"}
    with suppress(Refused), clock.at(AFTER + 2 * HOUR):
        merge(Case.objects.get(pk=cases[-1].pk), by=teller(place.organisation), answers=answers)
    return cases
