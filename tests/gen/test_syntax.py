# SPDX-License-Identifier: Apache-2.0
"""A mistake in YAML's syntax is reported where it was made. What each is called is in the corpus,
in yaml-*.yaml."""

from __future__ import annotations

import random
from pathlib import Path

from examples import Run, length
from gen.read.findings import Finding, Findings
from gen.read.yaml_tree import load
from test_mutation import BOARD, SOUND

CHARACTERS = "[]{}:,-#\"'&*!|>%@ \tx\\?"
EDITS = length(3000, 500)


def found(path: Path, text: str) -> list[Finding]:
    """What there is to say of the syntax of a file."""
    path.write_text(text)
    findings = Findings()
    load(path, findings)
    return [finding for finding in findings if finding.code in ("P002", "P003")]


def edited(line: str, source: random.Random) -> str:
    """A line with a character more, another or less, cut, or indented otherwise."""
    at, character = source.randrange(len(line)), source.choice(CHARACTERS)
    return source.choice([line[:at] + character + line[at:], line[:at] + character + line[at + 1:],
                          line[:at] + line[at + 1:], line[:at], " " * source.randrange(9) + line.lstrip()])


def test_a_mistake_is_named_where_it_was_made(tmp_path: Path) -> None:
    """One edit of one line: the finding, or what it clashes with, is in that line, or at worst in
    the one beside it, as the key above what is indented too deep may be gone."""
    source = random.Random(Run.seed)
    distances = []
    for _ in range(EDITS):
        lines = source.choice([*SOUND.values(), BOARD]).splitlines()
        index = source.randrange(len(lines))
        lines[index] = edited(lines[index], source)
        text = "".join(f"{line}\n" for line in lines)
        for finding in found(tmp_path / "edited.yaml", text):
            places = [finding.at] + ([finding.related] if finding.related else [])
            distances.append(min(abs(place.line - index - 1) for place in places))
            assert distances[-1] <= 1, f"line {index + 1} was edited:\n{finding}\n{text}"
            assert finding.cure, finding
    assert len(distances) > EDITS / 4 and sum(distances) < len(distances) / 15, (len(distances), sum(distances))


def test_a_quote_that_is_not_closed(tmp_path: Path) -> None:
    """A quote that is not closed is named where it opens, whatever there is of other quotes and
    comments."""
    text = "a: \"one\"\nb: 'it''s'\nc: [1, \"two]\nd: three # it's\ne: \"four\"\n"
    assert [(finding.at.line, finding.at.column) for finding in found(tmp_path / "edited.yaml", text)] == [(3, 8)]
