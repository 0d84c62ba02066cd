"""A worker that is killed in the middle of a job: another one takes the job up again, and its file is whole."""

import os
import signal
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.jobs import LEASE, ask, work
from pathway.record.job import Job, Piece, State
from tests.system.launcher import wait_for

NEVER_ENDS = """
import time, django; django.setup()
from pathway.engine.jobs import work

def slow(job, tell):
    tell(1, 2, "half of it")
    with tell.file("half.csv", "text/csv") as file:
        file.write(b"half" * 300_000)
        time.sleep(600)

work({"rows": slow}, by="jobs")
"""


def whole(job, tell):
    with tell.file("whole.csv", "text/csv") as file:
        file.write(b"whole")
    return {}


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_was_killed_is_taken_up_again(processes, manager):
    # Given a worker in the middle of a job
    ask(by=manager, kind="rows", parameters={}, reason="Audit", submission=uuid4())
    process = processes.start("-c", NEVER_ENDS, DJANGO_SETTINGS_MODULE="config.settings")
    wait_for(lambda: Piece.objects.filter(job__message="half of it").count() == 2, within=30)
    # When it is killed
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    # Then nobody takes its job before the lease is over, and then another one does it
    assert not work({"rows": whole}, by="jobs")
    with clock.at(clock.now() + 2 * LEASE):
        assert work({"rows": whole}, by="jobs")
    job = Job.objects.get()
    assert (job.state, job.tries, job.file_name, job.file_size) == (State.DONE, 2, "whole.csv", 5)
    assert [bytes(piece.data) for piece in Piece.objects.all()] == [b"whole"]
