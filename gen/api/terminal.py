# SPDX-License-Identifier: Apache-2.0
"""Prints findings for a person at a terminal: the line of the file with a caret, the other place
that it clashes with, and the cure. In colour, unless NO_COLOR is set (no-color.org) or the terminal
has none."""

from __future__ import annotations

import io
import os
import shutil
from itertools import accumulate, takewhile
from pathlib import Path
from typing import TextIO
from unicodedata import combining, east_asian_width

from ..model import Position
from ..read.findings import Finding, Findings
from ..read.yaml_tree import MAX_BYTES, lines_of

STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "caret": "1;32", "place": "1", "faint": "2"}
MOST = 200  # the most findings that are printed
MARGIN = 12  # columns for the line number before an excerpt


def _read(path: Path) -> str:
    """The contents of a file. Empty if it is no regular file, or larger than the largest file that
    the generator reads."""
    try:
        with open(path, "rb") if path.is_file() else io.BytesIO() as file:
            return file.read(MAX_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def _columns(text: str) -> int:
    """The columns that a text takes on a terminal. Wide letters take two. Accents take none,
    because they join the letter before them."""
    return sum(2 if east_asian_width(c) in "WF" else 0 if combining(c) else 1 for c in text)


def _fitting(text: str, columns: int) -> int:
    """The number of letters, from the start of a text, that fit into so many columns."""
    taken = accumulate(map(_columns, text))
    return sum(1 for column in takewhile(lambda column: column <= columns, taken))


class _Printer:
    def __init__(self, colour: bool, columns: int) -> None:
        self.colour = colour
        self.width = max(columns - MARGIN, 20)
        self.files: dict[str, list[str]] = {}

    def style(self, name: str, text: str) -> str:
        """`text` in a style, if the terminal has colour."""
        return f"\033[{STYLES[name]}m{text}\033[0m" if self.colour else text

    def line(self, at: Position) -> str | None:
        """A line of a file in printable form. None if there is no such line."""
        if at.file not in self.files:
            self.files[at.file] = lines_of(_read(Path(at.file)))
        lines = self.files[at.file]
        if not 0 < at.line <= len(lines):
            return None
        return "".join(c if c.isprintable() else " " if c == "\t" else "?" for c in lines[at.line - 1])

    def excerpt(self, at: Position, note: str = "") -> list[str]:
        """The line of a position, with a caret below its column. Empty if the line cannot be read.
        """
        text = self.line(at)
        if text is None:
            return []
        before = text[:at.column - 1]
        before = before[len(before) - _fitting(before[::-1], self.width * 2 // 3):]
        behind = text[at.column - 1:]
        behind = behind[:_fitting(behind, self.width - _columns(before))]
        number = f"{at.line:>5}"
        caret = " " * (_columns(before) + max(0, at.column - 1 - len(text))) + "^"
        return [f"{self.style('faint', number + ' |')} {before}{behind}",
                f"{self.style('faint', '      |')} {self.style('caret', caret)}{' ' + note if note else ''}"]

    def finding(self, finding: Finding) -> list[str]:
        """All lines of one finding."""
        head = f"{self.style('place', str(finding.at))}: {self.style(finding.severity, finding.severity)} "
        lines = [f"{head}{finding.code}: {finding.message}", *self.excerpt(finding.at)]
        if finding.related:
            lines += [f"      clashes with {self.style('place', str(finding.related))}", *self.excerpt(finding.related)]
        if finding.cure:
            lines.append(f"      {self.style('caret', 'what to do:')} {finding.cure}")
        return lines


def wants_colour(stream: TextIO) -> bool:
    """True for a terminal that has colour, unless the user has turned colour off."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def text(findings: Findings, colour: bool, columns: int) -> str:
    """The findings with excerpts of the files, for a terminal of so many columns."""
    printer = _Printer(colour, columns)
    found = list(findings)
    rest = f"pinion-gen: {len(found) - MOST} more findings\n" if len(found) > MOST else ""
    return "".join("\n".join(printer.finding(finding)) + "\n\n" for finding in found[:MOST]) + rest


def show(findings: Findings, stream: TextIO) -> None:
    """Print findings: with excerpts on a terminal, otherwise one line each."""
    if stream.isatty():
        stream.write(text(findings, wants_colour(stream), shutil.get_terminal_size().columns))
    else:
        stream.write(findings.text(MOST))
