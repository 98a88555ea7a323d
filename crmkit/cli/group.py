"""The group of all commands: names and one-line helps until one is called."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import click
from typing_extensions import override

import crmkit
from crmkit.cli.plugin_commands import list_plugin_commands, load_plugin_command
from crmkit.cli.printing import FailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERRUPTED = 130
COMMANDS: Mapping[str, tuple[str, str]] = {
    "currencies": (
        "crmkit.cli.currencies:currencies",
        "Currencies and exchange rates.",
    ),
    "db": ("crmkit.cli.db:db", "Migrations of the database."),
    "demo": ("crmkit.cli.demo.command:demo", "Make a demo database and serve it."),
    "doctor": ("crmkit.cli.doctor:doctor", "Tell everything that is wrong."),
    "jobs": ("crmkit.cli.jobs:jobs", "Jobs: what runs in the background."),
    "lead": ("crmkit.cli.leads:lead", "Leads: qualify, merge, take a merge back."),
    "plugins": ("crmkit.cli.plugins:plugins", "Plugins: which, and how they stand."),
    "serve": ("crmkit.cli.serve:serve", "Serve the configured database."),
    "settings": (
        "crmkit.cli.settings:settings",
        "Settings and where they come from.",
    ),
    "user": ("crmkit.cli.users:user", "Users and their API tokens."),
    "worker": ("crmkit.cli.worker:worker", "Run jobs and schedules."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called; its errors are one line."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *list_plugin_commands()})

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, _, name = COMMANDS[cmd_name][0].partition(":")
            gc.disable()  # thousands of objects come, and all of them stay
            try:
                return cast("click.Command", getattr(import_module(module), name))
            finally:
                gc.enable()
        point = list_plugin_commands().get(cmd_name)
        return None if point is None else load_plugin_command(point)

    @override
    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        points = list_plugin_commands()
        own = {name: point.summary for name, point in points.items()}
        own |= {name: text for name, (_, text) in COMMANDS.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(own.items()))

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            raise
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            # Only now is it worth importing all that could have raised.
            failures = import_module("crmkit.cli.failures")
            raise FailedError(failures.sentence_of(error)) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(crmkit.__version__, prog_name="crmkit")
@click.option("--traceback", is_flag=True, help="Show where an error came from.")
def main(*, traceback: bool) -> None:
    """Run a CRM from the command line.

    Settings come from crmkit.toml and from variables CRMKIT_…, of which
    CRMKIT_DATABASE_URL names the database.
    """
