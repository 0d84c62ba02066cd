"""The table of every state and every move as it should be, and a case walked to a state of it."""

from datetime import timedelta

from django.db import transaction

from pathway.engine import now as clock
from pathway.engine.advance import advance
from pathway.engine.merge import merge
from pathway.record.case import Case
from pathway.record.step import machines, made_by
from tests import factories

WAITING = "none requested vetted booked"
EARLIER = f"{WAITING} started abandoned contraindicated"
BEFORE = "none indicated withheld"
OPEN = "suspected confirmed impending metastases_only excluded supportive_care"
LADDER = "R0 R1 R2 R3 R4 R5 R6"
SAME = ""
# event: the state it leads to, the states it leads there from, the states it leaves as they are
MOVES = {
    "contact.made": ("made", "none", "made advised"),
    "contact.advised": ("advised", "none made", "advised"),
    "referral.received": ("received", "none", ""),
    "referral.triaged": ("pathway", "none received", ""),
    "position.ordered": ("flat", "unassessed flat elevated mobile cleared freed", ""),
    "position.immobilised": ("flat", "unassessed mobile", "flat elevated"),
    "position.reviewed": ("flat", "unassessed flat elevated mobile cleared", ""),
    "position.cleared_to_sit": ("cleared", "unassessed flat elevated mobile", ""),
    "position.freed": ("freed", "unassessed flat elevated mobile cleared", ""),
    "stability.advised": ("stable", "unknown stable indeterminate unstable", ""),
    "orthosis.fitted": ("fitted", "none", "fitted"),
    "imaging.requested": ("requested", "none", ""),
    "imaging.vetted": ("vetted", "none requested", ""),
    "imaging.booked": ("booked", f"{WAITING} abandoned contraindicated", ""),
    "imaging.contraindicated": ("contraindicated", f"{WAITING} started abandoned", ""),
    "imaging.started": ("started", f"{WAITING} abandoned contraindicated", ""),
    "imaging.acquired": ("acquired", EARLIER, ""),
    "imaging.abandoned": ("abandoned", f"{WAITING} started", ""),
    "imaging.shared": ("acquired", EARLIER, "acquired verified communicated acknowledged"),
    "imaging.communicated": ("communicated", f"{EARLIER} acquired verified", ""),
    "imaging.verified": ("verified", f"{EARLIER} acquired", "communicated acknowledged"),
    "imaging.acknowledged": ("acknowledged", f"{EARLIER} acquired verified communicated", ""),
    "steroids.indicated": ("indicated", "none withheld", ""),
    "steroids.withheld": ("withheld", "none indicated", ""),
    "steroids.haematology_advised": (SAME, "", f"{BEFORE} started tapering"),
    "steroids.started": ("started", BEFORE, ""),
    "steroids.changed": ("started", BEFORE, "started tapering"),
    "steroids.protected": (SAME, "", f"{BEFORE} started tapering"),
    "steroids.glucose_checked": (SAME, "", f"{BEFORE} started tapering"),
    "steroids.taper_planned": ("tapering", f"{BEFORE} started", "tapering"),
    "steroids.stopped": ("stopped", f"{BEFORE} started tapering", ""),
    **{f"case.{what}": (SAME, "", OPEN)
       for what in ("admitted", "reclassified", "deteriorated", "assigned", "planned", "transferred")},
    "opinion.surgical": ("given", "none", ""),
    "opinion.oncology": ("given", "none", ""),
    "decision.made": ("made", "none", ""),
    "consent.recorded": ("given", "none", ""),
    "biopsy.needed": ("needed", "none", ""),
    "biopsy.arranged": ("arranged", "none needed", ""),
    "biopsy.taken": ("taken", "none needed arranged", ""),
    "biopsy.resulted": ("resulted", "none needed arranged taken", ""),
    "radiotherapy.decided": ("decided", "none", "decided planned started"),
    "radiotherapy.planned": ("planned", "none decided", ""),
    "radiotherapy.fraction": ("started", "none decided planned started", ""),
    "radiotherapy.completed": ("completed", "none decided planned started", "completed"),
    "radiotherapy.stopped_early": ("stopped", "none decided planned started", ""),
    "surgery.decided": ("decided", "none", "decided listed"),
    "surgery.listed": ("listed", "none decided", ""),
    "surgery.started": ("started", "none decided listed", ""),
    "surgery.ended": ("ended", "none decided listed started", ""),
    "systemic.decided": ("decided", "none", ""),
    "systemic.started": ("started", "none decided", ""),
    "bone_agent.given": ("given", "none", "given"),
    "transfer.requested": ("requested", "none", ""),
    "transfer.accepted": ("accepted", "none requested", ""),
    "transfer.departed": ("departed", "none requested accepted", ""),
    "transfer.arrived": ("arrived", "none requested accepted departed", ""),
    "rehabilitation.stepped": ("R2", LADDER, ""),
    "rehabilitation.stopped": ("R1", "R2 R3 R4 R5 R6", "R0 R1"),
    "bladder.scanned": ("assessed", "unknown", "assessed catheter removed"),
    "bladder.planned": ("assessed", "unknown", "assessed catheter removed"),
    "bladder.catheterised": ("catheter", "unknown assessed removed", ""),
    "bladder.catheter_removed": ("removed", "unknown assessed catheter", ""),
    "vte.assessed": ("assessed", "none", "assessed dosed not_given"),
    "vte.dosed": ("dosed", "none assessed not_given", "dosed"),
    "vte.not_given": ("not_given", "none assessed dosed", "not_given"),
    "discharge.started": ("started", "none", ""),
    "discharge.needs_assessed": ("assessed", "none started", "agreed"),
    "discharge.plan_agreed": ("agreed", "none started assessed", ""),
    "discharge.discharged": ("discharged", "none started assessed agreed", ""),
    "case.confirmed": ("confirmed", "suspected impending metastases_only", "supportive_care"),
    "case.impending": ("impending", "suspected metastases_only", ""),
    "case.metastases_only": ("metastases_only", "suspected impending", ""),
    "case.excluded": ("excluded", "suspected impending metastases_only", ""),
    "case.supportive_care": ("supportive_care", "suspected confirmed impending metastases_only", ""),
    "case.declined": ("declined", OPEN, ""),
    "case.left": ("left", OPEN, ""),
    "case.died": ("died", f"{OPEN} declined left closed", ""),
    "case.closed": ("closed", OPEN, ""),
    "case.reopened": ("suspected", "closed declined left excluded", ""),
    "case.entered_in_error": ("entered_in_error", f"{OPEN} declined left closed died", ""),
    "case.merged": ("merged", OPEN, ""),
}  # fmt: skip
BRANCHES = [
    ("position.ordered", "position", {"flat": "flat", "elevated": "elevated", "mobile": "mobile"}),
    ("position.reviewed", "position", {"flat": "flat", "elevated": "elevated", "mobile": "mobile"}),
    ("stability.advised", "opinion", {"stable": "stable", "indeterminate": "indeterminate", "unstable": "unstable"}),
    ("referral.triaged", "outcome", {"pathway": "pathway", "advice_only": "advice_only"}),
    ("opinion.surgical", "opinion", {"operate": "given", "not_suitable": "given", "more_information": "asked"}),
    ("opinion.oncology", "opinion",
     {"radiotherapy": "given", "systemic": "given", "supportive": "given", "more_information": "asked"}),
    ("consent.recorded", "basis", {basis: basis for basis in ("given", "refused", "best_interests", "emergency")}),
    ("rehabilitation.stepped", "step", {step: step for step in LADDER.split()}),
    ("radiotherapy.fraction", "n", {1: "started", 5: "completed"}),
    ("case.declined", "what", {"everything": "declined", "imaging": "suspected", "treatment": "suspected"}),
]  # fmt: skip
ENDS = {
    ("contact", "advised"), ("referral", "pathway"), ("referral", "advice_only"), ("orthosis", "fitted"),
    ("imaging", "acknowledged"), ("steroids", "stopped"),
    ("case", "entered_in_error"), ("case", "merged"),
    ("opinion", "asked"), ("opinion", "given"), ("decision", "made"), ("biopsy", "resulted"),
    ("consent", "given"), ("consent", "refused"), ("consent", "best_interests"), ("consent", "emergency"),
    ("radiotherapy", "completed"), ("radiotherapy", "stopped"), ("surgery", "ended"), ("systemic", "started"),
    ("bone_agent", "given"), ("transfer", "arrived"), ("discharge", "discharged"),
}  # fmt: skip
OF_THE_PATHWAY = (
    *("case", "contact", "referral", "position", "stability", "orthosis", "imaging", "steroids", "opinion", "decision"),
    *("consent", "biopsy", "radiotherapy", "surgery", "systemic", "bone_agent", "transfer", "rehabilitation"),
    *("bladder", "vte", "discharge"),
)
SENIOR = {"by": "consultant on call", "reason": "decided at the bedside"}
# what the guards ask for: stability, a result, opinions, a finding, consent, a safe way home
GUARDED = (
    ("stability.advised", {}), ("imaging.communicated", {"result": "other"}), ("opinion.surgical", {}),
    ("opinion.oncology", {}),
    ("case.confirmed", {}),
    *(("consent.recorded", {"procedure": procedure}) for procedure in ("radiotherapy", "surgery", "systemic")),
    ("neuro.examined", {}), ("mobility.assessed", {}), ("bowel.assessed", {}), ("vte.assessed", {}),
    ("pain.scored", {}), ("discharge.needs_assessed", {}), ("discharge.plan_agreed", {}), ("told.gp", {}),
    ("told.patient", {}),
)  # fmt: skip


