"""Notes which hooks were called, and with what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.testing.samples import sample_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from crmkit.hooks import Hook


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a hook: its name, and the context that it was called with."""

    hook: str
    context: Any


@dataclass(slots=True)
class HookRecorder:
    """A plugin that answers hooks by noting each call, and None to all of them.

    Give `plugin` to `make_kit`; `calls` holds what happened since, oldest first.
    """

    plugin_id: str = "recorder"
    calls: list[Call] = field(default_factory=list)
    plugin: ModuleType = field(init=False)

    def __post_init__(self) -> None:
        """Answer nothing as yet."""
        self.plugin = sample_plugin(self.plugin_id)

    def listen(self, *hooks: Hook[Any, Any]) -> HookRecorder:
        """Note the calls of these hooks too."""
        for hook in hooks:
            setattr(self.plugin, hook.name, hook.impl(self._noting(hook.name)))
        return self

    @property
    def names(self) -> list[str]:
        """The hooks that were called, in their order."""
        return [call.hook for call in self.calls]

    def _noting(self, name: str) -> Callable[[Any], Any]:
        def note(ctx: Any) -> None:
            self.calls.append(Call(name, ctx))

        return note
