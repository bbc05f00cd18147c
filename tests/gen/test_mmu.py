# SPDX-License-Identifier: Apache-2.0
"""The planner of translation tables alone: descriptor bits, refusals, and any mappings read back by
the walker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import walker
from examples import examples
from gen.image import translation_tables
from gen.image.translation_tables import EL2, STAGE2, Mapping, Plan, PlanError, View
from walker import Leaf, Region

BASE = 0x50000000


class PlannedImage:
    """A plan in the place of a linked image."""

    def __init__(self, plan: Plan) -> None:
        self.tables = {table.address: table for table in plan.tables}

    def table(self, address: int) -> tuple[int, ...]:
        """512 descriptors."""
        entries = self.tables[address].entries
        return tuple(entries.get(index, 0) for index in range(512))


def leaves(view: View) -> list[Leaf]:
    """What one view maps, as the walker sees it."""
    plan = translation_tables.plan([view], BASE)
    image, root = PlannedImage(plan), plan.roots[view.name]
    if view.stage == EL2:
        return walker.el2(image, translation_tables.tcr_el2(view.bits, 48), root)  # type: ignore[arg-type]
    return walker.stage2(image, translation_tables.vtcr_el2(view.bits, 48), root)  # type: ignore[arg-type]


def el2(*mappings: Mapping, bits: int = 39) -> View:
    """A stage-1 view."""
    return View("view", EL2, bits, list(mappings))


def test_stage1_descriptors() -> None:
    """Bit by bit, from DDI 0487 D8.3: code, constants, data, device registers."""
    found = leaves(el2(
        Mapping("code", 0x1000, 0x1000, 0x1000, execute=True),
        Mapping("constants", 0x2000, 0x2000, 0x1000),
        Mapping("data", 0x3000, 0x3000, 0x1000, write=True),
        Mapping("registers", 0x4000, 0x4000, 0x1000, write=True, device=True),
    ))
    assert [hex(leaf.descriptor) for leaf in found] == [
        "0x17cb", "0x400000000027cb", "0x4000000000374b", "0x40000000004443",
    ]


def test_stage2_descriptors() -> None:
    """RAM and passed-through registers."""
    found = leaves(View("vm", STAGE2, 39, [
        Mapping("RAM", 0x40000000, 0x80000000, 0x200000, write=True, execute=True),
        Mapping("registers", 0x9000000, 0x9000000, 0x1000, write=True, device=True),
    ]))
    assert [hex(leaf.descriptor) for leaf in found] == ["0x400000090004c7", "0x800007fd"]


@pytest.mark.parametrize("bits, level, count", [(32, 1, 1), (39, 1, 1), (40, 1, 2), (43, 1, 16), (44, 0, 1)])
def test_stage2_start(bits: int, level: int, count: int) -> None:
    """Concatenated tables keep the start at level 1 up to 43 bits."""
    assert translation_tables.start_level(STAGE2, bits) == (level, count)


def test_registers() -> None:
    """TCR_EL2 and VTCR_EL2 for the machines that we know."""
    assert translation_tables.tcr_el2(39, 40) == 0x80823519
    assert translation_tables.tcr_el2(48, 48) == 0x80853510
    assert translation_tables.vtcr_el2(39, 40) == 0x80023559
    assert translation_tables.vtcr_el2(40, 40) == 0x80023558
    assert translation_tables.vtcr_el2(48, 48) == 0x80053590


def test_largest_blocks_first() -> None:
    """Pages at the edges, 2 MiB up to the next 1 GiB, then 1 GiB."""
    size = (1 << 31) + (1 << 21) + 0x2000
    found = leaves(el2(Mapping("RAM", 0x3FFFF000, 0x3FFFF000, size)))
    assert [leaf.size for leaf in found] == [1 << 12, 1 << 30, 1 << 30, 1 << 21, 1 << 12]


def test_pages_where_asked() -> None:
    """`largest` keeps leaves small."""
    found = leaves(el2(Mapping("data", 0x200000, 0x200000, 0x200000, largest=3)))
    assert {leaf.size for leaf in found} == {1 << 12}


def test_neighbours_share_a_block() -> None:
    """A block may stand for two mappings that continue each other."""
    half = 1 << 20
    found = leaves(el2(Mapping("low", 0x200000, 0x200000, half), Mapping("high", 0x300000, 0x300000, half)))
    assert [leaf.size for leaf in found] == [1 << 21]


def test_equal_tables_are_shared() -> None:
    """Two views of the same page need two first tables and one of each below."""
    mapping = Mapping("data", 0x1000, 0x1000, 0x1000)
    plan = translation_tables.plan([View("a", EL2, 39, [mapping]), View("b", EL2, 39, [mapping])], BASE)
    assert [table.views for table in plan.tables] == [["a"], ["b"], ["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("mappings", [
    [Mapping("a", 0x1000, 0x1000, 0x2000), Mapping("b", 0x2000, 0x9000, 0x1000)],
    [Mapping("a", 0x1000, 0x1000, 0x1000), Mapping("b", 0x1000, 0x1000, 0x1000)],
    [Mapping("a", 0x1800, 0x1000, 0x1000)],
    [Mapping("a", 0x1000, 0x1800, 0x1000)],
    [Mapping("a", 0x1000, 0x1000, 0x800)],
    [Mapping("a", 0x1000, 0x1000, 0)],
    [Mapping("a", (1 << 39) - 0x1000, 0x1000, 0x2000)],
    [Mapping("a", 0x1000, (1 << 48) - 0x1000, 0x2000)],
    [Mapping("a", 0x1000, 0x1000, 0x1000, write=True, execute=True)],
], ids=["overlap", "twice", "va", "pa", "size", "empty", "past the view", "past the machine", "w and x"])
def test_refusals(mappings: list[Mapping]) -> None:
    """What no table can express, or must not."""
    with pytest.raises(PlanError):
        translation_tables.plan([el2(*mappings)], BASE)


def test_base_has_to_suit_concatenated_tables() -> None:
    """The MMU ignores the low bits of a root, so a misaligned one is refused."""
    view = View("vm", STAGE2, 40, [Mapping("RAM", 1 << 39, 0, 0x1000, write=True)])
    with pytest.raises(PlanError):
        translation_tables.plan([view], BASE + 0x1000)


@st.composite
def mapping_lists(draw: st.DrawFn, top: int) -> list[Mapping]:
    """Mappings of all sizes, by address, with gaps or without."""
    made = []
    at = draw(st.integers(0, top >> 13)) << 12
    for number in range(draw(st.integers(1, 6))):
        at += draw(st.sampled_from([0, 0x1000, 0x5000, 0x200000, 0x40000000]))
        granule = draw(st.sampled_from([1 << 12, 1 << 21, 1 << 30]))
        size = draw(st.integers(1, 3)) * granule + draw(st.integers(0, 2)) * 0x1000
        if size >= 1 << 21:
            at = -(-at // granule) * granule
        pa = (at + draw(st.integers(0, 7)) * granule) % (1 << 47)
        device, write = draw(st.booleans()), draw(st.booleans())
        execute = draw(st.booleans()) and not write and not device
        if at + size <= top:
            made.append(Mapping(f"m{number}", at, pa, size, write, execute, device, draw(st.sampled_from([1, 1, 2]))))
        at += size
    return draw(st.permutations(made))


@st.composite
def some_views(draw: st.DrawFn) -> View:
    """A view of either stage."""
    stage, bits = draw(st.sampled_from([(EL2, 39), (EL2, 48), (STAGE2, 36), (STAGE2, 40), (STAGE2, 43), (STAGE2, 47)]))
    return View("view", stage, bits, draw(mapping_lists(1 << bits)))


@examples(600, 60)
@given(some_views())
def test_the_walker_finds_every_mapping_and_nothing_else(view: View) -> None:
    """Byte-exact: address, size, rights, type."""
    device = "device-nGnRnE" if view.stage == EL2 else "device-nGnRE"
    wanted = [
        Leaf(m.va, m.pa, m.size, m.access.replace("-", ""), device if m.device else "normal", 0) for m in view.mappings
    ]
    assert walker.regions(leaves(view)) == walker.regions(wanted)


def test_regions_join_only_what_continues() -> None:
    """The comparison itself: a hole, another address or another right ends a region."""
    parts = [Leaf(0, 0, 4, "r", "normal", 0), Leaf(4, 4, 4, "r", "normal", 0), Leaf(8, 8, 4, "rw", "normal", 0),
             Leaf(12, 16, 4, "rw", "normal", 0), Leaf(20, 24, 4, "rw", "normal", 0)]
    assert walker.regions(parts) == [
        Region(0, 0, 8, "r", "normal"), Region(8, 8, 4, "rw", "normal"), Region(12, 16, 4, "rw", "normal"),
        Region(20, 24, 4, "rw", "normal"),
    ]
