"""The ledger of what plugins brought, begun with the tables that are there."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0015"
down_revision = "core_0014"
branch_labels = None
depends_on = None

_VERSIONS = "ck_version__"


def upgrade() -> None:
    """Make the table, and write down the tables of plugins."""
    made = op.create_table(
        "plugin_object",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("plugin_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_object")),
        sa.UniqueConstraint(
            "plugin_id",
            "kind",
            "name",
            name=op.f("uq_plugin_object_plugin_id_kind_name"),
        ),
        sqlite_autoincrement=True,
    )
    op.bulk_insert(made, _tables(op.get_bind()))


def _tables(connection: sa.Connection) -> list[dict[str, str]]:
    names = sorted(sa.inspect(connection).get_table_names())
    owners = {name.removeprefix(_VERSIONS) for name in names if _VERSIONS in name}
    return [
        {"plugin_id": owner, "kind": "table", "name": name}
        for owner in sorted(owners - {"core"})
        for name in names
        if name == f"{_VERSIONS}{owner}" or name.startswith(f"{owner}__")
    ]
