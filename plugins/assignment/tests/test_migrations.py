from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from crmkit_assignment.tables import Base

pytestmark = pytest.mark.plugins("assignment")


def test_the_migrations_make_what_the_tables_say(crm):
    def is_ours(name, kind, _parents):
        return kind != "table" or (name or "").startswith("assignment__")

    with crm.engine.connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, Base.metadata)
    assert found == []
