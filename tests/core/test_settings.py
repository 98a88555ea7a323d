import pytest
from pydantic import ValidationError

from crmkit.core import Settings


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A settings file, and an environment that says nothing of its own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CRMKIT_{name.upper()}", raising=False)
    path = tmp_path / "crmkit.toml"
    monkeypatch.setenv("CRMKIT_CONFIG", str(path))
    return path


def test_without_file_and_environment_the_defaults_hold(file):
    settings = Settings()
    assert (settings.base_currency, settings.locale) == ("EUR", "en")
    assert settings.database_url == "sqlite:///crmkit.db"
    assert settings.plugins is None
    assert not file.exists()


def test_a_file_is_stronger_than_the_defaults_and_the_environment_than_both(
    file, monkeypatch
):
    file.write_text('company = "Hydrolis"\nbase_currency = "CHF"\nplugins = ["a"]\n')
    monkeypatch.setenv("CRMKIT_BASE_CURRENCY", "NOK")
    settings = Settings()
    assert (settings.company, settings.base_currency) == ("Hydrolis", "NOK")
    assert settings.plugins == ("a",)


def test_the_file_of_the_working_directory_is_read(file, monkeypatch):
    file.write_text('company = "Hydrolis"\n')
    monkeypatch.delenv("CRMKIT_CONFIG")
    monkeypatch.chdir(file.parent)
    assert Settings().company == "Hydrolis"


def test_a_key_that_is_none_is_refused_with_its_name(file):
    file.write_text('colour = "red"\n')
    with pytest.raises(ValidationError, match="colour"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("time_zone", "Paris", "“Paris” is no time zone; write one like Europe/Paris"),
        ("time_zone", "../etc/passwd", "is no time zone"),
        ("locale", "de", "“de” is none of the languages en, fr"),
        ("base_currency", "euro", "base_currency"),
        ("country", "France", "country"),
        ("pool_size", "0", "pool_size"),
    ],
)
@pytest.mark.usefixtures("file")
def test_a_value_that_cannot_be_is_refused_with_a_sentence(
    monkeypatch, name, value, sentence
):
    monkeypatch.setenv(f"CRMKIT_{name.upper()}", value)
    with pytest.raises(ValidationError, match=sentence):
        Settings()


@pytest.mark.usefixtures("file")
def test_an_empty_variable_is_like_none(monkeypatch):
    monkeypatch.setenv("CRMKIT_BASE_CURRENCY", "")
    assert Settings().base_currency == "EUR"


@pytest.mark.usefixtures("file")
def test_settings_do_not_change_while_a_process_runs():
    with pytest.raises(ValidationError):
        Settings().company = "Other"  # type: ignore[misc]  # that is the test
