# SPDX-License-Identifier: Apache-2.0
"""Explains a mistake in YAML's syntax at the place where it was made. PyYAML reports where it could
not go on, which is often a line or more below. So this file looks at the lines themselves for the
usual mistakes: a quote that is not closed, a key without its ':', a line that is indented
differently from its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..model import Position

# PyYAML's text for a mistake, our text, and the cure. A problem that is not listed here is looked
# up by its context.
_PROBLEMS = [
    (r"mapping values are not allowed here|found unexpected ':'", "a ':' where no key can be",
     "correct the indentation, or put the value in quotes if the ':' is part of it"),
    (r"expected <block end>, but found '([]}])'", r"a '\1' that closes nothing", "remove it, or open the bracket"),
    (r"expected <block end>, but found ','", "a ',' outside of brackets",
     "remove it, or put the value in quotes if the ',' is part of it"),
    (r"expected <block end>, but found .*", "unexpected text after a complete value",
     "remove it, or put all of the value in quotes"),
    (r"expected '<document start>', but found .*", "unexpected text after the end of the document",
     "indent it like the lines of the same mapping or list, or remove it"),
    (r"could not find expected ':'", "a key without ':'", "write 'key: value'"),
    (r"expected ',' or '([]}])', but got .*", r"a bracket is open: expected ',' or '\1'",
     "close it, or add the comma"),
    (r"expected the node content, but found .*", "a value is missing", "complete the line, or close the bracket"),
    (r"found character '\\t' that cannot start any token", "a tab where YAML wants spaces", "indent with spaces"),
    (r"found character '(.)' that cannot start any token", r"a value cannot begin with '\1'", "put it in quotes"),
    (r"sequence entries are not allowed here", "a '-' where no list can begin",
     "begin the list in a line of its own, or put the value in quotes if the '-' is part of it"),
    (r"mapping keys are not allowed here", "a '?' where no key can be", "remove it"),
    (r"expected escape sequence .*|found unknown escape character .*", "bad escape in a quoted string",
     r"write '\\\\' for a backslash, or use single quotes"),
    (r"found unexpected (end of stream|document separator)", "a quoted string has no end", "close the quotes"),
]
_CONTEXTS = {"directive": ("a line that begins with '%'", "remove it"),
             "anchor": ("an anchor '&' without a name", "put the value in quotes"),
             "alias": ("an alias '*' without a name", "put the value in quotes"),
             "tag": ("a damaged tag", "leave tags out, or put the value in quotes"),
             "block scalar": ("a damaged block scalar", "put the value in quotes, in one line")}
# Matches a comment, or a quoted string at a place where one can begin. The string ends at its
# closing quote or at the end of the file.
_QUOTED = re.compile(r"""(?m:(?:^|(?<=\s))\#.*|(?:^[ ]*|[\[{,][ ]*|[:-][ ]+)
                     (?P<quoted>"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)|'(?:[^']|'')*+(?:'|\Z)))""", re.VERBOSE)
_LONGEST = 1000  # only so many characters of a line are examined
_ALIGN = "indent it like the lines of the same mapping or list"


@dataclass(frozen=True)
class Mistake:
    """A mistake in the syntax: its position, what is wrong, what to write instead, and a related
    position."""

    at: Position
    message: str
    cure: str
    related: Position | None = None


def mistake(error: Any, name: str, lines: list[str], bracket: Position | None) -> Mistake:
    """Explain an exception of PyYAML (MarkedYAMLError). `name`, `lines`: the file and its lines.
    `bracket`: the position of the innermost bracket that is still open."""
    return _Reader(error, name, lines, bracket).read()


class _Reader:
    def __init__(self, error: Any, name: str, lines: list[str], bracket: Position | None) -> None:
        self.name = name
        self.lines = lines
        self.problem = str(error.problem or error.context)
        self.context = str(error.context)
        self.at = self._place(error.problem_mark or error.context_mark)
        self.begin = self._place(error.context_mark) if error.context_mark else self.at
        self.bracket = bracket

    def _place(self, mark: Any) -> Position:
        return Position(self.name, mark.line + 1, mark.column + 1) if mark else Position(self.name, 1, 1)

    def read(self) -> Mistake:
        """The first explanation that fits."""
        found = self._left_over() or self._quotes() or self._tab() or self._spacing() or self._key() or self._indented()
        return found or self._words()

    def _line(self, number: int) -> str:
        return self.lines[number - 1][:_LONGEST] if 0 < number <= len(self.lines) else ""

    def _above(self) -> Iterator[int]:
        """Yield the line of the mistake and the two lines above it."""
        return iter(range(self.at.line, max(0, self.at.line - 3), -1))

    def _left_over(self) -> Mistake | None:
        """Find text that other programs left in the file."""
        for number in self._above():
            line = self._line(number)
            if re.match(r"<{7} |={7}$|>{7} ", line):
                return Mistake(Position(self.name, number, 1), "a conflict of git is left in the file", "resolve it")
            if (space := line.find("\xa0")) >= 0:
                return Mistake(Position(self.name, number, space + 1), "a no-break space where YAML wants a space",
                               "type the space again")
        return None

    def _quotes(self) -> Mistake | None:
        """Find a string that is never closed, or that the opening quote of another string closes.
        """
        text = "\n".join(self.lines)
        for match in _QUOTED.finditer(text):
            if not match["quoted"]:
                continue  # a comment
            begin, end = self._offset(text, match.start("quoted")), self._offset(text, match.end() - 1)
            closed = match["quoted"][1:].endswith(match["quoted"][0])
            if begin <= self.at and (not closed or begin.line < end.line and self.at.line in (end.line, end.line + 1)):
                return Mistake(begin, "a quoted string has no end in its line", "close the quotes",
                               end if closed else None)
        return None

    def _offset(self, text: str, offset: int) -> Position:
        return Position(self.name, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))

    def _tab(self) -> Mistake | None:
        indent = re.match(r"\s*", self._line(self.at.line))
        if indent and "\t" in indent[0]:
            return Mistake(Position(self.name, self.at.line, indent[0].index("\t") + 1),
                           "a tab where YAML wants spaces", "indent with spaces")
        return None

    def _spacing(self) -> Mistake | None:
        """Find a ':' or '-' without the space that must follow it."""
        for number in self._above():
            line = self._line(number)
            if match := re.match(r"\s*(?:- +)?([A-Za-z_-]+:)(?=\S)", line):
                value = re.sub(r"\s+#.*", "", line[match.end():]).strip()
                return Mistake(Position(self.name, number, match.end()), "no space behind the ':'",
                               f"write '{match[1]} {value}'" if re.fullmatch(r"[\w.\[{-]+[\]}]?", value)
                               else f"write '{match[1]} ' and the value")
            if match := re.match(r"\s*-(?=[A-Za-z{\[\"'])", line):
                return Mistake(Position(self.name, number, match.end()), "no space behind the '-'", "write '- '")
        return None

    def _key(self) -> Mistake | None:
        """Find a key without its ':'. YAML reads such a key as a part of the next line."""
        number = self.at.line
        if self.problem.startswith("could not find expected ':'"):
            number = self.begin.line
        elif self.problem.startswith("mapping values") and self._first_colon():
            number = self._before(self.at.line)
        if number == self.at.line or not (match := re.match(r"\s*(?:- +)*([^\s:'\"\[{#][^:#]*?)\s*(#.*)?$",
                                                            self._line(number))):
            return None
        words = re.split(r"\s*=\s*|\s+", match[1], maxsplit=1)
        return Mistake(Position(self.name, number, match.start(1) + 1), "a key without ':'",
                       f"write '{words[0]}: {words[1]}'" if len(words) == 2 else f"write '{words[0]}:' and its value")

    def _first_colon(self) -> bool:
        """True if nothing that could be a key or a value stands before the ':', apart from its own
        key."""
        return re.fullmatch(r"[^:{\[]*", self._line(self.at.line)[:self.at.column - 1]) is not None

    def _indent(self, number: int) -> int | None:
        """The number of spaces at the start of a line. None for an empty line or a comment."""
        text = self._line(number).lstrip(" ")
        return None if not text or text.startswith("#") else len(self._line(number)) - len(text)

    def _before(self, number: int) -> int:
        """The nearest line above that is not empty or a comment. 0 if there is none."""
        return next((above for above in range(number - 1, 0, -1) if self._indent(above) is not None), 0)

    def _indented(self) -> Mistake | None:
        """Find a line that is indented differently from the other lines of its mapping. Of two
        indentations, the rarer one is wrong."""
        number = self.at.line
        own = self._indent(number)
        deeper = self.problem.startswith("mapping values") and self._first_colon()
        unlike = re.match(r"expected (<block end>|'<document start>'), but found '(<|-|\?)", self.problem)
        if self.bracket or own is None or not (deeper or unlike and own == self.at.column - 1):
            return None
        other = self._begin_of_deeper(own) or self._before(number)
        if other and self._indent(other) != own and self._odd(other, own):
            return Mistake(self._start(other), "this line is indented unlike those below it", _ALIGN,
                           self._start(number))
        if other and self._indent(other) != own:
            return Mistake(self._start(number), "this line is indented unlike those before it", _ALIGN,
                           self._start(other))
        return None

    def _odd(self, other: int, own: int) -> bool:
        """True if line `other`, above the mistake, is the one with the wrong indentation, rather
        than the line of the mistake, which is indented by `own`."""
        indent, before = self._indent(other), self._before(other)
        assert indent is not None
        if indent < own and own in self._open(before):
            return True  # it ends a mapping that continues after it
        above = self._indent(before) if before else -1
        if indent < own and above is not None and above >= indent:
            return False
        block = [self._indent(number) for number in self._block(other, min(own, indent))]
        return block.count(indent) < block.count(own)

    def _open(self, number: int) -> set[int]:
        """The indentations of a line and of all mappings around it."""
        found: set[int] = set()
        for above in range(number, 0, -1):
            indent = self._indent(above)
            if indent is not None and indent < min(found, default=indent + 1):
                found.add(indent)
        return found

    def _start(self, number: int) -> Position:
        return Position(self.name, number, (self._indent(number) or 0) + 1)

    def _begin_of_deeper(self, own: int) -> int:
        """The first of the lines directly above the mistake that are indented deeper than it. 0 if
        there are none."""
        first = 0
        for number in range(self.at.line - 1, 0, -1):
            indent = self._indent(number)
            if indent is not None and indent <= own:
                break
            first = number if indent is not None else first
        return first

    def _block(self, inside: int, least: int) -> Iterator[int]:
        """Yield the lines around a line that are indented by `least` or more."""
        for way in (range(inside, 0, -1), range(inside + 1, len(self.lines) + 1)):
            for number in way:
                indent = self._indent(number)
                if indent is not None and indent < least:
                    break
                yield number

    def _words(self) -> Mistake:
        """The position that PyYAML reports, explained in our words."""
        begin = None if self.begin == self.at or "a block" in self.context else self.begin
        if self.bracket and self.bracket.line < self.at.line:
            begin = self.bracket
        for pattern, text, cure in _PROBLEMS:
            if match := re.match(pattern, self.problem):
                return Mistake(self.at, match.expand(text), match.expand(cure), begin)
        for context, (text, cure) in _CONTEXTS.items():
            if self.context.endswith(context):
                return Mistake(self.at, text, cure, begin)
        return Mistake(self.at, self.problem, "", begin)
