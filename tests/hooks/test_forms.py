from typing import Any

import pytest

import crmkit.hooks
from crmkit.hooks import (
    AskHook,
    CheckHook,
    HappenedHook,
    Hook,
    LeadsContext,
    PlaceHook,
    RegisterHook,
    all_hooks,
    lead_won,
)
from crmkit.hooks.forms import HookNameError

FORMS = [RegisterHook, HappenedHook, CheckHook, AskHook, PlaceHook]


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (RegisterHook, "lead_won"),
        (HappenedHook, "register_pages"),
        (HappenedHook, "won"),
        (CheckHook, "lead_move"),
        (AskHook, "place_items"),
        (PlaceHook, "items_placed"),
        (PlaceHook, "Place_items"),
    ],
)
def test_a_hook_is_named_after_its_form(form: type[Hook[Any, Any]], name):
    with pytest.raises(HookNameError, match=f"“{name}” is not named like a hook"):
        form(name, LeadsContext, since="1.0")


def test_every_hook_is_public_documented_and_of_one_form():
    for hook in all_hooks():
        assert hook.name in crmkit.hooks.__all__
        assert getattr(crmkit.hooks, hook.name) is hook
        assert sum(type(hook) is form for form in FORMS) == 1
        assert hook.since


def test_a_misspelt_hook_is_answered_with_the_nearest_name():
    with pytest.raises(ImportError, match=r"no “lead_wun”\. Did you mean “lead_won”"):
        from crmkit.hooks import lead_wun  # noqa: F401, PLC0415


def test_a_name_like_nothing_is_refused_without_a_guess():
    with pytest.raises(ImportError, match=r"crmkit\.hooks has no “xyzzy”\.$"):
        crmkit.hooks.xyzzy  # noqa: B018


def test_marking_a_function_leaves_it_callable():
    @lead_won.impl
    def thank(ctx: LeadsContext) -> None:
        called.append(ctx)

    called: list[object] = []
    thank("context")  # type: ignore[arg-type]  # whatever it gets, it is called
    assert called == ["context"]
