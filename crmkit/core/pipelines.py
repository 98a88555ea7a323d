"""Pipelines to begin with: stages with their probability, days and guidance."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core.emptying import replace_stage
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.leads import Lead
from crmkit.core.stages import StageDraft, add_stage, edit_stage, list_stages
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.stages import Stage
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "FIRST_PIPELINE",
    "PipelineTemplate",
    "choose_pipeline",
    "is_pipeline_empty",
    "list_pipeline_templates",
]

FIRST_PIPELINE = "projects"
"""The template that a new database begins with."""


@dataclass(frozen=True, slots=True)
class PipelineTemplate:
    """Stages for one way of selling, with all words in one language."""

    slug: str
    name: str
    stages: tuple[StageDraft, ...]


class PipelineInUseError(CrmError):
    """Leads stand in the pipeline."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark("Leads stand in the pipeline already. Change its stages one by one.")
        )


def list_pipeline_templates(locale: str) -> list[PipelineTemplate]:
    """The templates, their words in the language, in English where it has none."""
    language = locale if locale in _read()["languages"] else "en"
    return [
        PipelineTemplate(
            slug,
            template["name"][language],
            tuple(_drafts(template["stages"], language)),
        )
        for slug, template in _read()["pipelines"].items()
    ]


def _drafts(stages: list[dict[str, Any]], language: str) -> list[StageDraft]:
    return [
        StageDraft(
            name=stage["name"][language],
            guidance=stage["guidance"][language],
            probability=Decimal(stage["probability"]),
            is_won=stage is stages[-1],
            is_folded=stage is stages[-1],
            requires_lost_reason=stage.get("asks_why", False),
            rotting_days=stage.get("days"),
            position=10 * index,
        )
        for index, stage in enumerate(stages, start=1)
    ]


@cache
def _read() -> dict[str, Any]:
    # Asked once in the life of an installation, so parsed when it is asked.
    import tomllib  # noqa: PLC0415

    source = files("crmkit.core").joinpath("pipelines.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def is_pipeline_empty(uow: UnitOfWork) -> bool:
    """Whether no lead stands in the pipeline; those in the bin do not count."""
    there = select(Lead.id).where(Lead.deleted_at.is_(None)).limit(1)
    return uow.session.scalar(there) is None


def choose_pipeline(uow: UnitOfWork, slug: str, locale: str) -> list[Stage]:
    """The shared stages, which become those of a template, named in the language.

    Open stages that are there take the values of the template's in their order, and
    won ones too; further ones are added, what is left over is archived. Raises
    PipelineInUseError where leads stand, and NotFoundError for an unknown `slug`.
    """
    uow.require(Role.MANAGER)
    known = {one.slug: one for one in list_pipeline_templates(locale)}
    if slug not in known:
        raise NotFoundError("pipeline", slug)
    if not is_pipeline_empty(uow):
        raise PipelineInUseError
    drafts = known[slug].stages
    shared = [stage for stage in list_stages(uow) if not stage.team_ids]
    chosen: list[Stage] = []
    # A lead of the bin that comes back finds itself in a stage of its kind.
    for is_won in (False, True):
        old = [stage for stage in shared if stage.is_won is is_won]
        new = [draft for draft in drafts if draft.is_won is is_won]
        chosen += _reshape(uow, old, new)
    return chosen


def _reshape(
    uow: UnitOfWork, stages: Sequence[Stage], drafts: Sequence[StageDraft]
) -> list[Stage]:
    """The stages, which become what `drafts` say."""
    kept = list(stages[: len(drafts)])
    for stage, draft in zip(kept, drafts, strict=False):
        edit_stage(uow, stage, draft)
    for stage in stages[len(drafts) :]:
        replace_stage(uow, stage, kept[-1])
    return [*kept, *(add_stage(uow, draft) for draft in drafts[len(kept) :])]
