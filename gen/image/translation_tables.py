# SPDX-License-Identifier: Apache-2.0
"""Plans AArch64 translation tables (4 KiB granule, VMSAv8-64) for stage 1 at EL2 and for stage 2.

A `View` is one address space: a list of `Mapping`. `plan()` turns views into tables with physical
addresses and maps each range in the largest blocks that fit. Tables with the same contents are
rendered once, and several views may use them.

Section numbers are those of the Arm Architecture Reference Manual, DDI 0487 (J.a).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..units import PAGE

ENTRIES = 512
TABLE_SIZE = 8 * ENTRIES

# Bytes that one entry covers, by level (D8.2.8, 4 KiB granule).
COVERS = {0: 1 << 39, 1: 1 << 30, 2: 1 << 21, 3: 1 << 12}

# Descriptor types, bits [1:0] (D8.3.1): level 3 has pages, the levels above have blocks and tables.
BLOCK = 0b01
TABLE = 0b11
LEAF_PAGE = 0b11

# Lower attributes (D8.3.2).
ACCESS_FLAG = 1 << 10
INNER_SHAREABLE = 0b11 << 8

# Stage 1 at EL2. The regime has one privilege level, so AP[1] is RES1 and PXN is RES0.
S1_AP1 = 1 << 6
S1_READ_ONLY = 1 << 7  # AP[2]
S1_XN = 1 << 54
S1_ATTR_DEVICE = 0 << 2  # AttrIndx into MAIR_EL2 = 0xff0400
S1_ATTR_NORMAL = 2 << 2

# Stage 2 (D8.3.2, D8.5.5 for MemAttr with FWB = 0).
S2_READ = 1 << 6
S2_WRITE = 1 << 7
S2_XN = 0b10 << 53
S2_MEMATTR_DEVICE = 0b0001 << 2  # Device-nGnRE
S2_MEMATTR_NORMAL = 0b1111 << 2  # Normal, write-back cacheable, inner and outer

EL2 = "EL2"
STAGE2 = "stage 2"


class PlanError(ValueError):
    """The mappings of a view contradict each other, or do not fit its address space."""


@dataclass(frozen=True)
class Mapping:
    """`size` bytes from `va` (in stage 2: an IPA) are mapped to `pa`. They are always readable.
    `largest` is the lowest table level at which a leaf entry may stand. With 3, only pages are
    used, so that views which map parts of one range have the same leaf entries."""

    what: str
    va: int
    pa: int
    size: int
    write: bool = False
    execute: bool = False
    device: bool = False
    largest: int = 1

    @property
    def end(self) -> int:
        """First address after the mapping."""
        return self.va + self.size

    @property
    def access(self) -> str:
        """The access rights in three letters."""
        return f"r{'w' if self.write else '-'}{'x' if self.execute else '-'}"


@dataclass
class View:
    """One address space. `stage` is EL2 or STAGE2; `bits` is the size of its input addresses."""

    name: str
    stage: str
    bits: int
    mappings: list[Mapping]


@dataclass
class Table:
    """One rendered table: 512 entries, 0 where nothing is mapped. `base`: the first address that it
    translates. `views`: the address spaces that use it. If they map it at different addresses,
    `base` is that of the first."""

    address: int
    level: int
    base: int
    entries: dict[int, int]
    views: list[str]


@dataclass
class Plan:
    """All tables by address, without gaps, and the address of the first table of each view."""

    tables: list[Table]
    roots: dict[str, int]

    @property
    def end(self) -> int:
        """First address after the tables."""
        return self.tables[-1].address + TABLE_SIZE if self.tables else 0


@dataclass
class _Node:
    """A table under construction. The first table of a view may stand for up to 16 concatenated
    ones."""

    level: int
    base: int
    entries: dict[int, "int | _Node"] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)
    address: int = 0


def stage2_bits(pa_bits: int, top: int) -> int:
    """The size of the IPA space that reaches all addresses below `top`, in bits. It is 39, or the
    machine's own size if that is smaller, or more if `top` needs more."""
    return max(min(39, pa_bits), (top - 1).bit_length())


