# SPDX-License-Identifier: Apache-2.0
"""The result of an import: the platform, and what the user should know about it."""

from __future__ import annotations

from dataclasses import dataclass

from ..devicetree.blob import BlobError
from ..devicetree.interrupts import Interrupts
from ..devicetree.tree import Tree, TreeNode
from ..model import Platform, Position
from ..read.words import printable
from .addresses import BoardAddresses

MAX_NAME = 63  # letters of a node's name, which becomes the name of a device or a child


def sound_names(tree: Tree) -> Tree:
    """Check that no node's name is too long for a platform file, and return the tree. Raises
    BlobError."""
    for node in tree.values():
        if len(node.name) > MAX_NAME:
            raise BlobError(f"the name of a node has {len(node.name)} characters, and none above {MAX_NAME} is read: "
                            f"'{node.name[:40]}...'")
    return tree


def compatibles(node: TreeNode) -> list[str]:
    """The strings of `compatible` that have a valid form, at most 64."""
    return [word for word in node.compatible if 0 < len(word) <= 1024 and word.isascii() and word.isprintable()][:64]


@dataclass(frozen=True)
class Loss:
    """Something in a node that the platform file does not express."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class Board:
    """A platform under construction. Each step of the import adds to it."""

    def __init__(self, name: str, tree: Tree) -> None:
        self.tree = tree
        self.addresses = BoardAddresses(tree)
        self.interrupts = Interrupts(tree)
        self.platform = Platform(Position(f"{name}.dtb", 1, 1), name=name)
        self.model = tree.root.text("model")
        self.platform.compatible = compatibles(tree.root) or ["unknown"]
        self.lost: list[Loss] = []
        self.assumed: list[Loss] = []
        # Nodes that become something else than `devices` (CPUs, memory, the GIC, ...), with all
        # nodes below them.
        self.spoken_for: set[str] = {"/", "/chosen", "/aliases", "/__symbols__", "/__local_fixups__", "/__fixups__"}
        self.names: dict[str, str] = {}  # by path of a node: the name of the device or child
        self.uart: TreeNode | None = None  # the hypervisor's
        self.gic = ""  # path of the GIC's node; empty if there is none
        self.reasons: dict[str, str] = {}  # by name of a device: how its DMA is known
        self.devices_seen = 0
        self.devices_whole = 0

    def lose(self, node: TreeNode, text: str) -> None:
        """Record something that the platform file cannot express."""
        self.lost.append(Loss(node.path, printable(text)))

    def assume(self, node: TreeNode | None, text: str) -> None:
        """Record something that the import assumes, because the tree does not say it."""
        self.assumed.append(Loss(node.path if node else "/", text))
