"""What became of each alert, against a plain reading of the rows in Python, over random histories of alerts."""

from collections import Counter
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pathway.analytics.effect import figures
from pathway.analytics.escalations import LABELS, LEFT_OUT, READINGS, Asked, Which, by_case, of_cases
from pathway.analytics.load import people
from pathway.engine import drill
from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.protocol.hours import LONDON
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.message import Address, Message
from tests import factories
from tests.analytics.five_alarms import alarms
from tests.analytics.random_alerts import HOUR, LATEST, MINUTE, START, history
from tests.analytics.random_cases import tried
from tests.analytics.test_times import by_definition

pytestmark = pytest.mark.django_db
EVER = LATEST + 999 * HOUR


def told_of(alert):
    """When an alert was told, received outside, seen, answered and passed by the next level, by its rows."""
    inbox = [each for each in alert.deliveries.all() if each.channel == "inbox"]
    said = list(alert.responses.all())
    read = [each.read_at for each in alert.deliveries.all() if each.read_at]
    higher = [each.raised_at for each in alert.clock.alerts.all() if each.rung > alert.rung]
    passed = [*higher, *([alert.unanswered_at] if alert.unanswered_at else [])]
    return {
        "told": min((each.told_at for each in inbox), default=None),
        "seen": min([*read, *(each.at for each in said)], default=None),
        "said": min((each.at for each in said), default=None),
        "answered": min((each.at for each in said if each.what in ("acts", "accepted")), default=None),
        "next": min(passed, default=EVER),
    }


def answered(alert, at):
    """The line of the first reading."""
    if at["answered"]:
        return "soon" if at["answered"] < at["next"] else "later"
    if not at["told"]:
        return "nobody"
    if alert.stood_down_at and alert.stood_down_at <= at["next"]:
        return "over"
    if at["next"] == EVER:
        return "stands"
    return "passed" if at["said"] and at["said"] < at["next"] else "silent"


def acted(alert, at, now):
    """The line of the second reading."""
    run = alert.clock
    late, met = run.is_certainly_late(now), run.outcome == "met"
    latest = run.ended_at + run.end_width if run.ended_at and run.end_width is not None else None
    if met and latest and latest < alert.raised_at:
        return "moot"
    if late is None or (met and run.ended_at < alert.raised_at):
        return "unsure"
    if met:
        before = latest < at["next"]
        return {(False, True): "in_time", (False, False): "in_limit", (True, True): "after_limit",
                (True, False): "after_both"}[late, before]  # fmt: skip
    if late:
        return "ended_late" if run.outcome else "overdue"
    return "otherwise" if run.outcome else "waiting"


def left_out(alert):
    """Why an alert does not count; '' where it does."""
    if alert.case.state == Case.State.ENTERED_IN_ERROR:
        return "error"
    return "merged" if alert.case.survivor_id else "withdrawn" if alert.clock.withdrawn_at else ""


def took(alert, at, line):
    """How long each stage took in seconds, None without an end; a stage that is not asked of it is not there."""
    run = alert.clock
    done = run.ended_at if run.outcome == "met" and not run.end_width and run.end_width is not None else None
    spans = {"told": (alert.raised_at, at["told"])}
    if at["told"]:
        spans["seen"] = (at["told"], at["seen"])
    if at["seen"]:
        spans["answered"] = (at["seen"], at["answered"])
    if at["answered"]:
        spans["done"] = (at["answered"], done)
    if line != "moot":
        spans["whole"] = (alert.raised_at, done if done and done >= alert.raised_at else None)
    return {key: None if end is None else max(0, (end - start).total_seconds()) for key, (start, end) in spans.items()}


