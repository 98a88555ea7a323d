"""Types of activity become rows; those that were fixed are the first."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types
from crmkit.core.clock import SystemClock

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None

_FIRST = (
    ("call", "Call", "phone", 2),
    ("mail", "Mail", "mail", 1),
    ("meeting", "Meeting", "users", 5),
    ("task", "Task", "square-check", 3),
    ("demo", "Demo", "eye", 7),
)
_FOLLOWS = {"mail": "call", "meeting": "mail", "demo": "call"}


def upgrade() -> None:
    """Make the table with the types there were, under the names they had."""
    table = op.create_table(
        "activity_type",
        sa.Column("slug", sa.String(length=24), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("delay_days", types.Id(), nullable=False),
        sa.Column("next_type_id", types.Id(), nullable=True),
        sa.Column("chaining", sa.String(length=24), nullable=False),
        sa.Column("position", types.Id(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["next_type_id"],
            ["activity_type.id"],
            name=op.f("fk_activity_type_next_type_id_activity_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_type")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_activity_type_name_folded")),
        sa.UniqueConstraint("slug", name=op.f("uq_activity_type_slug")),
        sqlite_autoincrement=True,
    )
    _fill(table)


def _fill(table: sa.Table) -> None:
    rows = [
        {
            "slug": slug,
            "name": name,
            "name_folded": name.lower(),
            "icon": icon,
            "delay_days": days,
            "chaining": "suggest",
            "position": 10 * number,
            "version": 1,
            "created_at": SystemClock().now(),
        }
        for number, (slug, name, icon, days) in enumerate(_FIRST, start=1)
    ]
    op.bulk_insert(table, rows)
    following = table.alias()
    for slug, after in _FOLLOWS.items():
        number = sa.select(following.c.id).where(following.c.slug == after)
        op.execute(
            table.update()
            .where(table.c.slug == slug)
            .values(next_type_id=number.scalar_subquery())
        )
    # What processes remember now holds these types, too.
    remembered = sa.table("revision", sa.column("name"), sa.column("number"))
    mine = remembered.c.name == "fields"
    number = sa.select(sa.func.count()).select_from(remembered).where(mine)
    if op.get_bind().scalar(number):
        raised = remembered.update().where(mine)
        op.execute(raised.values(number=remembered.c.number + 1))
    else:
        op.execute(remembered.insert().values(name="fields", number=1))
