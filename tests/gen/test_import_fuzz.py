# SPDX-License-Identifier: Apache-2.0
"""Nothing that a blob holds makes a traceback, hangs or takes much memory: `import` refuses it, or
writes a file that `check` accepts."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import libfdt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boards
from examples import examples
from gen.api import steps
from gen.board_import import BlobError, import_board, writer
from gen.devicetree.tree import BUDGET
from gen.read.findings import Findings
from gen.read.yaml_tree import MAX_BYTES
from gen.show import explain_device

pytestmark = pytest.mark.slow

BLOB = boards.blob()
STRUCT = struct.unpack_from(">I", BLOB, 8)[0]
STRINGS = struct.unpack_from(">I", BLOB, 12)[0]
EXAMPLES = examples(600, 60)

NASTY = st.sampled_from([0, 1, 2, 3, 4, 8, 9, 0x10, 0x1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x40000000])


@pytest.fixture(scope="module", autouse=True)
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for the file."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("fuzz"))
    yield
    os.chdir(before)


def check(blob: bytes) -> bool:
    """True if the blob is imported; what comes out is sound then."""
    try:
        board = import_board(blob, "board")
    except BlobError as error:
        assert str(error) and "\n" not in str(error)
        return False
    text = writer.text(board).encode()
    assert len(text) < MAX_BYTES
    Path("board.yaml").write_bytes(text)
    findings = Findings()
    platform = steps.load_platform(Path("board.yaml"), findings)
    assert findings.text() == ""
    assert platform is not None
    assert writer.platform_text(platform) == writer.platform_text(board.platform)
    for device in list(platform.devices.values())[:3]:
        assert explain_device.text(explain_device.facts(platform, device))
    return True


def test_the_board_itself() -> None:
    assert check(BLOB)


@EXAMPLES
@given(st.lists(st.tuples(st.integers(0, len(BLOB) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_bytes(changes: list[tuple[int, int]]) -> None:
    blob = bytearray(BLOB)
    for at, value in changes:
        blob[at] = value
    check(bytes(blob))


NAMES = BLOB[STRINGS:STRINGS + struct.unpack_from(">I", BLOB, 32)[0]].split(b"\0")[:-1]


@pytest.mark.parametrize("name", NAMES, ids=bytes.decode)
def test_names_of_properties_with_a_control_character(name: bytes) -> None:
    strings = BLOB[STRINGS:].replace(b"\0" + name + b"\0", b"\0\1" + name[1:] + b"\0")
    assert name == NAMES[0] or strings != BLOB[STRINGS:]
    check(BLOB[:STRINGS] + strings)


@EXAMPLES
@given(st.lists(st.tuples(st.integers(STRUCT // 4, STRINGS // 4 - 1), NASTY), min_size=1, max_size=6))
def test_cells(changes: list[tuple[int, int]]) -> None:
    """Cells of the structure block: tokens, lengths, values."""
    blob = bytearray(BLOB)
    for at, value in changes:
        struct.pack_into(">I", blob, 4 * at, value)
    check(bytes(blob))


def values() -> list[int]:
    """Where the values of properties lie: offsets of their cells."""
    fdt = libfdt.Fdt(BLOB)
    found, node, depth = [], 0, 0
    while node >= 0 and depth >= 0:
        prop = fdt.first_property_offset(node, (libfdt.NOTFOUND,))
        while prop >= 0:
            size = len(fdt.get_property_by_offset(prop))
            found += [STRUCT + prop + 12 + cell for cell in range(0, size // 4 * 4, 4)]
            prop = fdt.next_property_offset(prop, (libfdt.NOTFOUND,))
        node, depth = fdt.next_node(node, depth, (libfdt.NOTFOUND,))
    return found


VALUES = values()


@EXAMPLES
@given(st.lists(st.tuples(st.sampled_from(VALUES), st.one_of(NASTY, st.integers(0, 0xFFFFFFFF))), min_size=1,
                max_size=12))
def test_values(changes: list[tuple[int, int]]) -> None:
    """Values of properties alone: a sound blob with nonsense in it, which is always imported."""
    blob = bytearray(BLOB)
    for at, value in changes:
        struct.pack_into(">I", blob, at, value)
    assert check(bytes(blob))


@EXAMPLES
@given(st.binary(max_size=300), st.integers(0, len(BLOB)))
def test_cut_and_continued(tail: bytes, at: int) -> None:
    check(BLOB[:at] + tail)


def test_depth_is_bounded() -> None:
    text = "/dts-v1/; / { " + "a { " * 100 + "};" * 100 + "};"
    with pytest.raises(BlobError, match="nested deeper"):
        import_board(boards.blob(text), "board")


def test_work_is_bounded() -> None:
    """Buses with a thousand windows each, one in the other, and devices whose registers match
    none."""
    windows = ", ".join(f"<{number} 0 1>" for number in range(1000))
    bus = f"a {{ #address-cells = <1>; #size-cells = <1>; ranges = {windows}, <5000 5000 0x100000>; "
    devices = " ".join(f"d@{number} {{ reg = <{' '.join(f'{5000 + number} 1' for _ in range(60))}>; }};"
                       for number in range(400))
    text = "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; " + bus * 10 + devices + "};" * 10 + "};"
    with pytest.raises(BlobError, match="never end"):
        import_board(boards.blob(text), "board")


def test_an_interrupt_map_that_leads_to_itself_ends() -> None:
    loop = boards.BOARD.replace("<4 &gic 0 0 0 40 4>", "<4 &mux 4>")
    board = import_board(boards.blob(loop), "board")
    assert any("leads to no controller" in loss.text for loss in board.lost if "i2c@7e004200" in loss.path)


def test_a_large_tree_is_imported_within_its_budget() -> None:
    devices = " ".join(f"d@{number:x}000 {{ compatible = \"a\"; reg = <0x{number:x}000 0x1000>; }};"
                       for number in range(1, 4000))
    text = "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; " + devices + "};"
    board = import_board(boards.blob(text), "board")
    assert len(board.platform.devices) == 3999 and board.tree.budget > BUDGET // 2
