import stat

import pytest

from crmkit.core import CrmError, MissingKeyError, SecretKeys, WrongKeyError, keys_of
from crmkit.testing.fixtures import plain_settings

PLACE = "setting:value:smtp_url"
OLD, NEW = "an old key of many words", "a new key of many words"


def test_what_is_sealed_opens_with_its_key_and_for_its_place_only():
    keys = SecretKeys((NEW,))
    sealed = keys.seal("café", PLACE)
    assert keys.open(sealed, PLACE) == "café"
    assert "café" not in sealed
    assert sealed != keys.seal("café", PLACE)
    for other in (SecretKeys((OLD,)), SecretKeys(())):
        with pytest.raises(CrmError, match="CRMKIT_SECRET_KEY"):
            other.open(sealed, PLACE)
    with pytest.raises(WrongKeyError):
        keys.open(sealed, "setting:value:other")


@pytest.mark.parametrize("damage", ["", "x", ".", "{name}.", "{name}.AAAA", "{name}.é"])
def test_damaged_text_is_refused_with_a_sentence(damage):
    keys = SecretKeys((NEW,))
    name = keys.seal("a", PLACE).partition(".")[0]
    with pytest.raises(WrongKeyError):
        keys.open(damage.format(name=name), PLACE)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens():
    before = SecretKeys((OLD,)).seal("word", PLACE)
    keys = keys_of(plain_settings("postgresql://x", secret_key=f"{NEW}, {OLD}"))
    assert keys.open(before, PLACE) == "word"
    assert not keys.is_current(before)
    assert keys.is_current(keys.seal("word", PLACE))


def test_a_key_that_protects_nothing_is_refused():
    with pytest.raises(CrmError, match="too short; it takes 16 characters"):
        SecretKeys(("short",)).seal("word", PLACE)


def test_beside_a_sqlite_file_a_key_is_made_once_that_nobody_else_reads(tmp_path):
    settings = plain_settings(f"sqlite:///{tmp_path}/crm.db")
    with pytest.raises(MissingKeyError):
        keys_of(settings).seal("word", PLACE)
    sealed = keys_of(settings, makes=True).seal("word", PLACE)
    file = tmp_path / "crm.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys_of(settings, makes=True).open(sealed, PLACE) == "word"
    assert [path.name for path in tmp_path.iterdir()] == ["crm.db.key"]


def test_keys_show_nowhere():
    assert NEW not in repr(SecretKeys((NEW,)))
