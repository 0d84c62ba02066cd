"""Guards that several steps ask: a scan has answered, the spine is stable, the patient has consented."""

from pathway.protocol.hours import shown
from pathway.protocol.past import found, lawful, stable, worse_since
from pathway.record.step import Needs, Situation

PROCEDURES = ("radiotherapy", "surgery", "systemic", "biopsy")


def why_not_stable(now: Situation) -> str:
    """What stands against getting up."""
    advice = now.last("stability.advised")
    worse = worse_since(now, advice)
    if worse is not None:
        return (
            f"Something became worse ({shown(worse.occurred_at)}), and stability has not been judged since. "
            "Record advice from after it, or name the senior who accepts the risk, and why."
        )
    if advice is None:
        return "No advice on stability has been recorded. Record it, or name the senior who accepts the risk, and why."
    return (
        f"The newest opinion on stability is “{advice.answers.get('opinion')}”, and no orthosis was fitted since. "
        "Name the senior who accepts the risk, and why."
    )


def judge_again(now: Situation) -> list[str]:
    """What became worse since stability was last judged, in a sentence; nothing where nothing did."""
    worse = worse_since(now, now.last("stability.advised"))
    return [f"Something became worse at {shown(worse.occurred_at)}: stability is to be judged again"] if worse else []


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
    return Needs(
        f"No basis of consent for {procedure} is recorded: record consent given, best interests or emergency first.",
        lambda now: now.state in begun or lawful(now, procedure),
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
