"""Forms: what they are made of when they come through a door; making, changing them."""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints
from sqlalchemy import func, select

from crmkit.core import (
    CrmError,
    Draft,
    Fact,
    LeadKind,
    NotFoundError,
    RecordId,
    Whole,
    YesNo,
    fold,
    get_team,
    get_user,
    mark,
    record,
    settings_of,
)
from crmkit_web_forms.asking import askable
from crmkit_web_forms.confirming import check_confirmation
from crmkit_web_forms.settings import HOST, Options
from crmkit_web_forms.tables import Consent, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import UnitOfWork

PLUGIN = "web_forms"
NOUN = "web form"
Language = Literal["en", "fr"]
Texts = dict[Language, Annotated[str, StringConstraints(max_length=500)]]
LongTexts = dict[Language, Annotated[str, StringConstraints(max_length=5000)]]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
FrameHost = Annotated[
    str, StringConstraints(pattern=r"^(https?://)?" + HOST[1:], max_length=255)
]


class FieldDraft(Draft):
    """A field of a form: its name in the catalogue, and other words for it."""

    name: str = Field(min_length=1, max_length=40)
    label: Texts = Field(default_factory=dict)
    help: Texts = Field(default_factory=dict)
    is_required: YesNo = False


class TextsDraft(Draft):
    """What a form says in one language; what is empty is said in usual words."""

    title: str = Field(default="", max_length=200)
    intro: str = Field(default="", max_length=2000)
    button: str = Field(default="", max_length=60)
    thanks: str = Field(default="", max_length=2000)


class FormDraft(Draft):
    """A form. Without a slug one is made from the title.

    `frame_hosts` are the sites that may show it in a frame; `per_hour` is how often one
    computer may send it, `least_seconds` how long nobody is faster than. `consent` is
    a text to agree to, by language; another text is a new version of it. The template
    is of a mail that says to the visitor that the answer came, and may show nothing of
    the lead.
    """

    title: str = Field(min_length=1, max_length=120)
    slug: str = Field(default="", max_length=60, pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$")
    is_open: YesNo = True
    texts: dict[Language, TextsDraft] = Field(default_factory=dict)
    fields: tuple[FieldDraft, ...] = Field(default=(), max_length=60)
    consent: LongTexts = Field(default_factory=dict)
    team_id: RecordId | None = None
    owner_id: RecordId | None = None
    kind: LeadKind = LeadKind.LEAD
    source: str | None = Field(default=None, max_length=120)
    medium: str | None = Field(default=None, max_length=120)
    campaign: str | None = Field(default=None, max_length=120)
    tags: tuple[TagName, ...] = Field(default=(), max_length=20)
    redirect: str | None = Field(default=None, max_length=500)
    frame_hosts: tuple[FrameHost, ...] = Field(default=(), max_length=50)
    most_files: Whole = Field(default=0, ge=0, le=10)
    file_megabytes: Whole = Field(default=5, ge=1, le=20)
    least_seconds: Whole = Field(default=3, ge=0, le=60)
    per_hour: Whole = Field(default=20, ge=1, le=1_000_000)
    has_trap: YesNo = True
    needs_proof: YesNo = False
    mail_template_id: RecordId | None = None


FIRST_FIELDS = (
    {"name": "contact_name", "is_required": True},
    {"name": "company_name"},
    {"name": "email", "is_required": True},
    {"name": "phone"},
    {"name": "message"},
)
"""What a form asks that was made in the page, until it is changed."""


class TakenSlugError(CrmError):
    """Another form has that address."""

    plugin_id = PLUGIN

    def __init__(self, slug: str) -> None:
        super().__init__(
            mark("Another form has the address “{slug}”."), field="slug", slug=slug
        )


class NotAskableError(CrmError):
    """A form cannot ask a field of that name, or asks it twice."""

    plugin_id = PLUGIN

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("A form cannot ask “{name}”, or not twice."),
            field="fields",
            name=name,
        )


class RedirectError(CrmError):
    """A form leads to hosts alone that the settings name."""

    plugin_id = PLUGIN

    def __init__(self, host: str) -> None:
        super().__init__(
            mark(
                "“{host}” is not among the hosts that forms may lead to; an admin adds "
                "it in the settings of this plugin."
            ),
            field="redirect",
            host=host,
        )


def list_forms(uow: UnitOfWork) -> list[Form]:
    """Every form, by title."""
    return list(uow.session.scalars(select(Form).order_by(Form.title, Form.id)))


def get_form(uow: UnitOfWork, form_id: int) -> Form:
    """The form of that id."""
    query = select(Form).where(Form.id == form_id)
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        raise NotFoundError(NOUN, form_id)
    return found


def find_form(uow: UnitOfWork, slug: str) -> Form:
    """The form at that address, open or not."""
    found = uow.session.scalar(select(Form).where(Form.slug == slug))
    if found is None:
        raise NotFoundError(NOUN, slug[:60])
    return found


def consent_of(uow: UnitOfWork, form: Form) -> Consent | None:
    """The consent text in force."""
    query = select(Consent).where(
        Consent.form_id == form.id, Consent.version == form.consent_version
    )
    return uow.session.scalar(query) if form.consent_version else None