def states(track):
    return [str(value) for value, _ in machines()[track]._meta.get_field("state").flatchoices]


def of(track):
    return [kind for kind in MOVES if kind.startswith(f"{track}.")]


def way_to(track, state):
    """The moves, with their answers where they matter, that lead from the beginning to a state."""
    ways = {str(machines()[track].initial): []}
    while state not in ways:
        known = dict(ways)
        for kind in of(track):
            target, sources, _ = MOVES[kind]
            by_answer = next(((name, found) for event, name, found in BRANCHES if event == kind), ("", {"": target}))
            for source in sources.split():
                for answer, leads_to in by_answer[1].items():
                    if source in known and leads_to:
                        ways.setdefault(leads_to, [*known[source], (kind, {by_answer[0]: answer} if answer else {})])
        assert ways.keys() != known.keys(), f"{track} can never be {state}"
    return ways[state]


def prepared(track, unit):
    """A case for which all that the guards of a track ask for is recorded; its patient has another one."""
    case = factories.case(place=unit)
    factories.case(place=unit, who=case.patient)
    for kind, answers in GUARDED:
        if not kind.startswith(f"{track}."):
            factories.happen(case, kind, at=factories.START, **answers)
    return case


def stood(track, state, case):
    """A row that was walked to a state, of a case that is prepared for it."""
    case = Case.objects.get(pk=case.pk)
    step = case if track == "case" else machines()[track](case=case)
    for kind, answers in way_to(track, state):
        reason = {"reason": "infection"} if kind == "steroids.withheld" else {}
        go(step, kind, **answers, **reason)
    assert state_of(step) == state
    return step


