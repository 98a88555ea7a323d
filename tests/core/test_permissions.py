"""Permissions of plugins: who has them, and how far an admin moves them."""

import pytest
from sqlalchemy import select

from crmkit.core import (
    Event,
    ForbiddenError,
    NotFoundError,
    Role,
    set_permission,
    switch_plugin,
)
from crmkit.core.permissions import LowRoleError
from crmkit.hooks import ManifestError, Permission, Plugin
from crmkit.testing import sample_plugin, statements

READ, WRITE = "sample.read_it", "sample.write_it"
PEOPLE = ("ann", "tom", "lea", "max", "eve")


@pytest.fixture
def sample(make_kit):
    permissions = (
        Permission(name="read_it", label="Read it"),
        Permission(name="write_it", label="Write it", lowest_role="all"),
    )
    manifest = Plugin(id="sample", name="Sample", permissions=permissions)
    return make_kit(sample_plugin(manifest))


def who_may(kit, permission):
    may = []
    for name in PEOPLE:
        with kit.read(kit.people[name]) as uow:
            if uow.may(permission):
                uow.require_permission(permission)
                may.append(name)
            else:
                with pytest.raises(ForbiddenError):
                    uow.require_permission(permission)
    return may


def give(kit, permission, role, who=None):
    with kit.work(who or kit.eve) as uow:
        set_permission(uow, kit.crm.plugins.permissions, permission, role)


def test_the_manifest_says_who_has_a_permission(sample):
    assert who_may(sample, READ) == ["ann", "tom", "lea", "max", "eve"]
    assert who_may(sample, WRITE) == ["lea", "max", "eve"]


def test_an_admin_raises_and_lowers_it_down_to_the_manifests_role(sample):
    give(sample, READ, Role.TEAM)
    assert who_may(sample, READ) == ["tom", "lea", "max", "eve"]
    give(sample, WRITE, Role.ADMIN)
    assert who_may(sample, WRITE) == ["eve"]
    give(sample, WRITE, Role.ALL)
    assert who_may(sample, WRITE) == ["lea", "max", "eve"]
    with pytest.raises(LowRoleError, match="“all”"):
        give(sample, WRITE, Role.TEAM)
    assert who_may(sample, READ) == ["tom", "lea", "max", "eve"]


def test_nobody_but_an_admin_changes_permissions_and_it_is_in_the_history(sample):
    with pytest.raises(ForbiddenError):
        give(sample, READ, Role.ADMIN, who=sample.max)
    with pytest.raises(NotFoundError):
        give(sample, "sample.eat_it", Role.ADMIN)
    give(sample, READ, Role.MANAGER)
    give(sample, READ, Role.MANAGER)
    with sample.read() as uow:
        query = select(Event).where(Event.kind == "permission.changed")
        (event,) = uow.session.scalars(query)
    assert event.actor_id == sample.eve
    assert event.values == {"name": [None, READ], "role": ["own", "manager"]}


def test_nobody_has_a_permission_of_a_plugin_that_is_off(sample):
    with sample.work() as uow:
        switch_plugin(uow, "sample", is_enabled=False)
    assert who_may(sample, READ) == []


def test_a_permission_that_nobody_declares_is_a_mistake(sample):
    with sample.read() as uow, pytest.raises(LookupError):
        uow.may("sample.eat_it")


def test_permissions_are_known_from_the_one_statement_of_opening(sample):
    give(sample, READ, Role.MANAGER)
    with statements(sample.crm) as sent, sample.read(sample.ann) as uow:
        assert not uow.may(READ)
    assert len(sent) == 1


def test_a_role_below_a_manifests_new_lowest_counts_no_more(sample):
    give(sample, READ, Role.TEAM)
    permissions = (Permission(name="read_it", label="Read", lowest_role="manager"),)
    manifest = Plugin(id="sample", name="Sample", permissions=permissions)
    sample.crm.plugins.entries["sample"].manifest = manifest
    sample.crm.plugins.settle()
    assert who_may(sample, READ) == ["max", "eve"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "Read it"}, "is no permission's name"),
        ({"name": "x" * 49}, "is no permission's name"),
        ({"name": "read_it", "lowest_role": "boss"}, "is no role"),
    ],
)
def test_a_permission_that_cannot_be_is_refused_at_once(fields, said):
    with pytest.raises(ManifestError, match=said):
        Permission(label="Read it", **fields)


def test_two_permissions_of_one_name_are_refused():
    one = Permission(name="read_it", label="Read it")
    with pytest.raises(ManifestError, match="one name"):
        Plugin(id="sample", name="Sample", permissions=(one, one))
