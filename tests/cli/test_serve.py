import os
import signal
import subprocess
import sys
import time
from socket import socket
from urllib.error import URLError
from urllib.request import urlopen

import pytest

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
