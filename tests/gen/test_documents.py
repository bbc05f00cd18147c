# SPDX-License-Identifier: Apache-2.0
"""The tutorial and the cookbook do as they say. tests/system/test_tutorial.py boots what the tutorial builds."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import document
from document import ROOT, blocks, carry_out, checkout
from gen import api


def test_tutorial_without_make(tmp_path: Path) -> None:
    carry_out(ROOT / "docs/tutorial.md", checkout(tmp_path), None, skip="^make ")


def test_cookbook(tmp_path: Path) -> None:
    carry_out(ROOT / "docs/cookbook.md", checkout(tmp_path), None)


def test_descriptions_of_the_cookbook_are_sound(tmp_path: Path) -> None:
    """Whether or not the guests are there."""
    found = [block for block in blocks(ROOT / "docs/cookbook.md") if block.file]
    assert len(found) >= 6
    for block in found:
        (tmp_path / block.file).write_text(block.text)
    for block in found:
        if block.file.endswith(".yaml"):
            system, findings = api.resolved(tmp_path / block.file, images_needed=False)
            assert system and {finding.code for finding in findings} <= {"P085"}, findings.text()


def test_findings_of_the_readme(tmp_path: Path) -> None:
    """The description of README.md is sound, and with the two mistakes that it names it is answered as it says."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    indented = [textwrap.dedent(piece) for piece in re.findall(r"(?:^    .*\n|^\n)+", text, re.MULTILINE)]
    sound = next(piece for piece in indented if "pinion: 1" in piece).lstrip("\n")
    wanted = next(piece for piece in indented if "error P022" in piece)
    folder = checkout(tmp_path)
    for content, said in ((sound, ""), (sound.replace("[0, 1]", "[0, 0]").replace("256MiB", "3GiB"), wanted)):
        (folder / "mine.yaml").write_text(content)
        done = subprocess.run([sys.executable, "-m", "gen", "check", "mine.yaml"], cwd=folder, text=True, check=False,
                              capture_output=True, env=document.environment(folder))
        assert (done.stdout + done.stderr).split() == said.split()


def test_a_document_that_is_wrong_is_noticed() -> None:
    assert document.matches("a\nb\nc\n", "a\n...\nc\n") and document.matches("a\nc\n", "a\n...\nc\n")
    assert not document.matches("a\nb\n", "a\n") and not document.matches("b\nc\n", "a\n...\nc\n")
