"""Guards that several steps ask: a scan has answered, the spine is stable, the patient has consented."""

from pathway.protocol.hours import shown
from pathway.protocol.past import TREATMENTS, found, lawful, opinion_on_stability, stable, worse_since
from pathway.protocol.types import Fact
from pathway.record.step import Needs, Situation

PROCEDURES = ("radiotherapy", "surgery", "systemic", "biopsy")


def why_not_stable(now: Situation) -> str:
    """What stands against getting up."""
    advice = opinion_on_stability(now)
    worse = worse_since(now, advice)
    if worse is not None:
        return (
            f"{became_worse(worse)} ({shown(worse.occurred_at)}), and stability has not been judged since. "
            "Record advice from after it, or name the senior who accepts the risk, and why."
        )
    if advice is None or not advice.surely_after(*now.all("case.reopened")):
        since = " since the case was reopened" if advice else ""
        return (
            f"No advice on stability has been recorded{since}. "
            "Record it, or name the senior who accepts the risk, and why."
        )
    which = "The newest opinion on stability is" if advice == now.last("stability.advised") else PERHAPS_NEWER
    return (
        f"{which} “{advice.answers.get('opinion')}”, and no orthosis was fitted since. "
        "Name the senior who accepts the risk, and why."
    )


PERHAPS_NEWER = "An opinion on stability that may be newer than the one that says stable is"
BECAME = {
    "case.reclassified": "The class became A",
    "case.reopened": "The case was reopened in class A",
    "neuro.examined": "An examination found a loss",
}


def became_worse(worse: Fact) -> str:
    """What is worse, in words."""
    return BECAME.get(worse.kind, "Something became worse")


def judge_again(now: Situation) -> list[str]:
    """What became worse since stability was last judged, in a sentence; nothing where nothing did."""
    worse = worse_since(now, opinion_on_stability(now))
    return [f"{became_worse(worse)} at {shown(worse.occurred_at)}: stability is to be judged again"] if worse else []


STABLE = Needs(why_not_stable, stable, senior=True, asks="stability.advised")


FOUND = Needs(
    "No compression is confirmed, nor impending compression or metastases recorded, or it was excluded. Record it, "
    "or name the consultant who treats on clinical grounds, and why.",
    found,
    senior=True,
)


def consented(procedure: str, begun: tuple[str, ...] = ()) -> Needs:
    """Treatment needs consent, a best-interests decision or an emergency on record (1.9); nobody can let it pass.

    In the states `begun` the question was answered when the treatment began.
    """

    def why_not(now: Situation) -> str:
        newest = now.last("consent.recorded", procedure=procedure)
        if newest is None or newest.answers.get("basis") == "refused":
            return (
                f"No basis of consent for {procedure} is recorded: record consent given, best interests or emergency "
                "first."
            )
        return (
            f"No basis of consent for {procedure} counts any more: since that of {shown(newest.occurred_at)} it was "
            "refused, or may have been, the case was reopened, or a treatment began in an emergency. An emergency "
            "counts for one operation or course. Record consent given, best interests or emergency first."
        )

    def holds(now: Situation) -> bool:
        begins = not any(fact.kind in TREATMENTS[procedure] for fact in now.row)
        return now.state in begun or lawful(now, procedure, begins=begins)

    return Needs(
        why_not,
        holds,
        asks="consent.recorded",
        given={"procedure": procedure},
    )


IDENTIFIED = Needs(
    # Consent in an emergency cannot wait for a name.
    "The patient's identity is incomplete: a name, the birth date and a number are needed before this. Complete it, or "
    "name the senior who decides that it cannot wait, and why.",
    lambda now: now.identified or now.answers.get("basis") == "emergency",
    senior=True,
)
