# SPDX-License-Identifier: Apache-2.0
"""The device tree of a board for the tests of `import`."""

from __future__ import annotations

from pathlib import Path

from gen.devicetree.dtc import compile_source

BOARD = (Path(__file__).parent / "board.dts").read_text(encoding="utf-8")


def blob(text: str = BOARD) -> bytes:
    """A device tree blob."""
    return compile_source(text)
