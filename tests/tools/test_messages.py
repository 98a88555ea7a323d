import pytest

from tools import messages
from tools.distributions import core, plugins

PAGE = (
    '<p>{{ _("Save") }}</p>'
    "{% trans count %}{{ count }} lead"
    "{% pluralize %}{{ count }} leads{% endtrans %}"
)


@pytest.fixture
def said(tree, monkeypatch):
    """The repository with sentences in the core and in `alpha`."""
    tree.write("crmkit/web/templates/a.html", PAGE)
    tree.write("crmkit/core/a.py", 'mark("No {noun} here.")\n')
    tree.write("plugins/alpha/crmkit_alpha/a.py", '_("Save"), _("Import")\n')
    monkeypatch.setattr(messages, "core", lambda: core(tree.root))
    return tree


def check(distribution):
    return [line.split(": ", 1)[1] for line in messages.check(distribution)]


def test_every_sentence_is_found_in_code_and_templates(said):
    found = [sentence.id for sentence in messages.collect(core(said.root))]
    plural = ("%(count)s lead", "%(count)s leads")
    assert found == ["No {noun} here.", "Save", plural]


def test_a_sentence_without_french_is_named(said):
    missing = check(core(said.root))
    assert missing == [
        "no French for 'No {noun} here.'",
        "no French for 'Save'",
        "no French for '%(count)s lead'",
    ]


def test_extracting_keeps_what_is_translated_and_drops_what_nobody_says(said):
    french = core(said.root).french
    old = 'msgid "Save"\nmsgstr "Enregistrer"\n\nmsgid "Gone"\nmsgstr "Parti"\n'
    said.write(str(french.relative_to(said.root)), old)
    messages.write_french(core(said.root))
    written = french.read_text(encoding="utf-8")
    assert 'msgstr "Enregistrer"' in written
    assert "Gone" not in written
    assert check(core(said.root)) == [
        "no French for 'No {noun} here.'",
        "no French for '%(count)s lead'",
    ]


def test_a_plugin_borrows_the_words_of_the_core(said):
    path = core(said.root).french.relative_to(said.root)
    said.write(str(path), 'msgid "Save"\nmsgstr "Enregistrer"\n')
    alpha = plugins(said.root)[0]
    assert check(alpha) == ["no French for 'Import'"]
    messages.write_french(alpha)
    assert "Save" not in alpha.french.read_text(encoding="utf-8")


def test_french_that_loses_a_placeholder_is_named(said):
    path = core(said.root).french.relative_to(said.root)
    said.write(str(path), 'msgid "No {noun} here."\nmsgstr "Rien ici."\n')
    assert "the French lacks {noun}" in check(core(said.root))


def test_a_wrong_argument_is_answered_with_the_usage(capsys):
    assert messages.main(["compile"]) == 2
    assert "extract" in capsys.readouterr().err
