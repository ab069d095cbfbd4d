"""How the text of inline Python is indented, and what of it is strings and comments."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>(?P<prefix>(?<!\w)[A-Za-z]{1,2}(?=["']))?
      (?: (?P<long>"{3}|'{3}) (?: \\. | (?!(?P=long)). )* (?: (?P=long) | \Z )
        | " (?: \\. | [^"\\\n] )* "? | ' (?: \\. | [^'\\\n] )* '? ))
  | (?P<open>[\[({]) | (?P<close>[\])}]) | (?P<joined>\\\n)
    """,
    re.DOTALL | re.VERBOSE,
)
_INDENT = re.compile(r"[ \t\f]*")


class Token(NamedTuple):
    """A comment or a string literal."""

    kind: str
    prefix: str
    text: str
    start: int
    end: int


class Scan(NamedTuple):
    """A text as far as lines go."""

    tokens: list[Token]
    # The lines, from 0, that go on with the one before.
    continued: set[int]


def line_starts(text: str) -> list[int]:
    """The index at which each line begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def scan(source: str) -> Scan:
    """Find strings, comments and the lines inside of brackets; faulty text is no error."""
    starts = line_starts(source)
    tokens: list[Token] = []
    continued: set[int] = set()
    opened: list[int] = []
    for found in _TOKEN.finditer(source):
        first, last = (bisect_right(starts, at) - 1 for at in found.span())
        if found["open"]:
            opened.append(first)
        elif found["close"]:
            continued.update(range((opened.pop() if opened else first) + 1, first + 1))
        elif found["joined"]:
            continued.add(last)
        else:
            kind = "comment" if found["comment"] else "string"
            tokens.append(Token(kind, found["prefix"] or "", found[0], *found.span()))
            continued.update(range(first + 1, last + 1))
    return Scan(tokens, continued)


@dataclass(frozen=True)
class Text:
    """A source without its margin, and the way back to the source."""

    text: str
    # Characters taken from the beginning of each line.
    removed: tuple[int, ...]

    def at(self, line: int, column: int) -> int:
        """The index in the source of a line (from 1) and a column (from 0, in characters)."""
        before = sum(map(len, self.text.split("\n")[: line - 1]))
        return before + line - 1 + sum(self.removed[:line]) + column

    def index(self, line: int, column: int) -> int:
        """As ``at``, but the column is in bytes of UTF-8, as the compiler counts."""
        row = self.text.split("\n")[line - 1 : line]
        return self.at(line, len("".join(row).encode()[:column].decode(errors="replace")))


def _without(lines: list[str], lengths: list[int]) -> Text:
    rows = [line[length:] for line, length in zip(lines, lengths, strict=True)]
    return Text("\n".join(rows), tuple(lengths))


def _common(a: str, b: str) -> str:
    """What two texts begin with."""
    return a[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))]


def _margin(lines: list[str]) -> str:
    indents = [found[0] for found in map(_INDENT.match, lines) if found]
    return reduce(_common, indents) if indents else ""


def dedented(source: str) -> list[Text]:
    """The ways to read a text's indentation, the likelier first.

    The margin is what the lines that begin a statement have in common; other lines, such as those
    of a long string, lose as much of it as they have. Where the text begins right behind a
    backtick, its first line may say nothing of the margin.
    """
    lines = source.split("\n")
    found = scan(source)
    begin = [
        n
        for n, line in enumerate(lines)
        if n not in found.continued and line.strip() and not line.lstrip().startswith("#")
    ]
    margin = _margin([lines[n] for n in begin])
    ways = [_without(lines, [len(_common(margin, line)) for line in lines])]
    if len(begin) > 1 and begin[0] == 0:
        rest = _margin([lines[n] for n in begin[1:]])
        lengths = [len(_common(rest, line)) for line in lines]
        lengths[0] = len(lines[0]) - len(lines[0].lstrip())
        ways.append(_without(lines, lengths))
    return ways
