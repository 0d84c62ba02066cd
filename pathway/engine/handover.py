"""Cases handed from one person to another: each is taken on its own, and what is not taken stays where it is.

What the taker takes: the alerts on which the giver acts or that the giver offered, and the case itself where the giver
coordinates it. The first is said to the alerts, the second is an event on the case.
"""

from functools import partial, reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from pathway import live
from pathway.engine import respond
from pathway.engine.advance import advance
from pathway.engine.hold import Held, hold
from pathway.engine.now import now
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.protocol.hours import shown
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.handover import Ended, Handed, Handover
from pathway.record.person import Unit, User
from pathway.record.shift import can_be_told
from pathway.record.step import CARE, MEDICAL


def owned_by(user: User) -> Q:
    """The cases that a person surely coordinates: the owner of a case is known by name."""
    return reduce(or_, (Q(owner__iexact=name) for name in user.sure_names), Q(pk__in=()))


def to_give(by: User, unit: Unit | None) -> list[Case]:
    """The open cases of a unit, or those that this person coordinates, oldest first."""
    mine = Case.objects.visible_to(by).open().filter(survivor=None)
    return list(mine.filter(Q(unit=unit) if unit else owned_by(by)).order_by("pk"))


def start(*, by: User, to: User, unit: Unit | None = None) -> Handover:
    """Ask a colleague to take the cases of a unit, or one's own; their alerts on which one acts are offered with them.

    Asked again for the same cases and the same colleague, it is the sheet that waits already.

    Raises:
        Refused: there is no such case. `NotAllowed` for who does not care for patients, `Invalid` for a colleague who
            does not, or is of another organisation.
    """
    if not by.role_set & CARE:
        raise NotAllowed("A hand-over is for those who care for patients.")
    told = User.objects.filter(can_be_told(), pk=to.pk, organisation=by.organisation_id).exclude(pk=by.pk)
    if not (to.role_set & CARE and told.exists()):
        raise Invalid({"to": [f"{to} cannot take cases: choose a colleague who cares for patients."]})
    made = begin(by, to, unit)
    for case in Case.objects.filter(handed__handover=made).order_by("pk"):
        offer_acted(case, by, to, present=True)
    return made


