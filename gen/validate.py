# SPDX-License-Identifier: Apache-2.0
"""A tree against its JSON Schema: every violation becomes a finding at its own place in the file.

What is wrong is then cut out of the tree, as little as possible (a key, a device, a VM), so that the rules can go on
with the rest and all findings come at once.
"""

from __future__ import annotations

from typing import Any

from .findings import Findings
from .load import Node
from .schemas import schema, validator
from .violation import Path_, Violation


def validate(root: Node, name: str, findings: Findings) -> bool:
    """Add a finding for each violation of schema `name` and cut what is wrong out of the tree. Returns False if what
    is left is no use. A file of another version is not looked at."""
    version = root.value.get("pinion") if isinstance(root.value, dict) else None
    if version and type(version.value) is int and version.value != schema(name)["properties"]["pinion"]["const"]:
        findings.error("P009", version.at, f"format version {version.value} is not the one that this generator reads",
                       cure="write pinion: 1, and the file as this version's reference says")
        return False
    keys: list[Path_] = []
    values: list[Path_] = []
    seen: set[tuple[Any, ...]] = set()
    for error in validator(name).iter_errors(root.plain()):
        path = tuple(error.absolute_path)
        named = "propertyNames" in error.absolute_schema_path
        once = (path, "propertyNames" if named else error.validator, str(error.validator_value))
        if (named or error.validator in ("additionalProperties", "required")) and once in seen:
            continue
        seen.add(once)
        extra = Violation(root, path, error, findings, schema(name)).report()
        keys += extra
        if not extra:
            values.append(path)
    for path in keys:
        _remove(root, path)
    useful = True
    for path in values:
        container = _container(name, path)
        useful = useful and bool(container)
        _remove(root, container)
    return useful


def _remove(root: Node, path: Path_) -> None:
    """Cut a key out of the tree, if it is still there."""
    try:
        parent = root.find(path[:-1]).value
    except (KeyError, IndexError, TypeError):
        return
    if path and isinstance(parent, dict):
        parent.pop(path[-1], None)


def _container(name: str, path: Path_) -> Path_:
    """The path of the smallest whole thing that has to go when `path` is wrong; empty if it is the file. A platform
    file stays whole: without one of its devices the VM that wants it would be blamed."""
    if name == "description" and path[:1] == ("vms",) and len(path) >= 2:
        return path[:4] if len(path) >= 4 and path[2] == "devices" else path[:2]
    return ()
