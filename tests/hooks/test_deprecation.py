"""A hook that is to go is called as ever, and its authors are told where and why."""

import pytest

from crmkit.cli.doctor.plugins import find_hooks_to_go
from crmkit.core import State
from crmkit.hooks import DeprecatedHookWarning, Deprecation, Plugin, lead_moved
from crmkit.testing import sample_plugin

GOING = Deprecation((1, 3), (1, 5), "answer lead_staged, which has both stages.")


@pytest.mark.databases("sqlite")
def test_a_plugin_of_an_older_api_runs_and_is_warned(make_kit, monkeypatch):
    monkeypatch.setattr(lead_moved, "deprecated", GOING)
    old = sample_plugin("old", lead_moved.impl(lambda ctx: None))  # noqa: ARG005
    with pytest.warns(DeprecatedHookWarning) as warned:
        kit = make_kit(old)
    assert kit.crm.plugins.entries["old"].state is State.ACTIVE
    (said,) = warned
    assert str(said.message) == (
        "lead_moved is deprecated since 1.3 and gone in 1.5: "
        "answer lead_staged, which has both stages."
    )
    assert said.filename == __file__
    (told,) = find_hooks_to_go(kit.crm)
    assert told.is_advice
    assert told.line == (
        "plugin old: It answers lead_moved, which is gone in plugin API 1.5. "
        "Update its package; for its author: answer lead_staged, which has both stages."
    )


@pytest.mark.databases("sqlite")
def test_a_plugin_of_another_major_version_stands_aside(make_kit):
    kit = make_kit(sample_plugin(Plugin(id="newer", name="Newer", api=2)))
    entry = kit.crm.plugins.entries["newer"]
    assert entry.state is State.INCOMPATIBLE
    assert entry.error == "It speaks plugin API 2, not 1."
    assert kit.lead().id == 1


@pytest.mark.parametrize(("since", "gone_in"), [((1, 3), (1, 4)), ((1, 3), (1, 3))])
def test_no_hook_goes_before_two_minor_versions(since, gone_in):
    with pytest.raises(ValueError, match="two minor versions"):
        Deprecation(since, gone_in, "nothing")
    assert Deprecation(since, (2, 0), "nothing").gone_in == (2, 0)
