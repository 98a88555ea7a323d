import subprocess
import sys
import zipfile

from tools.assets import STAMP, VENDOR
from tools.distributions import ROOT, core

KINDS = {".css", ".html", ".js", ".mako", ".po", ".py", ".svg", ".txt", ".typed"}
BUILD = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "-b"]


def test_the_wheel_holds_what_a_running_crmkit_needs(tmp_path):
    command = [*BUILD, "constraints.txt", "--out-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  # uv, with our own folder
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = {p for p in core().code.rglob("*") if p.suffix in KINDS and p.is_file()}
    wanted = {path.relative_to(ROOT).as_posix() for path in files}
    assert wanted - packed == set()
    fetched = {path.name for path in VENDOR.iterdir()} - {STAMP}
    vendor = VENDOR.relative_to(ROOT).as_posix()
    assert {f"{vendor}/{name}" for name in fetched} <= packed
