from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from crmkit_email_alias.tables import Base

pytestmark = pytest.mark.plugins("email_alias")


def test_the_migrations_make_what_the_tables_say(crm):
    def is_ours(name, kind, _parents):
        return kind != "table" or (name or "").startswith("email_alias__")

    with crm.engine.connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, Base.metadata)
    assert found == []
