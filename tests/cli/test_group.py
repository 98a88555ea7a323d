import subprocess
import sys

import pytest

import crmkit

HEAVY = ("sqlalchemy", "pydantic", "fastapi", "uvicorn", "alembic", "crmkit.core")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from crmkit.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")


def test_help_names_every_command_with_a_line(command):
    done = command("--help")
    for name in ("db", "demo", "doctor", "plugins", "serve", "user"):
        assert f"\n  {name} " in done.output
    assert done.exit_code == 0


@pytest.mark.parametrize("name", ["db", "demo", "doctor", "plugins", "serve", "user"])
def test_each_command_has_a_help_of_its_own(command, name):
    done = command(name, "--help")
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: crmkit {name}")


def test_the_version_is_the_products(command):
    assert crmkit.__version__ in command("--version").output


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("serve", "--workers", "0"), ("user", "add")]
)
def test_wrong_use_exits_2(command, arguments):
    assert command(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CRMKIT_TIME_ZONE", "Mars", "“Mars” is no time zone"),
        ("CRMKIT_DATABASE_URL", "hello", "is no address of a database"),
        ("CRMKIT_DATABASE_URL", "sqlite:////no/such/x.db", "There is no database"),
        (
            "CRMKIT_DATABASE_URL",
            "postgresql+psycopg://ann:secret@127.0.0.1:1/x?connect_timeout=1",
            "cannot be opened",
        ),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(command, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    done = command("user", "list")
    assert done.exit_code == 1
    assert said in done.stderr
    assert "secret" not in done.output
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_an_unknown_setting_of_the_file_is_named(command, tmp_path):
    (tmp_path / "crmkit.toml").write_text("foo = 1\n")
    assert command("user", "list").stderr == "There is no setting “foo”.\n"


def test_an_unexpected_error_is_one_sentence_and_its_trace_on_request(
    command, monkeypatch
):
    def fail(*_):
        raise RuntimeError("first\nsecond")

    monkeypatch.setattr("crmkit.cli.db.open_crm", fail)
    done = command("db", "upgrade")
    assert done.exit_code == 1
    assert done.stderr.startswith("Unexpected RuntimeError: first (")
    assert isinstance(command("--traceback", "db", "upgrade").exception, RuntimeError)


def test_control_c_is_quiet(command, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("crmkit.cli.db.open_crm", interrupt)
    done = command("db", "upgrade")
    assert (done.exit_code, done.output.strip()) == (130, "")
