# SPDX-License-Identifier: Apache-2.0
"""A board's device tree, hostile or not: nodes by path and phandle, and the references between them.

Everything here is bounded: the blob is at most what Linux takes, its depth is limited, and what costs more than a step
per byte (translation through buses and interrupt maps) is paid for from one budget.
"""

from __future__ import annotations

import re
import struct
from functools import cached_property

import libfdt

from ..devicetree.tree import Tree, TreeNode, cells, damage, read

MAX_BYTES = 2 << 20
MAX_DEPTH = 32
BUDGET = 4_000_000  # steps; the boards of Debian's kernel package take 100,000 at most

NODE_NAME = re.compile(r"[A-Za-z0-9,._+@-]+")
MAX_NAME = 63


class BlobError(Exception):
    """The input is no device tree blob that can be read; the text says why."""


class Source:
    """The tree of a blob."""

    def __init__(self, blob: bytes) -> None:
        self.tree = _read(blob)
        self.root = self.tree["/"]
        self.budget = BUDGET
        self.reserved = _reservations(blob)

    @cached_property
    def phandles(self) -> dict[int, TreeNode]:
        """Nodes by phandle; the first where two have the same."""
        found: dict[int, TreeNode] = {}
        for node in self.tree.values():
            number = node.cell("phandle", 0) or node.cell("linux,phandle", 0)
            if number not in (0, 0xFFFFFFFF):
                found.setdefault(number, node)
        return found

    @cached_property
    def children(self) -> dict[str, list[TreeNode]]:
        """Child nodes by their parent's path."""
        found: dict[str, list[TreeNode]] = {path: [] for path in self.tree}
        for node in self.tree.values():
            if node.parent is not None:
                found[node.parent.path].append(node)
        return found

    def spend(self, steps: int = 1) -> None:
        """Pay for steps of work. Raises BlobError when the budget is used up."""
        self.budget -= steps
        if self.budget < 0:
            raise BlobError("the tree is far more involved than any board's; its ranges or interrupt maps never end")

    def text(self, node: TreeNode, name: str) -> str:
        """A property of one string, as far as it can be printed."""
        value = node.properties.get(name, b"").split(b"\0")[0].decode("ascii", errors="replace")
        return "".join(letter if letter.isprintable() else "?" for letter in value)[:200]

    def by_compatible(self, *kinds: str) -> list[TreeNode]:
        """Enabled nodes with one of the given words in their `compatible`."""
        wanted = set(kinds)
        return [node for node in self.tree.values() if wanted.intersection(node.compatible) and active(node)]

    def find(self, path: str) -> TreeNode | None:
        """The node of a path, or of an alias."""
        if not path.startswith("/"):
            alias, slash, rest = path.partition("/")
            aliases = self.tree.get("/aliases")
            path = (self.text(aliases, alias) if aliases else "") + slash + rest
        return self.tree.get(path)


def active(node: TreeNode) -> bool:
    """True if neither the node nor a node around it is disabled."""
    return node.enabled and all(other.enabled for other in node.ancestors())


def _read(blob: bytes) -> Tree:
    if len(blob) < 40 or blob[:4] != b"\xd0\x0d\xfe\xed":
        raise BlobError("this is no device tree blob: it does not begin with the magic number 0xd00dfeed")
    (size,) = struct.unpack_from(">I", blob, 4)
    if size > len(blob):
        raise BlobError(f"the blob is cut off: it has {len(blob)} bytes of {size}")
    if size > MAX_BYTES:
        raise BlobError(f"the blob has {size} bytes, and none above {MAX_BYTES} is read")
    data = bytearray(blob[:size])
    problem = libfdt.fdt_check_full(data, size)
    if problem:
        raise BlobError(f"the blob is damaged: {libfdt.fdt_strerror(problem)}")
    if what := damage(bytes(data)):
        raise BlobError(f"the blob is damaged: {what}")
    try:
        tree = read(bytes(data), MAX_DEPTH)
    except (libfdt.FdtException, ValueError, TypeError, AttributeError) as error:
        raise BlobError(f"the blob is damaged: {error}") from error
    for name in (path.rpartition("/")[2] for path in tree if path != "/"):
        if not NODE_NAME.fullmatch(name):
            raise BlobError(f"the blob is damaged: a node is called {ascii(name)[:80]}")
        if len(name) > MAX_NAME:
            raise BlobError(f"the name of a node has {len(name)} characters, and none above {MAX_NAME} is read: "
                            f"'{name[:40]}...'")
    return tree


def _reservations(blob: bytes) -> list[tuple[int, int]]:
    """The memory reservation block: base and size of each. Python's libfdt gives the sizes alone."""
    (at,) = struct.unpack_from(">I", blob, 16)
    found: list[tuple[int, int]] = []
    for base, size in struct.iter_unpack(">QQ", blob[at:at + (len(blob) - at) // 16 * 16]):
        if not base and not size or len(found) == 1000:
            break
        found.append((base, size))
    return found


def compatibles(node: TreeNode) -> list[str]:
    """The strings of `compatible`, as far as they are words; 64 at most."""
    return [word for word in node.compatible if 0 < len(word) <= 1024 and word.isascii() and word.isprintable()][:64]


def numbers(node: TreeNode, name: str) -> list[int]:
    """A property of cells; empty if there is none or it is not whole cells."""
    value = node.properties.get(name, b"")
    return cells(value) if len(value) % 4 == 0 else []


def joined(part: list[int]) -> int:
    """Cells as one number."""
    number = 0
    for cell in part:
        number = number << 32 | cell
    return number


def width(node: TreeNode | None, name: str, default: int) -> int:
    """`#address-cells` and the like, 0 to 16; -1 for what can be no width."""
    value = node.cell(name, default) if node is not None else default
    return value if 0 <= value <= 16 else -1
