# SPDX-License-Identifier: Apache-2.0
"""Finds platform files by the names of platforms."""

from __future__ import annotations

import os
from pathlib import Path

from .parse import find_file


def platform_folders(folder: Path) -> list[Path]:
    """The folders to look for platforms in, for a description in `folder`."""
    package = Path(__file__).resolve().parents[1]
    candidates = [folder / "platforms", Path("vm-configs/platforms"),
                  package.parent / "vm-configs/platforms",  # in the source tree
                  package / "platforms"]  # in an installed package
    return [path for path in candidates if os.path.isdir(path)]


def platform_names(folder: Path) -> list[str]:
    """The names of the platforms that a description in `folder` can use."""
    return sorted({path.stem for place in platform_folders(folder) for path in place.glob("*.yaml")})


def find_platform(name: str, folder: Path) -> Path | None:
    """The file of a platform. `name` is a path if it ends in .yaml, and otherwise the name of a
    platform. None if there is none."""
    if name.endswith((".yaml", ".yml")):
        path = find_file(name, folder)
        return path if os.path.exists(path) else None
    if "/" in name:
        return None
    paths = [place / f"{name}.yaml" for place in platform_folders(folder)]
    return next((path for path in paths if os.path.exists(path)), None)
