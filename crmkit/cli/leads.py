"""`crmkit lead`: what becomes of leads: qualified, merged, several again."""

from __future__ import annotations

import click

from crmkit.cli.opening import open_for_command
from crmkit.cli.printing import answer, json_option
from crmkit.core import (
    ContactChoice,
    ContactMode,
    MergeDraft,
    QualifyDraft,
    get_lead,
    get_merge,
    merge_leads,
    preview_merge,
    qualify_lead,
    read_lead,
    unmerge_leads,
)


@click.group()
def lead() -> None:
    """Leads: qualify one, merge several, take a merge back."""


@lead.command()
@click.argument("lead_id", type=int)
@click.option(
    "--contact",
    default=ContactMode.NONE.value,
    show_default=True,
    metavar="create|none|ID",
    help="A new contact from what the lead says, none, or a known one.",
)
@click.option("--owner", "owner_id", type=int, help="The id of who owns it then.")
@click.option("--into", "merge_into", type=int, help="The lead that it is the same as.")
@json_option
def qualify(
    lead_id: int,
    contact: str,
    owner_id: int | None,
    merge_into: int | None,
    *,
    as_json: bool,
) -> None:
    """Make an opportunity of the lead LEAD_ID."""
    named = {"owner_id": owner_id, "merge_into": merge_into}
    given = {name: value for name, value in named.items() if value is not None}
    with open_for_command().work() as uow:
        draft = QualifyDraft(contact=_contact(contact), **given)
        left = qualify_lead(uow, get_lead(uow, lead_id), draft)
        told = read_lead(uow, left.id)
    answer(told, as_json=as_json, text=f"{told['name']} is an opportunity now.")


def _contact(text: str) -> ContactChoice:
    if text in {ContactMode.CREATE.value, ContactMode.NONE.value}:
        return ContactChoice(mode=ContactMode(text))
    if text.isascii() and text.isdigit():
        return ContactChoice(mode=ContactMode.LINK, id=int(text))
    sentence = "--contact is create, none, or the id of a contact."
    raise click.UsageError(sentence)


@lead.command()
@click.argument("lead_ids", type=int, nargs=-1, required=True, metavar="LEAD_ID…")
@click.option("--master", "master_id", type=int, help="The one that stays.")
@click.option("--dry-run", is_flag=True, help="Tell what would come of it.")
@json_option
def merge(
    lead_ids: tuple[int, ...], master_id: int | None, *, dry_run: bool, as_json: bool
) -> None:
    """Make one lead of several; without --master the rules say which stays."""
    with open_for_command().work() as uow:
        draft = MergeDraft(ids=lead_ids, master_id=master_id)
        merged = preview_merge(uow, draft) if dry_run else merge_leads(uow, draft)
        data = {
            "lead": merged.lead,
            "merge_id": merged.merge_id,
            "excluded": [
                {"id": one.id, "name": one.name, "reason": one.reason}
                for one in merged.excluded
            ],
        }
    lines = [f"{one.name} stays as it is: {one.reason}" for one in merged.excluded]
    name, number = merged.lead["name"], merged.lead["id"]
    lines.append(f"{name} ({number}) {'would stay' if dry_run else 'is what stays'}.")
    if not dry_run:
        lines.append(f"crmkit lead unmerge {merged.merge_id} takes it back.")
    answer(data, as_json=as_json, text=lines)


@lead.command()
@click.argument("merge_id", type=int)
@json_option
def unmerge(merge_id: int, *, as_json: bool) -> None:
    """Take the merge MERGE_ID back; what was edited since stays on the master."""
    with open_for_command().work() as uow:
        undone = unmerge_leads(uow, get_merge(uow, merge_id))
    data = {"lead_id": undone.lead_id, "lead_ids": undone.lead_ids, "kept": undone.kept}
    count = len(undone.lead_ids) + 1
    lines = [f"They are {count} leads again."]
    if undone.kept:
        lines.append(f"Edited since, and so kept: {', '.join(undone.kept)}.")
    answer(data, as_json=as_json, text=lines)
