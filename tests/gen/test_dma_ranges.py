# SPDX-License-Identifier: Apache-2.0
"""Memory that a device does not reach by DMA, or at other addresses, because of `dma-ranges` of the
buses above it: in the platform file, in guests' trees, and in findings."""

from __future__ import annotations

from pathlib import Path

import pytest

import boards
from gen.api import steps
from gen.api.cli import main
from gen.board_import import Board, import_board, writer
from gen.devicetree import tree
from gen.devicetree.addresses import Addresses, Window
from gen.guest_tree.trees import guest_trees
from gen.model import DmaWindow, Range
from gen.read.findings import Findings

GIB = 1 << 30
ALL = 1 << 40


def board(soc: str = "", block: str = "", more: str = "") -> Board:
    """The board with `dma-ranges` of its bus and of the device that contains another."""
    text = boards.BOARD
    for node, windows in (("\tsoc {", soc), ("\t\tblock@10000000 {", block)):
        if windows:
            text = text.replace(node, f"{node} dma-ranges{'' if windows == 'empty' else f' = {windows}'};")
    return import_board(boards.blob(text.replace("\tpcie@3000000 {", f"{more}\tpcie@3000000 {{")), "board")


def reach(imported: Board, name: str) -> list[DmaWindow]:
    """What a device reaches, as the written file says it."""
    findings = Findings()
    path = Path("board.yaml")
    path.write_text(writer.text(imported))
    platform = steps.load_platform(path, findings)
    assert platform is not None and findings.text() == ""
    return platform.devices[name].dma_ranges


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is a new one."""
    monkeypatch.chdir(tmp_path)


# ---------------------------------------------------------------- from the board's tree


@pytest.mark.parametrize("soc, block, mmc, part", [
    ("", "", [], []),
    ("empty", "empty", [], []),
    ("<0 0 0 0xffffffff>", "", [DmaWindow(0, 0, 0xFFFFFFFF)], [DmaWindow(0, 0, 0xFFFFFFFF)]),
    # as on the Raspberry Pi: memory at another address
    ("<0xc0000000 0 0 0x40000000>", "", [DmaWindow(0xC0000000, 0, GIB)], [DmaWindow(0xC0000000, 0, GIB)]),
    # two buses, one after the other; the inner one passes on what the outer one shows
    ("<0x80000000 0 0x40000000 0x40000000>", "<0 0x90000000 0x40000000>", [DmaWindow(0x80000000, GIB, GIB)],
     [DmaWindow(0, 0x50000000, 0x30000000)]),
    ("<0 0 0 0x1000>, <0x8000 0 0x8000 0x1000>", "<0 0 0x10000>",
     [DmaWindow(0, 0, 0x1000), DmaWindow(0x8000, 0x8000, 0x1000)],
     [DmaWindow(0, 0, 0x1000), DmaWindow(0x8000, 0x8000, 0x1000)])])
def test_a_device_reaches_what_all_buses_pass_on(soc: str, block: str, mmc: list[DmaWindow],
                                                 part: list[DmaWindow]) -> None:
    imported = board(soc, block)
    assert reach(imported, "mmc@7e003000") == mmc and reach(imported, "part@800") == part
    assert reach(imported, "gpio@7e002000") == []  # it has no DMA
    assert not [loss for loss in imported.lost if "dma-ranges" in loss.text]


def test_a_bus_that_shows_all_memory_is_nothing_to_mention() -> None:
    more = (f'\twide {{ compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges; '
            f'dma-ranges = <0 0 0 0 {ALL >> 32:#x} 0>; dma-coherent; '
            'eth@5000000 { compatible = "pinion,eth"; reg = <0 0x5000000 0 0x1000>; }; };\n')
    assert reach(board(more=more), "eth@5000000") == []


@pytest.mark.parametrize("soc, block, why", [
    ("<0 0 0 0x1000>", "<0 0x2000 0x1000>", "they show no memory"),
    (", ".join(f"<{n << 12:#x} 0 0 0x1000>" for n in range(17)), "", "more than 16 windows")])
def test_what_a_platform_file_cannot_express_is_lost(soc: str, block: str, why: str) -> None:
    lost = [str(loss) for loss in board(soc, block).lost if "dma-ranges" in loss.text]
    assert f"/soc/block@10000000/part@800: dma-ranges of the buses above: {why}" in lost


# ---------------------------------------------------------------- in a guest's tree


def guest(imported: Board, devices: str) -> tree.Tree:
    """The tree of a VM with these devices of the board."""
    Path("board.yaml").write_text(writer.text(imported))
    Path("vm.yaml").write_text("pinion: 1\nplatform: board.yaml\nvms:\n  vm: {vcpus: 1, affinity: [0], "
                               "memory: [{ipa: 0x41000000, size: 64MiB, pa: same}], boot: {kernel: Image}, "
                               f"devices: {{{devices}}}}}\n")
    system, findings = steps.resolved("vm.yaml", images_needed=False)
    assert system is not None, findings.text()
    return tree.read(guest_trees(system, findings)["vm.dtb"])


def windows(nodes: tree.Tree, path: str) -> list[Window]:
    """The windows of the bus around a node."""
    bus = nodes[path].parent
    assert bus is not None
    return Addresses(nodes).windows(bus, "dma-ranges") or []


MMC = "mmc: {kind: passthrough, device: mmc@7e003000, dma: unconfined}"
PART = "part: {kind: passthrough, device: part@800, dma: unconfined}"
BLOCK = "block: {kind: passthrough, device: block@10000000, dma: unconfined}"


PI = "<0xc0000000 0 0x40000000 0x40000000>"  # all RAM, at another address
WINDOW = [Window(Range(0xC0000000, GIB), GIB)]


def test_the_guests_tree_has_a_bus_that_says_what_is_reached() -> None:
    nodes = guest(board(PI), f"{MMC}, {PART}")
    for path in ("/dma0-bus/mmc@9003000", "/dma0-bus/part@100000800"):  # one bus for both
        assert windows(nodes, path) == WINDOW
        assert Addresses(nodes).registers(nodes[path]).known[0].base == int(path.partition("@")[2], 16)


def test_devices_that_reach_different_memory_have_buses_of_their_own() -> None:
    nodes = guest(board(PI, "<0 0xc1000000 0x10000000>"), f"{MMC}, {PART}")
    assert windows(nodes, "/dma0-bus/mmc@9003000") == WINDOW
    assert windows(nodes, "/dma1-bus/part@100000800") == [Window(Range(0, 0x10000000), 0x41000000)]


def test_a_part_sees_memory_through_what_is_around_it() -> None:
    """The bus is around both if both reach the same, and between the two if only the part has DMA.
    A part that reaches other memory is on a bus alone, since it would see memory through both."""
    nodes = guest(board(PI), f"{BLOCK}, {PART}")
    assert windows(nodes, "/dma0-bus/block@100000000") == WINDOW
    assert windows(nodes, "/dma0-bus/block@100000000/part@100000800") == []
    part_alone = board(PI)
    part_alone.platform.devices["block@10000000"].dma = False
    part_alone.platform.devices["block@10000000"].dma_ranges = []
    nodes = guest(part_alone, f"{BLOCK.replace(', dma: unconfined', '')}, {PART}")
    assert windows(nodes, "/block@100000000/dma-bus/part@100000800") == WINDOW
    nodes = guest(board(PI, "<0 0xc1000000 0x10000000>"), f"{BLOCK}, {PART}")
    assert windows(nodes, "/dma1-bus/part@100000800") == [Window(Range(0, 0x10000000), 0x41000000)]


# ---------------------------------------------------------------- what is said


def test_a_device_that_reaches_no_ram_of_its_vm_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    guest(board(PI), MMC)
    assert capsys.readouterr().err == ""
    Path("board.yaml").write_text(writer.text(board("<0 0 0x60000000 0x10000000>")))
    assert main(["dts", "vm.yaml"]) == 1
    said = [line for line in capsys.readouterr().err.splitlines() if "P152" in line]
    assert len(said) == 1 and "error P152: vm 'vm' device 'mmc': the DMA of 'mmc@7e003000' does not reach the RAM of " \
        "the VM (board.yaml:" in said[0] and said[0].endswith("put RAM at 0x60000000..0x6fffffff")


def test_a_device_that_reaches_a_part_of_the_ram_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    guest(board("<0 0 0x40000000 0x2000000>"), MMC)
    assert main(["dts", "vm.yaml"]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "P152" in line]
    assert len(said) == 1 and "note P152: vm 'vm' device 'mmc': the DMA of 'mmc@7e003000' does not reach " \
        "0x42000000..0x44ffffff of its RAM (board.yaml:" in said[0]


def test_explain_says_what_a_device_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    reach(board(PI), "mmc@7e003000")
    assert main(["explain", "device", "mmc@7e003000", "board.yaml"]) == 0
    assert "it reaches 0x40000000..0x7fffffff (at 0xc0000000)\n" in capsys.readouterr().out
