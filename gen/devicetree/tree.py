# SPDX-License-Identifier: Apache-2.0
"""A device tree as plain data: nodes by path and by phandle, with their properties.

Blobs may be hostile. Their depth and the names of their nodes are checked. Work that can take more
than one step per byte (paths, addresses through buses, interrupt maps, lists of phandles) is
counted, and each tree has a budget of steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Iterator

import libfdt

from .blob import BlobError, boot_cpu, checked, reservations
from .values import cells, strings

MAX_DEPTH = 64  # as in Linux (FDT_MAX_DEPTH)
MAX_WIDTH = 16  # cells of a number or a specifier; no real tree has more
BUDGET = 4_000_000  # steps; the boards of Debian's kernel package take at most 200,000

_NAME = re.compile(r"[A-Za-z0-9,._+@-]+")
NO_PHANDLE = (0, 0xFFFFFFFF)  # cells that mean an empty entry of a list


@dataclass
class TreeNode:
    """A node: its path, its properties as bytes, and its parent node."""

    path: str
    parent: TreeNode | None
    properties: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last step of the path, with the unit address."""
        return self.path.rpartition("/")[2]

    @property
    def enabled(self) -> bool:
        """False if `status` disables the node. If it has several strings, only the first counts, as
        in Linux."""
        return self.properties.get("status", b"okay").split(b"\0")[0] in (b"okay", b"ok")

    @property
    def active(self) -> bool:
        """True if neither the node nor a node above it is disabled."""
        return self.enabled and all(other.enabled for other in self.ancestors())

    @cached_property
    def compatible(self) -> list[str]:
        """The strings of `compatible`."""
        return strings(self.properties.get("compatible", b""))

    def text(self, name: str) -> str:
        """The first string of a property, at most 200 characters. Characters that cannot be printed
        become "?"."""
        value = self.properties.get(name, b"").split(b"\0")[0].decode("ascii", errors="replace")
        return "".join(letter if letter.isprintable() else "?" for letter in value)[:200]

    def cell(self, name: str, default: int) -> int:
        """A property of one cell, or the default."""
        value = self.properties.get(name, b"")
        return int.from_bytes(value, "big") if len(value) == 4 else default

    def cells(self, name: str) -> list[int]:
        """A property as cells. Empty if it is missing or not a whole number of cells."""
        value = self.properties.get(name, b"")
        return cells(value) if len(value) % 4 == 0 else []

    def ancestors(self) -> Iterator[TreeNode]:
        """The node's parent, its parent, and so on."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


def width(node: TreeNode | None, name: str, default: int) -> int:
    """`#address-cells` or a similar property: 0 to MAX_WIDTH, or -1 if its value is no possible
    width."""
    value = node.cell(name, default) if node is not None else default
    return value if 0 <= value <= MAX_WIDTH else -1


class Tree(dict[str, TreeNode]):
    """All nodes by path, in the order of the blob. If two nodes have one path, the first counts."""

    def __init__(self, reserved: list[tuple[int, int]], boot_cpu: int = 0) -> None:
        super().__init__()
        self.reserved = reserved  # the memory reservation block: base and size of each
        self.boot_cpu = boot_cpu  # physical ID of the CPU that boots
        self.budget = BUDGET

    @property
    def root(self) -> TreeNode:
        """The root node."""
        return self["/"]

    @cached_property
    def phandles(self) -> dict[int, TreeNode]:
        """The nodes by phandle. If two nodes have one phandle, the first counts."""
        found: dict[int, TreeNode] = {}
        for node in self.values():
            number = node.cell("phandle", 0) or node.cell("linux,phandle", 0)
            if number not in NO_PHANDLE:
                found.setdefault(number, node)
        return found

    @cached_property
    def children(self) -> dict[str, list[TreeNode]]:
        """The child nodes, by their parent's path."""
        found: dict[str, list[TreeNode]] = {path: [] for path in self}
        for node in self.values():
            if node.parent is not None:
                found[node.parent.path].append(node)
        return found

    def by_compatible(self, *kinds: str) -> list[TreeNode]:
        """The active nodes whose `compatible` has one of the given strings."""
        wanted = set(kinds)
        return [node for node in self.values() if wanted.intersection(node.compatible) and node.active]

    def find(self, path: str) -> TreeNode | None:
        """The node with this path or alias. None if there is none."""
        if not path.startswith("/"):
            alias, slash, rest = path.partition("/")
            aliases = self.get("/aliases")
            path = (aliases.text(alias) if aliases else "") + slash + rest
        return self.get(path)

    def spend(self, steps: int = 1) -> None:
        """Take steps from the budget. Raises BlobError if none are left."""
        self.budget -= steps
        if self.budget < 0:
            raise BlobError("the tree is far more involved than any board's; its paths, ranges or interrupt maps never "
                            "end")


def read(data: bytes, max_depth: int = MAX_DEPTH) -> Tree:
    """The tree of the blob at the start of `data`. Raises BlobError if the blob is damaged, has
    nodes deeper than `max_depth`, impossible node names, or paths that are too long in all."""
    blob = checked(data)
    try:
        return _walk(libfdt.Fdt(blob), Tree(reservations(blob), boot_cpu(blob)), max_depth)
    except (libfdt.FdtException, SystemError, ValueError, TypeError, AttributeError) as error:
        raise BlobError(f"the blob is damaged: {error}") from error


def _walk(fdt: libfdt.Fdt, tree: Tree, max_depth: int) -> Tree:
    """Fill `tree` with all nodes."""
    stack: list[TreeNode] = []
    offset, depth = 0, 0
    while offset >= 0 and depth >= 0:
        del stack[depth:]
        if depth > max_depth:
            raise BlobError(f"its nodes are nested deeper than {max_depth} levels")
        parent = stack[-1] if stack else None
        name = fdt.get_name(offset)
        if parent is not None and not _NAME.fullmatch(name):
            raise BlobError(f"the blob is damaged: a node is called {ascii(name)[:80]}")
        path = "/" if parent is None else f"{parent.path.rstrip('/')}/{name}"
        tree.spend(len(path))
        node = TreeNode(path, parent, _properties(fdt, offset))
        tree.setdefault(path, node)
        stack.append(node)
        offset, depth = fdt.next_node(offset, depth, (libfdt.NOTFOUND,))
    return tree


def _properties(fdt: libfdt.Fdt, node: int) -> dict[str, bytes]:
    """The properties of a node by name."""
    found = {}
    offset = fdt.first_property_offset(node, (libfdt.NOTFOUND,))
    while offset >= 0:
        value = fdt.get_property_by_offset(offset)
        found[value.name] = bytes(value)
        offset = fdt.next_property_offset(offset, (libfdt.NOTFOUND,))
    return found
