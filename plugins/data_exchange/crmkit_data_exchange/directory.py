"""Who and what is known by name: users, teams, stages, tags, reasons, companies."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import (
    Contact,
    FieldType,
    LostReason,
    Role,
    Tag,
    entities,
    fields_of,
    fold,
    is_stage_of,
    list_members,
    list_named,
    list_stages,
    list_teams,
    list_users,
    visible_contacts,
)
from crmkit_data_exchange.problems import NO_STAGE, NO_STAGE_OF_TEAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Mapping as ByName

    from crmkit.core import Field, Stage, UnitOfWork
    from crmkit_data_exchange.mapping import Creation
    from crmkit_data_exchange.reading import ReadRow

KINDS = ("users", "teams", "stages", "tags", "lost_reasons", "contacts", "people")


@dataclass(slots=True)
class Missing:
    """Names that rows use and nobody knows, by kind, with the number of rows.

    `teams_of` tells in which teams a missing user sells, `statuses_of` which statuses
    the leads of a missing stage have.
    """

    names: dict[str, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in KINDS}
    )
    teams_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    statuses_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _spelled: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, kind: str, name: str) -> str:
        """Count a name; the answer is its first spelling."""
        known = self._spelled.setdefault((kind, fold(name)), name)
        self.names[kind][known] += 1
        return known

    def __bool__(self) -> bool:
        """Whether any name is missing."""
        return any(self.names.values())


@dataclass(slots=True)
class Directory:
    """Ids by folded name, as they are now; `creates` are the kinds that will be made.

    A name of such a kind that is not there yet is no fault of the row. `assignable`
    are the owners that the actor may choose, None for everybody; `coming` are the
    folded names of companies that the file itself brings, `contacts` ids by the folded
    names that rows give to custom fields.
    """

    users: dict[str, int]
    teams: dict[str, int]
    stages: list[Stage]
    known: dict[str, set[str]]
    assignable: set[int] | None
    creates: frozenset[str]
    fields: ByName[str, ByName[str, Field]]
    missing: Missing = field(default_factory=Missing)
    coming: set[str] = field(default_factory=set)
    contacts: dict[str, list[int]] = field(default_factory=dict)

    def find_stage(self, name: str, team_id: int | None) -> int | str:
        """The id of the stage of that name, or the message that there is none."""
        named = [stage for stage in self.stages if stage.name_folded == fold(name)]
        for stage in named:
            if is_stage_of(stage, team_id):
                return stage.id
        return NO_STAGE_OF_TEAM if named else NO_STAGE

    def has(self, kind: str, name: str) -> bool:
        """Whether a tag or a lost reason of that name is there."""
        return fold(name) in self.known[kind]


def read_directory(uow: UnitOfWork, creates: Iterable[str] = ()) -> Directory:
    """What is known by name now."""
    users: dict[str, int] = {}
    for user in reversed(list_users(uow)):
        users[user.name_folded] = user.id
        if user.email:
            users[fold(user.email)] = user.id
    return Directory(
        users=users,
        teams={team.name_folded: team.id for team in list_teams(uow)},
        stages=list_stages(uow),
        known={
            "tags": {tag.name_folded for tag in list_named(uow, Tag)},
            "lost_reasons": {
                reason.name_folded for reason in list_named(uow, LostReason)
            },
        },
        assignable=_list_assignable(uow),
        creates=frozenset(creates),
        fields={entity: fields_of(uow, entity) for entity in entities()},
    )


def find_named_contacts(
    uow: UnitOfWork, directory: Directory, entity: str, rows: Sequence[ReadRow]
) -> None:
    """Let the directory know the contacts that custom fields of these rows name."""
    names = [
        field.name
        for field in directory.fields[entity].values()
        if field.is_custom and field.type is FieldType.CONTACT
    ]
    typed = (row.converted.values.get(name) for row in rows for name in names)
    wanted = {fold(name) for name in typed if isinstance(name, str)}
    missing = wanted - directory.contacts.keys()
    if not missing:
        return
    directory.contacts |= {name: [] for name in missing}
    query = select(Contact.name_folded, Contact.id).where(
        visible_contacts(uow), Contact.name_folded.in_(missing)
    )
    for name, contact_id in uow.session.execute(query):
        directory.contacts[name].append(contact_id)


def list_created(creation: Creation) -> frozenset[str]:
    """The kinds of names that a mapping lets the import make."""
    return frozenset(kind for kind in KINDS if getattr(creation, kind))


def _list_assignable(uow: UnitOfWork) -> set[int] | None:
    actor = uow.actor
    if actor.can_be(Role.ALL) or actor.id is None:
        return None
    found = {actor.id}
    if actor.can_be(Role.TEAM):
        for team in list_teams(uow):
            if team.id in actor.team_ids:
                found |= {user.id for _, user in list_members(uow, team)}
    return found
