"""What is typed into the pages on which forms are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, Field, ValidationError

from crmkit.core import LOCALES, CrmError, LeadKind, mark
from crmkit_web_forms.forms import FormDraft
from crmkit_web_forms.reading import PLUGIN
from crmkit_web_forms.tables import AnswerState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit_web_forms.tables import Form as WebForm

_TEXTS = ("title", "intro", "button", "thanks")
_NUMBERS = ("most_files", "file_megabytes", "least_seconds", "per_hour")
_SWITCHES = ("is_open", "has_trap", "needs_proof")
_RECORDS = ("team_id", "owner_id", "mail_template_id")
_PLAIN = ("source", "medium", "campaign", "redirect")
MOST_ID = 2**63


class CannotBeError(CrmError):
    """Something that was typed cannot be kept."""

    plugin_id = PLUGIN

    def __init__(self, field: str) -> None:
        super().__init__(mark("This cannot be kept as it is typed."), field=field)


class TitleForm(BaseModel):
    """The title of a new form."""

    NEEDED: ClassVar[str] = mark("Give the form a title of at most 120 characters.")
    title: str = ""


class NameForm(BaseModel):
    """The name of a field."""

    name: str = ""


class OrderForm(BaseModel):
    """Names of fields in their order, parted by commas."""

    names: str = Field(default="", max_length=5000)

    def list(self) -> list[str]:
        """The names."""
        return [name for name in self.names.split(",") if name]


class AnswersQuery(BaseModel):
    """Which answers are looked at."""

    state: str = ""
    before: str = ""

    def state_or_none(self) -> AnswerState | None:
        """The state, if it is one."""
        return AnswerState(self.state) if self.state in set(AnswerState) else None

    def before_or_none(self) -> int | None:
        """The id before which the page begins."""
        return _whole(self.before)


class FieldForm(BaseModel):
    """Words for a field of a form, a step of -1 or 1, or `out`."""

    label_en: str = Field(default="", max_length=500)
    label_fr: str = Field(default="", max_length=500)
    help_en: str = Field(default="", max_length=500)
    help_fr: str = Field(default="", max_length=500)
    is_required: str = ""
    do: str = "save"

    def applied(self, fields: Sequence[dict[str, Any]], name: str) -> list[Any]:
        """`fields` with what this does to the one of that name."""
        kept = [dict(line) for line in fields]
        at = next((n for n, line in enumerate(kept) if line["name"] == name), None)
        if at is None:
            return kept
        if self.do == "save":
            kept[at] |= self._words()
            return kept
        line = kept.pop(at)
        if self.do in {"up", "down"}:
            step = -1 if self.do == "up" else 1
            kept.insert(max(0, min(at + step, len(kept))), line)
        return kept

    def _words(self) -> dict[str, Any]:
        return {
            "label": _said({"en": self.label_en, "fr": self.label_fr}),
            "help": _said({"en": self.help_en, "fr": self.help_fr}),
            "is_required": self.is_required == "on",
        }


def _said(texts: Mapping[str, str]) -> dict[str, str]:
    return {lang: text.strip() for lang, text in texts.items() if text.strip()}


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit()
    return int(text) if is_number and 0 < int(text[:20]) < MOST_ID else None


class FormForm(BaseModel):
    """A form as it is typed: everything but its fields."""

    version: str = ""
    title: str = ""
    slug: str = ""
    title_en: str = ""
    title_fr: str = ""
    intro_en: str = ""
    intro_fr: str = ""
    button_en: str = ""
    button_fr: str = ""
    thanks_en: str = ""
    thanks_fr: str = ""
    consent_en: str = ""
    consent_fr: str = ""
    team_id: str = ""
    owner_id: str = ""
    kind: str = LeadKind.LEAD.value
    tags: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    redirect: str = ""
    frame_hosts: str = ""
    most_files: str = "0"
    file_megabytes: str = "5"
    least_seconds: str = "3"
    per_hour: str = "20"
    is_open: str = ""
    has_trap: str = ""
    needs_proof: str = ""
    mail_template_id: str = ""

    @classmethod
    def of(cls, form: WebForm, consent: Mapping[str, str]) -> FormForm:
        """What there is to change of a form."""
        texts = {
            f"{name}_{lang}": form.texts.get(lang, {}).get(name, "")
            for name in _TEXTS
            for lang in LOCALES
        }
        plain = ("version", "title", "slug", *_RECORDS, *_NUMBERS, *_PLAIN)
        return cls(
            **texts,
            **{f"consent_{lang}": consent.get(lang, "") for lang in LOCALES},
            **{name: str(getattr(form, name) or "") for name in plain},
            **{name: "on" if getattr(form, name) else "" for name in _SWITCHES},
            kind=form.kind.value,
            tags=", ".join(form.tags),
            frame_hosts="\n".join(form.frame_hosts),
        )

    def based_on(self) -> int | None:
        """The version that was looked at."""
        return _whole(self.version)

    def changes(self) -> dict[str, Any]:
        """The same as FormDraft has it; raises CannotBeError for a mistake."""
        hosts = self.frame_hosts.replace(",", " ").split()
        values: dict[str, Any] = {
            "title": self.title,
            "slug": self.slug.strip(),
            "texts": {lang: self._texts(lang) for lang in LOCALES},
            "consent": _said({"en": self.consent_en, "fr": self.consent_fr}),
            **{name: _whole(getattr(self, name)) for name in _RECORDS},
            "kind": self.kind,
            "tags": [tag.strip() for tag in self.tags.split(",") if tag.strip()],
            "frame_hosts": [host.lower().rstrip("/") for host in hosts],
            **{name: getattr(self, name).strip() or None for name in _PLAIN},
            **{name: getattr(self, name) == "on" for name in _SWITCHES},
            **{name: self._number(name) for name in _NUMBERS},
        }
        try:
            FormDraft.model_validate(values)
        except ValidationError as error:
            where = error.errors()[0]["loc"]
            field = str(where[0]) if where else "title"
            if field in {"texts", "consent"}:
                field = f"{where[-1] if field == 'texts' else field}_{where[1]}"
            raise CannotBeError(field) from error
        return values

    def _texts(self, lang: str) -> dict[str, str]:
        return {name: getattr(self, f"{name}_{lang}").strip() for name in _TEXTS}

    def _number(self, name: str) -> Any:
        text = getattr(self, name).strip() or "0"
        is_number = text.isascii() and text.isdigit()
        return int(text[:20]) if is_number else text
