"""Workers as processes of their own, which make leads slowly and can be killed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Event

from crmkit.app import open_crm
from crmkit.core import LeadDraft, create_lead
from crmkit.jobs.worker import stop_on_signals, work
from crmkit.testing import found
from crmkit.testing.fixtures import plain_settings

from tests.jobs.samples import sampled

LEASE = 2
PATIENCE = 60

# They are forked from a process that has imported everything and holds no connection.
_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.jobs.workers"])


def make_slowly(job):
    """Make leads “<prefix> <number>”, and rest a moment inside and between units."""
    count = job.arguments["count"]
    for number in range(job.checkpoint.get("next", 0), count):
        with job.work() as uow:
            name = f"{job.arguments['prefix']} {number}"
            create_lead(uow, LeadDraft(name=name))
            time.sleep(job.arguments["rest"])
            job.save(uow, {"next": number + 1}, done=number + 1, total=count)
        time.sleep(job.arguments["rest"])


def open_with_slow_jobs(url, clock=None):
    """The CRM of a worker: real time, and jobs that are soon taken up again."""
    settings = plain_settings(url, job_lease_seconds=LEASE)
    return open_crm(settings, clock=clock, find=lambda: [found(sampled(make_slowly))])


@contextmanager
def worker(url):
    """A worker process on the database of `url`; it is killed if it still runs."""
    process = _processes.Process(target=run, args=(url,))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def run(url):
    """Be a worker."""
    stop = Event()
    stop_on_signals(stop)
    work(open_with_slow_jobs(url), stop)


def wait_until(is_so):
    """Until `is_so()`; an error when it takes too long."""
    ends = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends, "It took too long."
        time.sleep(0.05)


def end(process):
    """The exit code of a worker that was asked to end."""
    process.terminate()
    process.join(PATIENCE)
    return process.exitcode
