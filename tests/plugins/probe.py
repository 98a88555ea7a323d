"""Run in the scratch environment: what installed plugins do to a CRM.

    python probe.py KIT.db ID,ID… ID-leaving…     prints JSON by argument

All is imported once; then each argument has a process, a database and a folder of its
own, where real commands run and real requests are answered with these plugins alone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from click.testing import CliRunner

from crmkit.app import open_crm
from crmkit.cli import main
from crmkit.core import Settings
from crmkit.testing.doors import open_door
from crmkit.testing.kit import meet

if TYPE_CHECKING:
    from collections.abc import Callable

LEAVING = "-leaving"


def run(*arguments: str) -> dict[str, object]:
    """The exit code of a command, and what it said."""
    done = CliRunner().invoke(main, arguments, prog_name="crmkit")
    return {"code": done.exit_code, "said": done.stdout, "error": done.stderr}


def ask_the_doctor() -> dict[str, object]:
    """What `crmkit doctor` finds now."""
    doctor = run("doctor", "--json")
    doctor["problems"] = json.loads(str(doctor["said"]))["problems"]
    return doctor


def knock(plugins: list[str]) -> dict[str, object]:
    """What people and scripts are answered while the plugins are installed."""
    crm = open_crm(Settings())
    kit = meet(crm)
    with open_door(kit) as door:
        ann, eve = door.person("ann"), door.person("eve")
        script, admin = door.script("ann"), door.script("eve")
        made = script.post("/leads", {"name": "Pump station", "team_id": kit.lyon})
        lead = f"/leads/{made.json().get('id')}"
        moved = script.post(f"{lead}/move", {"stage_id": kit.proposal})
        shown = {name: eve.get(f"/settings/plugins/{name}") for name in plugins}
        answers = {
            "statuses": {
                "create": made.status_code,
                "move": moved.status_code,
                "board": ann.get("/pipeline").status_code,
                "lead": ann.get(lead).status_code,
            },
            "refusal": moved.json().get("detail", ""),
            "ann": ann.get(lead).text,
            "eve": eve.get(lead).text,
            "admin": {name: page.text for name, page in shown.items()},
            "states": {
                one["id"]: one["state"]
                for one in admin.get("/plugins").json()["items"]
                if one["id"] in plugins
            },
        }
    crm.close()
    return answers


def serve_strictly() -> dict[str, object]:
    """What `serve --strict-plugins` says at a port that is taken: it never serves."""
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        return run("serve", "--strict-plugins", "--port", str(port))


def examine(plugins: list[str]) -> dict[str, object]:
    """All that is to be known of a CRM with these plugins."""
    doctor = ask_the_doctor()
    seen = knock(plugins)
    return {
        "doctor": doctor,
        "later": ask_the_doctor(),
        "strict": serve_strictly(),
        "upgrade": run("db", "upgrade"),
        "disable": run("plugins", "disable", plugins[0]),
        **seen,
    }


def examine_with_and_without(plugins: list[str]) -> dict[str, object]:
    """All that is to be known while plugins are there, and after the first is gone."""
    run("db", "upgrade")
    before = examine(plugins)
    name = plugins[0].replace("_", "-")
    for file in distribution(f"crmkit-{name}").files or ():
        Path(str(file.locate())).unlink(missing_ok=True)
    after = in_a_process_of_its_own(lambda: examine(plugins), Path("after.json"))
    return {**before, "after": after}


def examine_alone(asked: str, database: Path) -> dict[str, object]:
    """The same in a folder with a database of its own, where only these are loaded."""
    plugins = asked.removesuffix(LEAVING).split(",")
    Path(asked).mkdir()
    os.chdir(asked)
    shutil.copyfile(database, "crm.db")
    os.environ["CRMKIT_DATABASE_URL"] = "sqlite:///crm.db"
    os.environ["CRMKIT_PLUGINS"] = json.dumps(plugins)
    is_leaving = asked.endswith(LEAVING)
    return (examine_with_and_without if is_leaving else examine)(plugins)


def in_a_process_of_its_own(act: Callable[[], object], report: Path) -> object:
    """What `act` answers in a process that was forked from this one."""
    number = os.fork()
    if not number:
        try:
            report.write_text(json.dumps(act()))
        finally:
            os._exit(0)
    os.waitpid(number, 0)
    return json.loads(report.read_text())


def examine_each(database: Path, every: list[str]) -> dict[str, object]:
    """What is to be known of each argument."""
    with TemporaryDirectory() as name:
        os.chdir(name)
        return {
            asked: in_a_process_of_its_own(
                partial(examine_alone, asked, database), Path(name, f"{asked}.json")
            )
            for asked in every
        }


if __name__ == "__main__":
    print(json.dumps(examine_each(Path(sys.argv[1]), sys.argv[2:])))  # noqa: T201
