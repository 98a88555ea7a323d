"""What scripts and commands get told: the model, and one lead."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import Job, JobState, sentence_of_job
from crmkit_scoring.estimating import Estimator, explain
from crmkit_scoring.learned.training import LEARN
from crmkit_scoring.panels import name_reasons
from crmkit_scoring.tables import Trained
from crmkit_scoring.variables import CHOICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core import Lead, UnitOfWork


def describe_model(uow: UnitOfWork) -> dict[str, Any]:
    """The choices, which model answers, and what it stands on."""
    estimator = Estimator(uow, [])
    config, whole = estimator.config, estimator.all.whole
    trained = None
    if config.trained_id is not None:
        row = uow.session.get_one(Trained, config.trained_id)
        trained = {
            "id": row.id,
            "trained_at": row.trained_at,
            "kind": row.kind,
            "digest": row.digest,
            "card": row.card,
        }
    return {
        "choice": config.choice,
        "model": estimator.answering,
        "best": config.best,
        "since": config.since,
        "variables": config.variables,
        "known_variables": list(CHOICES),
        "closed": estimator.closed,
        "base": None if whole is None else round(100 * whole[0] / sum(whole), 2),
        "rebuilt_at": config.rebuilt_at,
        "trained": trained,
    }


def describe_lead(uow: UnitOfWork, lead: Lead) -> dict[str, Any]:
    """What is said of a lead: probability, base, and reasons that add up."""
    told = explain(uow, lead)
    return {
        "lead_id": lead.id,
        "name": lead.name,
        "probability": lead.probability,
        "probability_is_manual": lead.probability_is_manual,
        "automatic_probability": lead.automatic_probability,
        "model": told.model,
        "estimate": told.percent,
        "base": told.base,
        "reasons": name_reasons(uow, told.reasons),
        "note": told.note.format(count=50) or None,
    }


def can_learn() -> bool:
    """Whether what learned models need is installed."""
    return find_spec("sklearn") is not None


def describe_training(
    uow: UnitOfWork, job_id: int | None, translate: Callable[[str], str]
) -> dict[str, Any] | None:
    """How far the learning of that job is; None where there is no such job."""
    query = select(Job).where(Job.id == job_id, Job.name == LEARN)
    job = None if job_id is None else uow.session.scalar(query)
    if job is None:
        return None
    is_moving = job.state in {JobState.WAITING, JobState.RUNNING}
    error = sentence_of_job(job, translate)
    return {"id": job.id, "is_moving": is_moving, "error": error}