@transaction.atomic
def begin(by: User, to: User, unit: Unit | None) -> Handover:
    """Write the sheet; one person begins one at a time. What of these cases waits on another sheet of theirs ends.

    Raises:
        Refused: there is nothing to hand over.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    cases, at = to_give(by, unit), now()
    if not cases:
        scope = f"{unit} has no open case" if unit else "You coordinate no open case"
        raise Refused(f"{scope}. There is nothing to hand over.")
    before = Handed.objects.waiting().filter(handover__giver=by, case__in=cases)
    known = {(each.handover_id, each.case_id) for each in before.filter(handover__taker=to, handover__unit=unit)}
    if {case for _, case in known} == {case.pk for case in cases} and len({sheet for sheet, _ in known}) == 1:
        return Handover.objects.get(pk=next(iter(known))[0])
    Handed.objects.filter(pk__in=[each.pk for each in before]).update(outcome=Ended.KEPT, ended_at=at, ended_by=str(by))
    made = Handover.objects.create(
        organisation_id=cases[0].organisation_id, giver=by, taker=to, unit=unit, started_at=at
    )
    Handed.objects.bulk_create(Handed(handover=made, case=case) for case in cases)
    transaction.on_commit(partial(live.publish, [case.uuid for case in cases]))
    return made


def offer_acted(case: Case, by: User, to: User, *, present: bool) -> list[str]:
    """Offer the alerts of a case on which one acts, and say why one of them could not be."""
    said = []
    for alert in acted_on(case, by):
        if respond.offered(alert, to) is None:
            try:
                respond.offer(alert, by=by, to=to, present=present)
            except Refused as refused:
                said.append(f"{alert.level} stays with {by}. {refused}")
    return said


def acted_on(case: Case, by: User) -> list[Alert]:
    """The open alerts of a case on which a person acts now."""
    standing = Alert.objects.open().filter(case=case, acting_until__gt=now()).order_by("pk")
    return [alert for alert in standing if respond.acts(by, alert)]


@transaction.atomic
def accept(handed: Handed, *, by: User) -> list[str]:
    """Take one case, and say what went over with it.

    Raises:
        Refused: it was answered, or the case has ended; `NotAllowed` for anybody but whom it is handed to.
    """
    held, handed = waiting(handed, by, by_taker=True)
    giver = handed.handover.giver
    said = offer_acted(held.case, giver, by, present=False)
    for alert in offered_by(giver, held.case, by):
        goes_on = alert.acting_until if alert.acting_until and alert.acting_until > held.now else None
        try:
            taken = respond.accept(alert, by=by, until=goes_on)
        except Refused as refused:
            said += refused.reasons
        else:
            said.append(f"You act on {taken.level} until {shown(taken.acting_until or held.now)}.")
    said += coordinate(held, giver, by)
    end(handed, Ended.ACCEPTED, by, held)
    return said


def coordinate(held: Held, giver: User, by: User) -> list[str]:
    """Name the taker as the owner, where the giver surely is, and say so."""
    owner = held.case.owner.casefold()
    if owner not in {name.casefold() for name in giver.sure_names}:
        shared = owner == str(giver).casefold()
        return [f"Several people are called {giver}: say on the case who coordinates it now."] if shared else []
    if not by.role_set & MEDICAL:
        return [f"{held.case.owner} is still named as the owner: a coordinator or clinician changes that."]
    advance(held.case, "assign", by=by, answers={"to": next(iter(by.sure_names), by.username)})
    return [f"You are named as the owner of {held.case.code}."]


@transaction.atomic
def refuse(handed: Handed, *, by: User, reason: str) -> None:
    """Do not take one case, and say why: it stays with the giver, and so do the alerts that were offered with it.

    Raises:
        Refused: as `accept`; `Invalid` without a reason.
    """
    held, handed = waiting(handed, by, by_taker=True)
    handed.reason = respond.given(reason)
    for alert in offered_by(handed.handover.giver, held.case, by):
        respond.refuse(alert, by=by, reason=reason)
    end(handed, Ended.REFUSED, by, held)


@transaction.atomic
def keep(handed: Handed, *, by: User) -> None:
    """Take back the giving of one case.

    Raises:
        Refused: as `accept`; `NotAllowed` for anybody but the giver.
    """
    held, handed = waiting(handed, by, by_taker=False)
    end(handed, Ended.KEPT, by, held)


def offered_by(giver: User, case: Case, to: User) -> list[Alert]:
    """The open alerts of a case that one person has offered to another, who has not answered."""
    standing = Alert.objects.open().filter(case=case).order_by("pk")
    offers = ((alert, respond.offered(alert, to)) for alert in standing)
    return [alert for alert, offer in offers if offer and offer.by_uuid == giver.uuid]


def waiting(handed: Handed, by: User, *, by_taker: bool) -> tuple[Held, Handed]:
    """The case under its lock, and its line of the sheet read again.

    Raises:
        NotAllowed: the person is not the one of the two who may answer.
        Refused: it was answered, or the case has ended.
    """
    held = hold(handed.case_id, merged=True)
    handed = Handed.objects.select_related("handover__giver", "handover__taker").get(pk=handed.pk)
    who = handed.handover.taker if by_taker else handed.handover.giver
    if who != by or not by.role_set & CARE:
        raise NotAllowed(f"This is for {who} to say.")
    if handed.ended_at:
        raise Refused(f"{handed.ended_by} has answered already: {held.case.code} was {handed.get_outcome_display()}.")
    if not held.case.is_open:
        raise Refused(f"{held.case.code} has ended: {held.case.get_state_display()}. There is nothing to take.")
    return held, handed


def end(handed: Handed, outcome: Ended, by: User, held: Held) -> None:
    """Write how the giving of a case ended."""
    handed.outcome, handed.ended_at, handed.ended_by = outcome, held.now, str(by)
    handed.save(update_fields=["outcome", "ended_at", "ended_by", "reason"])
