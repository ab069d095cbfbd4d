"""Where inline Python stands in the user's file: for tracebacks that show the user's own line."""

from __future__ import annotations

import linecache
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple

from .layout import line_starts

# Names that stand for the placeholders of a template; src/inline/template.ts makes them.
HIDDEN = re.compile(r"_snakepit\d*_\d+_")
# JavaScript inside of ${ }, as far as braces go.
_SCRIPT = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | \\. | [`{}] | \$\{""",
    re.DOTALL | re.VERBOSE,
)
_SHOWN_LIMIT = 40
# Texts that tracebacks may still show.
_NAMED_LIMIT = 256
_named: dict[str, str] = {}
_numbers = count(2)


class Site(NamedTuple):
    """Where a text begins, as an editor counts; column 0 where nobody knows."""

    file: str
    line: int
    column: int


def site_of(place: list[str | int]) -> Site:
    """As JavaScript writes it: file, line, column."""
    file, line, column = place
    return Site(str(file), int(line), int(column))


class Span(NamedTuple):
    """A range of characters."""

    start: int
    end: int


def after_expression(text: str, at: int) -> int:
    """The index behind the ``}`` that ends the JavaScript expression at ``at``; -1 if none does."""
    # A brace is code, a backtick the text of a template.
    inside = ["{"]
    while inside:
        token = _SCRIPT.search(text, at)
        if token is None:
            return -1
        at, word, in_template = token.end(), token[0], inside[-1] == "`"
        if in_template and word[0] in "/\"'":
            # Neither comment nor string there.
            at = token.start() + 1
        elif word == "`" and not in_template:
            inside.append("`")
        elif word == "${" or (word == "{" and not in_template):
            inside.append("{")
        elif word == "`" or (word == "}" and not in_template):
            inside.pop()
    return at


@dataclass(frozen=True)
class Origin:
    """The user's file, and the text and its placeholders in it."""

    file: str
    start: int
    # Each in the source, and in the file.
    placeholders: tuple[tuple[Span, Span], ...]

    @cached_property
    def starts(self) -> list[int]:
        """Of the file's lines."""
        return line_starts(self.file)

    def find(self, at: int, *, end: bool = False) -> int:
        """The index in the file of the source's; inside a placeholder, that of its own end."""
        for here, there in reversed(self.placeholders):
            if at >= here.end:
                return there.end + at - here.end
            if at > here.start:
                return there.end if end else there.start
        return self.start + at


def _read(site: Site) -> tuple[str, int] | None:
    """The file's text, and the index in it of a place; None where the file is not at hand."""
    linecache.checkcache(site.file)
    lines = linecache.getlines(site.file)
    if not 0 < site.line <= len(lines) or site.column < 1:
        return None
    # V8 counts UTF-16 units.
    units = lines[site.line - 1].encode("utf-16-le", "surrogatepass")[: 2 * (site.column - 1)]
    start = sum(map(len, lines[: site.line - 1])) + len(units.decode("utf-16-le", "replace"))
    return "".join(lines), start


def find_literal(text: str, call: Site) -> Site | None:
    """Where in the user's file ``text`` stands as the literal that is passed in a call."""
    file, start = _read(call) or ("", 0)
    at = min((n for q in "`'\"" if (n := file.find(q + text + q, start)) >= 0), default=-1) + 1
    # Not far: the same text may be written for something else.
    if at == 0 or file.count("\n", start, at) > 1:
        return None
    begin = file.rfind("\n", 0, at) + 1
    column = len(file[begin:at].encode("utf-16-le", "surrogatepass")) // 2 + 1
    return Site(call.file, file.count("\n", 0, at) + 1, column)


def _find_origin(source: str, site: Site) -> Origin | None:
    """Where exactly the text stands, if the file is at hand and is what V8 runs."""
    file, start = _read(site) or ("", 0)
    if file == "":
        return None
    found: list[tuple[Span, Span]] = []
    at, done = start, 0
    for name in HIDDEN.finditer(source):
        part, done = source[done : name.start()], name.end()
        if not file.startswith(part + "${", at):
            return None
        begin = at + len(part)
        at = after_expression(file, begin + 2)
        if at == -1:
            return None
        found.append((Span(*name.span()), Span(begin, at)))
    return Origin(file, start, tuple(found)) if file.startswith(source[done:], at) else None


def remember(file: str, line: int, text: str) -> None:
    """Give tracebacks the source of a file that is not on disk, from ``line`` on."""
    known = linecache.cache.get(file)
    if known is None or len(known) != 4 or known[1] is not None:
        if linecache.getlines(file):
            return
        lines: list[str] = []
    else:
        # Other texts of the same file.
        lines = list(known[2])
    fresh = [one + "\n" for one in text.split("\n")]
    lines += ["\n"] * (line - 1 + len(fresh) - len(lines))
    lines[line - 1 : line - 1 + len(fresh)] = fresh
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def name_text(file: str, text: str) -> str:
    """Give tracebacks the source of a text that stands in no file, under ``file`` or nearly so."""
    name = file
    if _named.get(name, text) != text:
        name = f"{file[:-1]} #{next(_numbers)}>"
    _named.pop(name, None)
    _named[name] = text
    if len(_named) > _NAMED_LIMIT:
        oldest = next(iter(_named))
        del _named[oldest]
        linecache.cache.pop(oldest, None)
    lines = [one + "\n" for one in text.split("\n")]
    linecache.cache[name] = (len(text), None, lines, name)
    return name


class Place:
    """From a source text to the user's file: exact where the file is at hand, else by lines."""

    def __init__(self, source: str, site: Site | None, name: str = "<py>") -> None:
        self._source = source
        self._starts = line_starts(source)
        self._origin = None if site is None else _find_origin(source, site)
        # The text is its own file, with nothing left out.
        self._whole = site is None and HIDDEN.search(source) is None
        if site is None:
            self.site = Site(name_text(name, self.readable(source)), 1, 0)
        else:
            self.site = site
            if self._origin is None:
                remember(site.file, site.line, self.readable(source))

    def position(self, at: int, *, end: bool = False) -> tuple[int, int]:
        """Line (from 1) and column (from 0, in bytes of UTF-8; -1 unknown) of an index."""
        if self._origin is None:
            number = bisect_right(self._starts, at) - 1
            before = self._source[self._starts[number] : at].encode(errors="replace")
            return self.site.line + number, len(before) if self._whole else -1
        there = self._origin.find(at, end=end)
        starts = self._origin.starts
        line = bisect_right(starts, there)
        row = self._origin.file[starts[line - 1] : there]
        return line, len(row.encode(errors="replace"))

    def line(self, number: int) -> str:
        """A line of the file; empty where it is not known."""
        return linecache.getline(self.site.file, number)

    def readable(self, text: str) -> str:
        """``text`` with its placeholders as the user wrote them, as far as that is known."""
        if self._origin is None:
            return HIDDEN.sub("${…}", text)
        written = dict.fromkeys(HIDDEN.findall(self._source), "${…}")
        for here, there in self._origin.placeholders:
            shown = self._origin.file[there.start : there.end]
            if len(shown) <= _SHOWN_LIMIT and "\n" not in shown:
                written[self._source[here.start : here.end]] = shown
        return HIDDEN.sub(lambda name: written.get(name[0], "${…}"), text)
