import re
import tomllib

from crmkit.core.settings import Settings

from tools.distributions import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def read_block(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)[0]


def test_it_begins_with_the_two_commands():
    lines = README.splitlines()
    assert [line.split("#")[0].strip() for line in lines[3:5]] == [
        "make run",
        "make test",
    ]


def test_its_plugin_is_a_plugin_of_ten_lines():
    source = read_block("python")
    module: dict[str, object] = {"__name__": "crmkit_hello.plugin"}
    exec(compile(source, "crmkit_hello/plugin.py", "exec"), module)  # noqa: S102  # it is our own README
    assert getattr(module["plugin"], "id", None) == "hello"
    assert callable(module["greet"])
    assert len(source.splitlines()) <= 10
    entry = tomllib.loads(read_block("toml"))["project"]["entry-points"]
    assert entry == {"crmkit.plugins": {"hello": "crmkit_hello.plugin"}}


def test_its_table_names_every_setting():
    table = README.split("## Settings")[1].split("##")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if "| `" in line]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(Settings.model_fields)


def test_its_table_names_every_target_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"(?m)^\.PHONY: (.*)$", makefile)
    assert targets is not None
    said = set(re.findall(r"`make (\w+)", README))
    assert set(targets[1].split()) - {"clean"} == said
