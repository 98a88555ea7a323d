"""What is refused leaves no trace, and what is one's own is there on every route."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData, select

from crmkit.hooks import Permission, Plugin
from crmkit.testing import sample_plugin

from tests.web.cases import Needs
from tests.web.doors import borrow_door
from tests.web.foreign import SECRET
from tests.web.knocking import cases, is_served, prepare

# What each may not do with records of Oli, who is in another team.
REFUSED = {
    "ann": (Needs.RECORD, Needs.OWN, Needs.MANAGER, Needs.ADMIN),
    "tom": (Needs.RECORD, Needs.OWN, Needs.MANAGER, Needs.ADMIN),
    "lea": (Needs.OWN, Needs.MANAGER, Needs.ADMIN),
    "max": (Needs.OWN, Needs.ADMIN),
}
# When a token or a sign-in was last of use is noted for its user's eyes.
NOTED = {"last_used_at", "last_seen_at"}


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    permission = Permission(name="do_it", label="Do it")
    sample = sample_plugin(Plugin(id="sample", name="S", permissions=(permission,)))
    settings = {"contacts_for_all": False}
    with borrow_door(crm_database, crm_templates, sample, **settings) as opened:
        yield opened


def _dump(door):
    """Every row of every table, as text."""
    tables = MetaData()
    with door.kit.crm.engine.connect() as connection:
        tables.reflect(connection)
        return {
            table.name: sorted(
                map(repr, connection.execute(select(*_lasting(table.c))))
            )
            for table in tables.sorted_tables
        }


def _lasting(columns):
    return [column for column in columns if column.name not in NOTED]


def _refusal(route, needs):
    """Whom it is not for is told so; what he may not see is not there."""
    if "{change_id}" in route:
        # Ids of changes cannot be guessed: of a foreign one is said what is true.
        return 422
    return 403 if needs in {Needs.MANAGER, Needs.ADMIN} else 404


@pytest.mark.parametrize("who", REFUSED)
def test_a_refused_request_leaves_the_database_as_it_was(door, who):
    door.script(who).get("/leads")
    door.person(who).get("/leads")
    asked = [
        (route, case.needs, prepare(door, who, route, case))
        for route, case in cases(*REFUSED[who])
    ]
    before = _dump(door)
    assert before["event"]
    for route, needs, send in asked:
        answer = send()
        assert answer.status_code == _refusal(route, needs), (route, answer.text)
        assert SECRET not in answer.text, route
    after = _dump(door)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == set()


@pytest.mark.parametrize("who", ["ann", "tom"])
def test_ones_own_record_is_there_on_every_route(door, who):
    for route, case in cases(Needs.RECORD, Needs.OWN):
        answer = prepare(door, who, route, case, owner=who)()
        if route.endswith("/retry"):
            assert answer.status_code == 409, (route, answer.text)
        else:
            assert is_served(route, answer), (route, answer.text)
