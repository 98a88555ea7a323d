"""Questions about jobs: everybody sees his own, admins see all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select, true

from crmkit.core.errors import NotFoundError, mark
from crmkit.core.queue import Job, JobState
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core.uow import UnitOfWork

JOB_LABELS: dict[str, str] = {
    "change_contacts": mark("Change contacts"),
    "change_leads": mark("Change leads"),
    "forget_answers": mark("Forget answers to requests"),
    "forget_sign_ins": mark("Forget old sign-ins"),
    "forget_tokens": mark("Forget old tokens"),
    "index_field": mark("Build the index of a field"),
    "purge_field": mark("Delete a field for ever"),
    "purge_fields": mark("Delete fields that were hidden long ago"),
    "purge_bin": mark("Empty the bin"),
    "purge_jobs": mark("Forget old jobs"),
    "rebuild_past": mark("Make the past of leads anew"),
    "rebuild_search": mark("Make the index of words anew"),
    "send_mail": mark("Send a mail"),
    "send_trial_mail": mark("Try out the mail server"),
    "tune_database": mark("Tune the database"),
    "undo_change": mark("Take a change back"),
    "write_mail_of_stage": mark("Write the mail of a stage"),
}
"""What people read for the core's own jobs; a plugin says its own (`JobKind`)."""


def visible_jobs(uow: UnitOfWork) -> ColumnElement[bool]:
    """The criterion of the jobs that the actor may see."""
    if uow.actor.can_be(Role.ADMIN):
        return true()
    return Job.actor_id == uow.actor.id


def get_job(uow: UnitOfWork, job_id: int) -> Job:
    """The job of that id, if the actor may see it."""
    query = select(Job).where(Job.id == job_id, visible_jobs(uow))
    found = uow.session.scalars(uow.locked(query)).one_or_none()
    if found is None:
        raise NotFoundError("job", job_id)
    return found


def list_jobs(
    uow: UnitOfWork,
    *,
    state: JobState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Jobs that the actor may see, newest first, made before the job `before`."""
    query = select(Job).where(visible_jobs(uow))
    if state is not None:
        query = query.where(Job.state == state)
    if before is not None:
        query = query.where(Job.id < before)
    return list(uow.session.scalars(query.order_by(Job.id.desc()).limit(limit)))


def label_of_job(name: str, plugin_labels: dict[str, str] | None = None) -> str:
    """What people read for a job, to be translated; without a label, its name."""
    label = JOB_LABELS.get(name) or (plugin_labels or {}).get(name)
    if label:
        return label
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def sentence_of_job(job: Job, translate: Callable[[str], str]) -> str:
    """Why a job failed, or was last put off, in the language of `translate`."""
    if job.error is None:
        return ""
    return translate(str(job.error["sentence"])).format(**job.error["parts"])


def describe_job(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """A job as scripts get it; worker and trace are for admins."""
    described = {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "actor_id": job.actor_id,
        "change_id": job.change_id,
        "arguments": job.arguments,
        "done": job.done,
        "total": job.total,
        "attempts": job.attempts,
        "result": job.result,
        "error": sentence_of_job(job, str) or None,
        "due_at": job.due_at,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "cancel_asked_at": job.cancel_asked_at,
    }
    if uow.actor.can_be(Role.ADMIN):
        described |= {"worker": job.worker, "trace": job.trace}
    return described