def start_level(stage: str, bits: int) -> tuple[int, int]:
    """The first level of translation, and the number of concatenated tables there. Stage 1 starts
    at level 1 for up to 39 bits, and otherwise at level 0. Stage 2 starts at level 1 for up to 43
    bits, because it can concatenate up to 16 tables (D8.2.2)."""
    if stage == EL2:
        return (1, 1) if bits <= 39 else (0, 1)
    if bits <= 43:
        return 1, 1 << max(0, bits - 39)
    return 0, 1


def pa_size_field(pa_bits: int) -> int:
    """The encoding of a physical address size in TCR_EL2.PS and VTCR_EL2.PS (D17.2): the largest
    size not above that of the machine."""
    sizes = {32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5}
    return sizes[max(size for size in sizes if size <= max(pa_bits, 32))]


def tcr_el2(bits: int, pa_bits: int) -> int:
    """TCR_EL2 (D17.2.142): 4 KiB granule, walks inner shareable and write-back, RES1 bits 31 and
    23."""
    return 1 << 31 | 1 << 23 | pa_size_field(pa_bits) << 16 | 0b11 << 12 | 0b01 << 10 | 0b01 << 8 | (64 - bits)


def vtcr_el2(bits: int, pa_bits: int) -> int:
    """VTCR_EL2 (D17.2.155): 4 KiB granule, walks inner shareable and write-back, 8-bit VMID, RES1
    bit 31."""
    sl0 = {1: 1, 0: 2}[start_level(STAGE2, bits)[0]]
    walk = 0b11 << 12 | 0b01 << 10 | 0b01 << 8
    return 1 << 31 | pa_size_field(pa_bits) << 16 | walk | sl0 << 6 | (64 - bits)


def leaf(stage: str, mapping: Mapping, level: int, pa: int) -> int:
    """The block or page descriptor for `pa`."""
    value = pa | (LEAF_PAGE if level == 3 else BLOCK) | ACCESS_FLAG
    if stage == EL2:
        value |= S1_AP1
        value |= S1_ATTR_DEVICE if mapping.device else S1_ATTR_NORMAL | INNER_SHAREABLE
        value |= 0 if mapping.write else S1_READ_ONLY
        value |= 0 if mapping.execute else S1_XN
    else:
        value |= S2_READ | (S2_WRITE if mapping.write else 0)
        value |= S2_MEMATTR_DEVICE if mapping.device else S2_MEMATTR_NORMAL | INNER_SHAREABLE
        value |= 0 if mapping.execute else S2_XN
    return value


def _check(view: View, mapping: Mapping) -> None:
    """Raise PlanError for a mapping that no table can express."""
    if mapping.size <= 0 or (mapping.va | mapping.pa | mapping.size) % PAGE:
        raise PlanError(f"{view.name}: {mapping.what} {mapping.va:#x}+{mapping.size:#x} is not made of pages")
    if mapping.end > 1 << view.bits or mapping.pa + mapping.size > 1 << 48:
        raise PlanError(f"{view.name}: {mapping.what} ends at {mapping.end:#x}, past {view.bits} bits")
    if mapping.write and mapping.execute and view.stage == EL2:
        raise PlanError(f"{view.name}: {mapping.what} is writable and executable")


def joined(view: View) -> list[Mapping]:
    """The mappings of a view by address. Mappings that continue each other are joined, because one
    block may cover both. Raises PlanError if mappings overlap or cannot be expressed."""
    found: list[Mapping] = []
    for mapping in sorted(view.mappings, key=lambda m: m.va):
        _check(view, mapping)
        last = found[-1] if found else None
        if last is not None and mapping.va < last.end:
            raise PlanError(f"{view.name}: {mapping.what} at {mapping.va:#x} overlaps {last.what}")
        if last is not None and replace(mapping, what=last.what, va=last.va, pa=last.pa, size=last.size) == last and (
                mapping.va - last.va == mapping.pa - last.pa == last.size):
            found[-1] = replace(last, size=last.size + mapping.size)
        else:
            found.append(mapping)
    return found


