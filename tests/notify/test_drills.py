"""Messages of a fire drill: marked as such, apart from those of alerts, and never before one."""

from datetime import timedelta

import pytest

from pathway.engine import drill
from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.notify.bundle import bundle
from pathway.notify.claim import due as to_send
from pathway.notify.deliver import deliver
from pathway.record.message import Message
from tests.notify.conftest import later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def both(reach, on_duty, unit, due):
    """A drill at its highest level and an alert of a patient that wait for the same contact."""
    reach(on_duty[0], "sms")
    with clock.at(clock.now() - timedelta(minutes=1)):
        drill.start(unit)
    (alert,) = due("E1")
    tick()
    return alert


def test_an_alert_never_shares_a_message_with_a_drill_and_goes_first(sinks, both):
    assert bundle(clock.now()) == 2
    first, second = to_send(clock.now())
    assert (first.purpose, second.purpose) == ("alerts", "drill")
    assert not second.urgent, "though its level is the highest"
    assert {delivery.alert for delivery in first.deliveries.all()} == {both}
    deliver()
    texts = sorted((came.text for came in sinks.taken()), key=lambda text: "DRILL" in text)
    assert len(texts) == 2
    assert texts[0].startswith("MSCC pathway: 1 alert, highest E1")
    assert texts[1].startswith("DRILL, nothing to do. MSCC pathway: 1 alert, highest EX")
    assert "Fire drill: no patient, nothing to do" in texts[1]


def test_a_message_of_a_drill_keeps_no_alert_waiting(sinks, reach, on_duty, unit, due):
    reach(on_duty[0], "sms")
    with clock.at(clock.now() - timedelta(minutes=1)):
        drill.start(unit)
    tick()
    assert deliver().made == 1
    due("E1")
    assert deliver().made == 1, "a second one would wait for a minute"


def test_what_a_drill_has_not_sent_when_it_ends_is_not_sent(sinks, both):
    bundle(clock.now())
    with clock.at(later(minutes=5)):
        drill.end_all()
    deliver()
    assert [came.text for came in sinks.taken() if "DRILL" in came.text] == []
    assert Message.objects.get(purpose="drill").state == "spared"
