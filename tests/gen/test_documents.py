# SPDX-License-Identifier: Apache-2.0
"""The tutorial and the cookbook do as they say. tests/system/test_tutorial.py boots what the
tutorial builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import document
import gen
from document import ROOT, blocks, carry_out, checkout, typed
from gen.api import steps


@pytest.mark.slow
def test_tutorial_without_make(tmp_path: Path) -> None:
    carry_out(ROOT / "docs/tutorial.md", checkout(tmp_path), None, skip="^make ")


@pytest.mark.slow
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
            system, findings = steps.resolved(tmp_path / block.file, images_needed=False)
            assert system and {finding.code for finding in findings} <= {"P085"}, findings.text()


def test_readme(tmp_path: Path) -> None:
    """Its description is sound, and with the two mistakes that it names it is answered as it
    says."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Write a description\n")[1]
    shown = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    end = next(index for index, line in enumerate(shown) if line.startswith("mine.yaml:"))
    sound, folder = "\n".join(shown[:end]) + "\n", checkout(tmp_path)

    def said(written: str) -> str:
        (folder / "mine.yaml").write_text(written, encoding="utf-8")
        return " ".join(typed("python3 -m gen check mine.yaml", folder)[1].splitlines())

    assert said(sound) == ""
    wrong = said(sound.replace("affinity: [0, 1]", "affinity: [0, 0]").replace("256MiB", "3GiB"))
    assert wrong.count(" error ") == 2 and " ".join(shown[end:]).startswith(wrong)


def test_banners_have_the_version_of_today() -> None:
    shown = [banner for path in (*ROOT.glob("docs/*.md"), *ROOT.glob("docs/pictures/*.txt"))
             for banner in re.findall(r"(?m)^[0-9. \t]*Pinion (\S+): \S+ on \S+$", path.read_text(encoding="utf-8"))]
    assert len(shown) >= 2 and set(shown) == {gen.__version__}


def test_every_shipped_description_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "vm-configs").glob("*.yaml") if f"`{path.name}`" not in text] == []


def test_a_document_that_is_wrong_is_noticed() -> None:
    assert document.matches("a\nb\nc\n", "a\n...\nc\n") and document.matches("a\nc\n", "a\n...\nc\n")
    assert not document.matches("a\nb\n", "a\n") and not document.matches("b\nc\n", "a\n...\nc\n")
