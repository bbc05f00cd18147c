# SPDX-License-Identifier: Apache-2.0
"""docs/source-map.md lists every file, and the documents name no file and no function that is not
there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs/source-map.md"
FOLDERS = ("hyp", "arch", "gen")
SOURCES = ("*.[chS]", "*.py", "*.j2")
MADE = {"tables.c", "payload.S", "config.c", "offsets.h"}  # by the build, or by an export
DOCUMENTS = sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def files(*folders: str) -> list[str]:
    """Files below these folders, without what Python leaves there."""
    return sorted(str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*")
                  if path.is_file() and "__pycache__" not in path.parts)


def listed(text: str) -> list[str]:
    """The files that the map lists: those of a heading `## FOLDER/: ...`, one in each line `-
    ...`."""
    found = []
    folder = ""
    for line in text.splitlines():
        heading = re.match(r"## (\S+/):", line)
        entry = re.match(r"- `(\S+)`: \S", line)
        folder = heading[1] if heading else "" if line.startswith("## ") else folder
        if folder and entry:
            found.append(folder + entry[1])
    return found


@cache
def names() -> set[str]:
    """Everything in the sources that is followed by a parenthesis, or is a label."""
    paths = [path for folder in ("hyp", "arch", "gen", "tests", "guests") for kind in SOURCES
             for path in (ROOT / folder).rglob(kind)]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {name for text in texts for name in re.findall(r"\b(\w+)(?:\(|:$)", text, re.MULTILINE)}


def test_every_file_is_in_the_map_once() -> None:
    assert sorted(listed(MAP.read_text(encoding="utf-8"))) == files(*FOLDERS)


def test_a_map_that_is_wrong_is_noticed() -> None:
    assert listed("# Map\n\n- `no`: folder\n\n## a/: b\n\n- `c.h`: d\n- `e/f.h`: g\n- h\n\n## The way\n- `i`: j\n") == [
        "a/c.h", "a/e/f.h"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_a_document_names_are_there(document: str) -> None:
    """Whole paths, and the ends of paths that a document shortens to."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    paths = r"(?<![\w/.-])((?:arch|gen|hyp|tests)/[\w./-]*\w" \
        r"|\w[\w/]*\.(?:[chS]|py|j2))\b(?![/.])"
    named = set(re.findall(paths, text))
    there = "".join(f"/{path}\n" for path in files("arch", "gen", "hyp", "tests", "guests"))
    assert [path for path in sorted(named - MADE) if f"/{path}\n" not in there and not (ROOT / path).is_dir()
            and not re.search("[A-Z]{4}", path)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_functions_that_a_document_names_are_there(document: str) -> None:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    assert sorted(set(re.findall(r"\b([a-z]\w+)\(\)", text)) - names()) == []


def test_the_glossary_is_in_alphabetical_order() -> None:
    words = re.findall(r"^- \*\*([^*]+)\*\*", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(words) > 50 and words == sorted(words, key=str.lower)