@tried(5)
@given(random=st.integers(0, 2**64).map(Random), later=st.booleans())
def test_random_alerts_are_read_as_their_rows_say(transaction, random, later):
    with transaction():
        unit, _ = history(random)
        manager = factories.user("manager", unit.organisation)
        start = START + random.choice((0, 6)) * HOUR
        asked, now = Asked(manager, start, LATEST - HOUR), LATEST + (500 if later else 1) * HOUR
        alerts = Alert.objects.filter(case__unit=unit, case__drill=False, raised_at__gte=start)
        alerts = list(alerts.filter(raised_at__lt=LATEST - HOUR).select_related("case", "clock"))
        found = figures(asked, now)
        counts, times, groups, out, early = Counter(), {}, Counter(), Counter(), Counter()
        for alert in alerts:
            at = told_of(alert)
            if why := left_out(alert):
                out[why] += 1
                continue
            lines = answered(alert, at), acted(alert, at, now)
            hour = alert.raised_at.astimezone(LONDON).hour
            counts.update(lines)
            if alert.raised_at < alert.clock.due_at:
                early.update((key, lines[1]) for key in ("", alert.level, str(hour), alert.protocol))
            groups.update([("level", alert.level), ("hour", str(hour)), ("version", alert.protocol)])
            for key, value in took(alert, at, lines[1]).items():
                times.setdefault(key, []).append(value)
            for line in lines:
                event(line)
        assert found.left_out == out
        assert Counter({each.line.key: each.count for each in [*found.every.answered.counts, *found.every.acted.counts]
                        if each.count}) == counts  # fmt: skip
        assert Counter({(group.key, each.line.key): each.count for group in every_group(found)
                        for each in group.before_limit.counts if each.count}) == early  # fmt: skip
        assert {("level", each.key): each.total for each in found.levels if each.total} | {
            ("hour", each.key): each.total for each in found.hours if each.total} | {
            ("version", each.key): each.total for each in found.versions if each.total} == groups  # fmt: skip
        for each in found.every.took:
            if each.stage.key == "received":
                continue
            values = [value for value in times.get(each.stage.key, ()) if value is not None]
            assert (each.of, each.n) == (len(times.get(each.stage.key, ())), len(values)), each.stage.key
            if values:
                assert each.median == pytest.approx(by_definition(values, 0.5) / 3600)
                assert each.ninetieth == pytest.approx(by_definition(values, 0.9) / 3600)
        behind(asked, found, now)
        told = Counter()
        for alert in alerts:
            if not left_out(alert):
                told.update({each.user_id for each in alert.deliveries.all() if each.channel == "inbox"})
        assert {each.person.pk: each.alerts for each in people(asked)} == told


def behind(asked, found, now):
    """Each number is as long as the list behind it."""

    def listed(key, **which):
        return sum(count for _, count in by_case(asked, Which(key, **which), now=now))

    every = {**numbers(found.every), **{key: found.left_out.get(key, 0) for key in LEFT_OUT}}
    assert set(every) == set(LABELS)
    assert {key: listed(key) for key in every} == every
    cases = by_case(asked, Which("unanswered"), now=now)
    assert found.every.unanswered_cases == len(cases)
    alerts = of_cases(asked, Which("raised"), [subject for subject, _ in by_case(asked, Which("raised"), now=now)], now)
    assert sum(map(len, alerts.values())) == every["raised"]
    some = [("hour", int(each.key), each) for each in found.hours if each.total][:2]
    some += [(axis, each.key, each) for axis, groups in (("level", found.levels), ("version", found.versions))
             for each in groups]  # fmt: skip
    for axis, key, group in some:
        for line in ("raised", "told", "needed", "unanswered", "over", "stands", "due", "no_whole", "in_time"):
            assert listed(line, **{axis: key}) == numbers(group)[line]
        assert listed("due", early=True, **{axis: key}) == group.before_limit.of
        assert listed("raised", early=False, **{axis: key}) == group.at_limit
        assert (numbers(group)["over"], numbers(group)["stands"]) == (group.over, group.stands)
    for each in found.every.before_limit.counts:
        assert listed(each.line.key, early=True) == each.count


def numbers(group):
    """Every number of a group that leads to a list."""
    lines = {each.line.key: each.count for reading in READINGS[:2] for each in group.of(reading).counts}
    return lines | {f"no_{each.stage.key}": each.lacking for each in group.took} | {
        "raised": group.total, "told": group.stage["told"].n, "again": group.again, "needed": group.answered.of,
        "unanswered": group.unanswered, "due": group.acted.of,
    }  # fmt: skip


def every_group(found):
    """All of the alerts, and those of each level, hour and version."""
    return [found.every, *found.levels, *found.hours, *found.versions]


