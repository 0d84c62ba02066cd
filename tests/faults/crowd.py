"""Several people, or several sweepers, at the same instant: threads with connections of their own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction

from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.record.case import Case
from tests.engine.truth import assert_true
from tests.factories import case as a_case

LATE = ("contact_a", "bladder", "mri_a", "neuro_exam")


def at_once(*works):
    """Call all of these at one instant, each on its own connection; what each returned, or how it was refused."""
    barrier = threading.Barrier(len(works))

    def one(work):
        try:
            with connection.cursor():
                barrier.wait(timeout=30)
            return work()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@contextmanager
def elsewhere(work):
    """Do something in a transaction of another session, which stays open as long as this."""
    ready, done = threading.Event(), threading.Event()

    def run():
        try:
            with transaction.atomic():
                work()
                ready.set()
                done.wait(30)
        finally:
            ready.set()
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    try:
        yield done.set
    finally:
        done.set()
        thread.join()


def impatient(milliseconds):
    """Wait for a lock no longer than this."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {milliseconds}")


def rounds(count, *works):
    """Call `work(number)` of all of them at one instant, round after round; the results by round."""
    barrier = threading.Barrier(len(works))

    def one(work):
        results = []
        try:
            for number in range(count):
                barrier.wait(timeout=30)
                try:
                    results.append(work(number))
                except Refused as refusal:
                    results.append(refusal)
        except BaseException:
            barrier.abort()
            raise
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(len(works)) as pool:
        return list(zip(*pool.map(one, works), strict=True))


def overdue(count, place, hours=25):
    """Cases of class A of which the clocks in LATE have passed every rung: one alert of each is due."""
    suspected = now() - timedelta(hours=hours)
    return [a_case(place=place, at=suspected - timedelta(minutes=number)) for number in range(count)]


def all_true():
    """Check every case there is."""
    for case in Case.objects.all():
        assert_true(case)


def until(condition, seconds=30, every=0.05):
    """Wait for a condition; fail if it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(every)


def somebody_holds(case):
    """Whether another session has the lock on a case."""
    with transaction.atomic():
        return not Case.objects.select_for_update(skip_locked=True).filter(pk=case.pk).exists()


def apart(work):
    """Do something on a connection of its own."""
    try:
        return work()
    finally:
        connection.close()


def somebody_waits():
    """Whether another session waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return cursor.fetchone()[0] > 0
