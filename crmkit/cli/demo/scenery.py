"""What leads stand in: stages, choices, users, teams and contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.cli.demo.firms import BRITAIN, FRANCE, Firm, Person, invent_person
from crmkit.core import (
    FIRST_PIPELINE,
    Actor,
    Campaign,
    ContactDraft,
    ContactKind,
    LostReason,
    Medium,
    Named,
    NameDraft,
    Role,
    Source,
    Stage,
    Tag,
    TeamDraft,
    UserDraft,
    add_members,
    add_named,
    add_team,
    add_users,
    choose_pipeline,
    create_contacts,
    describe_activity_type,
    edit_activity_type,
    fold,
    get_activity_type,
    list_named,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from crmkit.app import Crm
    from crmkit.cli.demo.words import Words
    from crmkit.core import UnitOfWork

DOMAIN = "sonde.example"
EMAIL = f"camille@{DOMAIN}"
BATCH = 500
_PEOPLE_PER_FIRM = 2

_TEAMS = {
    "Lyon": (FRANCE, ("Camille Roux", "Thomas Maurel", "Inès Benalune")),
    "Nantes": (FRANCE, ("Gwenaël Tréhardy", "Sofia Lombardel")),
    "Lille": (FRANCE, ("Maxime Verhaegue", "Aïcha Dermond")),
    "London": (BRITAIN, ("Olivia Grantham-Lee", "Rohan Pateley", "Megan Sturrow")),
    "Manchester": (BRITAIN, ("Jack Holroydson", "Chloe Ashworthy")),
}
_ROLES = {
    "Camille Roux": Role.ADMIN,
    "Nora Castelain": Role.MANAGER,
    "Thomas Maurel": Role.TEAM,
    "Gwenaël Tréhardy": Role.TEAM,
    "Maxime Verhaegue": Role.ALL,
    "Olivia Grantham-Lee": Role.ALL,
    "Jack Holroydson": Role.TEAM,
}


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """A team and its members; its leads are mostly of its country."""

    id: int
    country: str
    members: tuple[Actor, ...]


@dataclass(frozen=True, slots=True)
class DemoContact:
    """A person among the contacts."""

    id: int
    person: Person


@dataclass(frozen=True, slots=True)
class Scenery:
    """Everything that the demo's leads refer to."""

    words: Words
    stages: tuple[Stage, ...]
    reasons: tuple[LostReason, ...]
    teams: tuple[DemoTeam, ...]
    contacts: dict[str, tuple[DemoContact, ...]]
    demo_user: Actor

    @property
    def open_stages(self) -> tuple[Stage, ...]:
        """The stages before the won one."""
        return self.stages[:-1]


def build_scenery(
    crm: Crm, rng: Random, words: Words, firms: Iterable[Firm]
) -> Scenery:
    """Write everything but the leads."""
    with crm.work() as uow:
        stages = tuple(choose_pipeline(uow, FIRST_PIPELINE, crm.settings.locale))
        name_activity_types(uow, words)
        _add_choices(uow, words)
        reasons = tuple(list_named(uow, LostReason))
        teams = _add_teams(uow)
    known = {actor.name: actor for team in teams for actor in team.members}
    return Scenery(
        words=words,
        stages=stages,
        reasons=reasons,
        teams=teams,
        contacts=_add_contacts(crm, rng, list(firms)),
        demo_user=known["Camille Roux"],
    )


def name_activity_types(uow: UnitOfWork, words: Words) -> None:
    """Call the types of activity that every database begins with as `words` do."""
    for slug, name in words.activity_types.items():
        kind = get_activity_type(uow, slug)
        draft = describe_activity_type(uow, kind).model_copy(update={"name": name})
        edit_activity_type(uow, kind, draft)


def _add_choices(uow: UnitOfWork, words: Words) -> None:
    kinds: Mapping[type[Named], tuple[str, ...]] = {
        LostReason: words.lost_reasons,
        Tag: words.tags,
        Source: words.sources,
        Medium: words.mediums,
        Campaign: words.campaigns,
    }
    for kind, names in kinds.items():
        for name in names:
            add_named(uow, kind, NameDraft(name=name))


def email_of(name: str) -> str:
    """The address of a demo user: first name, without accents."""
    first = fold(name).partition(" ")[0]
    return f"{first}@{DOMAIN}"


def _add_teams(uow: UnitOfWork) -> tuple[DemoTeam, ...]:
    names = [name for _, members in _TEAMS.values() for name in members]
    drafts = [
        UserDraft(name=name, email=email_of(name), role=_ROLES.get(name, Role.OWN))
        for name in [*names, "Nora Castelain"]
    ]
    users = {user.name: user for user in add_users(uow, drafts)}
    teams = []
    for name, (country, members) in _TEAMS.items():
        team = add_team(uow, TeamDraft(name=name, leader_id=users[members[0]].id))
        add_members(uow, [(team.id, users[member].id) for member in members])
        actors = tuple(
            Actor(
                id=users[member].id,
                name=member,
                role=users[member].role,
                team_ids=(team.id,),
                email=users[member].email,
            )
            for member in members
        )
        teams.append(DemoTeam(team.id, country, actors))
    return tuple(teams)


def _add_contacts(
    crm: Crm, rng: Random, firms: list[Firm]
) -> dict[str, tuple[DemoContact, ...]]:
    found: dict[str, list[DemoContact]] = {FRANCE: [], BRITAIN: []}
    size = BATCH // (1 + _PEOPLE_PER_FIRM)
    for start in range(0, len(firms), size):
        with crm.work() as uow:
            for contact in _add_some(uow, rng, firms[start : start + size]):
                found[contact.person.firm.country].append(contact)
    return {country: tuple(contacts) for country, contacts in found.items()}


def _add_some(uow: UnitOfWork, rng: Random, firms: list[Firm]) -> list[DemoContact]:
    companies = create_contacts(
        uow,
        [
            ContactDraft(
                name=firm.name,
                kind=ContactKind.COMPANY,
                website=f"https://{firm.domain}",
                city=firm.city,
                country=firm.country,
                industry=firm.industry,
            )
            for firm in firms
        ],
    )
    people = [
        (invent_person(rng, firm), company.id)
        for firm, company in zip(firms, companies, strict=True)
        for _ in range(_PEOPLE_PER_FIRM)
    ]
    drafts = [
        ContactDraft(
            name=person.name,
            company_id=company_id,
            email=person.email,
            phone=person.phone,
            city=person.firm.city,
            country=person.firm.country,
        )
        for person, company_id in people
    ]
    created = create_contacts(uow, drafts)
    return [
        DemoContact(contact.id, person)
        for contact, (person, _) in zip(created, people, strict=True)
    ]
