# SPDX-License-Identifier: Apache-2.0
"""Six boards whose imported files were compared with their device trees by eye, and are kept."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path

import pytest

from gen.board_import import import_board, writer

GOLDEN = Path(__file__).resolve().parents[1] / "gen/golden/boards"

# The device trees that the files were made of (Debian's 6.1 kernel), by their SHA-256.
BOARDS = {
    "broadcom/bcm2711-rpi-4-b": "b61443b9dcd7af9ebefa113114af77ec0cd3b477be22bd060f99b3bf376b2ae8",
    "freescale/imx8mm-evk": "5868e5a5c5ff1c1aa4cf9522935f4ca79bfd0b275cadcdbf0dbaa0c7f3d29645",
    "freescale/imx8mp-evk": "9cc51891788ab9872b5175f529162861087e59d8d65e1aa71c826fb38dd82666",
    "rockchip/rk3399-rock-pi-4b": "bf7c62d6a1c23368a1a118a9cbec8e5e472af9304dc315070c317d7822802286",
    "xilinx/zynqmp-zcu102-rev1.0": "6d24e5b3f495450f80f2ad03b956097d09e26e1b8124abb3c01044b15e3a1caf",
    "ti/k3-am654-base-board": "8e4804fd7b59a031971765d6dbb25a839768fd9f54b11cd1b2a92cd07995f476",
}


@pytest.mark.parametrize("board", BOARDS)
def test_board_is_imported_as_it_was_when_somebody_looked(board: str, dtbs: Path) -> None:
    path = dtbs / f"{board}.dtb"
    blob = path.read_bytes()
    text = writer.text(import_board(blob, path.stem)).splitlines()
    golden = (GOLDEN / f"{path.stem}.yaml").read_text(encoding="utf-8").splitlines()
    if hashlib.sha256(blob).hexdigest() == BOARDS[board]:
        assert text == golden, f"python3 -m gen import {path} -o {GOLDEN}/{path.stem}.yaml, and look at what changed"
    else:  # a newer kernel has other trees, though not very different ones
        assert difflib.SequenceMatcher(None, text, golden, autojunk=False).ratio() > 0.9
