"""Bodies of mails made harmless: HTML without anything active, HTML as plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "clean_html",
    "text_of_html",
]

LARGEST_HTML = 500_000
"""What is longer is cut: deep nesting costs time that grows faster than the text."""
_TAGS = frozenset(
    (
        "a abbr b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr "
        "i ins li ol p pre q s small span strong sub sup table tbody td tfoot th thead "
        "tr u ul"
    ).split()
)
_BLOCKS = frozenset("p div tr li h1 h2 h3 h4 h5 h6 blockquote table ul ol pre".split())
_UNREAD = frozenset("script style head title template noscript".split())
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def clean_html(html: str) -> str:
    """`html` with nothing in it that runs, loads, asks or styles; links open apart.

    Of attributes only a link's address stays, and of addresses only those of the web,
    mail and telephone. Pictures go, so that no sender learns that his mail was read.
    """
    # A megabyte of compiled code, for processes that have a mail to clean.
    import nh3  # noqa: PLC0415

    return nh3.clean(
        html[:LARGEST_HTML],
        tags=set(_TAGS),
        attributes={"*": set(), "a": {"href"}, "td": {"colspan", "rowspan"}},
        url_schemes=set(_SCHEMES),
        attribute_filter=_keep_whole_links,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )


def _keep_whole_links(_tag: str, name: str, value: str) -> str | None:
    """The value of an attribute; an address without its scheme leads nowhere."""
    scheme = value.partition(":")[0].strip().lower()
    return None if name == "href" and scheme not in _SCHEMES else value


def text_of_html(html: str) -> str:
    """The words of `html`, in the lines in which it shows them."""
    reader = _Reader()
    reader.feed(html[:LARGEST_HTML])
    reader.close()
    lines = "".join(reader.parts).replace("\xa0", " ").split("\n")
    joined = "\n".join(" ".join(line.split()) for line in lines)
    return _BLANK_LINES.sub("\n\n", joined).strip()


class _Reader(HTMLParser):
    """Collects what is shown; what only programs read is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unread = 0

    @override
    def handle_starttag(
        self, tag: str, attrs: Sequence[tuple[str, str | None]]
    ) -> None:
        """Begin a line where the tag does."""
        if tag in _UNREAD:
            self.unread += 1
        elif tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        """End a line where the tag does."""
        if tag in _UNREAD:
            self.unread = max(0, self.unread - 1)
        elif tag == "p" or tag in _BLOCKS:
            self.parts.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        """Keep words that are shown; line ends in HTML are blanks."""
        if not self.unread:
            self.parts.append(re.sub(r"\s+", " ", data))
