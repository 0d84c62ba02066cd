"""What every page says of the loops that watch: in words, since when, amber and red, and live."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.watch import AUDIT, DELIVERY, SWEEP, standing, watch
from pathway.record.audit import Audit
from pathway.record.heartbeat import Heartbeat, beat, begin
from pathway.record.message import Address
from pathway.web import pulse
from pathway.web.banner import Banner, Line
from tests.factories import START

SECOND = timedelta(seconds=1)
YOURSELF = "watch the due times yourself"
TELEPHONE = "telephone, the inbox alone tells people"
UNNOTICED = "a lost one would go unnoticed, watch the due times"


@pytest.mark.parametrize(
    ("loop", "age", "state", "said"),
    [
        (SWEEP, 2, "fresh", "Clocks checked 2 s ago"),
        (SWEEP, 15, "fresh", "Clocks checked 15 s ago"),
        (SWEEP, 16, "late", "Clocks checked 16 s ago, which is late"),
        (SWEEP, 60, "late", "Clocks checked 1 min 0 s ago, which is late"),
        (
            SWEEP,
            61,
            "lost",
            "Alerts late since 09:00:00: clocks not checked for 1 min 1 s, watch the due times yourself",
        ),
        (DELIVERY, 15, "fresh", "Messages are being sent"),
        (DELIVERY, 16, "late", "Messages late since 09:00:00: none sent outside for 16 s"),
        (DELIVERY, 61, "lost", f"Messages are not being sent since 09:00:00, 1 min 1 s ago: {TELEPHONE}"),
        (AUDIT, 90, "fresh", "Alerts counted again 1 min 30 s ago"),
        (AUDIT, 91, "late", "Alerts last counted again at 09:00:00, 1 min 31 s ago, which is late"),
        (AUDIT, 181, "lost", f"Alerts not counted again since 09:00:00, 3 min 1 s ago: {UNNOTICED}"),
    ],
)
def test_each_loop_turns_amber_and_red_in_words_and_says_since_when(loop, age, state, said):
    now = START + age * SECOND
    line = Line(standing(loop, START, now), now)
    assert (line.state, line.said) == (state, said)
    assert line.is_hidden == (state == "fresh" and loop is not SWEEP)
    assert line.limits == [int(loop.late.total_seconds() * 1000), int(loop.lost.total_seconds() * 1000)]


@pytest.mark.parametrize(
    ("loop", "said"),
    [
        (SWEEP, "Clocks are not being checked: no alert is raised, watch the due times yourself"),
        (DELIVERY, f"Messages are not being sent: {TELEPHONE}"),
        (AUDIT, f"Alerts are not being counted again: {UNNOTICED}"),
    ],
)
def test_what_never_came_round_is_said_to_be_so(loop, said):
    line = Line(standing(loop, None, START), START)
    assert (line.state, line.said, line.is_hidden) == ("never", said, False)


def test_a_clock_that_is_set_back_makes_no_negative_age():
    assert Line(standing(SWEEP, START, START - SECOND), START - SECOND).said == "Clocks checked 0 s ago"


def test_troubles_come_after_the_loops_what_was_counted_in_red_the_rest_in_amber(db):
    begin("celery", START)
    beat("sweeper", START + 62 * SECOND)
    Heartbeat.objects.filter(name="sweeper").update(drift_ms=9_000)
    counts = ("took_ms", "running", "due", "raised", "told", "nobody", "woken", "late_ms", *Audit.FAULTS)
    Audit.objects.create(at=START, is_clean=False, **dict.fromkeys(counts, 0) | {"missing": 1})
    troubles = Banner(watch(START + 62 * SECOND)).troubles
    assert [each["state"] for each in troubles] == ["lost", "late", "late"]
    assert troubles[0]["said"].endswith("found: 1 due and not raised.")


def test_every_page_shows_them_and_an_open_page_hears_of_them(signed_in, coordinator):
    Address.objects.create(user=coordinator, channel="sms", value="1", added_at=START, verified_at=START)
    now = clock.now()
    beat("sweeper", now)
    beat("deliver", now - 20 * SECOND)
    with clock.at(now):
        html = signed_in.get(reverse("inbox")).content.decode()
        answer = signed_in.get(reverse("pulse")).json()
    assert "Clocks checked 0 s ago" in html
    assert "none sent outside for 20 s" in html
    assert UNNOTICED in html
    assert {key: each["state"] for key, each in answer["loops"].items()} == {
        "sweep": "fresh", "delivery": "late", "audit": "never",
    }  # fmt: skip
    assert answer["troubles"] == []
    assert answer["checked_at"] == answer["loops"]["sweep"]["at"]


def test_the_web_server_is_heard_of_now_and_then_only(signed_in, monkeypatch):
    monkeypatch.setattr(pulse, "heard", -pulse.EVERY)
    signed_in.get(reverse("pulse"))
    first = Heartbeat.objects.get(name="web").at
    signed_in.get(reverse("pulse"))
    assert Heartbeat.objects.get(name="web").at == first
