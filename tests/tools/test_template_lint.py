import pytest

from tools import template_lint


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('<p style="color: red">', "an inline style"),
        ("<style>p {}</style>", "a style element"),
        ('<button onclick="go()">', "an event handler"),
        ('<button hx-on:click="go()">', "hx-on, which needs eval"),
        ("""<div hx-vals='js:{a: 1}'>""", "js:, which needs eval"),
        ('<a href="javascript:go()">', "js:, which needs eval"),
        ('<img src="//cdn.example/a.png">', "an address of another host"),
        ("<script>go()</script>", "an inline script"),
        ('{{ icon("unicorn") }}', "unicorn, not in tools/icons.txt"),
    ],
)
def test_what_the_policy_stops_is_found(tmp_path, text, finding):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html>\n{text}\n")
    assert template_lint.read(page) == [(2, finding)]


@pytest.mark.parametrize(
    "text",
    [
        '<script type="module" src="/static/board.js"></script>',
        '<script type="application/json">{"a": 1}</script>',
        "{# an old onclick=\"go()\" #}<p class='style'>",
        '<option value="on" data-on="x">{{ _("Turn it on") }}</option>',
        '<a href="https://example.org">{{ icon("bolt") }}',
    ],
)
def test_what_the_policy_allows_is_left_alone(tmp_path, text):
    page = tmp_path / "page.html"
    page.write_text(text)
    assert template_lint.read(page) == []


def test_eval_in_a_script_is_found(tmp_path):
    script = tmp_path / "board.js"
    script.write_text("const a = 1;\neval('a');\n")
    assert template_lint.read(script) == [(2, "eval")]


def test_the_templates_of_this_repository_hold_to_the_policy(capsys):
    assert template_lint.main() == 0, capsys.readouterr().out


def test_fetched_scripts_and_test_data_are_not_read(tmp_path):
    for folder in ("crmkit/web/static/vendor", "plugins/x/tests"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.js").write_text("eval('a')")
    assert template_lint.main(tmp_path) == 0


def test_a_macro_that_the_page_of_components_lacks_is_found(tmp_path):
    for name, text in (
        ("ui/marks.html", "{% macro tag(x) %}{% endmacro %}{%- macro _part() %}"),
        ("components/page.html", "{{ ui.tags(1) }}"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = template_lint.find_unshown(tmp_path)
    assert found == [
        "marks.html: the macro ui.tag is not on the page /ui (components/)"
    ]
