# SPDX-License-Identifier: Apache-2.0
"""Findings: what is wrong with the input. Every step of the generator adds to one collection of
them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable, Iterator

from ..model import Position
from .codes import CODES
from .words import printable


@dataclass(frozen=True)
class Finding:
    """One mistake: what is wrong and where, the position that it clashes with (`related`), and what
    to write instead (`cure`)."""

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
    """A collection of findings, each once. Iteration goes by file, line and column, in whatever
    order they were added."""

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self._found = set(found)

    def error(self, code: str, at: Position, message: str, related: Position | None = None, cure: str = "") -> None:
        """Add a mistake that stops the build."""
        self._add(Finding(code, "error", at, message, related, cure))

    def warning(self, code: str, at: Position, message: str, related: Position | None = None, cure: str = "") -> None:
        """Add something that the user should know but that does not stop the build."""
        self._add(Finding(code, "warning", at, message, related, cure))

    def note(self, code: str, at: Position, message: str, related: Position | None = None, cure: str = "") -> None:
        """Add something that asks for no action, such as a check that did not run, or a page that
        EL2 divides between VMs."""
        self._add(Finding(code, "note", at, message, related, cure))

    def merge(self, found: Iterable[Finding]) -> None:
        """Add the findings of another collection."""
        self._found.update(found)

    def _add(self, finding: Finding) -> None:
        if finding.code not in CODES:
            raise KeyError(f"finding code {finding.code} is not registered in gen/read/codes.py")
        self._found.add(finding)

    def count_errors(self) -> int:
        """The number of findings that stop the build."""
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
        """One line per finding. If there are more than `most`, the first ones, and a line with the
        number of the others."""
        lines = [f"{finding}\n" for finding in self]
        if most is not None and len(lines) > most:
            lines[most:] = [f"pinion-gen: {len(lines) - most} more findings\n"]
        return "".join(lines)

    def json(self) -> str:
        """The findings as a JSON array."""
        return json.dumps([finding.as_dict() for finding in self], indent=2) + "\n"
