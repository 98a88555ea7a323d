"""Its answer has another parameter than `ctx`."""

from crmkit.hooks import Plugin, lead_won

plugin = Plugin(id="bad_signature", name="Bad signature")


@lead_won.impl
def cheer(lead):
    """Would cheer."""
