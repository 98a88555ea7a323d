"""Answers a hook that is none."""

from crmkit.hooks import Plugin, lead_won

plugin = Plugin(id="bad_hook_name", name="Bad hook name")


@lead_won.impl
def cheer(ctx):
    """Would cheer, if the hook's name were right."""


# As a slip in `specname` would do.
vars(cheer)["crmkit_impl"]["specname"] = "lead_wun"
