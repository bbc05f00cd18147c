# SPDX-License-Identifier: Apache-2.0
"""Explains keys of the file formats and codes of findings, and gives the schemas. Part of the
Python API."""

from __future__ import annotations

import copy
from typing import Any

from ..read import schemas
from ..show import reference

KINDS = ("description", "platform")


def explain(word: str = "", kind: str = "description") -> dict[str, Any]:
    """The meaning of a key or of a finding's code, as `explain --format json` prints it.

    A code gives {"code", "title", "cause", "cure"}. A key of a `kind` of file, 'description' or
    'platform', gives {"key", "description", "type", "required", "unit", "default", "example",
    "keys"}; "keys" lists the keys below it. An empty name gives {"key", "description", "keys"}.
    Raises KeyError if there is no such key or code, and ValueError if there is no such kind.
    """
    _known(kind)
    if reference.is_code(word.upper()):
        return reference.code_facts(word.upper())
    found = reference.facts(kind, word)
    if found is None:
        raise KeyError(reference.no_such_key(kind, word))
    return found


def schema(kind: str = "description") -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a `kind` of file, 'description' or 'platform'. Raises
    ValueError if there is no such kind."""
    _known(kind)
    return copy.deepcopy(schemas.schema(kind))


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"there is no kind '{kind}', only {' and '.join(KINDS)}")
