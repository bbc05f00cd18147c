# SPDX-License-Identifier: Apache-2.0
"""Interrupts as the files write them. The conversion to INTIDs is here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import Interrupt

# GICv3 architecture specification, section 2.2.1: where a kind begins, and how many there are.
BASE = {"spi": 32, "ppi": 16, "intid": 0}
VM_INTIDS = 992  # of a VM: 31 banks of 32
MAX_IRQS = 256  # of a device
COUNT = {"spi": 988, "ppi": 16, "intid": 1020}


def convert(value: dict[str, Any]) -> Interrupt:
    """The interrupt of a valid mapping {spi: n}, {ppi: n} or {intid: n}, `trigger` optional."""
    kind = next(kind for kind in BASE if kind in value)
    return Interrupt(BASE[kind] + value[kind], value.get("trigger", "level") == "level")


def of_specifier(cells: Sequence[int]) -> int | None:
    """The INTID of a specifier for a GIC in a device tree: 0 and n for SPI n, 1 and n for PPI n, and what follows. None
    for what has no INTID below 1020."""
    kind = {0: "spi", 1: "ppi"}.get(cells[0]) if len(cells) > 1 else None
    return BASE[kind] + cells[1] if kind and cells[1] < COUNT[kind] else None


def spellings(number: int) -> str:
    """The ways that a bare number may have been meant, for messages."""
    ways = [f"{{{kind}: {number}}} for INTID {BASE[kind] + number}"
            for kind in ("spi", "ppi") if 0 <= number < COUNT[kind]]
    if 0 <= number < COUNT["intid"]:
        ways.append(f"{{intid: {number}}}")
    return "write " + " or ".join(ways) if ways else "write {spi: n}, {ppi: n} or {intid: n}"
