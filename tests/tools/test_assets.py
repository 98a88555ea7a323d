import json

import pytest

from tools import assets


def test_the_lists_name_packages_with_their_hashes():
    packages = assets.read_packages()
    names = [package.name for package in packages]
    assert names == ["htmx.org", "sortablejs", "@tabler/core", "@tabler/icons"]
    assert all(package.integrity.startswith("sha512-") for package in packages)
    assert all(package.notice or package.licence for package in packages)


def test_the_fetched_files_are_whole_and_made_from_the_lists():
    assert assets.is_fresh(assets.VENDOR)


def test_a_changed_file_is_fetched_again(tmp_path):
    (tmp_path / "htmx.min.js").write_text("let a = 1")
    (tmp_path / assets.STAMP).write_text(json.dumps(assets.describe(tmp_path)))
    assert assets.is_fresh(tmp_path)
    (tmp_path / "htmx.min.js").write_text("let a = 2")
    assert not assets.is_fresh(tmp_path)


def test_a_missing_folder_is_not_fresh(tmp_path):
    assert not assets.is_fresh(tmp_path / "nothing")


def test_a_style_sheet_stands_in_its_layer_with_the_charset_before_it():
    css = '@charset "UTF-8";.a{color:red}\n/*# sourceMappingURL=a.css.map */\n'
    wrapped = assets.wrap_in_layer(css, "tabler", frozenset({"a"}))
    assert wrapped == '@charset "UTF-8";\n@layer tabler {\n.a{color:red}\n}\n'


def test_a_style_sheet_that_imports_is_refused():
    with pytest.raises(assets.ImportRuleError):
        assets.wrap_in_layer('@import "b.css";', "tabler", frozenset())


def test_the_sprite_has_a_symbol_per_name_drawn_or_filled():
    ground = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
    drawing = f'<svg\n width="24"\n>\n {ground}\n <path d="M1 1" />\n</svg>'
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        return drawing

    sprite = "".join(assets.draw_sprite(["bolt", "star-filled"], read))
    assert asked == ["icons/outline/bolt.svg", "icons/filled/star.svg"]
    assert f'<symbol id="bolt" viewBox="0 0 24 24" {assets.OUTLINE}>' in sprite
    assert f'<symbol id="star-filled" viewBox="0 0 24 24" {assets.FILLED}>' in sprite
    assert sprite.count('<path d="M1 1" /></symbol>') == 2


def test_an_archive_with_another_hash_is_refused(tmp_path):
    wrong = assets.Package(name="a", version="1.0", integrity="sha512-AAAA")
    fake_npm = ["sh", "-c", "echo other > a-1.0.tgz"]
    with pytest.raises(assets.WrongArchiveError, match=r"a@1\.0 is not the archive"):
        assets.pack(fake_npm, wrong, tmp_path)


def test_what_npm_says_is_what_the_error_says(tmp_path):
    with pytest.raises(assets.CommandError, match="no such package"):
        assets.run(["sh", "-c", "echo no such package >&2; exit 1"], tmp_path)


def test_every_icon_is_named_once_in_order():
    names = assets.ICONS.read_text(encoding="utf-8").split()
    assert names == sorted(set(names))
