#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No run of eight or more lines of code occurs twice in the core. Prints each that does; status 1
if one does.

usage: tests/lint/repeats.py [FOLDER...]     hyp and arch, if none is named

Comments, blank lines, includes and white space are left out before lines are compared.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = 8

Place = tuple[str, int]
"""A file, and the number of a line of code in it."""


def code_lines(text: str) -> list[tuple[int, str]]:
    """Number and text of each line of code."""
    blank = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    lines = [(number, " ".join(re.sub(r"//.*", "", line).split())) for number, line in enumerate(blank.split("\n"), 1)]
    return [(number, line) for number, line in lines if line and not line.startswith("#include")]


def repeated(files: dict[str, str]) -> list[tuple[str, int, str, int, int]]:
    """First place (file and line), second place, and how many lines of code they share, at least
    RUN."""
    code = {name: code_lines(text) for name, text in sorted(files.items())}
    places: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for name, lines in code.items():
        for at in range(len(lines) - RUN + 1):
            places[tuple(line for _, line in lines[at:at + RUN])].append((name, at))
    pairs = {(first, second) for same in places.values() for i, first in enumerate(same) for second in same[i + 1:]}
    found = []
    for (one, at), (other, there) in sorted(pairs):
        if ((one, at - 1), (other, there - 1)) in pairs:
            continue
        length = RUN
        while ((one, at + length - RUN + 1), (other, there + length - RUN + 1)) in pairs:
            length += 1
        found.append((one, code[one][at][0], other, code[other][there][0], length))
    return found


def main() -> int:
    """Print what occurs twice."""
    folders = sys.argv[1:] or ["hyp", "arch"]
    files = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
             for folder in folders for path in (ROOT / folder).rglob("*.[chS]")}
    found = repeated(files)
    for one, line, other, there, length in found:
        print(f"{other}:{there}: {length} lines as at {one}:{line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
