import ast

from tools import sizes


def write(root, path, text):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def test_a_long_file_is_named(tmp_path, capsys):
    write(tmp_path, "crmkit/core/leads.py", "a = 1\n" * 401)
    assert sizes.main(tmp_path) == 1
    assert "crmkit/core/leads.py: 401, allowed are 400" in capsys.readouterr().out


def test_a_long_function_is_named_with_its_line(tmp_path, capsys):
    write(tmp_path, "tools/big.py", "\ndef grow():\n" + "    a = 1\n" * 50)
    assert sizes.main(tmp_path) == 1
    assert "tools/big.py:2 grow: 51, allowed are 50" in capsys.readouterr().out


def test_many_functions_of_middle_length_break_the_percentile(tmp_path, capsys):
    write(tmp_path, "crmkit/a.py", "def grow():\n" + "    a = 1\n" * 40)
    assert sizes.main(tmp_path) == 1
    assert "95th percentile 41, allowed are 35" in capsys.readouterr().out


def test_long_templates_and_scripts_are_named(tmp_path, capsys):
    write(tmp_path, "crmkit/web/templates/a.html", "<p>\n" * 61)
    write(tmp_path, "plugins/x/crmkit_x/static/a.js", "a()\n" * 251)
    write(tmp_path, "crmkit/web/static/vendor/b.js", "a()\n" * 9999)
    assert sizes.main(tmp_path) == 1
    said = capsys.readouterr().out
    assert "a.html: 61, allowed are 60" in said
    assert "a.js: 251, allowed are 250" in said
    assert "b.js" not in said


def test_versions_of_migrations_are_left_out(tmp_path):
    write(tmp_path, "crmkit/core/migrations/versions/0001.py", "a = 1\n" * 999)
    assert sizes.main(tmp_path) == 0


def test_parameters_that_a_decorator_supplies_are_no_fixtures():
    source = """
@pytest.mark.parametrize(("size", "text"), [])
@given(number=integers())
def test_it(crm, size, text, number, *, clock): ...
"""
    (test,) = sizes.list_functions(ast.parse(source))
    assert sizes.list_fixtures(test) == {"crm", "clock"}


def test_code_lines_are_counted_without_words_and_gaps():
    lines = [
        '"""Words.',
        "",
        'More."""',
        "# why",
        "a = (",
        "    1,",
        ")",
        "def b():",
        '    """Words."""',
        "    return a",
    ]
    source = "\n".join(lines)
    assert sizes.count_code(source) == 5
