# SPDX-License-Identifier: Apache-2.0
"""README.md shows a session as it is today: what is recorded anew differs in numbers alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from machine import ROOT, make

SHOWN = ROOT / "docs/pictures/boot.txt"


def lines(transcript: Path) -> list[str]:
    """A transcript without times, and without what differs from run to run: numbers, and which
    exits a vCPU had."""
    texts = [line.split("\t", 1)[1] for line in transcript.read_text(encoding="utf-8").splitlines()]
    plain = [re.sub(r"(vCPU \d+(?: exits)?:) .*", r"\1", text) for text in texts]
    return [re.sub(r"0x[0-9a-f]+|[0-9]+", "N", re.sub(r"^\[ *", "[", text)) for text in plain]


def test_the_recorded_session_is_that_of_today(tmp_path: Path) -> None:
    make("all")
    subprocess.run([sys.executable, ROOT / "tools/record-terminal", "record", tmp_path / "boot.txt"], cwd=ROOT,
                   check=True, timeout=300)
    assert lines(tmp_path / "boot.txt") == lines(SHOWN), "make pictures"
