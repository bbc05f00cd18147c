# SPDX-License-Identifier: Apache-2.0
"""Writes files."""

from __future__ import annotations

from pathlib import Path


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file, unless it already has the same bytes."""
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)
