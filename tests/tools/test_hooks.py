"""The reference of hooks says of each hook all that who answers it has to know."""

from __future__ import annotations

import pytest

from crmkit.hooks import HappenedHook, all_hooks

from tools import hooks


def test_no_hook_lacks_meaning_example_or_version():
    assert list(hooks.find_missing()) == []


def test_the_reference_is_as_the_specifications_say():
    assert hooks.main(["--check"]) == 0, "Run: make docs"


@pytest.mark.parametrize("hook", all_hooks(), ids=lambda hook: hook.name)
def test_a_hook_is_shown_with_form_answer_context_and_example(hook):
    text = hooks.TARGET.read_text(encoding="utf-8")
    start = text.index(f"### {hook.name}\n")
    shown = text[start : text.find("\n### ", start + 1)]
    assert f"`{hook.name}(ctx: {hook.context.__name__}) -> " in shown
    assert "-> ?" not in shown
    assert f"form {hook.form} · since {hook.since}" in shown
    assert f"@{hook.name}.impl" in shown
    for field in hooks.list_fields(hook.context):
        assert f"`{field}`" in shown


def test_a_hook_without_an_example_is_named(monkeypatch, tmp_path, capsys):
    new = HappenedHook("lead_sold", all_hooks()[0].context, since="")
    monkeypatch.setattr(hooks, "all_hooks", lambda: [new])
    monkeypatch.setattr(hooks, "TARGET", tmp_path / "hooks.md")
    assert hooks.main([]) == 1
    said = capsys.readouterr().err
    assert "lead_sold has no docstring" in said
    assert "lead_sold has no example" in said
    assert "does not say since" in said
    assert not hooks.TARGET.exists()
