"""Sends a statement that the database refuses, in the transaction of others."""

from sqlalchemy import text

from crmkit.hooks import Plugin, lead_created

plugin = Plugin(id="bad_sql", name="Bad SQL")


@lead_created.impl
def ask(ctx):
    ctx.uow.session.execute(text("SELECT * FROM no_such_table"))
