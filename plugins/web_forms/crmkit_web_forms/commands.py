"""`crmkit forms`: which there are, and what became of their answers."""

from __future__ import annotations

import click

from crmkit.cli import FailedError, answer, json_option, open_for_command, table
from crmkit_web_forms.answers import count_outcomes, count_reasons
from crmkit_web_forms.forms import describe_form, list_forms
from crmkit_web_forms.processing import run_failed


@click.group()
def forms() -> None:
    """Web forms, and what became of their answers."""


@forms.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the forms with their numbers."""
    crm = open_for_command()
    heads = ["slug", "title", "is_open", "received", "lead", "refused", "failed"]
    with crm.read() as uow:
        counts = count_outcomes(uow)
        rows = [
            {
                **{name: getattr(form, name) for name in heads[:3]},
                **{name: counts.get(form.id, {}).get(name, 0) for name in heads[3:]},
            }
            for form in list_forms(uow)
        ]
    text = table(heads, (list(row.values()) for row in rows))
    answer({"items": rows}, as_json=as_json, text=text if rows else "No form yet.")


@forms.command("show")
@click.argument("slug")
@json_option
def show(slug: str, *, as_json: bool) -> None:
    """Show the form at the address SLUG: what it asks, and its numbers."""
    crm = open_for_command()
    with crm.read() as uow:
        form = next((one for one in list_forms(uow) if one.slug == slug), None)
        if form is None:
            sentence = f"There is no form “{slug}”."
            raise FailedError(sentence)
        said = describe_form(uow, form)
        numbers = count_reasons(uow, form)
    names = ("source", "state", "reason", "count")
    rows = [dict(zip(names, row, strict=True)) for row in numbers]
    asked = ", ".join(field["name"] for field in said["fields"])
    text = [
        f"{said['title']} ({said['address']})",
        f"asks {asked or 'nothing'}",
        *(table(list(names), numbers) if numbers else ["No answer yet."]),
    ]
    answer({**said, "numbers": rows}, as_json=as_json, text=text)


@forms.command("run")
@json_option
def run(*, as_json: bool) -> None:
    """Have every answer tried anew that could not be made a lead."""
    crm = open_for_command()
    with crm.work() as uow:
        number = run_failed(uow)
    answer(
        {"queued": number}, as_json=as_json, text=f"{number} answers are tried anew."
    )
