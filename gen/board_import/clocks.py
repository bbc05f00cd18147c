# SPDX-License-Identifier: Apache-2.0
"""Clocks of a fixed frequency, which a platform file states as numbers."""

from __future__ import annotations

from ..devicetree.phandles import entries
from ..devicetree.tree import Tree, TreeNode
from ..devicetree.values import strings


def fixed_clocks(tree: Tree, node: TreeNode) -> dict[str, int] | None:
    """Name and frequency of each clock of a node. None unless all its clocks are fixed and have
    different names."""
    found = entries(tree, node, "clocks")
    labels = strings(node.properties.get("clock-names", b""))
    if not found or len(labels) != len(found) or len(set(labels)) != len(labels):
        return None
    rates = {}
    for label, entry in zip(labels, found):
        clock = entry.node
        if clock is None or "fixed-clock" not in clock.compatible or not clock.cell("clock-frequency", 0):
            return None
        rates[label] = clock.cell("clock-frequency", 0)
    return rates
