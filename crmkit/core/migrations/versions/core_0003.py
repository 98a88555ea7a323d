"""Custom fields and their values; more texts that are compared by a folded copy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crmkit.core import types
from crmkit.core.words import fold

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


_COMPARED = {
    "lead": (
        "name name_folded contact_name contact_folded company_name company_folded "
        "email email_normalized phone website street street2 zip city city_folded "
        "state state_folded country language lost_note currency"
    ),
    "contact": (
        "name name_folded email email_normalized phone website vat street street2 zip "
        "city city_folded state state_folded country language industry "
        "industry_folded employees"
    ),
    "crm_user": "name_folded",
    "team": "name_folded",
    "stage": "name_folded",
    "tag": "name_folded",
    "source": "name_folded",
    "medium": "name_folded",
    "campaign": "name_folded",
    "lost_reason": "name_folded",
}
_FOLDED = {"lead": ("city", "state"), "contact": ("city", "state", "industry")}


def upgrade() -> None:
    """Make the tables and the copies."""
    for table, names in _FOLDED.items():
        for name in names:
            length = 250 if name == "industry" else 120
            column = sa.Column(f"{name}_folded", sa.String(length), nullable=True)
            op.add_column(table, column)
            _fold_all(table, name)
    _compare_by_characters()
    op.create_table(
        "custom_field",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_indexed", sa.Boolean(), nullable=False),
        sa.Column("lowest_role", sa.String(length=24), nullable=False),
        sa.Column("position", types.Id(), nullable=False),
        sa.Column("plugin_id", sa.String(length=24), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("deleted_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_custom_field_entity_slug", "custom_field", ["entity", "slug"], unique=True
    )
    for entity in ("lead", "contact"):
        table = f"{entity}_custom"
        op.create_table(
            table,
            sa.Column("record_id", types.Id(), autoincrement=False, nullable=False),
            sa.Column("data", _json, nullable=False),
            sa.Column("folded", _json, nullable=False),
            sa.ForeignKeyConstraint(
                ["record_id"],
                [f"{entity}.id"],
                name=op.f(f"fk_{table}_record_id_{entity}"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("record_id", name=op.f(f"pk_{table}")),
        )
    op.create_table(
        "custom_link",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("field_id", types.Id(), nullable=False),
        sa.Column("target_id", types.Id(), nullable=True),
        sa.Column("text", sa.String(length=120), nullable=True),
        sa.Column("text_folded", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["custom_field.id"],
            name=op.f("fk_custom_link_field_id_custom_field"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_link")),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("record", ["entity", "record_id"]),
        ("target", ["field_id", "target_id", "record_id"]),
        ("text", ["field_id", "text_folded", "record_id"]),
    ):
        op.create_index(f"ix_custom_link_{name}", "custom_link", columns)


def _fold_all(table: str, name: str) -> None:
    """Fill the folded copies of what is there, each different text once."""
    bind = op.get_bind()
    texts = bind.execute(
        sa.text(f"SELECT DISTINCT {name} FROM {table} WHERE {name} <> ''")  # noqa: S608  (our own names)
    ).scalars()
    fill = sa.text(f"UPDATE {table} SET {name}_folded = :copy WHERE {name} = :text")  # noqa: S608
    rows = [{"copy": fold(text), "text": text} for text in texts]
    if rows:
        bind.execute(fill, rows)


def _compare_by_characters() -> None:
    """Let PostgreSQL order texts as SQLite and Python do, in any language."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    for table, names in _COMPARED.items():
        columns = {c["name"]: c["type"] for c in sa.inspect(bind).get_columns(table)}
        parts = [
            f'ALTER COLUMN {name} TYPE {columns[name]} COLLATE "C"'
            for name in names.split()
        ]
        op.execute(f"ALTER TABLE {table} {', '.join(parts)}")
