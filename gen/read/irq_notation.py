# SPDX-License-Identifier: Apache-2.0
"""Interrupts in the form that the input files use. Only this file converts them to INTIDs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import Interrupt

# The first INTID and the number of interrupts of each kind (GICv3 architecture specification,
# section 2.2.1).
BASE = {"spi": 32, "ppi": 16, "intid": 0}
VM_INTIDS = 992  # the INTIDs that a VM can have: 31 banks of 32
MAX_IRQS = 256  # the most interrupts of a device
COUNT = {"spi": 988, "ppi": 16, "intid": 1020}


def convert(value: dict[str, Any]) -> Interrupt:
    """The interrupt of a valid mapping {spi: n}, {ppi: n} or {intid: n}, with or without `trigger`.
    """
    kind = next(kind for kind in BASE if kind in value)
    return Interrupt(BASE[kind] + value[kind], value.get("trigger", "level") == "level")


def of_specifier(cells: Sequence[int]) -> int | None:
    """The INTID of a GIC's specifier in a device tree: its first cells are 0 and n for SPI n, or 1
    and n for PPI n. None if it has no INTID below 1020."""
    kind = {0: "spi", 1: "ppi"}.get(cells[0]) if len(cells) > 1 else None
    return BASE[kind] + cells[1] if kind and cells[1] < COUNT[kind] else None


def spellings(number: int) -> str:
    """For messages: what a bare number may mean."""
    ways = [f"{{{kind}: {number}}} for INTID {BASE[kind] + number}"
            for kind in ("spi", "ppi") if 0 <= number < COUNT[kind]]
    if 0 <= number < COUNT["intid"]:
        ways.append(f"{{intid: {number}}}")
    return "write " + " or ".join(ways) if ways else "write {spi: n}, {ppi: n} or {intid: n}"
