"""Maps a class that points at a class that is not there."""

from sqlalchemy.orm import Mapped, mapped_column, relationship

from crmkit.core import plugin_base
from crmkit.hooks import Plugin, register_tables

plugin = Plugin(id="bad_relationship", name="Bad relationship")
Base = plugin_base("bad_relationship")


class Parent(Base):  # type: ignore[valid-type,misc]  # made at run time
    __tablename__ = "bad_relationship__parent"
    id: Mapped[int] = mapped_column(primary_key=True)
    children = relationship("Nobody")


@register_tables.impl
def tables(ctx):
    del ctx
    return Base
