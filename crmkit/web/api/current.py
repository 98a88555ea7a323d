"""Records as they are now, for the answer to a stale change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import (
    ActivityType,
    add_extensions,
    describe_contact,
    describe_view,
    get_activity,
    get_contact,
    get_field,
    get_membership,
    get_named,
    get_stage,
    get_team,
    get_template,
    get_user,
    get_view,
    read_lead,
)
from crmkit.web.api.activities import describe_activity
from crmkit.web.api.activity_types import describe_type
from crmkit.web.api.lists import KINDS, describe_named, describe_stage
from crmkit.web.api.teams import (
    describe_member,
    describe_team,
    describe_user,
)
from crmkit.web.api.templates import describe_template
from crmkit.web.api.views import describe_custom_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core import UnitOfWork

    Describes = Callable[[UnitOfWork, int], dict[str, Any]]


def describe_record(uow: UnitOfWork, entity: str, record_id: int) -> dict[str, Any]:
    """The record as its own address would answer it; empty for a plugin's."""
    for kind, _ in KINDS.values():
        if kind.__tablename__ == entity:
            return describe_named(get_named(uow, kind, record_id))
    describe = _DESCRIBED.get(entity)
    return {} if describe is None else describe(uow, record_id)


def _lead(uow: UnitOfWork, record_id: int) -> dict[str, Any]:
    lead = read_lead(uow, record_id)
    add_extensions(uow, [lead])
    return lead


def _type(uow: UnitOfWork, record_id: int) -> dict[str, Any]:
    return describe_type(uow, get_named(uow, ActivityType, record_id))


_DESCRIBED: Mapping[str, Describes] = {
    "lead": _lead,
    "contact": lambda uow, n: describe_contact(uow, get_contact(uow, n)),
    "activity": lambda uow, n: describe_activity(uow, get_activity(uow, n)[0]),
    "activity_type": _type,
    "stage": lambda uow, n: describe_stage(get_stage(uow, n, archived=True)),
    "team": lambda uow, n: describe_team(get_team(uow, n)),
    "member": lambda uow, n: describe_member(*get_membership(uow, n)),
    "user": lambda uow, n: describe_user(get_user(uow, n)),
    "view": lambda uow, n: describe_view(uow, get_view(uow, n)),
    "mail_template": lambda uow, n: describe_template(get_template(uow, n)),
    "custom_field": lambda uow, n: describe_custom_field(get_field(uow, n)),
}
