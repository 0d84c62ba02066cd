"""Five cases whose alerts are counted by hand in docs/audit.md; all of them wait for the coordinator to be told."""

from datetime import timedelta

from pathway.engine import now as clock
from pathway.engine.respond import acknowledge, decline
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from tests import factories
from tests.factories import START

MINUTE = timedelta(minutes=1)


def alarms(unit):
    """Suspected at 9; whoever is on duty answers some of the alerts. The cases, and who is on duty."""
    person = factories.staff(unit)
    cases = [factories.case(place=unit) for _ in range(5)]
    sweep(30)
    say(decline, cases[4], 32, person, reason="with another patient")
    sweep(33)
    say(acknowledge, cases[0], 35, person)
    factories.happen(cases[3], "contact.made", at=START + 20 * MINUTE, recorded=START + 40 * MINUTE)
    say(acknowledge, cases[4], 40, person)
    for number, minutes in ((1, 45), (0, 50), (4, 55)):
        factories.happen(cases[number], "contact.made", at=START + minutes * MINUTE)
    sweep(60)
    say(acknowledge, cases[2], 70, person)
    factories.happen(cases[2], "contact.made", at=START + 80 * MINUTE)
    return cases, person


def sweep(minutes):
    """One round, so many minutes past 9."""
    with clock.at(START + minutes * MINUTE):
        tick()


def say(what, case, minutes, by, **more):
    """What somebody says to the newest alert of the call to the coordinator."""
    alert = Alert.objects.filter(case=case, clock__standard="contact_a").order_by("-rung").first()
    with clock.at(START + minutes * MINUTE):
        what(alert, by=by, **more)
