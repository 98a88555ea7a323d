import pytest

from crmkit.hooks import ManifestError, Plugin


@pytest.mark.parametrize("plugin_id", ["quotes", "lead_mining", "a1", "a" * 24])
def test_an_id_is_part_of_tables_and_addresses(plugin_id):
    assert Plugin(id=plugin_id, name="Any").id == plugin_id


@pytest.mark.parametrize(
    "plugin_id",
    ["", "Quotes", "1st", "lead-mining", "a__b", "_a", "a_", "é", "a" * 25, "a\n"],
)
def test_an_id_that_could_not_be_one_is_refused(plugin_id):
    with pytest.raises(ManifestError, match="is no plugin id"):
        Plugin(id=plugin_id, name="Any")
