# SPDX-License-Identifier: Apache-2.0
"""Figures by name, and whether they are over their ceilings or over what was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CEILINGS = HERE / "ceilings.json"
RECORDED = HERE / "recorded.json"
TOLERANCE = 1.02
# Linux is one long run: a few instructions more in EL2, and its CPUs interrupt each other at other
# moments.
LINUX_TOLERANCE = 1.10

Limits = dict[str, dict[str, float]]  # by mode, by name


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def linux_figures(phases: dict[str, Any]) -> dict[str, float]:
    """The figures of a Linux that have limits; those of phases that have a length are for each
    second."""
    figures: dict[str, float] = {}
    for name, phase in phases.items():
        seconds = phase.get("seconds", 1)
        each = " a second" if "seconds" in phase else ""
        figures.update({f"Linux, {name}: {what}{each}": phase[what] / seconds for what in ("exits", "instructions")
                        if what in phase})
    return figures


def flat(result: dict[str, Any]) -> Limits:
    """Every figure that may have a limit."""
    found: Limits = {}
    for name, modes in result.get("operations", {}).items():
        for mode, operation in modes.items():
            if "instructions" in operation:
                found.setdefault(mode, {})[name] = operation["instructions"]
    for mode, boot in result.get("boot", {}).items():
        found.setdefault(mode, {}).update((name, value) for name, value in boot.items()
                                          if isinstance(value, (int, float)))
    for count, values in result.get("growth", {}).items():
        found.setdefault("virtual", {}).update({f"{name}, {count} VMs": value for name, value in values.items()})
    for mode, phases in result.get("linux", {}).items():
        found.setdefault(mode, {}).update(linux_figures(phases))
    return found


def is_loose(mode: str, name: str) -> bool:
    """True for what has its ceiling alone: so few exits a second that one more is many per cent."""
    return "idle" in name or (mode == "direct" and name.startswith("Linux") and "a second" in name)


def over(figures: Limits, ceilings: Limits, recorded: Limits) -> list[str]:
    """The figures that are over a limit, in words."""
    found = []
    for mode, values in figures.items():
        for name, value in values.items():
            where = f"{name}, {mode}" if mode != "virtual" else name
            ceiling, before = ceilings.get(mode, {}).get(name), recorded.get(mode, {}).get(name)
            if ceiling is not None and value > ceiling:
                found.append(f"{where}: {value:.0f}, ceiling {ceiling:.0f}")
            tolerance = LINUX_TOLERANCE if name.startswith("Linux") else TOLERANCE
            if before is not None and value > before * tolerance and not is_loose(mode, name):
                found.append(f"{where}: {value:.0f}, recorded {before:.0f} ({100 * value / before - 100:+.1f} %)"
                             if before else f"{where}: {value:.0f}, recorded 0")
    return found


def missing(figures: Limits, recorded: Limits) -> list[str]:
    """What was recorded and is no longer measured."""
    return [f"{name}, {mode}: not measured" for mode, values in recorded.items() for name in values
            if name not in figures.get(mode, {})]


def record(figures: Limits) -> None:
    """Keep the figures as what later ones are compared with."""
    kept = {mode: {name: round(value, 2) for name, value in values.items()} for mode, values in figures.items()}
    RECORDED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
