"""A job in a process of its own: seconds, statements, and what it holds in memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from sqlalchemy import event

from crmkit.core import JobState
from crmkit.jobs import run_here

from benchmarks.databases import open_for

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Took:
    """What a job took: seconds, those of a core of them, statements, memory at most.

    `megabytes` are those of the whole process.
    """

    seconds: float
    core: float
    statements: int
    megabytes: int


def run_apart(url: str, plugins: Sequence[str], job_id: int) -> Took:
    """Run a job that waits, as a worker with these plugins does."""
    command = [sys.executable, "-m", __name__, url, ",".join(plugins), str(job_id)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  (our own program)
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Run the job that is named and print what it took; 1 where it failed."""
    url, plugins, job_id = sys.argv[1], tuple(sys.argv[2].split(",")), int(sys.argv[3])
    crm = open_for(url, plugins)
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(crm.engine, "before_cursor_execute", count)
    began, worked = perf_counter(), process_time()
    job = run_here(crm, job_id)
    took, core = perf_counter() - began, process_time() - worked
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    crm.close()
    print(json.dumps(asdict(Took(took, core, statements, most))))
    return 0 if job.state is JobState.DONE else 1


if __name__ == "__main__":
    sys.exit(main())
