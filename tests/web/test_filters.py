"""Times, durations, clocks and identities as pages say them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import engines

from pathway.record import ask
from pathway.templatetags import pathway as filters


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = moment("2026-03-02 12:00")


@pytest.mark.parametrize(
    ("at", "now", "shown"),
    [
        ("2026-03-02 09:40", NOW, "09:40"),
        ("2026-03-01 23:59", NOW, "Sun 1 Mar 23:59"),
        ("2025-12-31 09:40", NOW, "Wed 31 Dec 2025 09:40"),
        ("2026-03-02 09:40", None, "Mon 2 Mar 09:40"),
        ("2026-07-01 23:30", None, "Thu 2 Jul 00:30"),
        ("2026-03-29 00:30", None, "Sun 29 Mar 00:30 GMT"),
        ("2026-03-29 01:30", None, "Sun 29 Mar 02:30 BST"),
        ("2026-10-25 00:30", None, "Sun 25 Oct 01:30 BST"),
        ("2026-10-25 01:30", None, "Sun 25 Oct 01:30 GMT"),
        ("2026-03-30 08:00", moment("2026-03-28 12:00"), "Mon 30 Mar 09:00 BST"),
    ],
)
def test_times_are_local_and_name_the_zone_where_it_could_mislead(at, now, shown):
    assert filters.local_time(moment(at), now) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 0 s"),
        (252, "4 min 12 s"),
        (600, "10 min"),
        (3599, "59 min"),
        (12_000, "3 h 20 min"),
        (172_799, "47 h 59 min"),
        (172_800, "2 d 0 h"),
        (-12_000, "3 h 20 min"),
    ],
)
def test_durations_are_in_whole_units_rounded_down(seconds, shown):
    assert filters.elapsed(seconds) == filters.elapsed(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("due", "shown"),
    [
        ("2026-03-02 08:40", "3 h 20 min over, due 08:40"),
        ("2026-03-02 14:05", "2 h 5 min left, due 14:05"),
        ("2026-03-02 12:00", "0 s left, due 12:00"),
        ("2026-03-03 13:00", "25 h 0 min left, due Tue 3 Mar 13:00"),
    ],
)
def test_a_clock_says_how_much_and_until_when(due, shown):
    assert filters.to_breach(moment(due), NOW) == shown


@pytest.mark.parametrize(
    ("due", "amber", "state"),
    [(0, None, "on_time"), (0, -60, "due_soon"), (-1, -60, "overdue"), (60, 0, "due_soon"), (60, 1, "on_time")],
)
def test_exactly_on_time_is_not_overdue_and_amber_begins_at_its_time(due, amber, state):
    at = NOW + timedelta(seconds=amber) if amber is not None else None
    assert filters.running_state(NOW + timedelta(seconds=due), at, NOW) == state


@pytest.mark.parametrize(("digits", "shown"), [("9990000018", "999 000 0018"), ("", ""), (None, ""), ("12", "12")])
def test_an_nhs_number_is_shown_in_three_groups(digits, shown):
    assert filters.nhs_number(digits) == shown


@pytest.mark.parametrize(
    "empty", [filters.local_time, filters.local_seconds, filters.local_day, filters.local_dated, filters.iso]
)
def test_what_is_not_known_is_left_empty(empty):
    assert empty(None) == ""


def test_days_and_seconds():
    assert filters.local_day(date(1957, 4, 12)) == "12 Apr 1957"
    assert filters.local_seconds(moment("2026-07-01 08:40:12")) == "09:40:12"
    assert filters.local_dated(moment("2026-07-01 08:40:12")) == "Wed 1 Jul 2026 09:40"
    assert filters.local_dated(moment("2026-10-25 01:40")) == "Sun 25 Oct 2026 01:40 GMT"
    assert filters.iso(moment("2026-07-01 08:40:12")) == "2026-07-01T08:40:12.000+00:00"


def render(source, **context):
    return engines["django"].from_string("{% load pathway %}" + source).render(context)


def test_a_countdown_is_right_without_script_and_carries_what_the_script_needs():
    html = render(
        "{% countdown due now amber %}", due=NOW - timedelta(hours=1), now=NOW, amber=NOW - timedelta(hours=2)
    )
    assert 'data-due="2026-03-02T11:00:00.000+00:00"' in html
    assert 'data-state="overdue">Overdue</strong>' in html
    assert "<span data-count>1 h 0 min over</span>" in html
    assert ", due 11:00</span>" in html


def test_a_state_has_its_own_words_where_given_and_they_are_escaped():
    assert render('{% state "overdue" %}') == '<strong class="app-state" data-state="overdue">Overdue</strong>'
    assert ">&lt;b&gt;</strong>" in render('{% state "overdue" words %}', words="<b>")


def test_form_fields_are_drawn_as_labelled_inputs_with_hint_and_error():
    from django import forms

    class Call(forms.Form):
        who = ask.text("Who rang", hint="Name and bleep")
        when = ask.Instant(label="Time of the call")
        klass = ask.choice("Class", "A", "B")
        sure = forms.BooleanField(label="Number checked")
        note = ask.text("Note", required=False, long=True)

    html = Call({"note": "<b>"}).as_div()
    assert '<label class="nhsuk-label nhsuk-label--s" for="id_who">Who rang</label>' in html
    assert 'aria-describedby="id_who_helptext id_who_error"' in html
    assert 'class="nhsuk-input nhsuk-input--error" type="text" name="who"' in html
    assert '<label class="nhsuk-label" for="id_when_0">Date</label>' in html
    assert 'class="nhsuk-radios__input" type="radio" name="klass" value="A"' in html
    assert 'class="nhsuk-checkboxes__input" type="checkbox" name="sure"' in html
    assert 'Note<span class="app-optional"> (optional)</span>' in html
    assert "&lt;b&gt;</textarea>" in html
    summary = render('{% include "components/error_summary.html" %}', form=Call({}))
    assert 'href="#id_klass_0"' in summary
    assert 'href="#id_when_0"' in summary
    assert 'href="#id_sure"' in summary
