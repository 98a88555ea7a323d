"""The settings of mail templates, and a template in the composer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    FilledTemplate,
    Lead,
    MailTemplate,
    MailTemplateDraft,
    MailWords,
    Role,
    UnitOfWork,
    add_template,
    archive_template,
    bounced_address,
    edit_template,
    fill_template,
    get_lead,
    get_template,
    list_templates,
    places_of_templates,
    visible,
)
from crmkit.web.answers import page
from crmkit.web.pages.composing import mail_context
from crmkit.web.pages.files import files_context
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.rows import go_to, say_errors
from crmkit.web.rendering import LANGUAGES
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)
HERE = "/settings/templates"
LARGEST_ID = 2**63 - 1


class TemplateForm(BaseModel):
    """A template as it was typed; a language without words is left out."""

    name: str = ""
    subject_en: str = ""
    text_en: str = ""
    subject_fr: str = ""
    text_fr: str = ""

    def draft(self) -> MailTemplateDraft:
        """What the core takes."""
        texts = {}
        for code in LANGUAGES:
            subject = str(getattr(self, f"subject_{code}"))
            text = str(getattr(self, f"text_{code}"))
            if subject.strip() or text.strip():
                texts[code] = MailWords(subject=subject, text=text)
        return MailTemplateDraft(name=self.name, texts=texts)


def _preview(
    uow: UnitOfWork, template: MailTemplate
) -> tuple[Lead, FilledTemplate] | None:
    """The template with the values of the newest lead that the actor sees."""
    query = select(Lead).where(visible(uow)).order_by(Lead.id.desc()).limit(1)
    lead = uow.session.scalar(query)
    return None if lead is None else (lead, fill_template(uow, template, lead))


def _one(
    request: Request,
    uow: UnitOfWork,
    template: MailTemplate | None,
    form: TemplateForm,
    errors: dict[str, str] | None = None,
) -> Response:
    uow.require(Role.MANAGER)
    shown = None if template is None else _preview(uow, template)
    return settings_page(
        request,
        uow,
        "settings/template.html",
        422 if errors else 200,
        template=template,
        typed=form.model_dump(),
        written_in=list(LANGUAGES.items()),
        places=places_of_templates(uow),
        preview=shown,
        errors=errors or {},
    )


@routes.get(HERE)
def show_all(request: Request) -> Response:
    """Every template in use."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        found = list_templates(uow)
        return settings_page(request, uow, "settings/templates.html", templates=found)


@routes.get(HERE + "/new")
def show_new(request: Request) -> Response:
    """The form of a new template."""
    with work(request) as uow:
        return _one(request, uow, None, TemplateForm())


@routes.post(HERE)
def create(request: Request, form: Annotated[TemplateForm, Form()]) -> Response:
    """A new template, and its page with a preview."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        try:
            template = add_template(uow, form.draft())
        except (CrmError, ValidationError) as error:
            return _one(request, uow, None, form, say_errors(request, uow, error))
        return go_to(f"{HERE}/{template.id}")


@routes.get(HERE + "/{template_id}")
def show(request: Request, template_id: int) -> Response:
    """The form of a template, and what becomes of it for a lead."""
    with work(request) as uow:
        template = get_template(uow, template_id)
        typed = {
            f"{part}_{code}": words[part]
            for code, words in template.texts.items()
            for part in ("subject", "text")
        }
        form = TemplateForm(name=template.name, **typed)
        return _one(request, uow, template, form)


@routes.post(HERE + "/{template_id}")
def save(
    request: Request, template_id: int, form: Annotated[TemplateForm, Form()]
) -> Response:
    """Keep what was typed, or show what is wrong."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        template = get_template(uow, template_id)
        try:
            edit_template(uow, template, form.draft())
        except (CrmError, ValidationError) as error:
            return _one(request, uow, template, form, say_errors(request, uow, error))
        return go_to(f"{HERE}/{template_id}")


@routes.post(HERE + "/{template_id}/archive")
def archive(request: Request, template_id: int) -> Response:
    """Take a template out of use."""
    with work(request) as uow:
        archive_template(uow, get_template(uow, template_id))
        return go_to(HERE)


@routes.get("/leads/{lead_id}/mail")
def use(
    request: Request,
    lead_id: int,
    template_id: Annotated[str, Query(max_length=19)] = "",
) -> Response:
    """The composer's mail with the words of a template."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        filled = None
        if template_id.isdecimal():
            template = get_template(uow, min(int(template_id), LARGEST_ID))
            filled = fill_template(uow, template, lead)
        bounced = bounced_address(uow, lead.email)
        context = mail_context(uow, lead, bounced.reason if bounced else None)
        context |= files_context(uow, lead)
        context |= {"filled": filled, "lead": lead}
        return page(request, uow, "lead/_mail_filled.html", **context)
