# SPDX-License-Identifier: Apache-2.0
"""What board trees say in a way that is easily lost: names that decide instead of the order, a
number in the blob's header, memory that looks like registers, several things in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import boards
from gen.api import steps
from gen.board_import import Board, import_board, writer
from gen.devicetree import tree
from gen.devicetree.dtc import compile_source
from gen.devicetree.values import cells, strings
from gen.guest_tree.trees import guest_trees
from gen.model import TIMERS, Interrupt, Platform, Range
from gen.read.findings import Findings

TIMER = "interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;"
SOC = "\tpcie@3000000 {"


def changed(*pairs: tuple[str, str]) -> Board:
    """The board with pieces of its source replaced."""
    text = boards.BOARD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return import_board(boards.blob(text), "board")


def losses(imported: Board) -> list[str]:
    """What could not be carried over."""
    return [str(loss) for loss in imported.lost]


def reread(imported: Board, folder: Path) -> Platform:
    """The platform as the written file says it, which `check` has nothing to say of."""
    path = folder / "board.yaml"
    path.write_text(writer.text(imported))
    findings = Findings()
    platform = steps.load_platform(path, findings)
    assert platform is not None and findings.text() == ""
    return platform


def guest(imported: Board, folder: Path, devices: str = "", more: str = "") -> tree.Tree:
    """The tree of a VM that has these devices of the board."""
    reread(imported, folder)
    (folder / "vms.yaml").write_text(
        f"pinion: 1\nplatform: board.yaml\nvms:\n  vm: {{vcpus: {len(imported.platform.cpus)}, "
        f"affinity: {list(range(len(imported.platform.cpus)))}, memory: [{{ipa: 0x41000000, size: 64MiB, pa: same}}], "
        f"boot: {{kernel: Image}}, devices: {{{devices}}}{more}}}\n")
    system, findings = steps.resolved(folder / "vms.yaml", images_needed=False)
    assert system is not None, findings.text()
    return tree.read(guest_trees(system, findings)["vm.dtb"])


# ---------------------------------------------------------------- the timer


@pytest.mark.parametrize("names, ppis, found", [
    ("hyp-phys virt hyp-virt sec-phys phys", (10, 11, 12, 13, 14), (13, 14, 11, 10)),
    ("phys virt hyp-phys hyp-virt", (14, 11, 10, 12), (13, 14, 11, 10)),
    ("sec-phys phys virt hyp-phys hyp-virt", (9, 8, 10, 7, 6), (9, 8, 10, 7)),
    ("phys virt", (3, 4), (13, 3, 4, 10))])
def test_names_say_which_timer_has_which_ppi(names: str, ppis: tuple[int, ...], found: tuple[int, ...]) -> None:
    words = ", ".join(f'"{name}"' for name in names.split())
    imported = changed((TIMER, f"interrupts = {', '.join(f'<1 {ppi} 4>' for ppi in ppis)}; interrupt-names = {words};"))
    assert tuple(imported.platform.timer[name].number for name in TIMERS) == found
    assert not [loss for loss in losses(imported) if "timer" in loss]


def test_a_name_that_is_no_timers_is_said() -> None:
    imported = changed((TIMER, 'interrupts = <1 11 4>, <1 3 4>; interrupt-names = "virt", "odd";'))
    assert "/timer: the interrupt 'odd', which is no timer's" in losses(imported)
    assert imported.platform.timer["virtual"].number == 11


def test_guests_are_told_of_the_timers_errata(tmp_path: Path) -> None:
    imported = changed((TIMER, f"{TIMER} fsl,erratum-a008585; arm,no-tick-in-suspend;"))
    assert reread(imported, tmp_path).timer_errata == ["fsl,erratum-a008585"]
    timer = guest(imported, tmp_path)["/timer"]
    assert timer.properties["fsl,erratum-a008585"] == b"" and "arm,no-tick-in-suspend" not in timer.properties


# ---------------------------------------------------------------- CPUs


@pytest.mark.parametrize("number, index", [(0x100, 1), (0, 0), (0x300, 0)])
def test_the_header_names_the_cpu_that_boots(number: int, index: int, tmp_path: Path) -> None:
    imported = import_board(compile_source(boards.BOARD, "-b", str(number)), "board")
    assert reread(imported, tmp_path).boot_cpu == index
    said = [str(loss) for loss in imported.assumed if "boots" in loss.text]
    assert said == (["/: CPU 1, with MPIDR 0x100, boots: the blob's header says so"] if index else [])


def test_a_guest_sees_the_clusters_of_its_cpus(tmp_path: Path) -> None:
    cores = {path for path in guest(changed(), tmp_path) if path.startswith("/cpus/cpu-map/") and "core" in path}
    assert cores == {"/cpus/cpu-map/cluster0/core0", "/cpus/cpu-map/cluster1/core0"}


def test_cpus_that_are_numbered_in_aff1_are_one_cluster(tmp_path: Path) -> None:
    """As on DynamIQ: MPIDR_EL1.MT is 1, and Aff0 counts threads. The flag is no part of `reg`, and
    where a tree has it all the same, no part of the affinity."""
    text = boards.BOARD
    begin, end = text.index("\t\tcpu-map {"), text.index("\t\tcpu0: cpu@0")
    imported = import_board(boards.blob(text.replace(text[begin:end], "").replace(
        "cpu1: cpu@100 {", "cpu1: cpu@1000100 {").replace("reg = <0x100>", "reg = <0x1000100>")), "board")
    assert [cpu.mpidr for cpu in imported.platform.cpus] == [0, 0x100]
    nodes = guest(imported, tmp_path, more=", mpidrs: [0x0, 0x100]")
    assert {"/cpus/cpu-map/cluster0/core0", "/cpus/cpu-map/cluster0/core1"} <= set(nodes)


# ---------------------------------------------------------------- memory


def test_reserved_memory_in_one_page_keeps_its_names(tmp_path: Path) -> None:
    imported = changed(("\t\tpool {", "\t\ttx: shm@60000000 { reg = <0 0x60000000 0 0x80>; no-map; };\n"
                        "\t\trx: shm@60000080 { reg = <0 0x60000080 0 0x80>, <0 0x60000100 0 0x80>; no-map; };\n"
                        "\t\tpool {"),
                       ("memory-region = <&firmware>", "memory-region = <&tx>, <&rx>"))
    page = Range(0x60000000, 0x1000)
    platform = reread(imported, tmp_path)
    assert [region.name for region in platform.reserved if region.range == page] == ["shm@60000000", "shm@60000080"]
    assert [region.no_map for region in platform.reserved] == [True, True, True, False]  # the last is a /memreserve/
    uses = platform.devices["mmc@7e003000"].uses["memory-region"]
    assert [ref.device for ref in uses] == ["reserved/shm@60000000", "reserved/shm@60000080"]


def gpu(reg: str, more: str = 'status = "disabled";') -> Board:
    """The board with a device that names memory besides its registers."""
    return changed((SOC, f'\tgpu@8f00000 {{ compatible = "pinion,gpu"; reg = <0 0x8f00000 0 0x1000>, {reg}; '
                    f'reg-names = "registers", "memory"; interrupts = <0 3 4>; {more} }};\n{SOC}'))


@pytest.mark.parametrize("reg, more", [
    ("<0 0x40000000 0 0x40000000>", 'status = "disabled";'),  # all of the RAM
    ("<0 0x30000000 0 0x20000000>", ""),  # RAM begins in it
    ("<0 0x60000000 0 0x10000000>", 'status = "disabled";'),  # in the middle
    ("<0 0x50000000 0 0x1000>", "")])  # the tree reserves it
def test_memory_that_a_device_names_stays_ram(reg: str, more: str, tmp_path: Path) -> None:
    imported = gpu(reg, more)
    assert [region.range for region in imported.platform.memory] == [Range(0x40000000, 0x40000000)]
    device = reread(imported, tmp_path).devices["gpu@8f00000"]
    assert device.mmio == [Range(0x8F00000, 0x1000)] and device.properties["reg-names"] == "registers"
    assert [loss for loss in losses(imported) if "gpu" in loss and "a part of RAM 0x40000000..0x7fffffff" in loss]


def test_a_framebuffer_is_ram() -> None:
    imported = changed((SOC, '\tframebuffer@70000000 { compatible = "simple-framebuffer"; '
                        f"reg = <0 0x70000000 0 0x800000>; }};\n{SOC}"))
    assert imported.platform.memory[0].range == Range(0x40000000, 0x40000000)
    assert imported.platform.devices["framebuffer@70000000"].mmio == []


def test_ram_ends_where_devices_are_in_use() -> None:
    """Even if a disabled one comes first: the size of RAM is a placeholder then."""
    imported = changed((SOC, '\ta@78000000 { compatible = "pinion,a"; reg = <0 0x78000000 0 0x1000>; '
                        f'status = "disabled"; }};\n\tb@79000000 {{ compatible = "pinion,b"; '
                        f"reg = <0 0x79000000 0 0x1000>; }};\n{SOC}"))
    assert imported.platform.memory[0].range == Range(0x40000000, 0x38000000)
    assert imported.platform.devices["a@78000000"].mmio == [Range(0x78000000, 0x1000)]


# ---------------------------------------------------------------- devices


def test_devices_at_one_address_are_nodes_of_their_own(tmp_path: Path) -> None:
    """As on Arm's Juno, where each LED is a bit of one register."""
    led = 'compatible = "register-bit-led"; reg = <0x808 4>; offset = <8>;'
    imported = changed(("\t\t\tpart@800 {", f'\t\t\tled@808,0 {{ {led} label = "a"; }};\n'
                        f'\t\t\tled@808,1 {{ {led} label = "b"; }};\n\t\t\tpart@800 {{'))
    assert not imported.platform.devices["led@808,0"].dma
    nodes = guest(imported, tmp_path, 'a: {kind: passthrough, device: "led@808,0"}, '
                  'b: {kind: passthrough, device: "led@808,1"}')
    found = {path: strings(node.properties["label"]) for path, node in nodes.items() if "label" in node.properties}
    assert found == {"/led@100000808": ["a"], "/led-2@100000808": ["b"]}


