"""Keeps the French words in step with what code and templates say.

    python -m tools.messages extract   writes new sentences into the .po files
    python -m tools.messages check     names each sentence without a French one; exits 1

A plugin may use a sentence that the core translates already.
"""

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

from tools.distributions import ROOT, Distribution, core, everything

KEYWORDS = {**DEFAULT_KEYWORDS, "mark": None}
READERS = (("*.py", "python"), ("templates/**/*.*", "jinja2"))
JINJA = {
    "extensions": "jinja2.ext.do",
    "newstyle_gettext": "true",
    "trimmed": "true",
    "silent": "false",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@dataclass(frozen=True)
class Sentence:
    """One translatable sentence, and the first place that says it."""

    singular: str
    plural: str | None
    context: str | None
    place: str

    @property
    def id(self) -> str | tuple[str, str]:
        """How a catalogue names it."""
        return (self.singular, self.plural) if self.plural else self.singular


def main(arguments: list[str]) -> int:
    """Does what the argument says; 2 for a wrong one."""
    if arguments == ["extract"]:
        for distribution in everything():
            write_french(distribution)
        return 0
    if arguments == ["check"]:
        found = [line for d in everything() for line in check(d)]
        print("\n".join(found) or "Every sentence has its French one.")
        return 1 if found else 0
    print(__doc__, file=sys.stderr)
    return 2


def collect(distribution: Distribution) -> list[Sentence]:
    """The sentences of a distribution in the order of its files, each once."""
    found: dict[tuple[str, str | None], Sentence] = {}
    for pattern, method in READERS:
        for path in distribution.list_sources(pattern):
            if "migrations" in path.parts or not path.is_file():
                continue
            for sentence in read_sentences(path, method):
                key = (sentence.singular, sentence.context)
                known = found.get(key)
                if known is None or (sentence.plural and not known.plural):
                    found[key] = sentence
    return list(found.values())


def read_sentences(path: Path, method: str) -> Iterator[Sentence]:
    """The sentences of one file, in its order."""
    place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    with path.open("rb") as source:
        options = JINJA if method == "jinja2" else {}
        for line, text, _, context in extract(method, source, KEYWORDS, (), options):
            singular, plural = text[:2] if isinstance(text, tuple) else (text, None)
            if singular:
                where = f"{place.as_posix()}:{line}"
                yield Sentence(singular, plural, context, where)


def check(distribution: Distribution) -> Iterator[str]:
    """A line for each sentence without a French one, or with a wrong one."""
    own, lent = read_french(distribution), read_french(core())
    for sentence in collect(distribution):
        message = find(own, sentence) or find(lent, sentence)
        if message is None or message.fuzzy or not all(list_strings(message)):
            yield f"{sentence.place}: no French for {sentence.singular!r}"
        elif lost := find_lost_parts(sentence, message):
            yield f"{sentence.place}: the French lacks {', '.join(sorted(lost))}"


def write_french(distribution: Distribution) -> None:
    """Adds what is new to the .po file and drops what nobody says any more."""
    own, lent = read_french(distribution), read_french(core())
    fresh = Catalog(locale="fr", domain=distribution.package, charset="utf-8")
    for sentence in collect(distribution):
        known = find(own, sentence)
        is_core = distribution.package == core().package
        if known is None and not is_core and find(lent, sentence) is not None:
            continue
        words = known.string if known else ""
        fresh.add(sentence.id, words, context=sentence.context)
    if len(fresh) or distribution.french.is_file():
        distribution.french.parent.mkdir(parents=True, exist_ok=True)
        distribution.french.write_bytes(serialise(fresh))
        print(f"{distribution.french.relative_to(distribution.folder)}: {len(fresh)}")


def serialise(catalog: Catalog) -> bytes:
    """The .po file, with the header that says what it must and no dates."""
    head = (
        'msgid ""\nmsgstr ""\n"Language: fr\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    body = io.BytesIO()
    write_po(body, catalog, width=88, omit_header=True, sort_output=True)
    return head.encode() + body.getvalue()


def find(catalog: Catalog, sentence: Sentence) -> Message | None:
    """The catalogue's entry for a sentence, if it has the same plural."""
    message = catalog.get(sentence.id, sentence.context)
    if message is None or (sentence.plural and not message.pluralizable):
        return None
    return message


def list_strings(message: Message) -> list[str]:
    """The French forms of an entry."""
    given = message.string
    return list(given) if isinstance(given, list | tuple) else [given or ""]


def find_lost_parts(sentence: Sentence, message: Message) -> set[str]:
    """The placeholders that stand in every English form but in no French one."""
    forms = [sentence.singular, *([sentence.plural] if sentence.plural else [])]
    asked = set.intersection(*(set(PLACEHOLDER.findall(form)) for form in forms))
    given = {
        part for text in list_strings(message) for part in PLACEHOLDER.findall(text)
    }
    return asked - given


def read_french(distribution: Distribution) -> Catalog:
    """Its French words; none if there is no file yet."""
    if not distribution.french.is_file():
        return Catalog(locale="fr", domain=distribution.package)
    with distribution.french.open("rb") as source:
        return read_po(source, locale="fr", domain=distribution.package)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
