"""`crmkit import` and `crmkit export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from crmkit.cli import (
    FailedError,
    answer,
    as_user,
    json_option,
    open_for_command,
    progress,
)
from crmkit.core import JobState, get_job, sentence_of_job
from crmkit.jobs import run_here
from crmkit_data_exchange.dry_runs import describe_preview, dry_run
from crmkit_data_exchange.exporting import Asked, Format, check_asked, write_export
from crmkit_data_exchange.field_making import make_fields
from crmkit_data_exchange.imports import Entity, Upload, get_import, start_import
from crmkit_data_exchange.mapping import Mapping, parse_mapping
from crmkit_data_exchange.results import describe_import, list_errors
from crmkit_data_exchange.runs import begin_run, continue_run
from crmkit_data_exchange.tables import ImportState
from crmkit_data_exchange.undoing import begin_undo, enqueue_undo, list_kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.jobs import Crm

_SHOWN_ERRORS = 20
_ENTITIES = click.Choice(["lead", "leads", "contact", "contacts"])
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("entity", type=_ENTITIES, required=False)
@click.argument("file", type=_file, required=False)
@click.option("--map", "map_", type=_file, help="Mapping (JSON); else it is proposed.")
@click.option(
    "--lookup",
    "lookups",
    multiple=True,
    metavar="NAME=FILE",
    help="A second file that the mapping names; else looked for beside the mapping.",
)
@click.option(
    "--make-fields", is_flag=True, help="Make a field for each column that fills none."
)
@click.option("--dry-run", is_flag=True, help="Write nothing, tell what would happen.")
@click.option("--undo", type=int, metavar="ID", help="Take an import back.")
@click.option("--resume", type=int, metavar="ID", help="Go on with one that stopped.")
@click.option("--as", "email", metavar="EMAIL", help="The user who imports.")
@json_option
def import_command(
    entity: str | None, file: Path | None, *, as_json: bool, **options: Any
) -> None:
    """Import FILE (CSV) as ENTITY: leads or contacts. Each row left out is told why."""
    crm = open_for_command()
    who = as_user(crm, options["email"])
    if options["undo"] is not None:
        _undo(crm, who, options["undo"], as_json=as_json)
    elif options["resume"] is not None:
        _resume(crm, who, options["resume"], as_json=as_json)
    elif entity is None or file is None:
        sentence = "Name what to import and the file: crmkit import leads FILE."
        raise click.UsageError(sentence)
    else:
        parts = _read_parts(entity, file, options["map_"], options["lookups"])
        if options["dry_run"]:
            _try(crm, who, parts, as_json=as_json)
        else:
            import_id = _start(crm, who, parts, makes_fields=options["make_fields"])
            job_id = begin_run(crm, who, import_id)
            _finish(crm, who, import_id, job_id, as_json=as_json)


Parts = tuple[Entity, Upload, Mapping | None, dict[str, bytes]]


def _read_parts(
    entity: str, file: Path, map_: Path | None, lookups: Sequence[str]
) -> Parts:
    mapping = parse_mapping(map_.read_bytes()) if map_ else None
    upload = Upload(file.name, file.read_bytes())
    files = _find_lookups(mapping, lookups, [file.parent, (map_ or file).parent])
    return cast("Entity", entity.removesuffix("s")), upload, mapping, files


def _find_lookups(
    mapping: Mapping | None, given: Sequence[str], folders: Sequence[Path]
) -> dict[str, bytes]:
    """The second files that the mapping names: given, or beside the file or mapping."""
    named = {name: Path(path) for name, _, path in (g.partition("=") for g in given)}
    found: dict[str, bytes] = {}
    for name, lookup in (mapping.lookups if mapping else {}).items():
        beside = [folder / Path(lookup.file).name for folder in folders]
        paths = [named.pop(name, None), named.pop(lookup.file, None), *beside]
        path = next((path for path in paths if path and path.is_file()), None)
        if path is not None:
            found[lookup.file] = path.read_bytes()
    if named:
        sentence = f"The mapping names no second file “{next(iter(named))}”."
        raise FailedError(sentence)
    return found


def _try(crm: Crm, who: int | None, parts: Parts, *, as_json: bool) -> None:
    with crm.read(who) as uow:
        preview = dry_run(uow, *parts)
    said = describe_preview(parts[1].name, preview, str)
    lines = [_count(said, "would be "), *_list_reasons(said)]
    if preview.refusal is not None:
        lines.append(str(preview.refusal))
    answer(said, as_json=as_json, text=lines)


def _start(crm: Crm, who: int | None, parts: Parts, *, makes_fields: bool) -> int:
    entity, file, mapping, lookups = parts
    with crm.work(who) as uow:
        new = start_import(uow, entity, file, mapping=mapping, lookups=lookups)
        if makes_fields:
            make_fields(uow, new)
        return new.id


def _resume(crm: Crm, who: int | None, import_id: int, *, as_json: bool) -> None:
    with crm.read(who) as uow:
        state = get_import(uow, import_id).state
    job_id = None
    if state is ImportState.UNDOING:
        _undo(crm, who, import_id, as_json=as_json)
        return
    if state is ImportState.DRAFT:
        job_id = begin_run(crm, who, import_id)
    elif state is not ImportState.DONE:
        with crm.work(who) as uow:
            job_id = continue_run(uow, get_import(uow, import_id))
    _finish(crm, who, import_id, job_id, as_json=as_json)


def _do_job(crm: Crm, label: str, job_id: int | None) -> None:
    """Run a job to its end with a bar. Raises FailedError where it failed."""
    if job_id is None:
        return
    with crm.read() as uow:
        total, done = get_job(uow, job_id).total or 0, 0
    with progress(label, total) as step:

        def watch(now: int, _total: int | None) -> None:
            nonlocal done
            step(now - done)
            done = now

        job = run_here(crm, job_id, watch)
    if job.state is not JobState.DONE:
        raise FailedError(sentence_of_job(job, str) or f"The job is {job.state}.")


def _finish(
    crm: Crm, who: int | None, import_id: int, job_id: int | None, *, as_json: bool
) -> None:
    """Run to the end with a bar, and tell what came of it."""
    _do_job(crm, "Importing", job_id)
    with crm.read(who) as uow:
        import_ = get_import(uow, import_id)
        said = {**describe_import(import_), "errors": list_errors(uow, import_, str)}
    head = f"Import {import_id}: {_count(said)}"
    undo = f"Take it back with: crmkit import --undo {import_id}"
    lines = [head, *_list_reasons(said), *_list_unmatched(said), undo]
    answer(said, as_json=as_json, text=lines)


def _undo(crm: Crm, who: int | None, import_id: int, *, as_json: bool) -> None:
    with crm.work(who) as uow:
        import_ = get_import(uow, import_id)
        is_going = import_.state is ImportState.UNDOING
        job_id = (enqueue_undo if is_going else begin_undo)(uow, import_)
    _do_job(crm, "Undoing", job_id)
    with crm.read(who) as uow:
        import_ = get_import(uow, import_id)
        kept = [
            {"entity": k.entity, "id": k.record_id, "name": k.name, "fields": k.fields}
            for k in list_kept(uow, import_)
        ]
        said = {**describe_import(import_), "kept": kept}
    lines = [f"Import {import_id}: {import_.undone} records taken back."]
    lines += [f"Kept, changed since: {k['entity']} {k['id']} {k['name']}" for k in kept]
    answer(said, as_json=as_json, text=lines)


def _count(said: dict[str, Any], verb: str = "") -> str:
    names = ("created", "updated", "skipped", "failed")
    return ", ".join(f"{said[name]} {verb}{name}" for name in names) + "."


def _list_reasons(said: dict[str, Any]) -> list[str]:
    errors = said["errors"]
    lines = [f"line {error['line']}: {error['message']}" for error in errors]
    more = len(lines) - _SHOWN_ERRORS
    rest = [f"… and {more} more; --json lists them all."] if more > 0 else []
    return lines[:_SHOWN_ERRORS] + rest


def _list_unmatched(said: dict[str, Any]) -> list[str]:
    return [
        f"{miss['lookup']} does not know “{miss['value']}” ({miss['rows']} rows)."
        for miss in said["unmatched"]
    ]


@click.command("export")
@click.argument("entity", type=_ENTITIES)
@click.option(
    "--filter", "filter_", default="", metavar="TEXT", help="A filter's text."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "xlsx", "jsonl"]),
    default="csv",
    show_default=True,
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="The file to write; without it, standard output.",
)
@click.option("--as", "email", metavar="EMAIL", help="The user who exports.")
def export_command(
    entity: str,
    filter_: str,
    format_: Format,
    output: Path | None,
    email: str | None,
) -> None:
    """Export ENTITY, leads or contacts, as CSV, a workbook or JSON Lines."""
    crm = open_for_command()
    who = as_user(crm, email)
    with crm.read(who) as uow:
        asked = Asked(entity.removesuffix("s"), format_, filter_)
        check_asked(uow, asked)
        chunks = write_export(uow, asked)
        if output is None:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        with output.open("wb") as file:
            file.writelines(chunks)
