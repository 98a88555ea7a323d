"""Web processes and a worker of one database, forked, with the plugin `everywhere`."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from threading import Event
from typing import TYPE_CHECKING

import httpx2
import uvicorn

from crmkit.app import open_crm
from crmkit.jobs.worker import stop_on_signals, work
from crmkit.testing import found
from crmkit.testing.fixtures import plain_settings
from crmkit.web import create_app

from tests.plugins.everywhere import plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmkit.app import Crm

PATIENCE = 30
# What they need is imported here already, and they open connections of their own.
_processes = get_context("fork")


def open_there(url: str) -> Crm:
    """The CRM that each of the processes has: real time, and the one plugin."""
    return open_crm(plain_settings(url), find=lambda: [found(plugin)])


def _serve(url: str, listening: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(open_there(url)), log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[listening])


def _work(url: str) -> None:
    stop = Event()
    stop_on_signals(stop)
    work(open_there(url), stop)


@contextmanager
def _process(act: Callable[..., None], *arguments: object) -> Iterator[None]:
    process = _processes.Process(target=act, args=arguments)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(PATIENCE)
        process.kill()
        process.close()


@contextmanager
def company_of_processes(url: str, webs: int) -> Iterator[list[str]]:
    """The addresses of so many web processes; a worker runs beside them."""
    with ExitStack() as stack:
        addresses = []
        for _ in range(webs):
            listening = stack.enter_context(socket.socket())
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            addresses.append(f"http://127.0.0.1:{listening.getsockname()[1]}")
            stack.enter_context(_process(_serve, url, listening))
        stack.enter_context(_process(_work, url))
        for address in addresses:
            _wait_for(address)
        yield addresses


def _wait_for(address: str) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            httpx2.get(f"{address}/healthz", timeout=PATIENCE).raise_for_status()
        except httpx2.TransportError:
            assert time.monotonic() < ends, "It did not start."
            time.sleep(0.05)
        else:
            return
