# SPDX-License-Identifier: Apache-2.0
"""The reader of device trees, where its users want different things of it, and where blobs are
hostile."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gen.devicetree import blob, tree
from gen.devicetree.addresses import Addresses
from gen.devicetree.dtc import compile_source
from gen.devicetree.interrupts import Interrupts, Line
from gen.model import Range


def read(inside: str, max_depth: int = tree.MAX_DEPTH) -> tree.Tree:
    """The tree of a source text, without its first and last line."""
    return tree.read(compile_source(f"/dts-v1/; / {{ #address-cells = <1>; #size-cells = <1>; {inside} }};"), max_depth)


def refused(data: bytes) -> str:
    """What is said of what is no sound blob."""
    with pytest.raises(blob.BlobError) as caught:
        tree.read(data)
    return str(caught.value)


SOUND = compile_source("/dts-v1/; / { node { name-of = <1>; }; };")


def test_what_is_wrong_with_a_blob_is_said_in_one_clause() -> None:
    assert refused(b"/dts-v1/;") == ("this is no device tree blob: it does not begin with the magic number 0xd00dfeed")
    assert refused(SOUND[:7]) == "the blob is cut off: it has 7 bytes of 40"
    assert refused(SOUND[:-1]) == f"the blob is cut off: it has {len(SOUND) - 1} bytes of {len(SOUND)}"
    large = SOUND[:4] + struct.pack(">I", blob.MAX_BYTES + 1) + SOUND[8:]
    assert refused(large + bytes(blob.MAX_BYTES)) == "the blob has 2097153 bytes, and none above 2097152 is read"
    assert refused(SOUND.replace(b"\0\0\0\1node", b"\0\0\0\7node")).startswith("the blob is damaged: ")
    assert refused(SOUND.replace(b"node", b"no\x1be")) == "the blob is damaged: a node is called 'no\\x1be'"


def test_what_follows_a_blob_in_a_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "thing.dtb"
    path.write_bytes(SOUND + bytes(blob.MAX_BYTES))
    assert blob.is_blob(path) and blob.checked(blob.load(path)) == SOUND
    assert not blob.is_blob(tmp_path)
    with pytest.raises(blob.BlobError, match="this is not a regular file"):
        blob.load(tmp_path)


def test_depth_is_up_to_who_reads() -> None:
    inside = "a { " * 40 + "};" * 40
    assert len(read(inside)) == 41
    with pytest.raises(blob.BlobError, match="nested deeper than 39 levels"):
        read(inside, 39)


def test_the_length_of_all_paths_is_bounded() -> None:
    children = " ".join(f"c{number} {{ }};" for number in range(60))
    with pytest.raises(blob.BlobError, match="its paths"):
        read(f"{'a' * 100_000} {{ {children} }};")


def test_of_two_nodes_with_a_phandle_the_first_has_it() -> None:
    nodes = read("a { x = <7>; }; b { linux,phandle = <7>; }; c { phandle = <8>; }; ")
    assert {number: node.path for number, node in nodes.phandles.items()} == {7: "/b", 8: "/c"}
    twice = compile_source("/dts-v1/; / { a { phandle = <7>; }; b { phandle = <6>; }; };").replace(
        b"\0\0\0\6", b"\0\0\0\7")
    assert tree.read(twice).phandles[7].path == "/a"


def test_a_window_passes_on_what_linux_translates_or_what_lies_in_it_as_a_whole() -> None:
    nodes = read("bus { #address-cells = <1>; #size-cells = <1>; ranges = <0x1000 0x9000 0x800>; "
                 "device { reg = <0x1400 0x800>, <0x1000 0x800>, <0x2000 4>; }; };")
    own = [Range(0x1400, 0x800), Range(0x1000, 0x800), Range(0x2000, 4)]
    linux = Addresses(nodes).registers(nodes["/bus/device"])
    assert (linux.own, linux.seen) == (own, [Range(0x9400, 0x800), Range(0x9000, 0x800), None])
    whole = Addresses(nodes, whole=True).registers(nodes["/bus/device"])
    assert (whole.own, whole.seen) == (own, [None, Range(0x9000, 0x800), None])


CONTROLLERS = """
    one: one { #interrupt-cells = <1>; #address-cells = <0>; };
    two: two { #interrupt-cells = <2>; };
    bus { #address-cells = <1>; #size-cells = <0>;
        nexus: nexus { #interrupt-cells = <1>; interrupt-map-mask = <0 0xf>;
                       interrupt-map = <0 1 &one 11>, <0 2 &two 12 4>; }; };
"""


def test_interrupts_beside_extended_ones_are_read_where_that_is_wanted() -> None:
    nodes = read(CONTROLLERS + "device { interrupts-extended = <&two 1 4>, <&one 2>; interrupts = <3>; "
                 "interrupt-parent = <&one>; };")
    lines = [Line("/two", (1, 4)), Line("/one", (2,))]
    assert Interrupts(nodes).named(nodes["/device"]) == Interrupts(nodes).of(nodes["/device"]) == lines
    assert Interrupts(nodes).named(nodes["/device"], both=True) == [*lines, Line("/one", (3,))]


def test_a_nexus_without_address_cells_has_those_of_the_node_around_it_as_in_linux() -> None:
    nodes = read(CONTROLLERS + "device { interrupt-parent = <&nexus>; interrupts = <0x12>, <1>, <3>; };")
    interrupts = Interrupts(nodes)
    assert [entry.key for entry in interrupts.map(nodes["/bus/nexus"])] == [(0, 1), (0, 2)]
    assert interrupts.named(nodes["/device"])[0] == Line("/bus/nexus", (0x12,))
    assert interrupts.of(nodes["/device"]) == [Line("/two", (12, 4)), Line("/one", (11,)), None]


def test_an_interrupt_that_is_cut_off_or_names_no_controller_leads_nowhere() -> None:
    nodes = read(CONTROLLERS + "cut { interrupts-extended = <&one 1>, <&two 2>; }; lost { interrupts = <1>; };"
                 "none { interrupts-extended = <0x1234 1>; };")
    found = [Interrupts(nodes).of(nodes[path]) for path in ("/cut", "/lost", "/none")]
    assert found == [[Line("/one", (1,)), None], [None], [None]]


def test_a_named_parent_that_is_no_controller_leads_on() -> None:
    """As in Linux: from the node that is named, the search goes on."""
    nodes = read(CONTROLLERS + "soc { interrupt-parent = <&two>; inner: inner { }; }; "
                 "device { interrupt-parent = <&inner>; interrupts = <5 4>; };")
    assert Interrupts(nodes).of(nodes["/device"]) == [Line("/two", (5, 4))]


def test_parents_that_name_each_other_come_to_an_end() -> None:
    nodes = read("a: a { interrupt-parent = <&b>; interrupts = <1>; }; b: b { interrupt-parent = <&a>; };")
    assert Interrupts(nodes).of(nodes["/a"]) == [None]
