"""The choices of the plugin: which model answers, what is counted, since when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from crmkit.core import CrmError, Fact, Role, mark, record
from crmkit_scoring.tables import Choice, Config
from crmkit_scoring.variables import CHOICES, DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import UnitOfWork

REBUILD = "scoring.rebuild_counts"
TRAIN = "scoring.train"


class ConfigDraft(BaseModel):
    """What a manager may choose; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    choice: Choice | None = None
    since: date | None = None
    variables: list[str] | None = Field(default=None, max_length=len(CHOICES))


class WrongChoiceError(CrmError):
    """A choice is none of those that there are."""

    def __init__(self, field: str) -> None:
        super().__init__(
            mark("“{name}” cannot be that; see the choices of the page."),
            field=field,
            name=field,
        )


def read_config(uow: UnitOfWork) -> Config:
    """The choices as they are, or as they are until somebody chooses."""
    found = uow.session.scalar(select(Config).order_by(Config.id).limit(1))
    return unchosen(uow) if found is None else found


def unchosen(uow: UnitOfWork) -> Config:
    """The choices as they are until somebody chooses."""
    return Config(
        version=1,
        choice=Choice.AUTO,
        since=None,
        variables=list(DEFAULTS),
        best=None,
        trained_id=None,
        turn=0,
        stamp="",
        rebuilt_at=None,
        changed_at=uow.now(),
    )


def take_config(uow: UnitOfWork) -> Config:
    """The choices, to be changed by nobody else until the unit ends."""
    query = select(Config).order_by(Config.id).limit(1)
    config = uow.session.scalar(uow.locked(query))
    if config is None:
        config = read_config(uow)
        uow.session.add(config)
        uow.session.flush()
    return config


def parse_choices(given: Mapping[str, object]) -> ConfigDraft:
    """The choices that somebody sent. Raises WrongChoiceError."""
    try:
        draft = ConfigDraft.model_validate(dict(given))
    except ValidationError as error:
        raise WrongChoiceError(str(error.errors()[0]["loc"][0])) from error
    if draft.variables is not None and not set(draft.variables) <= set(CHOICES):
        raise WrongChoiceError("variables")
    return draft


def choose(uow: UnitOfWork, draft: ConfigDraft) -> Config:
    """Change the choices; a job counts and scores anew. Only a manager may."""
    uow.require(Role.MANAGER)
    config = take_config(uow)
    wanted = {name: getattr(draft, name) for name in draft.model_fields_set}
    changed = {
        name: (getattr(config, name), value)
        for name, value in wanted.items()
        if getattr(config, name) != value and (value is not None or name == "since")
    }
    if not changed:
        return config
    for name, (_, value) in changed.items():
        setattr(config, name, value)
    config.version += 1
    config.changed_at = uow.now()
    uow.session.flush()
    said = {name: (str(old), str(new)) for name, (old, new) in changed.items()}
    fact = Fact("scoring.changed", "scoring", config.id, config.version, said)
    record(uow, [fact])
    uow.enqueue(REBUILD, key="all")
    return config
