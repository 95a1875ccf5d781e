"""What jobs tell is foreseen in every process, also in one that runs no jobs."""

import subprocess
import sys

SCRIPT = """
import commissioning.features
from commissioning.reminders.foretelling import COMING, FORETOLD
alone = {*COMING, *FORETOLD}
import commissioning.jobs
print(sorted(source.__module__ for source in {*COMING, *FORETOLD} - alone))
"""


def test_the_forecast_of_a_web_process_has_what_every_job_tells() -> None:
    """The forecast of a process without a scheduler (product.md, 5) has the same sources as that of one with it."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
