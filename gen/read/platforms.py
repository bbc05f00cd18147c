# SPDX-License-Identifier: Apache-2.0
"""Platforms by name: where their files are."""

from __future__ import annotations

import os
from pathlib import Path

from .parse import find_file


def platform_folders(folder: Path) -> list[Path]:
    """Where platforms are looked up by name, for a description in `folder`."""
    package = Path(__file__).resolve().parents[1]
    candidates = [folder / "platforms", Path("vm-configs/platforms"),
                  package.parent / "vm-configs/platforms",  # in the source tree
                  package / "platforms"]  # where the package was installed
    return [path for path in candidates if os.path.isdir(path)]


def platform_names(folder: Path) -> list[str]:
    """Names of the platforms that a description in `folder` can name."""
    return sorted({path.stem for place in platform_folders(folder) for path in place.glob("*.yaml")})


def find_platform(name: str, folder: Path) -> Path | None:
    """The file of a platform: a path if it ends in .yaml, else a name."""
    if name.endswith((".yaml", ".yml")):
        path = find_file(name, folder)
        return path if os.path.exists(path) else None
    if "/" in name:
        return None
    paths = [place / f"{name}.yaml" for place in platform_folders(folder)]
    return next((path for path in paths if os.path.exists(path)), None)
