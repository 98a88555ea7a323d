from __future__ import annotations

import codecs

import pytest

from crmkit_data_exchange.errors import UnknownEncodingError, WrongEncodingError
from crmkit_data_exchange.text_encodings import find_encoding

FRENCH = "nom;ville\nSociété Générale;Orléans\nCafé André;Nîmes\n"
GERMAN = "Name;Ort\nMüller GmbH;Köln\nSchäfer;München\nGroß;Düsseldorf\n"
POLISH = "nazwa;miasto\nŁukasz Żółtowski;Łódź\nŚwięty;Gdańsk\nMałgorzata;Kraków\n"
CZECH = "jméno;město\nJiří Dvořák;Plzeň\nTomáš Černý;Ústí nad Labem\n"
TURKISH = (
    "ad;\u015fehir\nAy\u015fe Y\u0131lmaz;\u0130stanbul\nMehmet Öztürk;Eski\u015fehir\n"
)
RUSSIAN = "имя;город\nИван Петров;Москва\nОльга Смирнова;Казань\n"  # noqa: RUF001  real names
GREEK = "id,όνομα\n1,Κώστας\n2,Αλέξανδρος\n3,Μύρων\n"
JAPANESE = "名前,会社\n田中太郎,株式会社山田\n鈴木花子,トヨタ自動車\n"
TAIWANESE = "姓名,公司\n王小明,台灣積體電路\n陳美麗,鴻海精密\n"
CHINESE = "姓名,公司\n王小明,中国石油\n陈美丽,阿里巴巴\n"
KOREAN = "이름,회사\n김철수,삼성전자\n박영희,현대자동차\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        (FRENCH, "mac-roman"),
        (FRENCH, "cp850"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (CZECH, "cp1250"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (GREEK, "cp1253"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (TAIWANESE, "big5"),
        (CHINESE, "gb18030"),
        (KOREAN, "euc_kr"),
    ],
)
def test_the_words_of_a_short_list_tell_its_old_encoding(
    text: str, encoding: str
) -> None:
    assert find_encoding(text.encode(encoding)) == (encoding, text)


def test_greek_in_its_iso_encoding_is_read_as_greek() -> None:
    assert find_encoding(GREEK.encode("iso8859-7"))[1] == GREEK


@pytest.mark.parametrize("text", ["a,b\n1,é\n", "a,b\n1,©\n"])
def test_a_single_letter_is_taken_as_western(text: str) -> None:
    assert find_encoding(text.encode("cp1252")) == ("cp1252", text)


@pytest.mark.parametrize(
    ("mark", "codec", "name"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (b"", "utf-16-le", "utf-16-le"),
        (b"", "utf-16-be", "utf-16-be"),
        (b"", "utf-8", "utf-8"),
    ],
)
def test_unicode_is_known_by_its_mark_or_its_zero_bytes(
    mark: bytes, codec: str, name: str
) -> None:
    text = "name,city\nZoë,Paris\n"
    assert find_encoding(mark + text.encode(codec)) == (name, text)


def test_the_encoding_asked_for_is_used() -> None:
    assert find_encoding(b"\xe9", "iso-8859-7") == ("iso8859-7", "ι")  # noqa: RUF001  Greek


def test_an_encoding_that_does_not_fit_is_refused_by_name() -> None:
    with pytest.raises(WrongEncodingError, match="not written in utf-8"):
        find_encoding(b"\xe9", "utf-8")


@pytest.mark.parametrize("name", ["klingon", "rot13", "idna", "zip", "a\0b"])
def test_codecs_that_are_no_text_encodings_are_refused(name: str) -> None:
    with pytest.raises(UnknownEncodingError):
        find_encoding(b"a", name)


def test_utf_16_without_a_mark_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(WrongEncodingError, match="not written in utf-16"):
        find_encoding(b"a,b\n1,2\n", "utf-16")
