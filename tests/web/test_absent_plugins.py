"""What a plugin left is a placeholder while it is switched off or not installed."""

from __future__ import annotations

import pytest

from crmkit.core import (
    CustomFieldDraft,
    FieldType,
    ViewDraft,
    ViewScope,
    add_field,
    add_view,
    edit_lead,
    get_lead,
    switch_plugin,
)
from crmkit.testing import sample_plugin

from tests.web.doors import fields_of_problem, open_door


@pytest.mark.parametrize("is_installed", [True, False])
def test_fields_values_and_views_of_an_absent_plugin_break_nothing(
    make_kit, is_installed
):
    kit = make_kit(sample_plugin("visits"))
    lead = kit.lead()
    with kit.work() as uow:
        field = CustomFieldDraft(slug="steps", label="Steps", type=FieldType.WHOLE)
        add_field(uow, field, plugin_id="visits")
    with kit.work(kit.eve) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"custom": {"steps": 9}})
        draft = ViewDraft(name="Far", filter="steps > 5", scope=ViewScope.ALL)
        view_id = add_view(uow, draft).id
    with kit.work() as uow:
        switch_plugin(uow, "visits", is_enabled=False)
    with open_door(kit if is_installed else make_kit()) as door:
        eve, script = door.person("eve"), door.script("eve")
        for path in ("/leads", f"/leads?view={view_id}", f"/leads/{lead.id}"):
            assert eve.get(path).status_code == 200
        shown = script.get(f"/leads/{lead.id}").json()
        assert "steps" not in shown["custom"]
        assert script.get(f"/leads/{lead.id}/timeline").status_code == 200
        assert [one["name"] for one in script.get("/views").json()["items"]] == ["Far"]
        refused = script.get("/leads", params={"filter": "steps > 5"})
        assert "steps" in fields_of_problem(refused)
    with kit.work() as uow:
        switch_plugin(uow, "visits", is_enabled=True)
    with open_door(kit) as door:
        shown = door.script("eve").get(f"/leads/{lead.id}").json()
        assert shown["custom"] == {"steps": 9}
