"""Times as people type them: how exactly they are known, the nights of the clock change, and what is asked about."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from tests import factories
from tests.factories import START, at
from tests.web.forms import address

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def time():
    """`time(moment)`: let it be another time from here to the end of the test."""
    tokens = []
    yield lambda moment: tokens.append(clock.SIMULATED.set(moment))
    for token in reversed(tokens):
        clock.SIMULATED.reset(token)


def typed(day, time, precision="", **more):
    """What a browser sends of a call to the coordinator."""
    sent = {"happened_at_date": day, "happened_at_time": time, "channel": "phone", "spoke_to": "Sister Kept"}
    sent |= {"happened_at_precision": precision} if precision else {}
    return sent | {"submission": uuid4()} | more


def called(case, signed_in, *when, **more):
    """Send the form of a call."""
    return signed_in.post(address(case, "contact.made"), typed(*when, **more))


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (("2024-10-26", "12:00"), "Sun 27 Oct 11:00 GMT"),
        (("2025-03-29", "12:00"), "Sun 30 Mar 13:00 BST"),
        (("2025-10-25", "20:30"), "Sun 26 Oct 19:30 GMT"),
    ],
)
def test_a_day_is_24_hours_on_the_nights_of_the_change(signed_in, unit, time, start, due):
    """Clinical specification 6.1, the first three rows, from the form of a new case to its page."""
    time(datetime.fromisoformat(f"{start[0]}T{start[1]}").replace(tzinfo=UTC) + HOUR)
    sent = {
        "initials": "AB", "neurology": "yes", "suspected_by": "ward registrar", "place": "ward", "unit": str(unit.uuid),
        "happened_at_date": start[0], "happened_at_time": start[1], "submission": uuid4(),
    }  # fmt: skip
    opened = signed_in.post(reverse("intake"), sent)
    assert opened.status_code == 302
    card = text_of(signed_in.get(opened.url)).split("MRI within 24 hours of suspicion</h3>", 1)[1].split("</div>", 1)[0]
    assert f"due {due}" in card


def test_the_doubled_hour_is_asked_about_with_a_choice_and_each_choice_is_taken(signed_in, unit, time):
    """Clinical specification 6.1: 26 Oct 2025 01:30 typed must ask: first (00:30 UTC) or second (01:30 UTC)."""
    case = factories.case(place=unit, at=at("2025-10-25 12:00"))
    time(at("2025-10-26 09:00"))
    asked = called(case, signed_in, "2025-10-26", "01:30")
    page = text_of(asked)
    assert asked.status_code == 422
    assert "01:30 on 26 October 2025 happens twice" in page
    assert "The first 01:30 (BST)" in page
    assert "The second 01:30 (GMT)" in page
    assert "Sister Kept" in page
    assert page.count('type="radio" name="happened_at_zone"') == 2
    for zone, instant in (("BST", "2025-10-26 00:30"), ("GMT", "2025-10-26 01:30")):
        path = reverse("observe", args=[case.uuid, "contact.logged"])
        sent = typed("2025-10-26", "01:30", happened_at_zone=zone, purpose="chase", said="slot")
        assert signed_in.post(path, sent).status_code == 302
        assert case.events.latest("pk").occurred_at == at(instant)


def test_a_choice_made_for_one_time_does_not_disturb_another(signed_in, unit, time):
    case = factories.case(place=unit, at=at("2025-10-25 12:00"))
    time(at("2025-10-26 09:00"))
    assert called(case, signed_in, "2025-10-26", "03:30", happened_at_zone="BST").status_code == 302
    assert case.events.latest("pk").occurred_at == at("2025-10-26 03:30")


def test_an_entry_of_the_doubled_hour_is_corrected_with_its_zone_chosen(signed_in, unit, time):
    case = factories.case(place=unit, at=at("2025-10-25 12:00"))
    event = factories.happen(case, "contact.made", at=at("2025-10-26 00:30"))
    time(at("2025-10-26 09:00"))
    page = text_of(signed_in.get(reverse("correct", args=[case.uuid, event.uuid])))
    assert 'value="01:30"' in page
    assert re.search(r'name="happened_at_zone" id="id_happened_at_bst" value="BST" checked', page)


def test_an_hour_that_does_not_exist_is_refused(signed_in, unit, time):
    """Clinical specification 6.1: 30 Mar 2025 01:30 typed must be rejected."""
    case = factories.case(place=unit, at=at("2025-03-29 12:00"))
    time(at("2025-03-30 09:00"))
    answer = called(case, signed_in, "2025-03-30", "01:30")
    assert answer.status_code == 422
    assert "01:30 on 30 March 2025 does not exist" in text_of(answer)
    assert case.events.count() == 1


@pytest.mark.parametrize(("seconds", "words"), [(0, "met"), (1, "breached")])
def test_exactly_24_hours_are_met_and_a_second_more_is_not(unit, signed_in, time, seconds, words):
    case = factories.case(place=unit, at=START)
    factories.happen(case, "imaging.acquired", at=START + 24 * HOUR + timedelta(seconds=seconds))
    time(START + 25 * HOUR)
    page = text_of(signed_in.get(reverse("case", args=[case.uuid])))
    assert f'data-state="{words}">{words.capitalize()}</strong> <strong>MRI within 24 hours' in page


def test_a_case_of_which_only_the_day_is_known_says_uncertain_where_it_straddles(signed_in, unit, time):
    """Clinical specification 6.1, the last row."""
    time(at("2026-03-02 14:00"))
    sent = {
        "initials": "AB", "neurology": "yes", "suspected_by": "GP", "place": "gp", "unit": str(unit.uuid),
        "happened_at_date": "2026-03-02", "happened_at_time": "", "happened_at_precision": "day", "submission": uuid4(),
    }  # fmt: skip
    address = signed_in.post(reverse("intake"), sent).url
    page = text_of(signed_in.get(address))
    assert "Mon 2 Mar, only the day" in page
    for moment, state in (
        ("2026-03-02 23:00", "due_soon"), ("2026-03-03 00:01", "uncertain"), ("2026-03-03 23:59", "uncertain"),
        ("2026-03-04 00:00", "overdue"),
    ):  # fmt: skip
        time(at(moment))
        card = (
            text_of(signed_in.get(address)).split("MRI within 24 hours of suspicion</h3>", 1)[1].split("</div>", 1)[0]
        )
        assert f'data-state="{state}"' in card, moment
        assert re.search("at the latest due (Tue 3 Mar )?23:59", card)
    case = Case.objects.get()
    assert Clock.objects.get(case=case, standard="mri_a").said(at("2026-03-03 12:00")) == "uncertain"


def test_an_uncertain_clock_stands_on_the_board_and_is_filtered_as_what_it_is(signed_in, unit, time):
    case = factories.case(place=unit, at=START, precision="day")
    time(at("2026-03-02 12:00"))
    for state, there in (("", True), ("uncertain", True), ("overdue", False), ("due_soon", False), ("on_time", False)):
        page = text_of(signed_in.get(reverse("worklist"), {"state": state}))
        assert (f'data-case="{case.uuid}"' in page) == there, state
    assert 'data-state="uncertain">Uncertain</strong>' in text_of(signed_in.get(reverse("worklist")))
    Case.objects.filter(pk=case.pk).update(next_width=None, overdue_from=None)
    assert f'data-case="{case.uuid}"' in text_of(signed_in.get(reverse("worklist"), {"state": "uncertain"}))
    assert f'data-case="{case.uuid}"' not in text_of(signed_in.get(reverse("worklist"), {"state": "on_time"}))


@pytest.mark.parametrize(
    ("typing", "says"),
    [
        (("10:20", ""), ("10:20", "Mon 2 Mar 10:20")),
        (("10:20", "minute"), ("10:20", "Mon 2 Mar 10:20")),
        (("10:20", "hour"), ("10:00", "Mon 2 Mar 10:00, only the hour")),
        (("10:20", "day"), ("09:00", "Mon 2 Mar, only the day")),
        (("", "day"), ("09:00", "Mon 2 Mar, only the day")),
        (("10:20", "unknown"), ("10:20", "Mon 2 Mar 10:20, not known exactly")),
    ],
)
def test_a_form_says_how_exactly_a_time_is_known(signed_in, unit, time, typing, says):
    happened, words = says
    case = factories.case(place=unit, at=START)
    time(START + 5 * HOUR)
    assert called(case, signed_in, "2026-03-02", *typing).status_code == 302
    event = case.events.get(kind="contact.made")
    assert (event.occurred_at, event.precision) == (at(f"2026-03-02 {happened}"), typing[1] or "minute")
    assert f"{words}</time>" in text_of(signed_in.get(reverse("case", args=[case.uuid])))


@pytest.mark.parametrize("typing", [("", "hour"), ("", "minute"), ("10:20", "second"), ("x", "unknown")])
def test_half_a_time_and_an_unknown_precision_are_refused(signed_in, unit, time, typing):
    case = factories.case(place=unit, at=START)
    time(START + 5 * HOUR)
    answer = called(case, signed_in, "2026-03-02", *typing)
    assert answer.status_code == 422
    assert "There is a problem" in text_of(answer)
    assert case.events.count() == 1


def test_the_minute_is_the_default_and_a_review_or_a_slot_has_no_other(signed_in, unit):
    case = factories.case(place=unit, at=None)
    page = text_of(signed_in.get(address(case, "imaging.booked")))
    assert '<option value="minute" selected>' in page
    assert page.count("_precision") == page.count("happened_at_precision")
    suspend = text_of(signed_in.get(reverse("suspend", args=[case.uuid, "mri_a"])))
    assert "_precision" not in suspend


def test_the_precision_is_corrected_on_the_page(signed_in, unit, time):
    case = factories.case(place=unit, at=START)
    event = factories.happen(case, "contact.made", at=START + HOUR)
    time(START + 5 * HOUR)
    path = reverse("correct", args=[case.uuid, event.uuid])
    sent = typed("2026-03-02", "", "day", seen=event.pk, why="nobody noted it", **event.answers)
    assert signed_in.post(path, sent).status_code == 302
    stands = standing(Event.objects.filter(case=case).order_by("pk"))[-1]
    assert (stands.precision, stands.occurred_at) == ("day", START)
    page = text_of(signed_in.get(reverse("case", args=[case.uuid])))
    assert "Happened: <del>10:00 on 2 March 2026</del>" in page
    form = text_of(signed_in.get(path))
    assert '<option value="day" selected>' in form
    again = typed("2026-03-02", "09:00", "day", seen=case.events.latest("pk").pk, why="x", **event.answers)
    assert "Nothing would change" in text_of(signed_in.post(path, again))


def ticked(page):
    """The value of the box beside a doubtful time."""
    return re.search(r'type="checkbox" name="time_is_right"[^>]*value="([^"]+)"', page)[1]


def test_what_is_over_three_days_past_asks_for_a_tick_that_confirms_that_time_only(signed_in, unit, time):
    case = factories.case(place=unit, at=START)
    time(START + 77 * HOUR)
    asked = called(case, signed_in, "2026-03-02", "10:00")
    page = text_of(asked)
    assert asked.status_code == 409
    assert "This is 3 days 4 h ago (10:00 on 2 March 2026). Yes, that is right" in page
    assert "Sister Kept" in page
    assert case.events.count() == 1
    other = called(case, signed_in, "2026-03-02", "11:00", time_is_right=ticked(page))
    assert other.status_code == 409
    assert " checked" not in re.search(r"<input[^>]*time_is_right[^>]*>", text_of(other))[0]
    assert called(case, signed_in, "2026-03-02", "10:00", time_is_right=ticked(page)).status_code == 302
    assert "recorded late" in text_of(signed_in.get(reverse("case", args=[case.uuid])))


def test_a_tick_stays_where_something_else_was_wrong(signed_in, unit, time):
    case = factories.case(place=unit, at=START)
    time(START + 77 * HOUR)
    value = ticked(text_of(called(case, signed_in, "2026-03-02", "10:00")))
    half = text_of(called(case, signed_in, "2026-03-02", "10:00", time_is_right=value, spoke_to=""))
    assert " checked" in re.search(r"<input[^>]*time_is_right[^>]*>", half)[0]
    assert ticked(half) == value


def test_what_is_before_the_suspicion_asks_for_a_tick(signed_in, unit, time):
    case = factories.case(place=unit, at=START)
    time(START + HOUR)
    page = text_of(called(case, signed_in, "2026-03-02", "08:00"))
    assert "is before the suspicion (09:00 on 2 March 2026)" in page
    assert called(case, signed_in, "2026-03-02", "08:00", time_is_right=ticked(page)).status_code == 302


def test_a_call_of_long_ago_asks_for_a_tick_at_intake_and_keeps_every_symptom(signed_in, unit, time):
    time(START + 77 * HOUR)
    sent = {
        "initials": "AB", "neurology": "yes", "suspected_by": "GP", "place": "gp", "unit": str(unit.uuid),
        "happened_at_date": "2026-03-02", "happened_at_time": "10:00", "submission": uuid4(),
    }  # fmt: skip
    asked = signed_in.post(reverse("intake"), sent)
    page = text_of(asked)
    assert asked.status_code == 409
    assert "This is 3 days 4 h ago" in page
    assert not Case.objects.exists()
    assert signed_in.post(reverse("intake"), sent | {"time_is_right": ticked(page)}).status_code == 302
