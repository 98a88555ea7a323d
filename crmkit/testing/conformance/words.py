"""Whether every sentence of a plugin is there in every language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract

from crmkit.testing.conformance.subject import on_sqlite
from crmkit.web.rendering import DOMAIN, LANGUAGES, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.doors import Door

KEYWORDS = {**DEFAULT_KEYWORDS, "mark": None}
_JINJA = {
    "extensions": "jinja2.ext.do",
    "newstyle_gettext": "true",
    "trimmed": "true",
    "silent": "false",
}
_PART = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@on_sqlite
class WordChecks:
    """What people read is translated."""

    def test_its_sentences_are_there_in_every_language(
        self, subject: Subject, company: Door
    ) -> None:
        """Each has its words in the plugin's catalogue, or in crmkit's own."""
        templates = company.app.state.templates
        missing = [
            f"{locale}: {sentence!r}"
            for locale in LANGUAGES
            for sentence in _sentences(subject)
            if locale != "en" and not _is_known(subject, templates, locale, sentence)
        ]
        assert missing == []

    def test_translations_keep_the_parts_of_their_sentence(
        self, subject: Subject, company: Door
    ) -> None:
        """`{name}` in English is `{name}` in every language."""
        templates = company.app.state.templates
        lost = []
        for locale in LANGUAGES:
            for sentence in _sentences(subject):
                said = templates.translate(locale, sentence, subject.id)
                if set(_PART.findall(sentence)) - set(_PART.findall(said)):
                    lost.append(f"{locale}: {sentence!r}")
        assert lost == []

    def test_what_places_show_can_be_translated(self, subject: Subject) -> None:
        """Labels of permissions and jobs are sentences of the catalogue."""
        known = set(_sentences(subject))
        labels = {one.label for one in subject.manifest.permissions}
        assert labels <= known, "Mark them: mark(…)."


def _sentences(subject: Subject) -> Iterator[str]:
    for pattern, method in (("*.py", "python"), ("templates/**/*.html", "jinja2")):
        for path in subject.sources(pattern):
            yield from _read(path, method)


def _read(path: Path, method: str) -> Iterator[str]:
    options: dict[str, Any] = _JINJA if method == "jinja2" else {}
    with path.open("rb") as source:
        for _, text, _, _ in extract(method, source, KEYWORDS, (), options):
            yield text[0] if isinstance(text, tuple) else text


def _is_known(subject: Subject, templates: Any, locale: str, sentence: str) -> bool:
    own = read_catalogue(subject.folder / "locale", locale, f"{DOMAIN}_{subject.id}")
    catalogue: dict[Any, str] = getattr(own, "_catalog", {})
    if catalogue.get(sentence) or catalogue.get((sentence, 0)):
        return True
    core = read_catalogue(templates.root / "locale", locale, DOMAIN)
    lent: dict[Any, str] = getattr(core, "_catalog", {})
    return bool(lent.get(sentence) or lent.get((sentence, 0)))
