# SPDX-License-Identifier: Apache-2.0
"""What the keys of the formats and the codes of findings mean, and the schemas. Part of the Python API."""

from __future__ import annotations

import copy
from typing import Any

from ..read import schemas
from ..show import reference

KINDS = ("description", "platform")


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
