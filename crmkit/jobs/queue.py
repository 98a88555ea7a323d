"""The worker of PostgreSQL: procrastinate brings ids of jobs, and nothing else.

The row of a job is the truth about it: an id that comes twice, or too late, finds
nothing to claim. What procrastinate was never told, or lost with a worker, a watch
tells it again.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

from procrastinate import App, PsycopgConnector
from sqlalchemy.exc import SQLAlchemyError

from crmkit.core.jobs.claiming import has_due, left_behind, take_back, untold
from crmkit.core.queue import tell_queue
from crmkit.jobs.kinds import running_plugins
from crmkit.jobs.runner import claim_next, run_claimed
from crmkit.jobs.schedules import fire_due

if TYPE_CHECKING:
    from threading import Event

    from crmkit.app import Crm

log = logging.getLogger("crmkit.jobs")

QUEUE = "crmkit"
_POLL_SECONDS = 5.0
_WATCH_SECONDS = 1.0
_UNTOLD_AFTER = timedelta(seconds=5)


def work_until(crm: Crm, stop: Event) -> None:
    """Run jobs and schedules as they come due, until `stop` is set."""
    watching = Thread(target=_watch, args=(crm, stop), daemon=True)
    watching.start()
    try:
        asyncio.run(_serve(_app_of(crm, stop), stop))
    finally:
        stop.set()
        watching.join()


def _app_of(crm: Crm, stop: Event) -> App:
    url = crm.engine.url.set(drivername="postgresql")
    conninfo = url.render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))

    @app.task(name="run_job", queue=QUEUE)
    def run_job(job_id: int) -> None:
        job = claim_next(crm, job_id)
        if job is not None:
            run_claimed(crm, job, stop=stop)

    return app


async def _serve(app: App, stop: Event) -> None:
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                fetch_job_polling_interval=_POLL_SECONDS,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        stopping = asyncio.create_task(asyncio.to_thread(stop.wait))
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        # It lets the job that runs come to its next step, where it stops by itself.
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _watch(crm: Crm, stop: Event) -> None:
    while not stop.wait(_WATCH_SECONDS):
        try:
            fire_due(crm)
            _tell_again(crm)
        except SQLAlchemyError:
            log.exception("The worker could not look for jobs; it tries again.")


def _tell_again(crm: Crm) -> None:
    """Tell procrastinate of jobs that wait and that it does not know of."""
    with crm.read() as uow:
        plugins = running_plugins(crm, uow)
        if not has_due(uow, plugins):
            return
        late = uow.now() - _UNTOLD_AFTER
        is_needed = left_behind(uow) or untold(uow, late, plugins)
    if is_needed:
        with crm.work() as uow:
            take_back(uow)
            for job_id in untold(uow, uow.now(), plugins):
                tell_queue(uow.session, job_id, None)
