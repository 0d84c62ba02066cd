"""What is told in one message: few messages, the gravest first, and nothing that is no longer needed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from pathway.engine import alerts, respond
from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.notify.deliver import deliver
from pathway.protocol.hours import LONDON
from pathway.record.alert import Delivery, Why
from pathway.record.message import Message
from tests import factories
from tests.notify.conftest import later, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_waits_together_is_one_message_gravest_first_then_most_overdue(sinks, reach, on_duty, due):
    reach(on_duty[0], "email")
    due("E1", 2), due("E3", 2)
    deliver()
    (came,) = sinks.came()
    lines = came.text.splitlines()
    assert lines[0] == "MSCC pathway: 4 alerts, highest E3"
    assert [line[:2] for line in lines[1:5]] == ["E3", "E3", "E1", "E1"]
    assert Message.objects.get().urgent


def test_of_one_clock_only_the_highest_level_is_told(sinks, reach, on_duty, due):
    reach(on_duty[0], "email")
    (alert,) = due("E1")
    alerts.pass_on(alert, Why.DECLINED, now=clock.now())
    tick()
    deliver()
    (came,) = sinks.came()
    assert came.text.startswith("MSCC pathway: 1 alert, highest E3")


def test_at_most_one_message_a_minute_but_the_urgent_after_ten_seconds(sinks, reach, on_duty, due):
    reach(on_duty[0], "email")
    due()
    deliver()
    due()
    deliver(later(seconds=50))
    assert len(sinks.came()) == 1
    due("E3")
    deliver(later(seconds=5))
    assert len(sinks.came()) == 1
    deliver(later(seconds=11))
    assert len(sinks.came()) == 2
    assert "2 alerts" in sinks.came()[1].text
    due()
    deliver(later(seconds=60))
    assert len(sinks.came()) == 2
    deliver(later(seconds=75))
    assert len(sinks.came()) == 3


def test_quiet_hours_hold_back_what_is_not_urgent_and_never_e3(sinks, reach, on_duty, due):
    local = clock.now().astimezone(LONDON)
    begin, until_ = (local - timedelta(hours=2)).time(), (local + timedelta(hours=3)).time()
    reach(on_duty[0], "email", quiet_from=begin.replace(microsecond=0), quiet_until=until_.replace(microsecond=0))
    due()
    assert deliver().made == 0
    due("E3")
    deliver()
    (came,) = sinks.came()
    assert "1 alert, highest E3" in came.text
    deliver(later(hours=4))
    assert "E1 limit near" in sinks.came()[1].text
    assert "told late, since" in sinks.came()[1].text


@pytest.mark.parametrize("why", ["acted on", "stood down"])
def test_what_is_over_before_it_was_sent_is_not_sent_and_says_so(sinks, reach, on_duty, due, why):
    reach(on_duty[0], "email")
    (alert,) = due()
    if why == "acted on":
        respond.acknowledge(alert, by=on_duty[0])
    else:
        factories.happen(alert.case, "contact.made")
    deliver()
    assert sinks.came() == []
    message = Message.objects.get()
    assert (message.state, message.tries, message.next_at) == ("spared", 0, None)
    assert deliver().made == 0


def test_what_is_over_before_it_is_tried_again_is_spared_too(sinks, reach, on_duty, due):
    reach(on_duty[0], "email")
    (alert,) = due()
    sinks.smtp_mode = "500"
    deliver()
    respond.acknowledge(alert, by=on_duty[0])
    sinks.smtp_mode = "ok"
    deliver(later(seconds=5))
    assert states() == ["spared"]
    assert sinks.taken() == []


def test_only_what_still_stands_is_told_when_it_is_tried_again(sinks, reach, on_duty, due):
    reach(on_duty[0], "email")
    over, stands = due(count=2)
    sinks.smtp_mode = "500"
    deliver()
    respond.acknowledge(over, by=on_duty[0])
    sinks.smtp_mode = "ok"
    deliver(later(seconds=5))
    assert over.case.code not in sinks.taken()[0].text
    assert stands.case.code in sinks.taken()[0].text


def test_ten_thousand_deliveries_become_few_messages(sinks, reach, trust, unit):
    people = [factories.user("coordinator", trust) for _ in range(5)]
    for person in people:
        factories.duty(unit, "coordinator", person)
        reach(person, "email")
    factories.case(place=unit, at=clock.now() - timedelta(minutes=31))
    tick()
    many(2000)
    waiting = Delivery.objects.exclude(address=None)
    assert waiting.count() == 5 * 2001
    deliver()
    assert len(sinks.taken()) == 5
    assert "2001 alerts" in sinks.taken()[0].text
    assert sinks.taken()[0].text.splitlines()[-2].endswith(" more")
    assert not waiting.filter(message=None).exists()


COPY = """
WITH made AS (
  INSERT INTO pathway_clock (case_id, standard, started_at, nth, entered_at, amber_at, due_at, outcome, rung,
    start_width, end_width)
  SELECT case_id, standard, started_at, n, entered_at, amber_at, due_at, outcome, rung, start_width, end_width
  FROM pathway_clock, generate_series(1, %s) n WHERE rung > 0 RETURNING id, case_id
), raised AS (
  INSERT INTO pathway_alert (uuid, case_id, clock_id, protocol, rung, level, raised_at, late_entry, nobody, why,
    called_at, calls, passed_why, snoozed_by, acknowledged_by, stood_down_why)
  SELECT gen_random_uuid(), made.case_id, made.id, 'mscc-2026.2', 0, 'E1', now(), false, false, 'time', now(), 1, '',
    '', '', ''
  FROM made RETURNING id
)
INSERT INTO pathway_delivery (alert_id, user_id, channel, call, told_at, address_id)
SELECT raised.id, told.user_id, told.channel, told.call, told.told_at, told.address_id
FROM raised, pathway_delivery told
"""


def many(count):
    """As many further alerts to the same people, written at once."""
    with connection.cursor() as cursor:
        cursor.execute(COPY, [count])


def test_what_is_told_while_a_message_is_made_waits_for_the_next(sinks, reach, on_duty, due):
    """An alert that is raised between two reads of what waits is not taken for one that is over."""
    reach(on_duty[0], "email")
    due()
    raised = []

    def meanwhile():
        raised.extend(due("E3"))
        connection.close()

    def between(execute, sql, *rest):
        result = execute(sql, *rest)
        if not raised and connection.in_atomic_block and sql.startswith("SELECT") and 'FROM "pathway_delivery"' in sql:
            thread = threading.Thread(target=meanwhile)
            thread.start()
            thread.join()
        return result

    with connection.execute_wrapper(between):
        deliver()
    assert raised
    deliver(later(seconds=15))
    assert states() == ["sent", "sent"]
    assert [each.text.splitlines()[0] for each in sinks.came()] == [
        "MSCC pathway: 1 alert, highest E1", "MSCC pathway: 1 alert, highest E3"
    ]  # fmt: skip
