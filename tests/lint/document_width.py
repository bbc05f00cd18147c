#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Documents, and comments of C and assembly, wrap at 100 columns, so that they can be read, and
compared, in a terminal. Tables and blocks of code in documents may be wider, and so may a line that
is one link or one piece of code. clang-format leaves comments as they are, as it would reflow the
tables in them; it checks the width of code, and flake8 that of Python.

usage: tests/lint/document_width.py [FILE...]     all documents and sources, unless given
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


def long_comments(text: str) -> list[int]:
    """The numbers of the lines of C or assembly that have a comment and are too long."""
    return [number for number, line in enumerate(text.splitlines(), 1)
            if len(line.rstrip("\\ \t").expandtabs(8)) > WIDTH and re.search(r"^\s*\*|/\*|//", line)]


def main() -> int:
    """Print each line that is too long, and return the exit status."""
    paths = [Path(name) for name in sys.argv[1:]] or [
        *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md")),
        *sorted(path for folder in ("hyp", "arch", "guests", "tests") for path in (ROOT / folder).rglob("*.[chS]"))]
    wrong = [f"{path}:{number}: longer than {WIDTH} columns" for path in paths
             for number in (too_long if path.suffix == ".md" else long_comments)(path.read_text(encoding="utf-8"))]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
