#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Documents wrap at 100 columns, so that they can be read, and compared, in a terminal. Tables and
blocks of code may be wider, and so may a line that is one link or one piece of code.

usage: tests/lint/document_width.py [FILE...]     the documents and the files at the root, unless
given
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 100
# What cannot be broken: a link with its target, a piece of code, an address, a word.
UNBROKEN = re.compile(r"\[[^]]*\]\([^)]*\)\S*|`[^`]*`\S*|\S+")


def too_long(text: str) -> list[int]:
    """The numbers of the lines that are too long and could be broken."""
    found = []
    fenced = code = False
    before = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        # An indented block begins behind an empty line, and a list ends it nowhere but at the
        # margin.
        code = line.startswith("    ") and (code or not before.strip())
        if not (fenced or code or line.startswith("|") or len(line) <= WIDTH):
            words = UNBROKEN.findall(re.sub(r"^\s*(?:[-*>]|\d+\.)?\s*", "", line))
            if len(words) > 1:
                found.append(number)
        before = line
    return found


def main() -> int:
    """Print each line that is too long, and return the exit status."""
    paths = [Path(name) for name in sys.argv[1:]] or [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
    wrong = [f"{path}:{number}: longer than {WIDTH} columns" for path in paths
             for number in too_long(path.read_text(encoding="utf-8"))]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
