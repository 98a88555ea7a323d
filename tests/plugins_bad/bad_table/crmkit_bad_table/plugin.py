"""Claims a table of the core."""

from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import plugin_base
from crmkit.hooks import Plugin, register_tables

plugin = Plugin(id="bad_table", name="Bad table")
Base = plugin_base("bad_table")


class Lead(Base):  # type: ignore[valid-type,misc]  # made at run time
    __tablename__ = "lead"
    id: Mapped[int] = mapped_column(primary_key=True)


@register_tables.impl
def tables(ctx):
    del ctx
    return Base
