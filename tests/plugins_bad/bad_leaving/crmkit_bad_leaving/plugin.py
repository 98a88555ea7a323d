"""Is there, works, and is gone one day."""

from sqlalchemy import text

from crmkit.hooks import Plugin, lead_created

plugin = Plugin(id="bad_leaving", name="Bad leaving")


@lead_created.impl
def note(ctx):
    ctx.uow.session.execute(text("INSERT INTO bad_leaving__note DEFAULT VALUES"))
