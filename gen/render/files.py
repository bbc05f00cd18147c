# SPDX-License-Identifier: Apache-2.0
"""Files that are written."""

from __future__ import annotations

from pathlib import Path


def write_if_changed(path: Path, data: bytes) -> None:
    """Leaves a file of the same bytes alone."""
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)
