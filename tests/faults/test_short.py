"""A few scenarios of the fault suite, as a process of its own on servers of its own; `make faults` runs them all."""

import re
import subprocess
import sys

from config import embedded


def test_a_few_faults_lose_double_and_hasten_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.suite", "--short"],
        cwd=embedded.ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.search(r"(\d+) faults of (\d+) kinds over ([\d,]+) due steps", done.stdout)
    struck, kinds, due = (int(number.replace(",", "")) for number in said.groups())
    assert struck > 20
    assert kinds == 4
    assert due > 400
