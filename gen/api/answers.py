# SPDX-License-Identifier: Apache-2.0
"""What the Python API answers besides gen.load: differences, imported boards, explanations, schemas. As stable as
gen/api/loaded.py is."""

from __future__ import annotations

import copy
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model import Position
from ..read import schemas
from ..read.findings import Findings
from ..read.yaml_tree import shown
from ..show import reference
from . import compare
from .loaded import Rejected

if TYPE_CHECKING:
    from ..board_import import Board

KINDS = ("description", "platform")


@dataclass(frozen=True)
class Imported:
    """A board's device tree as a platform file: its text, and what is to be read before it is used. `devices`: how many
    were "seen" in the tree, carried over "whole", and "written". `lost` and `assumed`: {"node": path, "what": text}
    each."""

    text: str
    devices: dict[str, int]
    lost: list[dict[str, str]]
    assumed: list[dict[str, str]]


def diff(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> list[str]:
    """What differs between two descriptions, their boards included, or between two device tree blobs, one line each;
    nothing if the two mean the same. Raises Rejected if they cannot be compared, and OSError."""
    findings = Findings()
    lines = compare.files(Path(old), Path(new), findings)
    if lines is None:
        raise Rejected(findings)
    return lines


def read_board(path: Path) -> Board:
    """The board of a device tree blob. Raises Rejected."""
    findings = Findings()
    if importlib.util.find_spec("libfdt") is None:
        findings.error("P080", Position(shown(path), 1, 1), "Python's module libfdt, which reads device tree blobs, is "
                       "not installed", cure="apt-get install python3-libfdt, and use /usr/bin/python3")
        raise Rejected(findings)
    from ..board_import import command  # needs libfdt, which nothing else here does

    board = command.read(path, findings)
    if board is None:
        raise Rejected(findings)
    return board


def import_board(path: str | os.PathLike[str]) -> Imported:
    """The platform file of a board, from the device tree blob that it boots with. Raises Rejected."""
    board = read_board(Path(path))
    from ..board_import import command, writer

    return Imported(writer.text(board), **command.summary(board))


def explain(word: str = "", kind: str = "description") -> dict[str, Any]:
    """What a key or the code of a finding means, as `explain --format json` prints it: {"code", "title", "cause",
    "cure"} of a code; of a key of a `kind` of file, 'description' or 'platform', {"key", "description", "type",
    "required", "unit", "default", "example", "keys"}, the last being the keys below it; of nothing {"key",
    "description", "keys"}. Raises KeyError if there is no such key or code, ValueError if there is no such kind."""
    _known(kind)
    if reference.is_code(word.upper()):
        return reference.code_facts(word.upper())
    found = reference.facts(kind, word)
    if found is None:
        raise KeyError(reference.no_such_key(kind, word))
    return found


def schema(kind: str = "description") -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a `kind` of file, 'description' or 'platform'. Raises ValueError if there is
    no such kind."""
    _known(kind)
    return copy.deepcopy(schemas.schema(kind))


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"there is no kind '{kind}', only {' and '.join(KINDS)}")
