# SPDX-License-Identifier: Apache-2.0
"""Runs the steps in order: load, schema, parse, check, resolve."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from ..decide.resolve import decide, resolve
from ..model import Description, Platform, Position, System
from ..read.findings import Findings
from ..read.parse import parse_description, parse_platform
from ..read.platforms import find_platform, platform_names
from ..read.validate import validate
from ..read.words import shorten
from ..read.yaml_tree import Node
from ..read.yaml_tree import load as load_file
from ..rules import check_description, check_platform


def resolved(path: str | os.PathLike[str], images_needed: bool = True) -> tuple[System | None, Findings]:
    """Read a description and the platform that it names, check both, and take every decision. The
    system is None if there are errors; otherwise the findings may hold warnings. Without
    `images_needed`, a missing image is a warning, and the system is good for device trees alone."""
    findings = Findings()
    description = read_description(Path(path), findings)
    if description is None:
        return None, findings
    check_description(description, findings)
    decisions = decide(description, findings, images_needed)
    return (None if findings.errors else resolve(description, decisions)), findings


def read_description(path: Path, findings: Findings) -> Description | None:
    """Read a description and its platform into dataclasses. None, with findings, if the file does
    not even say which VMs there are. Whatever violates the schema is left out, with findings. So is
    a platform that cannot be used."""
    root = load_file(path, findings)
    if root is None:
        return None
    name = root.value.get("platform") if isinstance(root.value, dict) else None
    valid = validate(root, "description", findings)
    platform = None
    if name is not None and isinstance(name.value, str) and name.value:
        platform = read_platform(name, path.parent, findings)
    return parse_description(valid, path, platform) if valid else None


def read_platform(name: Node, folder: Path, findings: Findings) -> Platform | None:
    """The platform that a description in `folder` names."""
    path = find_platform(name.value, folder)
    if path is None:
        known = platform_names(folder)
        is_path = name.value.endswith((".yaml", ".yml"))
        close = difflib.get_close_matches(Path(name.value).stem if is_path else Path(name.value).name, known, 3)
        what = f"there is no {'file' if is_path else 'platform'} '{shorten(name.value)}'"
        findings.error("P060", name.at, what, cure=(
            f"did you mean {' or '.join(close)}?" if close else f"known platforms: {', '.join(known)}" if known
            else "write the path of a platform file"))
        return None
    return load_platform(path, findings, name.at)


def load_platform(path: Path, findings: Findings, at: Position | None = None) -> Platform | None:
    """Read and check a platform file. None, with findings, if it cannot be used."""
    root = load_file(path, findings, at)
    valid = validate(root, "platform", findings) if root else None
    if valid is None:
        return None
    platform = parse_platform(valid, path)
    before = findings.count_errors()
    check_platform(platform, findings)
    return platform if findings.count_errors() == before else None


def platform_of(file: str, findings: Findings) -> Platform | None:
    """The platform with this name, in this platform file, or named by this description. None, with
    findings, if there is none."""
    path = find_platform(file, Path()) or Path(file)
    root = load_file(path, findings)
    if root is None:
        return None
    if isinstance(root.value, dict) and "platform" in root.value:
        return read_platform(root.value["platform"], path.parent, findings)
    return load_platform(path, findings)
