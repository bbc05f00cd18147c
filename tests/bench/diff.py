#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What two results of the bench differ in: instructions per operation, and the functions that make the difference.

usage: tests/bench/diff.py BASE.json NEW.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def changes(base: dict[str, float], new: dict[str, float]) -> list[tuple[float, str]]:
    """Difference by name, the largest first; what is not there counts as nothing."""
    found = [(new.get(name, 0) - base.get(name, 0), name) for name in {*base, *new}]
    large = [change for change in found if abs(change[0]) >= 0.05]
    return sorted(large, key=lambda change: (-abs(change[0]), change[1]))


def differences(base: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The lines that are printed."""
    lines = []
    for name in [*new, *(name for name in base if name not in new)]:
        before, after = base.get(name, {}), new.get(name, {})
        was, is_now = before.get("instructions", 0), after.get("instructions", 0)
        functions = changes(before.get("functions", {}), after.get("functions", {}))
        if functions:
            lines.append(f"{name}: {was:.1f} -> {is_now:.1f} ({is_now - was:+.1f})")
            lines += [f"  {difference:+9.1f}  {function}" for difference, function in functions]
    return lines


def main() -> int:
    """Read, compare, print."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    base, new = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:])
    lines = differences(base["operations"], new["operations"])
    print("\n".join(lines) if lines else "no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