def test_a_board_without_spis_is_said_to_have_none() -> None:
    text = boards.BOARD
    text = text[:text.index("\tosc: osc {")] + "};\n"
    imported = import_board(boards.blob(text.replace("\taliases { serial0 = &uart; };\n", "")), "board")
    assert imported.platform.gic and imported.platform.gic.spis == 0
    assert "0 SPIs, as nothing in the tree uses one" in [loss.text for loss in imported.assumed]


def test_an_interrupt_by_way_of_a_wake_up_controller_is_the_gics(tmp_path: Path) -> None:
    """As on i.MX8M Quad and Tegra, where the tree names a controller that passes all on."""
    imported = changed((SOC, '\tgpc: gpc@8e00000 { compatible = "fsl,imx8mq-gpc"; reg = <0 0x8e00000 0 0x1000>; '
                        "interrupt-controller; #interrupt-cells = <3>; interrupts = <0 20 4>; };\n"
                        '\teth@8f00000 { compatible = "pinion,eth"; reg = <0 0x8f00000 0 0x1000>; dma-coherent; '
                        f"interrupt-parent = <&gpc>; interrupts = <0 21 1>, <0 22 4>; }};\n{SOC}"))
    device = reread(imported, tmp_path).devices["eth@8f00000"]
    assert device.irqs == [Interrupt(53, level=False), Interrupt(54)] and "interrupts" not in device.uses
    eth = guest(imported, tmp_path, "eth: {kind: passthrough, device: eth@8f00000, dma: unconfined}")["/eth@8f00000"]
    assert cells(eth.properties["interrupts"]) == [0, 21, 1, 0, 22, 4]


