"""Serving a CRM on a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from typing_extensions import override
from uvicorn.supervisors import Multiprocess

from crmkit.core import Settings, set_up_logs
from crmkit.jobs.child import worker_beside
from crmkit.web import create_app

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from crmkit.app import Crm
    from crmkit.core import Settings


_FACTORY = "crmkit.web:create_app_from_environment"
_SLOW_START = 30


class _Server(uvicorn.Server):
    """A server that tells when it is ready."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_ready()


def serve_here(
    crm: Crm, listening: socket.socket, when_ready: Callable[[], None]
) -> None:
    """Serve `crm` in this process until it is stopped.

    What uvicorn says goes through the log of crmkit, which has its own access lines.
    """
    set_up_logs(crm.settings)
    config = uvicorn.Config(create_app(crm), log_config=None, access_log=False)
    with worker_beside(crm.settings):
        _Server(config, when_ready).run(sockets=[listening])
    crm.close()


def serve_by_many(settings: Settings, listening: socket.socket, workers: int) -> None:
    """Serve the CRM of these settings, the environment's, in processes of their own."""
    # Whoever comes before the first of them is ready waits instead of being refused.
    listening.listen()
    set_up_logs(settings)
    config = uvicorn.Config(
        _FACTORY,
        factory=True,
        workers=workers,
        log_config=None,
        access_log=False,
        timeout_worker_healthcheck=_SLOW_START,
    )
    with worker_beside(settings):
        Multiprocess(config, sockets=[listening]).run()
