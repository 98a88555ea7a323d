"""Tokens: what they reach, until when, and when they were used."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from crmkit.app import NotSignedInError
from crmkit.core import (
    ALL_SCOPES,
    ForbiddenError,
    NotFoundError,
    ScopeError,
    TokenDraft,
    UnknownScopeError,
    Who,
    get_token,
    get_user,
    has_scope,
    list_tokens,
    make_token,
    revoke_token,
)
from crmkit.core.events import Event
from crmkit.testing import statements


def make(kit, who, *scopes, by=None, **fields):
    values = {"name": "A script", **fields}
    if scopes:
        values["scopes"] = scopes
    with kit.work(by or who) as uow:
        token, key = make_token(uow, get_user(uow, who), TokenDraft(**values))
    return token.id, key


def test_a_unit_knows_the_scopes_of_its_token_from_its_one_statement(kit):
    token_id, key = make(kit, kit.ann, "read", "leads:write")
    with statements(kit.crm) as sent, kit.crm.read(Who(token=key)) as uow:
        assert uow.actor.token.id == token_id
        assert uow.actor.token.scopes == {"read", "leads:write"}
    assert len(sent) == 1
    with kit.read(kit.ann) as uow:
        assert uow.actor.token is None


@pytest.mark.parametrize(
    ("scopes", "wanted", "may"),
    [
        ({"all"}, "admin:write", True),
        ({"all"}, "p:quotes", True),
        ({"read"}, "admin:read", True),
        ({"read"}, "p:quotes:read", True),
        ({"read"}, "p:quotes", False),
        ({"read"}, "leads:write", False),
        ({"leads:write"}, "leads:read", True),
        ({"leads:write"}, "contacts:read", False),
        ({"leads:write"}, "setup:read", True),
        ({"leads:read"}, "leads:write", False),
        ({"p:quotes"}, "p:quotes:read", True),
        ({"p:quotes"}, "setup:read", True),
        ({"p:quotes"}, "p:other", False),
        ({"p:quotes:read"}, "p:quotes", False),
        ({"leads:read", "contacts:read"}, "read", False),
        ({"leads:write"}, "all", False),
    ],
)
def test_what_a_scope_covers(scopes, wanted, may):
    assert has_scope(scopes, wanted) is may


def test_a_scope_that_does_not_exist_is_refused_with_those_that_do(kit):
    for scope in ("leads", "leads:delete", "p:", "p:Quotes", "ALL", ""):
        with pytest.raises(UnknownScopeError, match="leads:write"):
            make(kit, kit.ann, scope)
    assert make(kit, kit.ann, *ALL_SCOPES, "p:quotes")


def test_a_token_is_good_until_its_end(kit, clock):
    _, key = make(kit, kit.ann, expires_at=clock.now() + timedelta(days=30))
    clock.advance(days=29)
    with kit.crm.read(Who(token=key)):
        pass
    clock.advance(days=1)
    with pytest.raises(NotSignedInError), kit.crm.read(Who(token=key)):
        pass
    with pytest.raises(Exception, match="in the future"):
        make(kit, kit.ann, expires_at=clock.now())
    with pytest.raises(ValidationError):
        TokenDraft(name="A script", expires_at=clock.now().replace(tzinfo=None))


def test_a_revoked_token_opens_nothing_and_its_end_is_in_the_history(kit):
    token_id, key = make(kit, kit.ann, name="Nightly")
    with kit.work(kit.ann) as uow:
        revoke_token(uow, get_token(uow, token_id))
    with pytest.raises(NotSignedInError), kit.crm.read(Who(token=key)):
        pass
    with kit.read() as uow:
        query = select(Event).where(Event.kind.startswith("token.")).order_by(Event.id)
        facts = [
            (event.kind, event.values["name"]) for event in uow.session.scalars(query)
        ]
    assert facts == [
        ("token.created", [None, "Nightly"]),
        ("token.revoked", [None, "Nightly"]),
    ]


def test_users_see_and_end_their_own_tokens_and_admins_everybodys(kit):
    token_id, _ = make(kit, kit.ann)
    for who in (kit.bob, kit.max):
        with kit.work(who) as uow:
            with pytest.raises(NotFoundError):
                get_token(uow, token_id)
            with pytest.raises(ForbiddenError):
                list_tokens(uow, get_user(uow, kit.ann))
            with pytest.raises(ForbiddenError):
                make_token(uow, get_user(uow, kit.ann), TokenDraft(name="Not his"))
    for who in (kit.ann, kit.eve):
        with kit.read(who) as uow:
            found = list_tokens(uow, get_user(uow, kit.ann))
            assert [token.id for token in found] == [token_id]
    assert make(kit, kit.ann, by=kit.eve)


def test_a_token_makes_none_that_could_do_more_or_lives_longer(kit, clock):
    end = clock.now() + timedelta(days=10)
    _, key = make(kit, kit.ann, "admin:write", "leads:read", expires_at=end)

    def make_by_token(*scopes, expires_at=end):
        with kit.crm.work(Who(token=key)) as uow:
            draft = TokenDraft(name="Child", scopes=scopes, expires_at=expires_at)
            return make_token(uow, get_user(uow, kit.ann), draft)

    assert make_by_token("admin:read", "leads:read")
    for more in ("all", "read", "leads:write", "contacts:read"):
        with pytest.raises(ScopeError, match=more):
            make_by_token("leads:read", more)
    for later in (None, end + timedelta(seconds=1)):
        with pytest.raises(Exception, match="no later"):
            make_by_token("leads:read", expires_at=later)


def last_used(kit, token_id):
    with kit.read(kit.eve) as uow:
        return get_token(uow, token_id).last_used_at


def test_the_use_of_a_token_is_written_by_the_next_unit_that_writes(kit, clock):
    token_id, key = make(kit, kit.ann)
    with kit.crm.read(Who(token=key)):
        pass
    assert last_used(kit, token_id) is None
    used_at = clock.now()
    clock.advance(hours=1)
    with kit.work(kit.bob):
        pass
    assert last_used(kit, token_id) == used_at


def test_the_use_of_a_token_is_written_once_a_day_at_most(kit, clock):
    token_id, key = make(kit, kit.ann)
    first = clock.now()
    for _ in range(3):
        with statements(kit.crm) as sent, kit.crm.work(Who(token=key)):
            clock.advance(hours=8)
    assert len(sent) == 1
    assert last_used(kit, token_id) == first
    clock.advance(hours=1)
    now = clock.now()
    with kit.crm.work(Who(token=key)):
        pass
    assert last_used(kit, token_id) == now


def test_a_unit_that_fails_notes_no_use(kit):
    token_id, key = make(kit, kit.ann)
    with pytest.raises(ZeroDivisionError), kit.crm.work(Who(token=key)):
        raise ZeroDivisionError
    assert last_used(kit, token_id) is None
