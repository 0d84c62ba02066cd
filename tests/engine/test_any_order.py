"""Random cases: recorded in any order, corrected, suspended, merged or swept, what is stored of them stays true."""

from contextlib import suppress
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pathway import protocol
from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.merge import merge, unmerge
from pathway.engine.note import observe
from pathway.engine.refused import Refused
from pathway.engine.respond import acknowledge, ask_for_help, decline, snooze
from pathway.engine.tick import tick
from pathway.protocol.vocabulary import KINDS, VOIDED_BY, ends_case
from pathway.record.alert import Alert, Why
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from pathway.record.event import fact as fact_of
from pathway.record.step import OBSERVATIONS, machines
from tests.engine.truth import assert_true, clocks_of, out_of_turn
from tests.factories import ANSWERS, START, duty, happen, staff, teller, to_come, unit
from tests.factories import case as a_case

pytestmark = pytest.mark.django_db
BY_A_RULE = {"case.suspected", "case.merged", "clock.suspended", "clock.voided", "event.corrected"}
MADE = [kind for kind in KINDS if kind not in {*BY_A_RULE, "case.repinned"}]  # of the two versions: test_repin.py
ENDING = {"case.died", "case.left", "case.closed", "case.declined", "case.entered_in_error"}
VARIED = {
    "case.reclassified": {"class": ("A", "B", "C")},
    "case.reopened": {"class": ("A", "B")},
    "case.declined": {"what": ("imaging", "everything", "treatment")},
    "contact.made": {"channel": ("phone", "message")},
    "imaging.acquired": {"modality": ("mri", "ct")},
    "imaging.communicated": {"result": ("mscc", "non_diagnostic", "metastases")},
    "imaging.booked": {"slot_at": ("2026-03-02T20:00:00+00:00", "2026-04-05T12:00:00+00:00")},
    "position.ordered": {"position": ("flat", "mobile")},
    "steroids.withheld": {"reason": ("haematology", "other")},
    "stability.advised": {"opinion": ("stable", "unstable")},
    "opinion.surgical": {"opinion": ("operate", "more_information")},
    "opinion.oncology": {"opinion": ("radiotherapy", "more_information")},
    "decision.made": {"modality": ("radiotherapy", "surgery")},
    "consent.recorded": {"procedure": ("radiotherapy", "surgery", "systemic"), "basis": ("given", "refused")},
    "radiotherapy.fraction": {"n": (1, 2)},
    "rehabilitation.stepped": {"step": ("R1", "R2", "R5")},
    "rehabilitation.stopped": {"step": ("R2", "R6")},
    "pain.scored": {"rest": (0, 4, 8)},
    "followup.recorded": {"due": ("day_30", "week_8")},
}
AHEAD = {"imaging.booked", "steroids.taper_planned"}
SENIOR = {"by": "Consultant", "reason": "decided at the bedside"}
HUSHED = ("mri_a", "contact_a", "flat_review", "dexamethasone")
ONE_OF_TWO = st.integers(0, 1)
STEPS = st.integers(0, 24 * 12).map(lambda number: timedelta(minutes=10 * number))


@st.composite
def facts(draw, kinds=tuple(MADE)):
    """A kind and its answers."""
    kind = draw(st.sampled_from(kinds))
    return kind, {name: draw(st.sampled_from(values)) for name, values in VARIED.get(kind, {}).items()}


def record(case, kind, at, answers, precision="minute"):
    """Record a fact by its move, a senior letting guards pass; False where it was refused."""
    given_answers = ANSWERS.get(kind, {}) | answers
    when = {"by": teller(case.organisation), "at": at, "precision": precision, "time_is_right": True}
    try:
        with transaction.atomic():
            if kind in OBSERVATIONS:
                observe(case, kind, **when, answers=given_answers)
            else:
                step, verb = step_for(case, kind, at, list(Event.objects.filter(case=case).order_by("pk")))
                advance(step, verb, **when, answers=given_answers, override=SENIOR)
    except Refused:
        return False
    return True


class Killed(BaseException):
    """The process was killed."""


def killed_at(number):
    """Kill the process before its statement of this number; what it had begun is rolled back."""
    numbers = count(1)

    def execute(run, sql, params, many, context):
        if "SAVEPOINT" not in sql and next(numbers) == number:
            raise Killed
        return run(sql, params, many, context)

    return connection.execute_wrapper(execute)


# Why a level was reached, and what must then be true of the alert below, with its interval and the time.
PASSED = {
    Why.SILENCE: lambda below, interval, now: below.called_at + interval <= now and not below.acting_until,
    Why.LAPSED: lambda below, _, now: max(filter(None, (below.acting_until, below.snoozed_until))) <= now,
    Why.EMPTY: lambda below, _, now: below.nobody and below.passed_at <= now,
    Why.DECLINED: lambda below, *_: below.responses.filter(what="declined").exists(),
    Why.HELP: lambda below, *_: below.responses.filter(what="help").exists(),
}


SAYS = {
    "acts": acknowledge,
    "snoozed": snooze,
    "declined": lambda alert, by, **_: decline(alert, by=by, reason="busy"),
    "help": lambda alert, by, **_: ask_for_help(alert, by=by),
}


