"""`crmkit plugins uninstall`: what a plugin left, a copy of it, and its end."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmkit.app import open_crm
from crmkit.cli.opening import check_migrated, check_there
from crmkit.cli.printing import FailedError, answer, json_option
from crmkit.core import (
    Settings,
    export_plugin,
    find_plugins,
    plan_uninstall,
    purge_plugin,
    switch_plugin,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.core import UninstallPlan

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("plugin_id")
@click.option(
    "--plan", "what", flag_value="plan", help="Only tell what there is of it."
)
@click.option("--export", "folder", type=_FOLDER, help="First write its rows here.")
@click.option(
    "--purge", "what", flag_value="purge", help="Remove all that it left, for ever."
)
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@json_option
def uninstall(
    plugin_id: str, folder: Path | None, what: str | None, *, yes: bool, as_json: bool
) -> None:
    """Switch a plugin off for good; its data stays unless --purge says otherwise.

    It works after the package is gone, too.
    """
    is_plan, purge = what == "plan", what == "purge"
    crm = _open()
    is_installed = plugin_id in {found.id for found in find_plugins()}
    with crm.read() as uow:
        plan = plan_uninstall(uow, plugin_id)
        if plan.is_empty and not is_installed:
            sentence = f"There is no plugin {plugin_id}, and nothing is left of one."
            raise FailedError(sentence)
        files = [] if folder is None else export_plugin(uow, plugin_id, folder)
    if purge and not (is_plan or yes):
        click.echo("\n".join(_lines(plan)), err=True)
        typed = click.prompt(f"Type {plugin_id} to remove all of this", err=True)
        if typed != plugin_id:
            raise click.Abort
    if not is_plan:
        _take_away(crm, plugin_id, is_installed=is_installed, purge=purge)
    said = [*_lines(plan), *(f"Written: {file}" for file in files)]
    if not is_plan:
        said += _next_steps(plugin_id, is_installed=is_installed, purge=purge)
    answer(
        asdict(plan) | {"files": list(map(str, files)), "is_purged": purge},
        as_json=as_json,
        text=said,
    )


def _open() -> Crm:
    # No plugin is loaded, so that the one to be removed cannot stand in the way.
    settings = Settings()
    check_there(settings)
    crm = open_crm(settings, find=tuple)
    click.get_current_context().call_on_close(crm.close)
    check_migrated(crm)
    return crm


def _take_away(crm: Crm, plugin_id: str, *, is_installed: bool, purge: bool) -> None:
    if is_installed:
        # In a unit of its own, so that every process has let go of it before.
        with crm.work() as uow:
            switch_plugin(uow, plugin_id, is_enabled=False)
    if purge:
        with crm.work() as uow:
            purge_plugin(uow, plugin_id, is_installed=is_installed)


def _lines(plan: UninstallPlan) -> Iterator[str]:
    if plan.is_empty:
        yield f"{plan.plugin_id} left nothing in the database."
        return
    yield f"{plan.plugin_id} left in the database:"
    for name, rows in plan.tables.items():
        yield (
            f"  table {name}: {rows:,} rows" if rows != 1 else f"  table {name}: 1 row"
        )
    for noun in ("field", "setting", "schedule", "permission"):
        for name in getattr(plan, f"{noun}s"):
            yield f"  {noun} {name}"
    if plan.jobs:
        yield f"  {plan.jobs:,} jobs, of which {plan.waiting:,} are not done"
    for name in plan.views:
        yield f"  the saved view “{name}” names a field of it"


def _next_steps(plugin_id: str, *, is_installed: bool, purge: bool) -> Iterator[str]:
    if purge:
        yield "All of it is removed; the history of records stays."
    else:
        yield (
            f"{plugin_id} is switched off and its data is kept; "
            f"crmkit plugins uninstall {plugin_id} --purge removes it."
        )
    if is_installed:
        package = f"crmkit-{plugin_id.replace('_', '-')}"
        yield f"Remove its package as you installed it: pip uninstall {package}"
