# SPDX-License-Identifier: Apache-2.0
"""What an import ends in: the platform, and what is to be said about it."""

from __future__ import annotations

from dataclasses import dataclass

from ..devicetree.tree import TreeNode
from ..model import Platform, Position
from ..read.words import printable
from .source import Source, compatibles


@dataclass(frozen=True)
class Loss:
    """Something of a node that the platform file does not say."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class Board:
    """A platform on its way from a device tree: each step of the import adds to it."""

    def __init__(self, name: str, source: Source) -> None:
        self.source = source
        self.platform = Platform(Position(f"{name}.dtb", 1, 1), name=name)
        self.model = source.text(source.root, "model")
        self.platform.compatible = compatibles(source.root) or ["unknown"]
        self.lost: list[Loss] = []
        self.assumed: list[Loss] = []
        # Nodes that are said elsewhere than in `devices` (CPUs, memory, the GIC, ...), with all below them.
        self.spoken_for: set[str] = {"/", "/chosen", "/aliases", "/__symbols__", "/__local_fixups__", "/__fixups__"}
        self.names: dict[str, str] = {}  # path of a node -> name of the device or of its child
        self.gic = ""  # path of the GIC's node, if the platform has one
        self.reasons: dict[str, str] = {}  # name of a device -> how its DMA is known
        self.devices_seen = 0
        self.devices_whole = 0

    def lose(self, node: TreeNode, text: str) -> None:
        """Remember what has no place in the platform file."""
        self.lost.append(Loss(node.path, printable(text)))

    def assume(self, node: TreeNode | None, text: str) -> None:
        """Remember what the tree does not say."""
        self.assumed.append(Loss(node.path if node else "/", text))
