"""Each night the administrators hear of gaps in the rota by mail or text message, once."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.notify import operators
from pathway.notify.deliver import Lines, deliver
from pathway.record.message import Message
from pathway.record.notice import Notice
from pathway.record.person import Unit
from pathway.record.rota import told
from pathway.record.shift import Duty
from pathway.tasks import nightly
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator(trust, unit, reach):
    """One administrator with two contacts, of a unit where nobody has any duty; and one without any contact."""
    person, _ = (factories.user("administrator", trust) for _ in range(2))
    reach(person, "email", "sms")
    return person


def test_the_gaps_of_the_night_reach_the_administrator_by_mail(administrator, unit, sinks, reach):
    reach(factories.user("coordinator", unit.organisation), "email")
    reach(factories.user("administrator"), "email")
    nightly()
    lines = Lines()
    deliver(lines=lines)
    lines.wait()
    (mail,) = sinks.taken()
    assert mail.line == "smtp"
    assert f"1 unit has no rota: {unit}." in mail.text
    assert f"1 unit has no fixed contact who can be told: {unit}." in mail.text
    assert "Sign in: https://pathway.hospital.example/inbox/" in mail.text
    (message,) = Message.objects.all()
    assert (message.address.user, message.purpose, message.state) == (administrator, "operator", "sent")


def test_it_is_written_once_a_night(administrator, unit, sinks):
    nightly()
    nightly()
    assert Message.objects.count() == 1
    with clock.at(clock.now() + timedelta(days=1)):
        nightly()
    assert Message.objects.count() == 2


def test_nothing_is_written_where_nothing_is_wanted(administrator, unit, sinks, reach):
    person = factories.user("clinician", unit.organisation)
    reach(person, "sms")
    for role in told():
        factories.duty(unit, role.value, person)
    Unit.objects.filter(pk=unit.pk).update(fixed_contact=person)
    nightly()
    assert not Notice.objects.filter(cleared_at=None).exists()
    assert operators.tell() == Message.objects.count() == 0
    Duty.objects.filter(role="executive on call").delete()
    nightly()
    assert Message.objects.count() == 1
    assert Notice.objects.get(cleared_at=None).text.startswith("The rota of the next 14 days has")
