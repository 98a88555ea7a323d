"""Why somebody may do something with a lead: the words agree with the SQL."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from crmkit.core import (
    CrmError,
    ForbiddenError,
    Lead,
    Member,
    MemberDraft,
    NotFoundError,
    OtherOwnerError,
    Role,
    User,
    add_member,
    delete_lead,
    disable_user,
    edit_lead,
    explain_access,
    get_lead,
    get_team,
    get_user,
    visible,
)


def explain(kit, who, user, lead):
    with kit.read(who) as uow:
        return explain_access(uow, user, lead.id)


def codes(verdict):
    return {reason.code: reason.holds for reason in verdict.reasons}


def words(verdict):
    return [reason.sentence.format(**reason.parts) for reason in verdict.reasons]


def test_the_owner_sees_edits_and_deletes_his_lead(kit):
    found = explain(kit, kit.ann, kit.ann, kit.lead())
    assert [found.see.allowed, found.edit.allowed, found.delete.allowed] == [True] * 3
    assert codes(found.see) == {"is_owner": True, "unowned_in_his_team": False}
    assert words(found.see)[0] == "Ann owns this lead."
    assert words(found.assign) == [
        "Ann sees this lead.",
        "The role “own” assigns to Ann only.",
    ]


def test_a_manager_asks_why_somebody_does_not_see_a_lead(kit):
    found = explain(kit, kit.max, kit.oli, kit.lead())
    verdicts = (found.see, found.edit, found.delete, found.assign)
    assert not any(verdict.allowed for verdict in verdicts)
    assert words(found.see) == [
        "Oli does not own this lead.",
        "It is no unowned lead of a team of Oli.",
    ]


def test_a_team_is_named_where_it_is_the_reason(kit):
    found = explain(kit, kit.max, kit.tom, kit.lead(owner_id=kit.bob))
    assert words(found.see)[1] == "Tom is a member of Lyon, of which the lead is."
    assert found.see.allowed
    assert not found.delete.allowed
    found = explain(kit, kit.max, kit.bob, kit.lead(owner_id=None))
    assert words(found.see)[1] == "Nobody owns it, and Bob is a member of Lyon."


def test_nobody_but_managers_asks_about_others(kit):
    lead = kit.lead()
    for who in (kit.ann, kit.tom, kit.lea):
        with pytest.raises(ForbiddenError):
            explain(kit, who, kit.bob, lead)


def test_what_one_does_not_see_is_not_explained_either(kit):
    with pytest.raises(NotFoundError):
        explain(kit, kit.oli, kit.oli, kit.lead())
    with pytest.raises(NotFoundError):
        explain(kit, kit.max, 4711, kit.lead())


def test_the_bin_and_a_disabled_user_are_reasons_too(kit):
    lead = kit.lead()
    with kit.work(kit.eve) as uow:
        delete_lead(uow, get_lead(uow, lead.id))
        disable_user(uow, get_user(uow, kit.bob))
    found = explain(kit, kit.max, kit.ann, lead)
    assert not found.see.allowed
    assert codes(found.see)["in_bin"]
    assert codes(explain(kit, kit.max, kit.bob, lead).edit) == {"disabled": True}


PEOPLE = ("ann", "bob", "tom", "oli", "lea")
policies = st.fixed_dictionaries(
    {
        "role": st.sampled_from(Role),
        "teams": st.sets(st.sampled_from(["lyon", "oslo"])),
        "leads": st.lists(
            st.fixed_dictionaries(
                {
                    "owner_id": st.sampled_from([None, *PEOPLE]),
                    "team_id": st.sampled_from([None, "lyon", "oslo"]),
                    "created_by_id": st.sampled_from([None, *PEOPLE]),
                    "is_deleted": st.booleans(),
                }
            ),
            min_size=6,
            max_size=6,
        ),
    }
)


def settle(kit, leads, policy):
    """Give Ann a role and teams, and the leads owners, teams and makers."""

    def id_of(name):
        return None if name is None else getattr(kit, name)

    with kit.work() as uow:
        session = uow.session
        session.execute(
            update(User).where(User.id == kit.ann).values(role=policy["role"])
        )
        session.execute(delete(Member).where(Member.user_id == kit.ann))
        for team in sorted(policy["teams"]):
            draft = MemberDraft(user_id=kit.ann)
            add_member(uow, get_team(uow, id_of(team)), draft)
        for lead, values in zip(leads, policy["leads"], strict=True):
            names = ("owner_id", "team_id", "created_by_id")
            row = {name: id_of(values[name]) for name in names}
            row["deleted_at"] = uow.now() if values["is_deleted"] else None
            session.execute(update(Lead).where(Lead.id == lead.id).values(**row))


@pytest.fixture
def leads(kit):
    return [kit.lead(f"Lead {number}") for number in range(6)]


@given(policy=policies)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_explained_is_what_the_database_and_the_acts_say(kit, leads, policy):
    settle(kit, leads, policy)
    with kit.read(kit.ann) as uow:
        seen = set(uow.session.scalars(select(Lead.id).where(visible(uow))))
    with kit.work(kit.max) as uow:
        found = [explain_access(uow, kit.ann, lead.id) for lead in leads]
    for lead, one in zip(leads, found, strict=True):
        assert one.see.allowed == (lead.id in seen)
        assert one.edit.allowed == can(kit, lead, rename)
        assert one.delete.allowed == can(kit, lead, delete_lead)
        if one.see.allowed:
            assert assigned(kit, lead) == whom(kit, one)


class _UndoneError(Exception):
    """Takes back what a test tried."""


def can(kit, lead, act):
    """Whether Ann may do `act` with the lead; nothing of it stays."""
    try:
        with suppress(_UndoneError), kit.work(kit.ann) as uow:
            act(uow, get_lead(uow, lead.id))
            raise _UndoneError
    except CrmError:
        return False
    return True


def rename(uow, lead):
    edit_lead(uow, lead, {"name": f"{lead.name}!"})


def assigned(kit, lead):
    """To whom Ann may assign the lead, its team aside."""
    found = set()
    for name in PEOPLE:
        with suppress(_UndoneError, OtherOwnerError), kit.work(kit.ann) as uow:
            values = {"owner_id": getattr(kit, name)}
            edit_lead(uow, get_lead(uow, lead.id), values)
            found.add(name)
            raise _UndoneError
    return found


def whom(kit, explanation):
    code = explanation.assign.reasons[-1].code
    if code == "assigns_to_anyone":
        return set(PEOPLE)
    if code == "assigns_to_self":
        return {"ann"}
    with kit.read() as uow:
        mine = select(Member.team_id).where(Member.user_id == kit.ann)
        rows = uow.session.scalars(
            select(Member.user_id).where(Member.team_id.in_(mine))
        )
        colleagues = set(rows)
    return {"ann"} | {name for name in PEOPLE if getattr(kit, name) in colleagues}