def test_a_wake_up_controller_that_leads_nowhere_is_said() -> None:
    imported = changed((SOC, '\tgpc: gpc@8e00000 { compatible = "fsl,imx8mq-gpc"; reg = <0 0x8e00000 0 0x1000>; '
                        "interrupt-controller; #interrupt-cells = <3>; interrupt-parent = <&gpc>; };\n"
                        '\teth@8f00000 { compatible = "pinion,eth"; reg = <0 0x8f00000 0 0x1000>; '
                        f"interrupt-parent = <&gpc>; interrupts = <0 21 4>; }};\n{SOC}"))
    assert "/eth@8f00000: an interrupt that leads to no controller" in losses(imported)


# ---------------------------------------------------------------- the hypervisor's UART and place


@pytest.mark.parametrize("pairs, said", [
    ([('stdout-path = "serial0:115200n8";', "")],
     "/soc/serial@7e000000: the console, as it is serial0: the tree has no stdout-path"),
    ([('stdout-path = "serial0:115200n8";', ""), ("aliases { serial0 = &uart; };", "")],
     "/: no UART for the hypervisor: the tree has no stdout-path, and no serial0"),
    ([('"arm,pl011", "arm,primecell"', '"acme,uart"')],
     "/soc/serial@7e000000: no UART for the hypervisor: the console is a 'acme,uart', for which there is no driver"),
    ([("interrupts = <0 1 4>;", 'status = "disabled"; interrupts = <0 1 4>;')],
     "/soc/serial@7e000000: no UART for the hypervisor: the console is disabled"),
    ([("interrupts = <0 1 4>;", "")],
     "/soc/serial@7e000000: no UART for the hypervisor: the console has no SPI of the GIC"),
    ([("reg = <0x7e000000 0x1000>;", "")],
     "/soc/serial@7e000000: no UART for the hypervisor: the console has no registers")])
def test_a_console_that_is_no_uart_for_the_hypervisor(pairs: list[tuple[str, str]], said: str) -> None:
    imported = changed(*pairs)
    assert said in map(str, imported.assumed)
    assert (imported.platform.uart is None) == ("no UART" in said)


@pytest.mark.parametrize("reserved, said", [
    ("", "{base: 0x40200000, size: 64MiB}"),
    ("a@41000000 { reg = <0 0x41000000 0 0x100000>; };", "{base: 0x41200000, size: 64MiB}"),
    ("a@40000000 { reg = <0 0x40000000 0 0x40000000>; };", "")])
def test_a_place_for_the_hypervisor_is_free(reserved: str, said: str) -> None:
    text = writer.text(changed(("\t\tpool {", f"\t\t{reserved}\n\t\tpool {{")))
    assert re.findall(r"(?m)^# hypervisor: (.*)$", text) == ([said] if said else [])
