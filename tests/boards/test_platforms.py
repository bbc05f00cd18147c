# SPDX-License-Identifier: Apache-2.0
"""The shipped platform file of a board is what `import` makes of its device tree, line by line,
and lines of ours, where a comment says why."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gen.board_import import import_board, writer

ROOT = Path(__file__).resolve().parents[2]

# The machine of QEMU whose own device tree it is.
QEMU = {"versal": ["-machine", "xlnx-versal-virt", "-m", "2G"]}


def tree(name: str, folder: Path) -> bytes:
    """The board's device tree, as a blob."""
    blob = folder / f"{name}.dtb"
    kind, machine, *rest = QEMU[name]
    subprocess.run(["qemu-system-aarch64", kind, f"{machine},dumpdtb={blob}", *rest, "-display", "none"],
                   check=True, timeout=60)
    return blob.read_bytes()


def body(text: str) -> list[str]:
    """The lines of a platform file, without those at the top that only comment."""
    lines = text.splitlines()
    return lines[next(at for at, line in enumerate(lines) if not line.startswith("#")):]


@pytest.mark.parametrize("name", sorted(QEMU))
def test_a_shipped_file_is_what_import_makes_and_an_overlay(name: str, tmp_path: Path) -> None:
    """Nothing of the import is missing or changed, and what is added says why."""
    shipped = body((ROOT / f"vm-configs/platforms/{name}.yaml").read_text(encoding="utf-8"))
    wanted = body(writer.text(import_board(tree(name, tmp_path), name)))
    ours: list[list[str]] = [[]]  # lines that stand together
    for line in shipped:
        if wanted and line == wanted[0]:
            wanted.pop(0)
            ours.append([])
        else:
            ours[-1].append(line)
    assert not wanted, f"import says {wanted[0]!r}, which the file has not, or elsewhere"
    for lines in filter(any, ours):
        assert any("#" in line for line in lines), f"no comment says why {lines} are there"
