# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the input: findings, and the collection that every step of the generator adds to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable, Iterator

from ..model import Position
from .codes import CODES
from .words import printable


@dataclass(frozen=True)
class Finding:
    """One mistake: what is wrong and where, what it clashes with (`related`), and what to write instead (`cure`)."""

    code: str
    severity: str
    at: Position
    message: str
    related: Position | None = None
    cure: str = ""

    def __str__(self) -> str:
        related = f" ({self.related})" if self.related else ""
        cure = f"; {self.cure}" if self.cure else ""
        return printable(f"{self.at}: {self.severity} {self.code}: {self.message}{related}{cure}")

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data, as `--format json` prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "at": _position(self.at),
            "message": self.message,
            "related": _position(self.related) if self.related else None,
            "cure": self.cure,
        }


def _position(at: Position) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}


class Findings:
    """An ordered set of findings. Iteration is by file, line and column, whatever the order of discovery."""

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self._found = set(found)

    def error(self, code: str, at: Position, message: str, related: Position | None = None, cure: str = "") -> None:
        """Add a mistake that stops the build."""
        self._add(Finding(code, "error", at, message, related, cure))

    def warning(self, code: str, at: Position, message: str, related: Position | None = None, cure: str = "") -> None:
        """Add something that the user should know and that does not stop the build."""
        self._add(Finding(code, "warning", at, message, related, cure))

    def note(self, code: str, at: Position, message: str, related: Position | None = None, cure: str = "") -> None:
        """Add something that asks for nothing: what was not looked at, what is shared and told apart."""
        self._add(Finding(code, "note", at, message, related, cure))

    def merge(self, found: Iterable[Finding]) -> None:
        """Add what was found elsewhere."""
        self._found.update(found)

    def _add(self, finding: Finding) -> None:
        if finding.code not in CODES:
            raise KeyError(f"finding code {finding.code} is not registered in gen/read/codes.py")
        self._found.add(finding)

    def count_errors(self) -> int:
        """Number of findings that stop the build."""
        return sum(finding.severity == "error" for finding in self._found)

    @property
    def errors(self) -> bool:
        """True if at least one finding stops the build."""
        return self.count_errors() > 0

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._found, key=lambda f: (f.at, f.code, f.message, str(f.related), f.cure, f.severity)))

    def __len__(self) -> int:
        return len(self._found)

    def text(self, most: int | None = None) -> str:
        """One line per finding; of more than `most`, the first ones and how many more there are."""
        lines = [f"{finding}\n" for finding in self]
        if most is not None and len(lines) > most:
            lines[most:] = [f"pinion-gen: {len(lines) - most} more findings\n"]
        return "".join(lines)

    def json(self) -> str:
        """The findings as a JSON array."""
        return json.dumps([finding.as_dict() for finding in self], indent=2) + "\n"
