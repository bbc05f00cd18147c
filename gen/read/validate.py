# SPDX-License-Identifier: Apache-2.0
"""A tree against its JSON Schema: every violation becomes a finding at its own place in the file.

What is wrong is then cut out of the tree, as little as possible (a key of a VM, a piece of its memory, a key of a
device), and the node around it knows what it lost: rules that need that keep silent, all others go on, and all findings
come at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .findings import Findings
from .json_schema import Path_, failures
from .schemas import schema
from .timings import stage
from .violation import Violation
from .yaml_tree import Node

# What is cut when a value below vms.NAME.KEY is wrong: so many steps of its path. A list of one number per vCPU is no
# use without one of them, nor is half a piece of memory.
_DEPTH = {"boot": 4, "devices": 5, "dtb": 5, "gic": 4, "memory": 4}


@stage("schema")
def validate(root: Node, name: str, findings: Findings) -> Node | None:
    """Add a finding for each violation of schema `name`. Returns the tree without what is wrong; None if that is no
    use. A file of another version is not looked at."""
    version = root.value.get("pinion") if isinstance(root.value, dict) else None
    if version and type(version.value) is int and version.value != schema(name)["properties"]["pinion"]["const"]:
        findings.error("P009", version.at, f"format version {version.value} is not the one that this generator reads",
                       cure="write pinion: 1, and the file as this version's reference says")
        return None
    if mistaken := _mistaken(root, name):
        findings.error("P089", root.at, mistaken[0], cure=mistaken[1])
        return None
    foreign: list[Path_] = []
    wrong: list[Path_] = []
    for failure in failures(root, schema(name)):
        violation = Violation(root, failure, findings, schema(name))
        violation.report()
        foreign += violation.foreign
        wrong += violation.spoiled
    if name == "platform":
        # It stays whole: without one of its devices the VM that wants it would be blamed.
        return None if wrong else _without(root, foreign)
    pieces = [_piece(path) for path in wrong]
    return None if () in pieces or ("vms",) in pieces else _without(_without(root, foreign), pieces, spoil=True)


def _mistaken(root: Node, name: str) -> tuple[str, str] | None:
    """What to say, and the cure, of a whole file of the other kind; its keys are all unknown, which says less."""
    keys = root.value.keys() if isinstance(root.value, dict) else set()
    if name == "description" and "cpus" in keys and not keys & {"platform", "vms"}:
        return ("this is a platform file, not a description",
                "check it with --platform, and name it as 'platform' in a description")
    if name == "platform" and "vms" in keys and not keys & {"cpus", "compatible"}:
        return "this is a description, not a platform file", "leave out --platform, or name the file of a board"
    return None


def _piece(path: Path_) -> Path_:
    """The smallest whole thing of a description that is no use when `path` is wrong; empty if it is the file."""
    if path[:1] != ("vms",):
        return path[:1]
    if path[2:3] == ("devices",) and path[4:5] == ("kind",):
        return path[:4]
    return path[:_DEPTH.get(path[2], 3)] if len(path) > 2 else path


def _without(node: Node, paths: list[Path_], spoil: bool = False) -> Node:
    """A copy without what is at `paths`, as aliases let two places share a node. With `spoil`, mappings are told what
    they lost; a list that lost an element is told of to the mapping that holds it."""
    if not paths or not isinstance(node.value, (dict, list)):
        return node
    gone = {path[0] for path in paths if len(path) == 1}
    below: dict[Any, list[Path_]] = {}
    for path in paths:
        below.setdefault(path[0], []).append(path[1:])
    if isinstance(node.value, list):
        return replace(node, value=[_without(child, below.get(index, []), spoil)
                                    for index, child in enumerate(node.value) if index not in gone])
    value = {key: _without(child, below.get(key, []), spoil) for key, child in node.value.items() if key not in gone}
    lost = {key for key in below if key in gone or isinstance(value[key].value, list)}
    return replace(node, value=value, spoiled=frozenset(lost) if spoil else node.spoiled)
