# SPDX-License-Identifier: Apache-2.0
"""The files of an export. Files that the generator makes are bytes. Guest images are copied, so
that the folder holds everything that is needed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ..render.files import write_if_changed


@dataclass
class Files:
    """Files by name. A file whose name ends in .sh is made executable."""

    made: dict[str, bytes] = field(default_factory=dict)
    copies: dict[str, Path] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of all files."""
        return sorted([*self.made, *self.copies])

    def write(self, folder: Path) -> list[Path]:
        """Write all files into a folder. A file that has the same bytes already is left alone.
        Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in self.copies.items():
            if not _same(source, folder / name):
                shutil.copyfile(source, folder / name)
        for name, data in self.made.items():
            write_if_changed(folder / name, data)
            if name.endswith(".sh"):
                (folder / name).chmod(0o755)
        return [folder / name for name in self.names]


def _same(first: Path, second: Path) -> bool:
    """True if two files hold the same bytes."""
    if not second.is_file() or first.stat().st_size != second.stat().st_size:
        return False
    with open(first, "rb") as one, open(second, "rb") as two:
        while block := one.read(1 << 20):
            if block != two.read(1 << 20):
                return False
    return True
