"""Where a case has got to, for the board and for lists: a pure function of its standing events."""

from collections.abc import Iterable

from pathway.protocol.past import is_last_fraction
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import in_order

PHASES = {
    "suspected": "Suspected",
    "referred": "Referred",
    "triaged": "Triaged",
    "imaging": "Imaging",
    "result": "Result known",
    "confirmed": "Compression confirmed",
    "impending": "Impending compression",
    "metastases_only": "Metastases, no compression",
    "excluded": "Compression excluded",
    "supportive_care": "Supportive care",
    "decided": "Treatment decided",
    "treating": "In treatment",
    "rehabilitating": "Rehabilitation",
    "discharging": "Planning discharge",
    "follow_up": "Follow-up",
    "advice_only": "Advice only",
    "declined": "Declined",
    "left": "Left the alliance",
    "closed": "Closed",
    "died": "Died",
    "entered_in_error": "Entered in error",
    "merged": "Merged into another case",
}
GONE = frozenset({"died", "entered_in_error", "merged"})
ENDS = GONE | {"declined", "left", "closed"}
ORDER = {phase: rank for rank, phase in enumerate(PHASES)}
LEADS_TO = {
    "case.suspected": "suspected",
    "contact.made": "referred",
    "contact.advised": "referred",
    "referral.received": "referred",
    "referral.triaged": "triaged",
    **{f"imaging.{what}": "imaging" for what in ("requested", "vetted", "booked", "started", "acquired")},
    **{f"imaging.{what}": "result" for what in ("communicated", "verified", "acknowledged")},
    **{f"case.{what}": what for what in ("confirmed", "impending", "metastases_only", "excluded", "supportive_care")},
    "decision.made": "decided",
    **dict.fromkeys(("surgery.started", "radiotherapy.fraction", "systemic.started"), "treating"),
    **dict.fromkeys(("surgery.ended", "radiotherapy.completed", "rehabilitation.stepped"), "rehabilitating"),
    **{f"discharge.{what}": "discharging" for what in ("started", "needs_assessed", "plan_agreed")},
    "discharge.discharged": "follow_up",
    **{f"case.{what}": what for what in ("left", "closed", "died", "entered_in_error", "merged")},
}
BACK_TO_IMAGING = "non_diagnostic"
TREATED = frozenset({"rehabilitating", "supportive_care"})
VERDICTS = frozenset({"confirmed", "impending", "metastases_only", "excluded"})
NOT_TO_BE_TREATED = frozenset({"metastases_only", "excluded", "supportive_care"})
BEGINS_ANEW = frozenset({"decided", "treating"})


def phase(facts: Iterable[Fact]) -> str:
    """The furthest phase reached; a non-diagnostic scan goes back to imaging, an exit ends, a reopening resumes.

    From the result on, what was reached before a reopening says nothing of the new signs: the case is suspected again.

    Discharge is planned from admission on (NICE QS56 statement 7), so planning is a phase only once treatment is over.
    """
    reached, ended = "suspected", ""
    for fact in in_order(facts):
        is_last = fact.kind == "radiotherapy.fraction" and is_last_fraction(fact.answers)
        to = LEADS_TO["radiotherapy.completed"] if is_last else LEADS_TO.get(fact.kind, "")
        if fact.kind == "case.reopened":
            ended = ended if ended in GONE else ""
            reached = "suspected" if ORDER[reached] >= ORDER["result"] else reached
        elif fact.kind == "case.declined" and fact.answers.get("what") == "everything":
            ended = ended or "declined"
        elif fact.kind == "referral.triaged" and fact.answers.get("outcome") == "advice_only":
            reached = "advice_only"
        elif fact.kind == "imaging.communicated" and fact.answers.get("result") == BACK_TO_IMAGING:
            reached = "imaging"
        elif to in ENDS:
            ended = to if not ended or (to in GONE and ended not in ("entered_in_error", "merged")) else ended
        elif to == "discharging" and reached not in TREATED:
            continue
        elif to and (ORDER[to] >= ORDER[reached] or goes_back(fact, reached, to)):
            reached = to
    return ended or reached


def goes_back(fact: Fact, reached: str, to: str) -> bool:
    """Whether a fact leads to an earlier phase than the one reached.

    The newest verdict counts; what is not to be treated after all is treated no longer; another decision to treat, or
    the start of another treatment, begins that cycle anew (7.1). A later fraction of a course does not.
    """
    return (
        reached == "advice_only"
        or {reached, to} <= VERDICTS
        or (to in NOT_TO_BE_TREATED and ORDER[reached] <= ORDER["treating"])
        or (to in BEGINS_ANEW and fact.answers.get("n", 1) == 1)
    )
