# SPDX-License-Identifier: Apache-2.0
"""Interrupts of a GIC in the form that device trees use (bindings of arm,gic and arm,gic-v3)."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Interrupt
from ..read.irq_notation import of_specifier
from .tree import TreeNode

COMPATIBLES = ("arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic",
               "arm,eb11mp-gic", "arm,pl390", "brcm,brahma-b15-gic", "arm,arm1176jzf-devchip-gic", "arm,arm11mp-gic",
               "arm,tc11mp-gic", "qcom,msm-qgic2", "qcom,msm-8660-qgic")


def is_gic(node: TreeNode) -> bool:
    """True for a GIC of any version."""
    return any(word in COMPATIBLES for word in node.compatible)


def typed(specifier: Sequence[int]) -> Interrupt | None:
    """The interrupt that a GIC's specifier means. None if it has no INTID below 1020, such as an
    extended SPI or a wrong value. In the flags, 1 and 2 are edges, and 4 and 8 are levels; a GIC
    supports rising edge and high level."""
    intid = of_specifier(specifier) if len(specifier) > 2 else None
    return Interrupt(intid, not specifier[2] & 3) if intid is not None else None
