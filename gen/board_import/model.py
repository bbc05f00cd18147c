# SPDX-License-Identifier: Apache-2.0
"""What an import ends in: the platform, and what is to be said about it."""

from __future__ import annotations

from dataclasses import dataclass

from ..devicetree.blob import BlobError
from ..devicetree.interrupts import Interrupts
from ..devicetree.tree import Tree, TreeNode
from ..model import Platform, Position
from ..read.words import printable
from .addresses import BoardAddresses

MAX_NAME = 63  # of a node; a platform file has them as names of devices and their children


def sound_names(tree: Tree) -> Tree:
    """A tree whose nodes have no names too long for a platform file. Raises BlobError."""
    for node in tree.values():
        if len(node.name) > MAX_NAME:
            raise BlobError(f"the name of a node has {len(node.name)} characters, and none above {MAX_NAME} is read: "
                            f"'{node.name[:40]}...'")
    return tree


def compatibles(node: TreeNode) -> list[str]:
    """The strings of `compatible`, as far as they are words; 64 at most."""
    return [word for word in node.compatible if 0 < len(word) <= 1024 and word.isascii() and word.isprintable()][:64]


@dataclass(frozen=True)
class Loss:
    """Something of a node that the platform file does not say."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class Board:
    """A platform on its way from a device tree: each step of the import adds to it."""

    def __init__(self, name: str, tree: Tree) -> None:
        self.tree = tree
        self.addresses = BoardAddresses(tree)
        self.interrupts = Interrupts(tree)
        self.platform = Platform(Position(f"{name}.dtb", 1, 1), name=name)
        self.model = tree.root.text("model")
        self.platform.compatible = compatibles(tree.root) or ["unknown"]
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
