"""What a process does not load before it is needed."""

import subprocess
import sys

import pytest

NEEDED_LATER = ("alembic", "cryptography", "psycopg", "pygments")


@pytest.mark.databases("sqlite")
def test_a_web_process_on_sqlite_loads_no_libraries_of_others(crm):
    code = (
        "import sys\n"
        "from crmkit.web import create_app_from_environment\n"
        "create_app_from_environment()\n"
        f"print(*[name for name in {NEEDED_LATER!r} if name in sys.modules])\n"
    )
    url = crm.engine.url.render_as_string(hide_password=False)
    environment = {"CRMKIT_DATABASE_URL": url, "CRMKIT_PLUGINS": "[]"}
    ran = subprocess.run(  # noqa: S603  (our own words)
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == []
