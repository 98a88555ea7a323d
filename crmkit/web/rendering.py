"""Templates: one Jinja2 environment per language and per plugin."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from types import CodeType, SimpleNamespace

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from jinja2.bccache import Bucket
from markupsafe import Markup
from typing_extensions import override

from crmkit.core import SHOWN_INLINE
from crmkit.web.addresses import (
    build_address,
    has_condition,
    list_conditions,
    toggle_condition,
)
from crmkit.web.formats import Formats
from crmkit.web.keys import KEYS

CORE = ""
DOMAIN = "crmkit"
LANGUAGES = {"en": "English", "fr": "Français"}
ICON = Markup(
    '<svg class="{classes}" aria-hidden="true"><use href="{sprite}#{name}"/></svg>'
)


class _Compiled(BytecodeCache):
    """Templates compiled once a process, however many applications it holds."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED: dict[str, _Compiled] = defaultdict(_Compiled)
"""By language, as filters of what is written in a template are worked out there."""


class Templates:
    """All templates of one CRM, the core's at the root, a plugin's under its id.

    A plugin's template sees the same `ui` macros, filters and functions; its
    sentences are looked up in the plugin's own catalogue first, then in the core's.
    """

    def __init__(self, zone: Callable[[], tzinfo], now: Callable[[], datetime]) -> None:
        self._zone = zone
        self._now = now
        self._root = Path(str(files("crmkit")))
        self._packages: dict[str, Path] = {CORE: self._root}
        self._loaders: dict[str, BaseLoader] = {}
        self._loader = ChoiceLoader(
            [
                FileSystemLoader(self._root / "web" / "templates"),
                PrefixLoader(self._loaders),
            ]
        )
        self._environments: dict[tuple[str, str], Environment] = {}
        self._icons: dict[tuple[str, str], Markup] = {}
        self._catalogues: dict[tuple[str, str], NullTranslations] = {}
        static = self._root / "web" / "static"
        self._addresses = {CORE: _address_folder(static)}
        self._scripts = sorted(f"js/{path.name}" for path in static.glob("js/*.js"))

    def add_plugin(self, plugin_id: str, package: str) -> None:
        """Make templates/, static/ and locale/ of the plugin's package known."""
        root = Path(str(files(package)))
        self._packages[plugin_id] = root
        self._loaders[plugin_id] = FileSystemLoader(root / "templates")
        self._addresses[plugin_id] = _address_folder(root / "static", plugin_id)

    @property
    def static_folders(self) -> dict[str, Path]:
        """Each address that files are served under for ever, with its folder."""
        folders = {
            plugin_id: root / "static" for plugin_id, root in self._packages.items()
        }
        folders[CORE] = self._root / "web" / "static"
        return {
            self._addresses[plugin_id]: folder
            for plugin_id, folder in folders.items()
            if folder.is_dir()
        }

    def render(self, locale: str, name: str, context: Mapping[str, object]) -> str:
        """The page or part of a page; the name may begin with a plugin's id."""
        plugin_id = name.partition("/")[0]
        owner = plugin_id if plugin_id in self._loaders else CORE
        return self._environment(locale, owner).get_template(name).render(context)

    @property
    def root(self) -> Path:
        """The folder of the core's package."""
        return self._root

    def macros(self, locale: str) -> SimpleNamespace:
        """The macros of templates/ui, for what is drawn without a template."""
        return _as_namespace(self._environment(locale, CORE).globals["ui"])

    def formats(self, locale: str) -> Formats:
        """How numbers, money, days and times are written in the language."""
        return Formats(Locale.parse(locale), self._zone, self._now)

    def translate(self, locale: str, sentence: str, plugin_id: str = CORE) -> str:
        """The sentence in the language, or as it is where nobody translated it."""
        return self._translations(locale, plugin_id).gettext(sentence)

    def _environment(self, locale: str, plugin_id: str) -> Environment:
        key = (locale if locale in LANGUAGES else "en", plugin_id)
        if key not in self._environments:
            self._environments[key] = self._make_environment(*key)
        return self._environments[key]

    def _make_environment(self, locale: str, plugin_id: str) -> Environment:
        environment = Environment(
            loader=self._loader,
            autoescape=True,
            auto_reload=False,
            bytecode_cache=_COMPILED[locale],
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(  # type: ignore[attr-defined]  # added by the extension
            self._translations(locale, plugin_id), newstyle=True
        )
        formats = self.formats(locale)
        environment.filters.update(formats.filters())
        environment.globals.update(
            locale=locale,
            languages=LANGUAGES,
            today=formats.today,
            static=partial(self._address_file, plugin_id),
            core_static=partial(self._address_file, CORE),
            scripts=self._scripts,
            keys=KEYS,
            icon=self._draw_icon,
            address=build_address,
            toggle_condition=toggle_condition,
            has_condition=has_condition,
            list_conditions=list_conditions,
            shown_inline=SHOWN_INLINE,
        )
        environment.globals["ui"] = self._macros(environment, locale, plugin_id)
        return environment

    def _macros(
        self, environment: Environment, locale: str, plugin_id: str
    ) -> SimpleNamespace:
        """Every macro of templates/ui, speaking the core's words in this language."""
        if plugin_id != CORE:
            core = self._environment(locale, CORE)
            return _as_namespace(core.globals["ui"])
        macros = environment.globals["ui"] = SimpleNamespace()
        for path in sorted((self._root / "web" / "templates" / "ui").glob("*.html")):
            module = environment.get_template(f"ui/{path.name}").module
            vars(macros).update(
                (name, macro)
                for name, macro in vars(module).items()
                if not name.startswith("_")
            )
        return macros

    def _translations(self, locale: str, plugin_id: str) -> NullTranslations:
        key = (locale, plugin_id)
        if key not in self._catalogues:
            self._catalogues[key] = self._read_translations(*key)
        return self._catalogues[key]

    def _read_translations(self, locale: str, plugin_id: str) -> NullTranslations:
        if plugin_id == CORE:
            return read_catalogue(self._root / "locale", locale, DOMAIN)
        if plugin_id not in self._packages:
            return self._translations(locale, CORE)
        folder = self._packages[plugin_id] / "locale"
        own = read_catalogue(folder, locale, f"{DOMAIN}_{plugin_id}")
        own.add_fallback(self._translations(locale, CORE))
        return own

    def _address_file(self, plugin_id: str, path: str) -> str:
        return f"{self._addresses[plugin_id]}/{path}"

    def _draw_icon(self, name: str, size: str = "") -> Markup:
        # A board draws a thousand icons of twenty kinds.
        if (drawn := self._icons.get((name, size))) is None:
            sprite = self._address_file(CORE, "vendor/icons.svg")
            classes = f"icon icon-{size}" if size else "icon"
            drawn = ICON.format(name=name, classes=classes, sprite=sprite)
            self._icons[name, size] = drawn
        return drawn


def read_catalogue(folder: Path, locale: str, domain: str) -> NullTranslations:
    """The sentences of one language, read from its .po file; none if there is none."""
    path = folder / locale / "LC_MESSAGES" / f"{domain}.po"
    if not path.is_file():
        return NullTranslations()
    return Translations(BytesIO(_compile_catalogue(path, locale)), domain)


@cache
def _compile_catalogue(path: Path, locale: str) -> bytes:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _address_folder(folder: Path, plugin_id: str = CORE) -> str:
    """An address that changes with any file of the folder, so it may be kept."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    address = f"/static/{digest.hexdigest()[:12]}"
    return f"{address}/p/{plugin_id}" if plugin_id else address


def _as_namespace(value: object) -> SimpleNamespace:
    if not isinstance(value, SimpleNamespace):
        raise TypeError(value)
    return value
