"""What the scratch databases hold: one real case, and as many copies of it as a measurement needs."""

from typing import Any

import psycopg
from django.db import connection

from pathway.engine.suspect import suspect
from pathway.management.bench.scratch import copies
from pathway.management.demo import people
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.person import Patient, User
from pathway.worklist.rows import PAGE

DUE = ("now() - n * interval '1 ms'", "now() + interval '6 h'")
LATER = ("now() + interval '1 day' + n * interval '1 s'", "now() + interval '2 day' + n * interval '1 s'")
PAST_ALERTS = 10_000
WAKE = """
UPDATE pathway_{0} SET wake_at = now() + (%s + %s * (id - 1000001)) * interval '1 s' WHERE id > 1000000
"""
SUSPICION = {"class": "A", "suspected_by": "ward registrar", "place": "ward"}


def staff() -> people.Staff:
    """The organisation, units, users and duties that every measurement uses."""
    return people.staff(people.HOME)


def coordinator() -> User:
    """Who makes the moves and reads the board."""
    return User.objects.select_related("organisation").get(username="coordinator")


def real_case(number: int) -> Case:
    """A case made by the engine, of a patient of its own."""
    team = staff()
    patient = Patient.objects.create(
        organisation=team.organisation, family_name=f"Bench-{number}", local_number=str(number), local_issuer="bench",
        synthetic=True,
    )  # fmt: skip
    return suspect(patient, team.units[0], by=team.users["coordinator"], answers=SUSPICION)


def open_cases(count: int, *, due: bool) -> None:
    """So many open cases with one running clock each, whose next rung is due now or, else, in days to come."""
    case = real_case(0)
    clock = Clock.objects.get(case=case, standard="mri_a")
    wake, limit = DUE if due else LATER
    copies(Patient, case.patient_id, count, {"local_number": "n::text", "family_name": "'Copy-' || n"})
    shown = {
        "next_amber_at": wake,
        "next_due_at": limit,
        "overdue_from": limit,
        "wake_at": wake,
        "next_standard": "'mri_a'",
    }
    copies(Case, case.pk, count, {"patient_id": "1000000 + n", **shown})
    copies(Clock, clock.pk, count, {"case_id": "1000000 + n", "amber_at": wake, "due_at": limit, "wake_at": wake})
    history(case, clock)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def mostly_closed(count: int) -> None:
    """So many cases, of which one in a hundred is open, but more than a page, with one running clock each."""
    case = real_case(0)
    clock = Clock.objects.get(case=case, standard="mri_a")
    wake, limit = LATER
    open_yet = max(count // 100, PAGE + 10)
    copies(Patient, case.patient_id, count, {"local_number": "n::text", "family_name": "'Copy-' || n"})
    shown = {
        "next_amber_at": f"CASE WHEN n <= {open_yet} THEN {wake} END",
        "next_due_at": f"CASE WHEN n <= {open_yet} THEN {limit} END",
        "overdue_from": f"CASE WHEN n <= {open_yet} THEN {limit} END",
        "next_standard": f"CASE WHEN n <= {open_yet} THEN 'mri_a' ELSE '' END",
        "state": f"CASE WHEN n <= {open_yet} THEN 'suspected' ELSE 'closed' END",
        "wake_at": "NULL", "is_open": f"n <= {open_yet}",
    }  # fmt: skip
    copies(Case, case.pk, count, {"patient_id": "1000000 + n", **shown})
    copies(Clock, clock.pk, open_yet, {"case_id": "1000000 + n", "amber_at": wake, "due_at": limit, "wake_at": "NULL"})
    history(case, clock)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def wake(session: psycopg.Connection[Any], first: float, apart: float = 0.0) -> None:
    """Let the copies reach their first level `first` seconds from now, so many seconds apart."""
    with session.transaction():
        for table in ("case", "clock"):
            values: Any = (first, apart)
            session.execute(WAKE.format(table), values)
        session.execute("UPDATE pathway_clock SET amber_at = wake_at WHERE id > 1000000")


def history(case: Case, clock: Clock) -> None:
    """Alerts of the past: a table that was empty when a connection opened is read through at each foreign key check."""
    past = Alert.objects.create(
        case=case, clock=clock, rung=0, level="E1", raised_at=case.suspected_at, called_at=case.suspected_at,
        stood_down_at=case.suspected_at, stood_down_why="clock ended",
    )  # fmt: skip
    copies(Alert, past.pk, PAST_ALERTS, {"rung": "n"})
