"""The guide to a first plugin, followed word for word where there is nothing else."""

from __future__ import annotations

import pytest

from tools.first_plugin import follow

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """What came of the guide."""
    return follow(tmp_path_factory.mktemp("guide"))


def test_the_plugin_of_the_guide_is_gold_and_takes_a_quarter_of_an_hour(
    followed, capsys
):
    with capsys.disabled():
        print(f"\nFollowed in {followed.seconds:.0f} s.", end=" ")  # noqa: T201  (a figure)
    assert (followed.grade["grade"], followed.grade["failed"]) == ("gold", [])
    assert followed.grade["passed"] > 60
    assert followed.minutes < 15


def test_it_is_installed_and_served_and_taken_away_without_a_trace(followed):
    assert "state: active" in followed.printed["crmkit plugins show"]
    assert followed.served == {"/healthz": 200, "/readyz": 200}
    assert "All of it is removed" in followed.printed["crmkit plugins uninstall"]
    assert followed.printed["crmkit plugins list"] == "No plugin is installed.\n"
