import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from socket import socket
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from crmkit.app import open_crm
from crmkit.core import Settings

PATIENCE = 90  # seconds, for a machine that has other things to do


def serve(*arguments):
    """A `crmkit serve` that runs, and the first line it printed."""
    process = subprocess.Popen(  # noqa: S603  (our own command)
        [sys.executable, "-m", "crmkit", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


def health(line):
    """The answer of the address at the end of `line`, once there is one."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            address = line.split()[-1] + "/healthz"
            with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310  (http)
                return answer.status
        except URLError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def stop(process):
    """The exit code after Ctrl-C, and what else was printed."""
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said


@pytest.mark.parametrize("how", [(), ("--safe-mode",)])
def test_the_address_is_printed_when_it_answers(database, how):
    assert database("doctor").exit_code == 0
    process, line = serve("serve", "--port", "0", *how)
    try:
        assert line.startswith("crmkit serves on http://127.0.0.1:")
        assert health(line) == 200
    finally:
        code, said = stop(process)
    assert (code, said) == (130, "")


def test_several_workers_answer(database):
    assert database("db", "status").exit_code == 0
    process, line = serve("serve", "--port", "0", "--workers", "2")
    try:
        assert health(line) == 200
    finally:
        _, said = stop(process)
    assert said == ""


def test_a_port_that_is_taken_is_one_sentence(database):
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = database("serve", "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Port {port} of 127.0.0.1 cannot be used: ")


def enqueue():
    """The id of a new job in the database that is served."""
    crm = open_crm(Settings())
    with crm.work() as uow:
        job_id = uow.enqueue("purge_jobs")
    crm.close()
    return job_id


def worker_of(database, job_id):
    """The process that has done a job, once it is done."""
    ends = time.monotonic() + PATIENCE
    while True:
        facts = json.loads(database("jobs", "show", str(job_id), "--json").stdout)
        if facts["state"] == "done":
            return int(facts["worker"].split(":")[1])
        assert time.monotonic() < ends, facts
        time.sleep(0.2)


def is_running(number):
    status = Path(f"/proc/{number}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_worker_does_the_jobs_is_started_anew_and_ends_with_its_server(database):
    server, line = serve("serve", "--port", "0")
    try:
        assert health(line) == 200
        first = worker_of(database, enqueue())
        assert first != server.pid
        os.kill(first, signal.SIGKILL)
        second = worker_of(database, enqueue())
        assert second not in {first, server.pid}
    finally:
        server.kill()
        server.communicate()
    ends = time.monotonic() + PATIENCE
    while is_running(second):
        assert time.monotonic() < ends, "The worker outlived its server."
        time.sleep(0.1)