class Walk(RuleBasedStateMachine):
    """One patient's case, or two, and all that may happen to them, with time going on."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.cases, self.now, self.told = [], START, {}

    def case(self, number):
        return self.cases[number % len(self.cases)]

    @initialize(
        klass=st.sampled_from("AAB"), two=st.booleans(), staffed=st.booleans(), sooner=st.sampled_from([0, 50, 110])
    )  # fmt: skip
    def begin(self, klass, two, staffed, sooner):
        place = unit()
        if staffed:
            staff(place)
        self.cases = [a_case(klass, place=place, at=START)]
        if two:
            suspected = {"at": START - timedelta(minutes=sooner), "recorded": START}
            self.cases.append(a_case("A", place=place, who=self.cases[0].patient, **suspected))
        self.by = teller(place.organisation)
        duty(place, "coordinator", self.by)

    @rule(fact=facts(), ago=STEPS, to=ONE_OF_TWO)
    def happens(self, fact, ago, to):
        kind, answers = fact
        if kind in ENDING and ago < timedelta(hours=36):
            return
        with clock.at(self.now):
            done = record(self.case(to), kind, max(START - timedelta(hours=2), self.now - ago), answers)
        event(f"{'recorded' if done else 'refused'} late")

    @rule(fact=facts(tuple(kind for kind in MADE if kind not in ENDING)), to=ONE_OF_TWO)
    def happens_now(self, fact, to):
        with clock.at(self.now):
            record(self.case(to), fact[0], self.now, fact[1])

    @rule(pause=st.sampled_from([10, 20, 45, 60, 240, 600, 1440]))
    def time_goes_on_and_the_sweep_comes_round(self, pause):
        self.now += timedelta(minutes=pause)
        with clock.at(self.now):
            tick()
        assert not Case.objects.filter(wake_at__lte=self.now).exists()

    @rule(pause=st.sampled_from([45, 240, 1440]), statement=st.integers(2, 9))
    def a_sweep_is_killed_and_the_next_one_does_its_work(self, pause, statement):
        self.now += timedelta(minutes=pause)
        try:
            with clock.at(self.now), killed_at(statement):
                tick()
        except Killed:
            event("sweep killed")
            self.all_is_true()
        self.time_goes_on_and_the_sweep_comes_round(0)

    @rule(pause=st.sampled_from([5, 240, 1500]))
    def time_goes_on_without_a_sweep(self, pause):
        self.now += timedelta(minutes=pause)

    @rule(
        data=st.data(), by=st.sampled_from([-600, -60, -10, 10, 60, 600]), withdrawn=st.booleans(), of=ONE_OF_TWO
    )  # fmt: skip
    def is_corrected(self, data, by, withdrawn, of):
        case = self.case(of)
        stands = standing(Event.objects.filter(case=case).order_by("pk"))
        wrong, before = data.draw(st.sampled_from(stands)), out_of_turn(case)
        try:
            with clock.at(self.now), transaction.atomic():
                correct(wrong, by=self.by, why="wrong", occurred_at=wrong.occurred_at + timedelta(minutes=by),
                        withdrawn=withdrawn)  # fmt: skip
                event("corrected")
                newly = out_of_turn(case) - before
                assert wrong.pk not in newly
                assert not newly or ends_case(fact_of(wrong)), "a correction made another entry impossible"
        except Refused:
            event("correction refused")

    @rule(standard=st.sampled_from(HUSHED), end=st.booleans(), of=ONE_OF_TWO)
    def is_hushed(self, standard, end, of):
        until = (self.now + timedelta(hours=2)).isoformat()
        answers = (
            {"reason": "device", "second_person": "Consultant"}
            if end
            else {"until": until, "why": "unfit", "named": "Registrar"}
        )
        with suppress(Refused), clock.at(self.now), transaction.atomic():
            (void if end else suspend)(self.case(of), standard, by=self.by, answers=answers)
            event("voided" if end else "suspended")

    @precondition(lambda self: len(self.cases) == 2)
    @rule(absorbed=ONE_OF_TWO)
    def two_cases_become_one_or_two_again(self, absorbed):
        one, other = self.case(absorbed), self.case(1 - absorbed)
        merged = next((case for case in Case.objects.filter(pk__in=[one.pk, other.pk]) if case.survivor_id), None)
        try:
            with clock.at(self.now), transaction.atomic():
                if merged:
                    unmerge(merged, by=self.by, why="two compressions")
                else:
                    merge(one, by=self.by, answers=ANSWERS["case.merged"] | {"into": other.code})
                event("parted" if merged else "merged")
        except Refused:
            event("merge refused")

    @rule(data=st.data(), says=st.sampled_from(sorted(SAYS)))
    def is_answered(self, data, says):
        with suppress(Refused), clock.at(self.now), transaction.atomic():
            if alerts := list(Alert.objects.open().filter(case__in=self.cases).order_by("pk")):
                SAYS[says](data.draw(st.sampled_from(alerts)), by=self.by, until=self.now + timedelta(minutes=40))
                event(says)

    @invariant()
    def all_is_true(self):
        for case in self.cases:
            with clock.at(self.now):
                assert_true(case)

    @invariant()
    def nothing_void_counts_as_met(self):
        for case in self.cases:
            met = list(Clock.objects.standing().filter(case=case, outcome="met"))
            for fact in standing(Event.objects.filter(case=case).order_by("pk")):
                at, of = fact.occurred_at, fact.answers.get("clock")
                later = [row for row in met if row.ended_at > at]
                assert fact.kind not in VOIDED_BY or not later
                if fact.kind == "clock.voided" and protocol.get(case.protocol).standards[of].resumes is None:
                    assert not [row for row in later if row.standard == of and row.started_at < at]

    @invariant()
    def nothing_is_told_too_early_or_of_an_ended_case_and_what_was_told_stays_on_record(self):
        found = Alert.objects.filter(case__in=self.cases).select_related("clock", "case")
        alerts = {alert.pk: alert for alert in found}
        for pk in alerts.keys() - self.told.keys():
            alert, row = alerts[pk], alerts[pk].clock
            ladder = protocol.get(alert.case.protocol).standards[row.standard].ladder
            assert alert.raised_at == self.now
            if alert.why == Why.TIME:
                time = ladder[alert.rung].time(amber_at=row.amber_at, due_at=row.due_at)
                assert time <= self.now
                self.assert_new(alert, time)
            else:
                lower = [each for each in found if each.clock_id == row.pk and each.rung < alert.rung]
                below = max(lower, key=lambda each: each.rung)
                assert PASSED[alert.why](below, ladder[below.rung].acknowledge, self.now), alert.why
            passed_on = alert.why in (Why.DECLINED, Why.HELP, Why.EMPTY)
            assert passed_on or row.suspended_until is None or row.suspended_until <= self.now
            assert alert.case.is_open
            event(f"told {alert.level}")
        raised = {pk: alert.raised_at for pk, alert in alerts.items()}
        assert self.told.items() <= raised.items()
        self.told = raised

    def assert_new(self, alert, time):
        """What was past when two cases became one, and was told of this run, is told to nobody again.

        What a correction has stood down is armed anew.
        """
        merged = Event.objects.filter(case__survivor=alert.case, kind="case.merged").order_by("pk").last()
        if merged and time <= merged.recorded_at:
            of_run = {"clock__standard": alert.clock.standard, "clock__started_at": alert.clock.started_at}
            others = Alert.objects.filter(**of_run, case__in=self.cases, level=alert.level).exclude(pk=alert.pk)
            twice = others.filter(deliveries__user__in=alert.deliveries.values("user"))
            assert not twice.exclude(stood_down_why="start corrected"), f"{alert} is sent twice as two"
            event("told after a merge of what was past then")

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)


def test_a_case_stays_true_whatever_happens():
    run_state_machine_as_test(
        Walk,
        settings=settings(max_examples=16, stateful_step_count=20, deadline=None, suppress_health_check=HealthCheck),
    )


def test_every_kind_of_every_machine_is_accepted_in_some_random_order():
    """What the walk draws from leaves nothing out, and nothing in it is refused always."""
    assert {*MADE, *BY_A_RULE, "case.repinned"} == set(KINDS)
    assert {kind.split(".")[0] for kind in MADE} >= machines().keys()
    place, never = unit(), set(MADE)
    for seed in range(12):
        random = Random(seed)
        order = random.sample(MADE, len(MADE))
        order.sort(key=lambda kind: kind in ENDING or kind == "case.reopened")
        case = a_case("A", place=place, at=START)
        for procedure in VARIED["consent.recorded"]["procedure"]:
            happen(case, "consent.recorded", at=START, procedure=procedure)
        for number, kind in enumerate(order, 1):
            at = START + number * timedelta(minutes=10)
            with clock.at(at):
                answers = {name: random.choice(values) for name, values in VARIED.get(kind, {}).items()}
                if record(case, kind, at, answers | (to_come(kind, at) if kind in AHEAD else {})):
                    never.discard(kind)
        with clock.at(at):
            assert_true(case)
        if not never:
            break
    assert never == set()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    klass=st.sampled_from("AB"),
    told=st.lists(st.tuples(facts(), STEPS), min_size=2, max_size=8),
    data=st.data(),
)
def test_any_accepted_order_of_recording_gives_the_same_clocks(klass, told, data):
    other = data.draw(st.permutations(told))
    with transaction.atomic():
        place, ends = unit(), []
        for order in (told, other):
            case = a_case(klass, place=place, at=START)
            with clock.at(START + timedelta(days=3)):
                accepted = [record(case, kind, START + after, answers) for (kind, answers), after in order]
                assert_true(case)
            if not all(accepted):
                break
            case = Case.objects.get(pk=case.pk)
            columns = case.phase, case.klass, case.state, case.is_open, case.next_due_at, case.next_amber_at
            ends.append((clocks_of(case), columns))
        event("both orders accepted" if len(ends) == 2 else "an order refused")
        assert len(ends) < 2 or ends[0] == ends[1]
        transaction.set_rollback(True)
