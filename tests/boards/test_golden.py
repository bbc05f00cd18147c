# SPDX-License-Identifier: Apache-2.0
"""A board whose imported file was compared with its device tree by eye, and is kept. The shipped
boards are kept alike (test_platforms.py)."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path

from gen.board_import import import_board, writer

GOLDEN = Path(__file__).resolve().parents[1] / "gen/golden/k3-am654-base-board.yaml"

# The device tree that the file was made of (Debian's 6.1 kernel), by its SHA-256.
KNOWN = "8e4804fd7b59a031971765d6dbb25a839768fd9f54b11cd1b2a92cd07995f476"


def test_board_is_imported_as_it_was_when_somebody_looked(dtbs: Path) -> None:
    path = dtbs / "ti/k3-am654-base-board.dtb"
    blob = path.read_bytes()
    text = writer.text(import_board(blob, path.stem)).splitlines()
    golden = GOLDEN.read_text(encoding="utf-8").splitlines()
    if hashlib.sha256(blob).hexdigest() == KNOWN:
        assert text == golden, f"python3 -m gen import {path} -o {GOLDEN}, and look at what changed"
    else:  # a newer kernel has another tree, though not a very different one
        assert difflib.SequenceMatcher(None, text, golden, autojunk=False).ratio() > 0.9
