"""What a scenario needs beside its strikes: rows that nothing can be made of, receipts; and what must hold after it."""

import json
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from itertools import pairwise
from statistics import quantiles

from django.db import connection, transaction
from notifications_python_client.notifications import NotificationsAPIClient

from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault
from pathway.record.message import Message
from tests.faults import load
from tests.sinks import API_KEY, TOKEN

PAGE_WITHIN = 1.0
RETRY_AFTER, UNDER_WAY = 2.0, 0.6
SAID = (
    ("delivered",), ("delivered", "delivered"), ("delivered", "temporary-failure"),
    ("delivered", "permanent-failure", "delivered"), ("technical-failure", "delivered"),
)  # fmt: skip


@transaction.atomic
def poison(plant, kind):
    """A case that is due and that the sweep cannot handle. Nothing is expected of it but that it is set aside."""
    at = datetime.now(UTC)  # noqa: TID251 - the same machine's clock as the database's
    load.make(plant.world, [load.near(plant.world.teams[0], at)])
    clock = Clock.objects.latest("pk")
    if kind == "unknown protocol":
        Case.objects.filter(pk=clock.case_id).update(protocol="mscc-1900.1")
    elif kind == "unknown clock":
        Clock.objects.filter(pk=clock.pk).update(standard="no such clock")
    else:
        Alert.objects.create(case_id=clock.case_id, clock=clock, rung=0, level="E1", raised_at=at, called_at=at)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM faults.expected WHERE clock = %s", [clock.pk])
    plant.poisoned.append(clock.case_id)
    plant.faults += 1


def set_aside(plant):
    """Every poisoned case is shown to the operators."""
    shown = set(Fault.objects.filter(case_id__in=plant.poisoned).values_list("case_id", flat=True))
    return [f"{len(plant.poisoned) - len(shown)} poisoned cases not set aside"] if shown != set(plant.poisoned) else []


def pages(plant):
    """Pages are answered while the broker is out of order."""
    ninety_five = quantiles(plant.answered, n=20)[-1]
    plant.say(f"pages: {len(plant.answered)}, 95 % within {ninety_five:.3f} s, worst {max(plant.answered):.3f} s")
    return [f"95 % of pages within {ninety_five:.2f} s only"] if ninety_five > PAGE_WITHIN else []


def waited(plant):
    """After a provider has said to wait, nothing is sent to it until then; what was under way may still come."""
    arrivals = [each for each in plant.control()["arrivals"] if each["at"] >= plant.began]
    sent = 0
    for line in ("sms", "webhook"):
        mine = sorted((each["at"], each["taken"]) for each in arrivals if each["line"] == line)
        for (at, taken), (following, _) in pairwise(mine):
            sent += not taken and UNDER_WAY < following - at < RETRY_AFTER * 0.95
    return [f"{sent} sent while the provider had said to wait"] if sent else []


def said(plant, body, token=TOKEN):
    """Call back as GOV.UK Notify does; the status of the answer."""
    url = f"http://127.0.0.1:{plant.port}/callbacks/notify/"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10) as got:
            return got.status
    except urllib.error.HTTPError as refused:
        return refused.code


def send_receipts(plant, random):
    """For each text message receipts late, twice, in any order; and forged ones that say it never arrived."""
    while True:
        for word, body in receipts(plant, random):
            plant.faults += 1
            said(plant, body | {"status": word})
            if random.random() < 0.2 and plant.forged < 40:
                plant.forged += 1
                plant.faults += 1
                assert said(plant, body | {"status": "permanent-failure"}, token="forged") in (401, 403)
            yield random.uniform(0, 0.05)
        yield 0.3


def receipts(plant, random):
    """The receipts of what was taken since the last time: word, and who it is about."""
    notify = NotificationsAPIClient(API_KEY, base_url=f"http://127.0.0.1:{plant.http}")
    keys = {each["key"] for each in plant.control()["arrivals"] if each["line"] == "sms" and each["at"] >= plant.began}
    for key in sorted(keys - plant.receipted):
        plant.receipted.add(key)
        found = notify.get_all_notifications(reference=key)["notifications"]
        for word in random.choice(SAID):
            yield word, {"id": found[-1]["id"], "reference": key}


def all_delivered(plant):
    """Whatever came in whichever order: every text message that was taken counts as delivered."""
    import random

    for word, body in list(receipts(plant, random)):
        said(plant, body | {"status": word})
    time.sleep(0.5)
    sms = Message.objects.filter(address__channel="sms").exclude(state="spared")
    other = sms.exclude(state="delivered").count()
    return [f"{other} of {sms.count()} text messages not delivered"] if other else []
