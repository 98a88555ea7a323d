"""Folding: the words of a mail apart from what they answer and from signatures."""

from __future__ import annotations

from crmkit_email_alias.patterns import (
    ADDRESSED,
    BARE,
    CLOSING,
    DATED,
    DEVICE,
    FROM,
    HEADER,
    OPENS,
    ORIGINAL,
    QUOTED,
    RULE,
    SIGNED,
    TIMED,
    VERB,
    WROTE,
    WROTE_FIRST,
)

LONGEST_LINE = 1000
MOST_LINES = 4000
MOST_CHANCE = 2
MOST_SIGNATURE = 20
MOST_CLOSING = 5


def fold_reply(text: str) -> tuple[str, str]:
    """The new words of a mail, and the rest of it: quoted mails and signatures.

    Quotes between new words stay where they are. Every test looks at one line of at
    most 1,000 characters, or at a few: no input costs more than its length.
    """
    lines = text.split("\n")[:MOST_LINES]
    end = _end_of_words(lines)
    end = min(end, _start_of_signature(lines[:end]))
    while end and not lines[end - 1].strip():
        end -= 1
    words = "\n".join(line.rstrip() for line in lines[:end]).strip("\n")
    rest = "\n".join([*lines[end:], *text.split("\n")[MOST_LINES:]]).strip("\n")
    # A mail that is nothing but a quote has been forwarded: all of it is the mail.
    return (words, rest) if words.strip() else (text.strip("\n"), "")


def _end_of_words(lines: list[str]) -> int:
    """The first line from which on there is nothing but quoted mail."""
    signature = _start_of_signature(lines)
    own = (
        number
        for number in range(signature - 1, -1, -1)
        if lines[number].strip() and not QUOTED.match(lines[number])
    )
    last_own = next(own, -1)
    for number, line in enumerate(lines):
        if _begins_quote(lines, number):
            return _after_inline(lines, number)
        if number > last_own and QUOTED.match(line):
            return number
    return len(lines)


def _begins_quote(lines: list[str], number: int) -> bool:
    line = lines[number][:LONGEST_LINE]
    if ORIGINAL.match(line):
        return True
    if HEADER.match(line) and _is_head(lines[number : number + 6]):
        return True
    if RULE.match(line):
        after = [one for one in lines[number + 1 : number + 4] if one.strip()]
        return bool(after and HEADER.match(after[0][:LONGEST_LINE]))
    return _is_attribution(lines, number)


def _is_head(lines: list[str]) -> bool:
    """Whether these lines are the head of a mail that is quoted."""
    said = [line[:LONGEST_LINE] for line in lines]
    heads = sum(bool(HEADER.match(line)) for line in said)
    if FROM.match(said[0]):
        return heads > 1
    return heads > MOST_CHANCE and any(FROM.match(line) for line in said)


def _is_attribution(lines: list[str], number: int) -> bool:
    """Whether “On …, … wrote:” begins here; programs break it into up to four lines."""
    first = lines[number][:LONGEST_LINE]
    if (VERB.search(first) and BARE.match(first)) or (
        ADDRESSED.search(first) and TIMED.search(first)
    ):
        return True
    if not OPENS.match(lines[number][:LONGEST_LINE]):
        return bool(WROTE_FIRST.match(lines[number][:LONGEST_LINE]))
    for count in range(1, 5):
        some = lines[number : number + count]
        if len(some) < count or not some[-1].strip():
            return False
        joined = " ".join(one.strip(" >") for one in some)[:LONGEST_LINE]
        if VERB.search(joined) and WROTE.match(joined) and DATED.search(joined):
            return True
    return False


def _after_inline(lines: list[str], number: int) -> int:
    """Where the words end if a quote begins at `number`: after answers inside it."""
    rest = lines[number:]
    is_marked = any(QUOTED.match(line) for line in rest)
    if not is_marked:
        return number
    last = max(i for i, line in enumerate(rest) if QUOTED.match(line))
    between = _words_between(rest[: last + 1])
    after = [line for line in rest[last + 1 :] if line.strip()]
    if between or (after and not _is_tail(after)):
        return number + _start_of_signature(rest)
    return number


def _words_between(lines: list[str]) -> bool:
    """Whether somebody wrote between the lines that he quotes."""
    first = next((i for i, line in enumerate(lines) if QUOTED.match(line)), 0)
    return any(
        line.strip() and not QUOTED.match(line) and not _continues(lines, i)
        for i, line in enumerate(lines)
        if i > first
    )


def _continues(lines: list[str], number: int) -> bool:
    """Whether a line without a mark is the broken end of a quoted one."""
    before = lines[number - 1]
    after = lines[number + 1] if number + 1 < len(lines) else ""
    return bool(QUOTED.match(before) and QUOTED.match(after))


def _is_tail(lines: list[str]) -> bool:
    return bool(SIGNED.match(lines[0]) or DEVICE.match(lines[0][:LONGEST_LINE]))


def _start_of_signature(lines: list[str]) -> int:
    """The line at which a signature begins, or the end."""
    for number, line in enumerate(lines):
        if not number:
            continue
        short = line[:LONGEST_LINE]
        if SIGNED.match(short) and len(lines) - number <= MOST_SIGNATURE:
            return number
        if DEVICE.match(short) and _stands_alone(lines, number):
            return number
        if CLOSING.match(short) and _stands_alone(lines, number):
            left = [one for one in lines[number + 1 :] if one.strip()]
            if len(left) <= MOST_CLOSING:
                return number
    return len(lines)


def _stands_alone(lines: list[str], number: int) -> bool:
    """Whether a line is a paragraph of its own."""
    after = lines[number + 1] if number + 1 < len(lines) else ""
    return not lines[number - 1].strip() and (
        not after.strip() or bool(DEVICE.match(after[:LONGEST_LINE]))
    )
