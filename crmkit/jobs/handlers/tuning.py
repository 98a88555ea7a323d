"""SQLite learns again how its tables are filled; PostgreSQL does so by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from crmkit.hooks import DailyAt, JobKind, JobSchedule

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

# So many rows of each index are looked at: enough to know it, and soon done.
_ROWS = 1000


def tune(job: JobRun) -> None:
    """Look at each index, and shorten the write-ahead log."""
    if job.crm.engine.dialect.name == "sqlite":
        with job.crm.maintenance() as connection:
            connection.execute(text(f"PRAGMA analysis_limit={_ROWS}"))
            connection.execute(text("ANALYZE"))
            connection.execute(text("PRAGMA wal_checkpoint(PASSIVE)"))
    with job.work() as uow:
        job.finish(uow)


JOBS = (JobKind("tune_database", tune),)
SCHEDULES = (JobSchedule("tune_database", "tune_database", DailyAt(4, 0)),)