def test_five_cases_counted_by_hand(unit, manager):
    """What docs/audit.md works out."""
    alarms(unit)
    found = figures(Asked(manager, START, START + 24 * HOUR, clock="contact_a"), START + 5 * HOUR)
    e1, e3 = found.levels
    assert [(each.key, each.total) for each in found.levels] == [("E1", 5), ("E3", 2)]
    lines = [
        {each.line.key: each.count for each in [*group.answered.counts, *group.acted.counts] if each.count}
        for group in found.levels
    ]
    assert lines == [
        {"soon": 1, "over": 2, "passed": 1, "silent": 1, "moot": 1, "in_time": 2, "in_limit": 1, "after_both": 1},
        {"soon": 2, "in_time": 1, "after_limit": 1},
    ]
    assert [(each.answered.n, each.answered.of, each.acted.n, each.acted.of) for each in (found.every, e1, e3)] == [
        (3, 5, 4, 6), (1, 3, 3, 4), (2, 2, 1, 2)
    ]  # fmt: skip
    assert [(each.before_limit.n, each.before_limit.of) for each in (found.every, e1, e3)] == [(4, 5), (3, 4), (1, 1)]
    minutes = {
        each.stage.key: (each.n, each.of, None if each.median is None else round(60 * each.median, 6),
                         None if each.ninetieth is None else round(60 * each.ninetieth, 6))
        for each in found.every.took
    }  # fmt: skip
    assert minutes == {
        "told": (7, 7, 0, 0), "received": (0, 0, None, None), "seen": (4, 7, 6, 9.1), "answered": (3, 4, 0, 0),
        "done": (3, 3, 15, 15), "whole": (6, 6, 21, 37.5),
    }  # fmt: skip
    assert {each.key: each.total for each in found.hours if each.total} == {"9": 6, "10": 1}
    assert len(found.hours) == 24


def test_a_drill_another_organisation_and_who_may_not_audit_have_none(unit, manager, coordinator, outsider):
    factories.staff(unit)
    with clock.at(START):
        drill.start(unit)
    with clock.at(START + 10 * MINUTE):
        tick()
    assert Alert.objects.filter(case__drill=True).exists()
    alarms(factories.unit(outsider.organisation))
    for user in (manager, coordinator):
        found = figures(Asked(user, START, EVER))
        assert (found.every.total, found.levels, found.versions, found.left_out) == (0, [], [], {})
        assert len(found.hours) == 24
    assert figures(Asked(factories.user("manager", outsider.organisation), START, EVER)).every.total == 7


def test_an_alert_that_was_sent_outside_waits_for_its_receipt(unit, manager):
    person = factories.user("coordinator", unit.organisation)
    factories.duty(unit, "coordinator", person)
    address = Address.objects.create(user=person, channel="email", value="a@example.org", added_at=START - HOUR,
                                     verified_at=START - HOUR)  # fmt: skip
    for minutes in (0, 1):
        factories.case(place=unit, at=START + minutes * MINUTE)
    with clock.at(START + 31 * MINUTE):
        tick()
    sent = Message.objects.create(address=address, subject="x", body="y", created_at=START, state="delivered",
                                  ended_at=START + 35 * MINUTE)  # fmt: skip
    first = Delivery.objects.filter(address=address, alert__clock__standard="contact_a").order_by("pk").first()
    Delivery.objects.filter(pk=first.pk).update(message=sent)
    received = figures(Asked(manager, START, EVER, clock="contact_a")).every.stage["received"]
    assert (received.of, received.n, received.lacking) == (2, 1, 1)
    assert received.median * 60 == pytest.approx(4)


def test_an_alert_that_stands_is_not_counted_yet(unit, manager):
    factories.staff(unit)
    factories.case(place=unit)
    with clock.at(START + 30 * MINUTE):
        tick()
    asked = Asked(manager, START, EVER, clock="contact_a")
    for minutes, acted_line in ((31, "waiting"), (60, "waiting"), (61, "overdue")):
        every = figures(asked, START + minutes * MINUTE).every
        assert (every.on("stands"), every.on(acted_line), every.answered.of, every.unanswered) == (1, 1, 0, 0)
