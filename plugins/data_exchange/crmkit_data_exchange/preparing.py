"""Before the first row: the users, teams and stages that the rows name are made."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit.core import (
    Role,
    StageDraft,
    TeamDraft,
    UserDraft,
    add_members,
    add_stage,
    add_team,
    add_users,
    fold,
    list_stages,
    list_teams,
    normalize_email,
)
from crmkit_data_exchange.directory import (
    Missing,
    find_named_contacts,
    list_created,
    read_directory,
)
from crmkit_data_exchange.drafts import make_draft
from crmkit_data_exchange.errors import CreationNeedsRoleError
from crmkit_data_exchange.imports import mapping_of
from crmkit_data_exchange.reading import open_reader

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.mapping import Creation
    from crmkit_data_exchange.tables import Import

_LOOKED_AT = 500
_NEEDS = {
    "users": Role.ADMIN,
    "teams": Role.MANAGER,
    "stages": Role.MANAGER,
}
_LEAST, _MOST = Decimal(10), Decimal(90)


def find_missing(uow: UnitOfWork, import_: Import) -> Missing:
    """The names of users, teams and stages in the file that nobody knows.

    Empty, without reading the file, where the mapping makes none of these.
    """
    creates = list_created(mapping_of(import_).create)
    directory = read_directory(uow, creates)
    reader = open_reader(uow, import_, 0)
    if not creates & _NEEDS.keys():
        return directory.missing
    while rows := reader.look(_LOOKED_AT):
        find_named_contacts(uow, directory, import_.entity, rows)
        for row in rows:
            make_draft(import_.entity, row.converted, directory)
        reader.go_to(rows[-1].index + 1)
    return directory.missing


def check_roles(uow: UnitOfWork, creation: Creation, missing: Missing) -> None:
    """Raise CreationNeedsRoleError where the actor may not make what is missing."""
    for kind, role in _NEEDS.items():
        is_made = getattr(creation, kind) and missing.names[kind]
        if is_made and not uow.actor.can_be(role):
            raise CreationNeedsRoleError(kind, role.value)


def make_missing(uow: UnitOfWork, creation: Creation, missing: Missing) -> None:
    """Make the missing teams, users and stages, as far as the mapping says so.

    Users are made without a password and with the least role; those who sell in a team
    become its members. A stage in which every lead is won means won. The others come
    before it: first those in which every lead is open, then those that leads were lost
    in, each in the order of the file, their probabilities evenly spread.
    """
    check_roles(uow, creation, missing)
    if creation.teams:
        for name in missing.names["teams"]:
            add_team(uow, TeamDraft(name=name))
    if creation.users and missing.names["users"]:
        _make_users(uow, missing)
    if creation.stages and missing.names["stages"]:
        _make_stages(uow, missing)


def _make_users(uow: UnitOfWork, missing: Missing) -> None:
    names = list(missing.names["users"])
    users = add_users(uow, [_draft_user(name) for name in names])
    teams = {team.name_folded: team.id for team in list_teams(uow)}
    pairs = {
        (teams[fold(team)], user.id)
        for name, user in zip(names, users, strict=True)
        for team in missing.teams_of.get(fold(name), ())
        if fold(team) in teams
    }
    if pairs and uow.actor.can_be(Role.MANAGER):
        add_members(uow, sorted(pairs))


def _draft_user(name: str) -> UserDraft:
    email = normalize_email(name)
    if email is None:
        return UserDraft(name=name[:200])
    return UserDraft(name=email.partition("@")[0][:200], email=email)


def _make_stages(uow: UnitOfWork, missing: Missing) -> None:
    known = list_stages(uow)
    names = list(missing.names["stages"])
    won = [name for name in names if missing.statuses_of[name] == {"won"}]
    steps = [name for name in names if name not in won]
    steps.sort(key=lambda name: missing.statuses_of[name] != {"open"})
    ends = [stage.position for stage in known if stage.is_won]
    opens = [stage.position for stage in known if not stage.is_won]
    first, last = max(opens, default=0), min(ends, default=1_000_000)
    for place, name in enumerate(steps, 1):
        position = first + place if not ends else min(first + place, last)
        share = (_MOST - _LEAST) * place / (len(steps) + 1)
        probability = (_LEAST + share).quantize(Decimal(1))
        draft = StageDraft(name=name, position=position, probability=probability)
        add_stage(uow, draft)
    for name in won:
        add_stage(uow, StageDraft(name=name, is_won=True, probability=Decimal(100)))
