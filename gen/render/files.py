# SPDX-License-Identifier: Apache-2.0
"""Writes files."""

from __future__ import annotations

from pathlib import Path


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file, and its folder, unless it already has the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)
