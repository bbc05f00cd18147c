# SPDX-License-Identifier: Apache-2.0
"""Compares two device trees and says in words what differs: nodes by path, properties by their
meaning (Devicetree Specification 0.4, section 2.3). The numbers of phandles may differ if they
refer to the same node."""

from __future__ import annotations

from ..devicetree import phandles
from ..devicetree.gic import is_gic, typed
from ..devicetree.interrupts import Interrupts, Line
from ..devicetree.tree import Tree, TreeNode, width
from ..devicetree.values import cells, is_text, number, strings
from ..model import Range

PHANDLES = ("phandle", "linux,phandle")
TRIGGERS = {1: "rising edge", 2: "falling edge", 4: "level high", 8: "level low"}


def _reg(node: TreeNode) -> str | None:
    address, size = width(node.parent, "#address-cells", 2), width(node.parent, "#size-cells", 1)
    numbers, entry = node.cells("reg"), address + size
    if address < 1 or size < 0 or not numbers or len(numbers) % entry:
        return None
    parts = [numbers[at:at + entry] for at in range(0, len(numbers), entry)]
    if size == 0:
        return ", ".join(hex(number(part)) for part in parts)
    areas = [Range(number(part[:address]), number(part[address:])) for part in parts]
    return ", ".join(f"{area} ({area.size:#x} bytes)" for area in areas)


def _line(tree: Tree, line: Line) -> str:
    irq = typed(line.specifier) if is_gic(tree[line.controller]) else None
    if irq is None:
        return " ".join(map(hex, line.specifier))
    flags = line.specifier[2]
    rest = [flags & ~0xF, *line.specifier[3:]]
    more = f" <{' '.join(map(hex, rest))}>" if any(rest) else ""
    return f"{irq} {TRIGGERS.get(flags & 0xF, 'no trigger')}{more}"


def _interrupts(tree: Tree, node: TreeNode) -> str | None:
    lines = Interrupts(tree).named(node, both=True)
    return ", ".join(_line(tree, line) for line in lines if line is not None) if any(lines) else None


def _references(tree: Tree, node: TreeNode, name: str) -> str | None:
    count = "" if name == "interrupt-parent" else phandles.counted(name)
    found = phandles.read(tree, node.cells(name), count) if count is not None else None
    if found is None:
        return None
    paths = [entry.node.path if entry.node else "nothing" for entry in found]
    tree.spend(sum(map(len, paths)))
    return ", ".join(" ".join([path, *map(hex, entry.cells)]) for path, entry in zip(paths, found))


def meaning(tree: Tree, node: TreeNode, name: str) -> str:
    """A property's value in words: what it means rather than its bytes."""
    value = node.properties[name]
    if not value:
        return "present"
    if name == "reg":
        meant = _reg(node)
    elif name in ("interrupts", "interrupts-extended"):
        meant = _interrupts(tree, node)
    else:
        meant = _references(tree, node, name)
    if meant is not None:
        return meant
    if is_text(value):
        return ", ".join(f"'{text}'" for text in strings(value))
    if len(value) % 4 == 0:
        return "<" + " ".join(map(hex, cells(value))) + ">"
    return "[" + value.hex(" ") + "]"


def _properties(old: Tree, new: Tree, path: str) -> list[str]:
    before, after = old[path], new[path]
    lines = []
    for name in [*before.properties, *(name for name in after.properties if name not in before.properties)]:
        if name in PHANDLES:
            continue
        old.spend(len(path))
        if name not in after.properties:
            lines.append(f"{path}: {name} removed, was {meaning(old, before, name)}")
        elif name not in before.properties:
            lines.append(f"{path}: {name} added, {meaning(new, after, name)}")
        elif (was := meaning(old, before, name)) != (now := meaning(new, after, name)):
            lines.append(f"{path}: {name} {was} -> {now}")
    return lines


def _below(tree: Tree, path: str) -> int:
    """The number of nodes inside a node, at any depth."""
    return sum(1 + _below(tree, child.path) for child in tree.children[path])


def trees(old: Tree, new: Tree) -> list[str]:
    """What differs between two trees, one line each. Empty if they mean the same. The order of
    nodes and properties does not matter. Raises BlobError for a tree that asks for too much work.
    """
    lines = []
    for path in [*old, *(path for path in new if path not in old)]:
        node = old.get(path) or new[path]
        if path in old and path in new:
            lines += _properties(old, new, path)
        elif node.parent is None or node.parent.path in (new if path in old else old):
            below = _below(old if path in old else new, path)
            more = f", with {below} node{'' if below == 1 else 's'} below it" if below else ""
            lines.append(f"{path}: {'removed' if path in old else 'added'}{more}")
    return lines