def _insert(root: _Node, view: View, mapping: Mapping) -> None:
    """Enter one mapping into the tables, in the largest leaf entries that its addresses and size
    allow. Entries of one size are written as a run. A run ends at the end of a table, because
    larger entries can begin only there."""
    done = 0
    while done < mapping.size:
        va, pa, left = mapping.va + done, mapping.pa + done, mapping.size - done
        level = max(1, mapping.largest)
        while (va | pa) % COVERS[level] or left < COVERS[level]:
            level += 1
        node = root
        while node.level < level:
            step = COVERS[node.level]
            child = node.entries.get((va - node.base) // step)
            if not isinstance(child, _Node):
                child = _Node(node.level + 1, va - va % step)
                node.entries[(va - node.base) // step] = child
            node = child
        step = COVERS[level]
        first, count = (va - node.base) // step, left // step
        if node is not root:
            count = min(count, ENTRIES - first)
        descriptor = leaf(view.stage, mapping, level, pa)
        node.entries.update(zip(range(first, first + count), range(descriptor, descriptor + count * step, step)))
        done += count * step


def _share(node: _Node, name: str, known: dict[tuple[object, ...], _Node]) -> _Node:
    """Replace each table below `node` by an equal one that is already known, and record which view
    uses it. Views are handled one after the other."""
    below = [] if node.level == 3 else [(i, entry) for i, entry in node.entries.items() if isinstance(entry, _Node)]
    for index, entry in below:
        node.entries[index] = _share(entry, name, known)
    key = (node.level, *sorted((node.entries | {index: id(node.entries[index]) for index, _ in below}).items()))
    node = known.setdefault(key, node)
    if node.views[-1:] != [name]:
        node.views.append(name)
    return node


def _place(roots: list[tuple[_Node, int]], below: list[_Node], base: int) -> list[tuple[_Node, int]]:
    """Give every table an address, from `base` up, without gaps. The first tables of views come
    before the others, those with more concatenated tables earlier, because they must be aligned to
    their size."""
    placed = sorted(roots, key=lambda r: -r[1]) + [(node, 1) for node in below]
    if base % (placed[0][1] * TABLE_SIZE):
        raise PlanError(f"tables at {base:#x} are not aligned for {placed[0][1]} concatenated ones")
    for node, count in placed:
        node.address = base
        base += count * TABLE_SIZE
    return placed


def plan(views: list[View], base: int) -> Plan:
    """Plan the tables for `views`, from physical address `base` up. Raises PlanError for mappings
    that cannot be expressed."""
    known: dict[tuple[object, ...], _Node] = {}
    roots: list[tuple[_Node, int]] = []
    for view in views:
        level, count = start_level(view.stage, view.bits)
        root = _Node(level, 0, views=[view.name])
        for mapping in joined(view):
            _insert(root, view, mapping)
        for index, entry in root.entries.items():
            if isinstance(entry, _Node):
                root.entries[index] = _share(entry, view.name, known)
        roots.append((root, count))

    tables = []
    for node, count in _place(roots, sorted(known.values(), key=lambda n: n.level), base):
        entries = {i: e.address | TABLE if isinstance(e, _Node) else e for i, e in sorted(node.entries.items())}
        for part in range(count):
            first = part * ENTRIES
            own = {i - first: e for i, e in entries.items() if first <= i < first + ENTRIES}
            at = node.base + first * COVERS[node.level]
            tables.append(Table(node.address + part * TABLE_SIZE, node.level, at, own, node.views))
    return Plan(tables, {view.name: root.address for view, (root, _) in zip(views, roots)})