def in_each_state(track, unit):
    """A row in each state of its track in turn, with its name; what is done to it is taken back before the next."""
    case = prepared(track, unit)
    for state in states(track):
        with transaction.atomic():
            yield state, stood(track, state, case)
            transaction.set_rollback(True)


def case_of(step):
    return step if isinstance(step, Case) else step.case


def minute_after(case):
    """A minute after the newest entry."""
    return factories.START + timedelta(minutes=case.events.count())


def answers_for(case, kind):
    """Plausible answers to a move on this case."""
    other = Case.objects.filter(patient=case.patient).exclude(pk=case.pk)
    own = {"case.reclassified": {"class": "B"}, "case.merged": {"into": other.get().code}}
    return factories.ANSWERS.get(kind, {}) | own.get(kind, {})


def go(step, kind, /, **answers):
    """Make a move, a minute after the one before; a senior is named, for guards that one may let pass."""
    case, (_, move) = case_of(step), made_by(kind)
    by, given = factories.teller(case.organisation), answers_for(case, kind) | answers
    with clock.at(minute_after(case)):
        if kind == "case.merged":
            return merge(case, by=by, answers=given)
        return advance(step, move.verb, by=by, at=None, answers=given, override=SENIOR)


def state_of(step):
    """The state as it is stored; a row that nobody has begun is as it would begin."""
    rows = type(step).objects.filter(pk=step.pk)
    if not isinstance(step, Case):
        rows = type(step).objects.filter(case=step.case, number=step.number or 1)
    found = rows.first()
    return str(found.state if found else type(step).initial)


def after(kind, state):
    """The state after a move as the table has it; None where the move is not possible."""
    target, sources, stays = MOVES[kind]
    return target if state in sources.split() else state if state in stays.split() else None
