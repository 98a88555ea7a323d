"""The five forms of hook: the name of a hook tells how it is called.

A hook is a typed object. A plugin answers it with a function of one parameter
named `ctx`, marked by `@the_hook.impl`; a type checker compares its parameter and
its answer with the hook's. Calling is the dispatcher's work (`crmkit.core`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROJECT = "crmkit"
_implementation = pluggy.HookimplMarker(PROJECT)

C = TypeVar("C")
R = TypeVar("R")


class HookNameError(ValueError):
    """A hook's name does not follow the grammar of its form."""


class DeprecatedHookWarning(DeprecationWarning):
    """A plugin answers a hook that is to go; it is called as ever until then."""


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That a hook is to go: since and until which minor version, and what is instead.

    `since` and `gone_in` are versions of the plugin API, as (major, minor); between
    them lie at least two minor versions, or a new major one.
    """

    since: tuple[int, int]
    gone_in: tuple[int, int]
    instead: str

    def __post_init__(self) -> None:
        """Refuse an end that comes too soon."""
        (major, minor), (last_major, last_minor) = self.since, self.gone_in
        if last_major == major and last_minor < minor + 2:
            sentence = "A hook that is to go stays for two minor versions at least."
            raise ValueError(sentence)

    def warning_about(self, hook: str) -> DeprecatedHookWarning:
        """What an author is told who answers the hook."""
        since, gone_in = (".".join(map(str, one)) for one in (self.since, self.gone_in))
        return DeprecatedHookWarning(
            f"{hook} is deprecated since {since} and gone in {gone_in}: {self.instead}"
        )


class Hook(Generic[C, R]):
    """A moment at which plugins are called with a context `C` and answer an `R`."""

    form: ClassVar[str]
    grammar: ClassVar[str]

    def __init__(
        self,
        name: str,
        context: type[C],
        *,
        since: str,
        deprecated: Deprecation | None = None,
    ) -> None:
        if not re.fullmatch(self.grammar, name):
            sentence = f"“{name}” is not named like a hook of the form “{self.form}”."
            raise HookNameError(sentence)
        self.name = name
        self.context = context
        self.since = since
        self.deprecated = deprecated

    def impl(self, function: Callable[[C], R]) -> Callable[[C], R]:
        """Mark `function` as a plugin's answer to this hook, and return it."""
        return _implementation(specname=self.name)(function)


class RegisterHook(Hook[C, R]):
    """Declares something at start; every plugin's answer is kept.

    An implementation that raises makes its plugin `failed`; the rest starts.
    """

    form = "register"
    grammar = r"register_[a-z_]+"


class HappenedHook(Hook[C, None]):
    """Tells, inside the transaction, that something happened.

    An implementation that raises loses what it wrote; the work goes on.
    """

    form = "happened"
    grammar = r"(?!(register|check|place)_)[a-z_]+_[a-z]+"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not be done: one sentence for the user, maybe a field.

    `parts` fill the sentence's `{named}` places once it is translated.
    """

    sentence: str
    field: str | None = None
    parts: Mapping[str, object] = dataclass_field(default_factory=dict)


class CheckHook(Hook[C, Refusal | None]):
    """May refuse what is about to be done, by answering a `Refusal`.

    An implementation that raises refuses too, and the answer names its plugin.
    """

    form = "check"
    grammar = r"check_[a-z_]+"


class AskHook(Hook[C, R]):
    """Asks for values; the caller takes the first answer or combines them.

    An implementation that raises is skipped.
    """

    form = "ask"
    grammar = r"(?!(register|check|place)_)[a-z]+_[a-z_]+"


class PlaceHook(Hook[C, R]):
    """Fills a slot of a page, for all its rows at once.

    An implementation that raises shows a small box to admins, nothing to others.
    """

    form = "place"
    grammar = r"place_[a-z_]+"
