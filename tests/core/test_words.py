import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.core import fold, normalize_email, normalize_phone


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Société  Générale ", "societe generale"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("İzmir", "izmir"),
        ("ﬁn", "fin"),
        ("\tone\n two ", "one two"),
        ("", ""),
    ],
)
def test_text_is_folded_for_comparison(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        (" Ann@Example.ORG", "ann@example.org"),
        ("Ann@Example.ORG", "ann@example.org"),
        ("jörg@bücher.example", "jörg@bücher.example"),
        ("no mail", None),
        ("", None),
        (None, None),
    ],
)
def test_mail_addresses_that_are_one_become_equal(typed, normal):
    assert normalize_email(typed) == normal


@pytest.mark.parametrize(
    ("typed", "country", "normal"),
    [
        ("04 65 71 01 42", "FR", "+33465710142"),
        ("+33 (0)4 65 71 01 42", "GB", "+33465710142"),
        ("0465710142", "GB", "+44465710142"),
        ("call me", "FR", None),
        ("1" * 65, "FR", None),
        (None, "FR", None),
    ],
)
def test_telephone_numbers_become_international(typed, country, normal):
    assert normalize_phone(typed, country) == normal
