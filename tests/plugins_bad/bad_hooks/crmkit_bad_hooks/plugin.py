"""Raises in each form of hook."""

from crmkit.hooks import (
    Plugin,
    check_lead_move,
    estimate_probability,
    lead_created,
    place_lead_panel,
    place_navigation,
)

plugin = Plugin(id="bad_hooks", name="Bad hooks")


def fail(ctx):
    raise ZeroDivisionError(type(ctx).__name__)


@lead_created.impl
def hear(ctx):
    fail(ctx)


@estimate_probability.impl
def guess(ctx):
    fail(ctx)


@check_lead_move.impl
def judge(ctx):
    fail(ctx)


@place_navigation.impl
def lead_on(ctx):
    fail(ctx)


@place_lead_panel.impl
def show(ctx):
    fail(ctx)