def describe_form(uow: UnitOfWork, form: Form) -> dict[str, Any]:
    """The form as a FormDraft would have it, with what is known of it besides."""
    consent = consent_of(uow, form)
    more = ("id", "version", "consent_version", "created_at", "updated_at")
    return {
        **{name: getattr(form, name) for name in (*more, *_STORED)},
        "consent": consent.texts if consent else {},
        "address": f"/p/{PLUGIN}/f/{form.slug}",
    }


def add_form(uow: UnitOfWork, draft: FormDraft) -> Form:
    """A new form."""
    draft = draft.model_copy(update={"slug": draft.slug or _make_slug(uow, draft)})
    _check(uow, draft, None)
    form = Form(secret=secrets.token_hex(32), created_at=uow.now())
    values = _stored(draft)
    for name, value in values.items():
        setattr(form, name, value)
    form.version, form.updated_at, form.consent_version = 1, uow.now(), 0
    uow.session.add(form)
    uow.session.flush()
    _keep_consent(uow, form, draft.consent)
    _note(uow, form, "web_forms.created", {n: (None, v) for n, v in values.items()})
    return form


def edit_form(
    uow: UnitOfWork, form: Form, changes: Mapping[str, Any], based_on: int | None = None
) -> None:
    """Change what `changes` names as in FormDraft, unless the form was changed since.

    Raises StaleFormError where its version is no longer `based_on`.
    """
    if based_on is not None and based_on != form.version:
        raise StaleFormError
    known = describe_form(uow, form)
    whole = {name: known[name] for name in FormDraft.model_fields}
    draft = FormDraft.model_validate({**whole, **changes})
    draft = draft.model_copy(update={"slug": draft.slug or form.slug})
    _check(uow, draft, form)
    values = {n: v for n, v in _stored(draft).items() if getattr(form, n) != v}
    changed = {name: (getattr(form, name), value) for name, value in values.items()}
    for name, value in values.items():
        setattr(form, name, value)
    before = form.consent_version
    _keep_consent(uow, form, draft.consent)
    if form.consent_version != before:
        changed["consent_version"] = (before, form.consent_version)
    if changed:
        form.version += 1
        form.updated_at = uow.now()
        uow.session.flush()
        _note(uow, form, "web_forms.changed", changed)


class StaleFormError(CrmError):
    """Somebody else changed the form meanwhile."""

    plugin_id = PLUGIN
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("Somebody changed this form meanwhile; look at it anew."))


_STORED = frozenset(FormDraft.model_fields) - {"consent"}


def _stored(draft: FormDraft) -> dict[str, Any]:
    return {
        name: value
        for name, value in draft.model_dump(mode="json").items()
        if name in _STORED
    } | {"kind": draft.kind}


def _note(uow: UnitOfWork, form: Form, kind: str, values: dict[str, Any]) -> None:
    record(uow, [Fact(kind, "web_form", form.id, form.version, values)])


def _make_slug(uow: UnitOfWork, draft: FormDraft) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", fold(draft.title)).strip("-")[:50] or "form"
    taken = set(uow.session.scalars(select(Form.slug)))
    names = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _check(uow: UnitOfWork, draft: FormDraft, form: Form | None) -> None:
    other = uow.session.scalar(select(Form.id).where(Form.slug == draft.slug))
    if other is not None and (form is None or other != form.id):
        raise TakenSlugError(draft.slug)
    seen: set[str] = set()
    known, before = askable(uow), {f["name"] for f in form.fields} if form else set()
    for field in draft.fields:
        if field.name in seen or field.name not in known.keys() | before:
            raise NotAskableError(field.name)
        seen.add(field.name)
    if draft.redirect:
        check_redirect(uow, draft.redirect)
    if draft.team_id is not None and (form is None or form.team_id != draft.team_id):
        get_team(uow, draft.team_id)
    if draft.owner_id is not None and (form is None or form.owner_id != draft.owner_id):
        get_user(uow, draft.owner_id)
    if draft.mail_template_id is not None:
        check_confirmation(uow, draft.mail_template_id)


def check_redirect(uow: UnitOfWork, address: str) -> None:
    """Raise RedirectError for an address that forms may not lead to."""
    if re.search(r"[\s\\\x00-\x20]", address):
        raise RedirectError(address)
    parts = urlsplit(address)
    host, known = parts.netloc.lower(), settings_of(uow, Options).redirect_hosts
    is_known = any(
        host == one or (one.startswith("*.") and host.endswith(one[1:]))
        for one in known
    )
    if parts.scheme not in {"http", "https"} or not is_known:
        raise RedirectError(host or address)


def _keep_consent(uow: UnitOfWork, form: Form, texts: Mapping[Language, str]) -> None:
    """A new version where the text is another than the one in force."""
    wanted = {language: text for language, text in texts.items() if text.strip()}
    now = consent_of(uow, form)
    if wanted == (now.texts if now else {}):
        return
    if not wanted:
        form.consent_version = 0
        return
    last = uow.session.scalar(
        select(func.max(Consent.version)).where(Consent.form_id == form.id)
    )
    form.consent_version = (last or 0) + 1
    uow.session.add(
        Consent(
            form_id=form.id,
            version=form.consent_version,
            texts=wanted,
            created_at=uow.now(),
        )
    )
    uow.session.flush()
