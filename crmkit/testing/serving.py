"""A web application behind a real socket, for browsers and clients of tests."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Literal

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI


@contextmanager
def served(app: FastAPI, *, with_lifespan: bool = True) -> Iterator[str]:
    """The address of `app`, which a thread serves on a free port of 127.0.0.1.

    Where something else began the life of `app`, as `open_door` does, it is not begun
    again: `with_lifespan=False`.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    lifespan: Literal["on", "off"] = "on" if with_lifespan else "off"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan=lifespan))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
