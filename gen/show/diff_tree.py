# SPDX-License-Identifier: Apache-2.0
"""What differs between two device trees, in words: nodes by path, properties by what they mean (Devicetree
Specification 0.4, section 2.3). Numbers of phandles are no difference as long as they lead to the same node."""

from __future__ import annotations

from ..devicetree.tree import Tree, TreeNode, cells, interrupt_specifiers, strings
from ..model import Interrupt, Range

# Lists of phandles, each with arguments: property -> where the node referred to says how many.
REFERENCES = {
    "interrupt-parent": "", "cpu": "", "msi-parent": "#msi-cells", "clocks": "#clock-cells", "resets": "#reset-cells",
    "power-domains": "#power-domain-cells", "dmas": "#dma-cells", "iommus": "#iommu-cells", "phys": "#phy-cells",
    "assigned-clocks": "#clock-cells", "memory-region": "", "next-level-cache": "",
}
PHANDLES = ("phandle", "linux,phandle")
TRIGGERS = {1: "rising edge", 2: "falling edge", 4: "level high", 8: "level low"}


def _number(part: list[int]) -> int:
    return int.from_bytes(b"".join(cell.to_bytes(4, "big") for cell in part), "big")


def _string(value: bytes) -> bool:
    """True for what can only be text: printable, ended by a zero."""
    return (value.endswith(b"\0") and value[:1] != b"\0" and b"\0\0" not in value
            and all(byte == 0 or 0x20 <= byte < 0x7F for byte in value))


def _reg(node: TreeNode, value: bytes) -> str | None:
    address = node.parent.cell("#address-cells", 2) if node.parent else 2
    size = node.parent.cell("#size-cells", 1) if node.parent else 1
    numbers = cells(value)
    width = address + size
    if not address or not numbers or len(value) % 4 or len(numbers) % width:
        return None
    parts = [numbers[at:at + width] for at in range(0, len(numbers), width)]
    if size == 0:
        return ", ".join(hex(_number(part)) for part in parts)
    areas = [Range(_number(part[:address]), _number(part[address:])) for part in parts]
    return ", ".join(f"{area} ({area.size:#x} bytes)" for area in areas)


def _interrupts(tree: Tree, node: TreeNode) -> str | None:
    found = interrupt_specifiers(tree, node)
    if not found:
        return None
    words = []
    for controller, specifier in found:
        if len(specifier) < 3 or not any(name.startswith("arm,gic") for name in tree[controller].compatible):
            words.append(" ".join(map(hex, specifier)))
            continue
        trigger = TRIGGERS.get(specifier[2] & 0xF, "no trigger")
        rest = [specifier[2] & ~0xF, *specifier[3:]]
        more = f" <{' '.join(map(hex, rest))}>" if any(rest) else ""
        words.append(f"{Interrupt(specifier[1] + (32 if specifier[0] == 0 else 16))} {trigger}{more}")
    return ", ".join(words)


def _references(tree: Tree, name: str, value: bytes) -> str | None:
    known = {cell: node for node in tree.values() if (cell := node.cell("phandle", 0))}
    numbers, words, at = cells(value), [], 0
    while at < len(numbers):
        target = known.get(numbers[at])
        if target is None:
            return None
        count = target.cell(REFERENCES[name], 0) if REFERENCES[name] else 0
        words.append(" ".join([target.path, *map(hex, numbers[at + 1:at + 1 + count])]))
        at += 1 + count
    return ", ".join(words)


def meaning(tree: Tree, node: TreeNode, name: str) -> str:
    """A property's value as it is meant."""
    value = node.properties[name]
    if not value:
        return "present"
    typed = None
    if name == "reg":
        typed = _reg(node, value)
    elif name in ("interrupts", "interrupts-extended"):
        typed = _interrupts(tree, node)
    elif name in REFERENCES and len(value) % 4 == 0:
        typed = _references(tree, name, value)
    if typed is not None:
        return typed
    if _string(value):
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
        if name not in after.properties:
            lines.append(f"{path}: {name} removed, was {meaning(old, before, name)}")
        elif name not in before.properties:
            lines.append(f"{path}: {name} added, {meaning(new, after, name)}")
        elif meaning(old, before, name) != meaning(new, after, name):
            lines.append(f"{path}: {name} {meaning(old, before, name)} -> {meaning(new, after, name)}")
    return lines


def trees(old: Tree, new: Tree) -> list[str]:
    """What differs between two trees; nothing if they mean the same. Order is no difference."""
    lines = []
    for path in [*old, *(path for path in new if path not in old)]:
        node = old.get(path) or new[path]
        if path in old and path in new:
            lines += _properties(old, new, path)
        elif node.parent is None or node.parent.path in (new if path in old else old):
            below = sum(other.startswith(path + "/") for other in (old if path in old else new))
            more = f", with {below} node{'' if below == 1 else 's'} below it" if below else ""
            lines.append(f"{path}: {'removed' if path in old else 'added'}{more}")
    return lines
