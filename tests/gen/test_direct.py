# SPDX-License-Identifier: Apache-2.0
"""Which interrupts a VM has directly: the proof of sole ownership, spare SPIs, who takes the UART's
interrupt, and what `explain interrupts` says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import systems
from gen.api import steps
from gen.api.cli import main
from gen.decide import interrupt_mode, unused_spis, uart, vm_interrupts
from gen.devicetree.tree import read
from gen.image import c_tables
from gen.model import Interrupt, Reference, System
from gen.rules.direct import pseudo_nmi
from guest_images import write_all

BOARD = """pinion: 1
compatible: ["pinion,direct"]
cpus: [{mpidr: 0x0}, {mpidr: 0x1}, {mpidr: 0x100}]
memory: [{base: 0x40000000, size: 1GiB}]
hypervisor: {base: 0x40200000, size: 30MiB}
gic:
  distributor: {base: 0x08000000, size: 64KiB}
  redistributors: [{base: 0x080a0000, size: 256KiB}, {base: 0x09900000, size: 128KiB}]
  spis: 48
  security_states: 1
uart: {kind: pl011, mmio: {base: 0x09000000, size: 4KiB}, irq: {spi: 1}, clock: 48MHz}
devices:
  rtc: {mmio: [{base: 0x09010000, size: 4KiB}], irqs: [{spi: 2}], compatible: ["arm,pl031"]}
  first: {mmio: [{base: 0x09020000, size: 4KiB}], irqs: [{spi: 0}], compatible: ["pinion,first"]}
"""
ONE = """pinion: 1
platform: board
vms:
  rt:
    vcpus: 2
    affinity: [0, 1]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: Image}
    interrupts: auto
    devices:
      rtc: {kind: passthrough, device: rtc}
"""
OTHER = """  gp:
    vcpus: 1
    affinity: [2]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: Image}
"""
CONSOLE = "      console: {kind: pl011, mmio: 0x0b000000, irq: {spi: 1}}\n"
DISK = "      disk: {kind: virtio-blk, mmio: 0x0a000000, irq: {spi: 2}, size: 1MiB}\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the board and images."""
    write_all(tmp_path)
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms/board.yaml").write_text(BOARD)
    monkeypatch.chdir(tmp_path)


def resolved(text: str) -> System:
    """The system of a description that has no mistake."""
    Path("input.yaml").write_text(text)
    system, findings = steps.resolved("input.yaml")
    assert system and not findings.errors, findings.text()
    return system


def board(old: str, new: str) -> None:
    """Change the board."""
    assert old in BOARD
    Path("platforms/board.yaml").write_text(BOARD.replace(old, new))


def mode(text: str) -> str:
    """Of the first VM."""
    return resolved(text).vms[0].interrupt_mode


def test_the_only_vm_on_cpus_as_they_are_is_the_sole_owner() -> None:
    vm = resolved(ONE).vms[0]
    assert vm.interrupt_mode == "sole" and vm.why == [interrupt_mode.PROOF]
    assert mode(ONE.replace("auto", "direct")) == "sole"
    assert mode(ONE.replace("auto", "virtual")) == "virtual"
    assert mode(ONE.replace("    interrupts: auto\n", "")) == "sole"


@pytest.mark.parametrize("old, new, reason", [
    ("affinity: [0, 1]", "affinity: [1, 0]", "vCPU 0 reads MPIDR 0x0, and its pCPU 1 has 0x1"),
    ("affinity: [0, 1]", "affinity: [1, 0]\n    mpidrs: [1, 0]",
     "vCPU 0 sees its redistributor at 0x80a0000, and its pCPU 1 has it at 0x80c0000"),
    ("affinity: [0, 1]", "affinity: [0, 2]\n    mpidrs: [0, 0x100]",
     "vCPU 1 sees its redistributor at 0x80c0000, and its pCPU 2 has it at 0x9900000"),
    ("affinity: [0, 1]", "affinity: [0, 1]\n    mpidrs: [0, 0x10]", "vCPU 1 reads MPIDR 0x10, and its pCPU 1 has 0x1"),
    ("    devices", "    gic: {distributor: 0x0c000000}\n    devices",
     "it sees the GIC distributor at 0xc000000, which is at 0x8000000"),
    ("    devices", "    gic: {redistributors: 0x0c000000}\n    devices",
     "vCPU 0 sees its redistributor at 0xc000000, and its pCPU 0 has it at 0x80a0000"),
    ("    devices:\n", "    devices:\n" + CONSOLE, "device 'console' is an emulated pl011, which needs the "
     "hypervisor's UART interrupt"),
    ("    devices:\n", "    devices:\n      dog: {kind: watchdog, mmio: 0x0b000000, irq: {spi: 9}}\n",
     "device 'dog' is a watchdog, which keeps time by EL2's timer"),
    ("vms:\n", "console: {pcpu: 0}\nvms:\n", "'console' gives the interrupt of the UART to the hypervisor"),
    ("vms:\n", f"vms:\n{OTHER}", "it shares the machine with vm 'gp'"),
])
def test_each_condition_of_the_proof_is_one(old: str, new: str, reason: str) -> None:
    """Without it nothing is direct by itself, and what is asked to be direct is no more than
    that."""
    system = resolved(ONE.replace(old, new, 1))
    vm = next(vm for vm in system.vms if vm.name == "rt")
    assert vm.interrupt_mode == "virtual" and f"it is no sole owner: {reason}" in vm.why
    assert len(vm.why) == (2 if new == "affinity: [1, 0]" else 1)
    text = ONE.replace(old, new, 1).replace("interrupts: auto", "interrupts: direct\n    unconfined_interrupts: true")
    vm = next(vm for vm in resolved(text).vms if vm.name == "rt")
    assert vm.interrupt_mode == "direct" and f"it is no sole owner: {reason}" in vm.why


def test_two_frames_of_a_gicv4_are_not_the_guests() -> None:
    board("spis: 48", "spis: 48\n  stride: 256KiB")
    Path("platforms/board.yaml").write_text(Path("platforms/board.yaml").read_text().replace("256KiB}", "512KiB}")
                                            .replace("size: 128KiB", "size: 256KiB"))
    assert mode(ONE) == "virtual"


def test_auto_changes_no_interrupt_that_is_written() -> None:
    """SPI 2 is the clock's; the disk's would have to be another."""
    vm = resolved(ONE.replace("rtc: {kind: passthrough, device: rtc}", DISK.strip())).vms[0]
    assert vm.interrupt_mode == "virtual" and vm.emulated[0].irq == Interrupt(34)
    assert vm.why == ["'auto' leaves interrupts as they are written, and sole ownership would give device 'disk' "
                      "another than SPI 2 (INTID 34), which is device 'rtc' of the board"]
    assert mode(ONE + DISK.replace("{spi: 2}", "{spi: 3}")) == "sole"


def test_unused_spis_are_the_lowest_that_nothing_has() -> None:
    """What is written stays where it can, even behind a device that needs another; no two VMs get
    the same."""
    text = ONE.replace("auto", "direct\n    unconfined_interrupts: true")
    text += DISK.replace("spi: 2", "spi: 0") + CONSOLE
    text += DISK.replace("disk", "kept").replace("a000000", "a001000").replace("spi: 2", "spi: 3")
    text += OTHER + "    interrupts: direct\n    unconfined_interrupts: true\n    devices:\n"
    text += DISK.replace("spi: 2", "spi: 3") + DISK.replace("disk", "far").replace("a000000", "a001000").replace(
        "spi: 2", "spi: 48")
    system = resolved(text)
    assert [[device.irq.number for device in vm.emulated] for vm in system.vms] == [[4, 5, 3], [6, 7]]
    assert vm_interrupts.interrupt_masks(system, system.vms[0]) == (
        [0x7FFF | 1 << 27 | 1 << 30, 0b111100], [0, 0b111000])
    assert [c_tables.doorbell(vm) for vm in system.vms] == [37, 0]
    system = resolved(text.replace("direct", "virtual").replace("    unconfined_interrupts: true\n", ""))
    assert [[device.irq.number for device in vm.emulated] for vm in system.vms] == [[0, 1, 3], [3, 48]]


def test_interrupts_behind_other_names_are_not_spare() -> None:
    """An interrupt map leads to the GIC as well."""
    platform = systems.platform()
    assert unused_spis.is_unused(platform, Interrupt(35)) and not unused_spis.is_unused(platform, Interrupt(34))
    platform.devices["rtc"].uses["interrupt-map"] = [Reference("gic", (0, 3, 4), (0, 0, 0, 1))]
    assert not unused_spis.is_unused(platform, Interrupt(35))
    assert not unused_spis.is_unused(platform, Interrupt(33)) and unused_spis.is_unused(platform, Interrupt(255))
    assert not unused_spis.is_unused(platform, Interrupt(256)) and not unused_spis.is_unused(platform, Interrupt(31))


V, D, S = interrupt_mode.VIRTUAL, interrupt_mode.DIRECT, interrupt_mode.SOLE


@pytest.mark.parametrize("states, boot_cpu, vms, asked, taker", [
    (2, 0, [([3, 1], V)], None, (3, False)),
    (2, 1, [([3, 1], V)], None, (1, False)),
    (2, 1, [([3, 1], D), ([2], V)], None, (2, False)),
    (1, 1, [([3, 1], D), ([2], V)], None, (2, False)),
    (1, 1, [([3, 1], D), ([2], V)], 3, (3, True)),
    (2, 1, [([3, 1], D), ([2], V)], 3, None),
    (2, 1, [([3, 1], D), ([2], V)], 2, (2, False)),
    (1, 1, [([3, 1], D)], None, (1, True)),
    (1, 0, [([3, 1], D)], None, (3, True)),
    (2, 0, [([3, 1], D)], None, None),
    (2, 0, [([0, 1], S)], None, (None, False)),
])
def test_the_uarts_interrupt_goes_where_it_gets_through(states: int, boot_cpu: int, vms: Any, asked: int | None,
                                                        taker: tuple[int, bool] | None) -> None:
    platform = systems.platform()
    assert platform.gic
    platform.gic.security_states, platform.boot_cpu = states, boot_cpu
    found = uart.choose(platform, vms, asked)
    assert (found and (found.pcpu, found.group0)) == taker


def test_a_uart_that_is_given_away_is_a_device_like_others() -> None:
    """Its node, its interrupt, and the tables."""
    system = resolved(ONE + "      serial: {kind: passthrough, device: uart}\n")
    vm = system.vms[0]
    assert uart.owner(system) is vm and uart.taker(system).pcpu is None
    assert vm_interrupts.interrupt_masks(system, vm)[0][1] == 0b110
    assert [row["name"] for row in c_tables.expected_devices(system)] == ["GIC", "UART", "rtc"]
    assert main(["dtb", "input.yaml", "-o", "rt.dtb"]) == 0
    nodes = read(Path("rt.dtb").read_bytes())
    node = next(node for node in nodes.values() if node.path == "/serial@9000000")
    assert node.compatible == ["arm,pl011", "arm,primecell"]
    assert node.properties["clock-names"] == b"uartclk\0apb_pclk\0"
    assert nodes["/chosen"].properties["stdout-path"] == b"serial0:115200n8\0"
    assert nodes["/aliases"].properties["serial0"] == b"/serial@9000000\0"
    rates = [node.properties["clock-frequency"] for node in nodes.values() if "clock-frequency" in node.properties]
    assert rates == [(48000000).to_bytes(4, "big")] * 2


def test_reports_and_map_name_the_owner_of_the_uart() -> None:
    resolved(ONE + "      serial: {kind: passthrough, device: uart}\n" + DISK.replace("spi: 2", "spi: 3"))
    assert main(["build", "input.yaml", "-o", "out"]) == 0
    report = json.loads(Path("out/system.json").read_text())
    assert report["uart"] == {"pcpu": None, "why": "the UART is given to vm 'rt'", "vm": "rt"}
    assert report["vms"][0]["interrupts"] == {"mode": "sole", "why": [interrupt_mode.PROOF]}
    assert report["vms"][0]["emulated"][0]["irq_why"] == "as written, which no device of the board has"
    text = Path("out/map.txt").read_text()
    assert re.search(r"^  UART +0x9000000\.\.0x9000fff, SPI 1 \(INTID 33\) +rt$", text, re.MULTILINE)
    assert "entry 0x40000000; direct interrupts, sole owner\n" in text


def test_a_board_without_a_gicv3_has_nothing_direct() -> None:
    """Trees and exports are made for it all the same, with the interrupts that are written."""
    board("spis: 48\n  security_states: 1", "spis: 48\n  version: 2\n  cpu_interface: {base: 0x08010000, size: 8KiB}")
    vm = resolved(ONE.replace("auto", "direct") + CONSOLE).vms[0]
    assert (vm.interrupt_mode, vm.why) == ("virtual", ["platform 'board' has no GICv3"])
    assert vm.emulated[0].irq == Interrupt(33)


def test_a_device_of_that_name_comes_first() -> None:
    platform = systems.platform()
    assert platform.uart and platform.device("uart") is platform.uart.device
    platform.devices["uart"] = platform.devices["rtc"]
    assert platform.device("uart") is platform.devices["rtc"]


@pytest.mark.parametrize("cmdline, wanted", [
    ("irqchip.gicv3_pseudo_nmi=1", True), ("quiet irqchip.gicv3-pseudo-nmi=y", True),
    ("irqchip.gicv3_pseudo_nmi=on", True),
    ("irqchip.gicv3_pseudo_nmi=0", False), ("irqchip.gicv3_pseudo_nmi=off", False), ("irqchip.gicv3_pseudo_nmi", False),
    ("irqchip.gicv3_pseudo_nmi=1 irqchip.gicv3_pseudo_nmi=0", False), ("x.irqchip.gicv3_pseudo_nmi=1", False),
    ("irqchip.gicv3_pseudo_nmi=", False), ("", False),
    ('irqchip.gicv3_pseudo_nmi="1"', True), ('"irqchip.gicv3_pseudo_nmi=1"', True),
    ('x="a b" "irqchip.gicv3-pseudo-nmi=1" y', True), ('irqchip.gicv3_pseudo_nmi="off"', False),
    ('x="a irqchip.gicv3_pseudo_nmi=1"', False), ('"irqchip.gicv3_pseudo_nmi=1 x"', True),
    ("irqchip.gicv3_pseudo_nmi=1 irqchip.gicv3_pseudo_nmi=x", True),
    ("irqchip.gicv3_pseudo_nmi=0 irqchip.gicv3_pseudo_nmi=", False), ("irqchip.gicv3_pseudo_nmi=ON", True),
    ("irqchip.gicv3_pseudo_nmi=1 -- irqchip.gicv3_pseudo_nmi=0", True), ("-- irqchip.gicv3_pseudo_nmi=1", False),
    ("a -- irqchip.gicv3_pseudo_nmi=1", False), ('"--" irqchip.gicv3_pseudo_nmi=1', False),
    ("--=x irqchip.gicv3_pseudo_nmi=1", True), ("IRQCHIP.gicv3_pseudo_nmi=1", False),
])
def test_pseudo_nmis_are_seen_on_the_command_line(cmdline: str, wanted: bool) -> None:
    assert pseudo_nmi(cmdline) == wanted


def test_pmr_is_nothing_to_a_sole_owner_or_where_it_is_accepted() -> None:
    text = ONE.replace("boot: {kernel: Image}", "boot: {kernel: Image, cmdline: irqchip.gicv3_pseudo_nmi=1}")
    assert mode(text.replace("auto", "direct")) == "sole"
    assert mode(text.replace("auto", "direct\n    uses_pmr: true") + CONSOLE) == "direct"
    assert mode(text + CONSOLE) == "virtual"


def test_a_sole_owner_does_not_mask_by_pmr_where_it_shows_other_priorities() -> None:
    """With two security states ICC_PMR_EL1 and the emulated distributor differ: EL2 stands between
    the two."""
    text = ONE.replace("auto", "direct\n    uses_pmr: true")
    assert mode(text) == "sole"
    board("security_states: 1", "security_states: 2")
    assert mode(text + "      serial: {kind: passthrough, device: uart}\n") == "direct"
    assert mode(ONE.replace("auto", "direct") + "      serial: {kind: passthrough, device: uart}\n") == "sole"


def test_group0_is_used_where_the_gic_has_one_security_state() -> None:
    """A boot check refuses a machine with two of them then, and only then."""
    text = ONE.replace("auto", "direct\n    unconfined_interrupts: true")
    for devices, others, used in (("", OTHER, True), (CONSOLE, "", True), ("", "", False)):
        system = resolved(text + devices + others)
        assert interrupt_mode.uses_group0(system) == used, (devices, others)
        assert system.platform.gic
        system.platform.gic.security_states = 2
        assert not interrupt_mode.uses_group0(system)


def test_explain_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    resolved(ONE.replace("auto", "direct\n    unconfined_interrupts: true") + CONSOLE + OTHER)
    assert main(["explain", "interrupts", "input.yaml"]) == 0
    assert capsys.readouterr().out == """\
rt: direct (input.yaml:9:17)
  interrupts of its pCPUs reach the VM without an exit; an SGI that it sends is one
  because 'interrupts: direct' is written
  because it is no sole owner: it shares the machine with vm 'gp'
  because it is no sole owner: device 'console' is an emulated pl011, which needs the hypervisor's UART \
interrupt
    console  pl011        SPI 3 (INTID 35)  the lowest that no device has; SPI 1 (INTID 33) is the hypervisor's UART
    rtc      passthrough  SPI 2 (INTID 34)  the device's own

gp: virtual (input.yaml:14:3)
  interrupts are EL2's and reach the VM by list registers: one exit each
  because it is no sole owner: it shares the machine with vm 'rt'
  because it is no sole owner: vCPU 0 reads MPIDR 0x0, and its pCPU 2 has 0x100
  because it is no sole owner: vCPU 0 sees its redistributor at 0x80a0000, and its pCPU 2 has it at 0x9900000

The hypervisor's UART: pCPU 2 takes SPI 1 (INTID 33): the first vCPU's in virtual mode
"""


def test_explain_as_json_and_for_one_vm(capsys: pytest.CaptureFixture[str]) -> None:
    resolved(ONE + OTHER)
    assert main(["explain", "interrupts", "input.yaml", "gp", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [vm["name"] for vm in found["vms"]] == ["gp"] and found["vms"][0]["mode"] == "virtual"
    assert found["vms"][0]["asked"] == "auto" and "uart" not in found
    assert main(["explain", "interrupts", "input.yaml", "nobody"]) == 2
    assert "there is no vm 'nobody', only rt, gp" in capsys.readouterr().err
    Path("input.yaml").write_text(ONE.replace("[0, 1]", "[0, 9]"))
    assert main(["explain", "interrupts", "input.yaml"]) == 1
    assert "error P021" in capsys.readouterr().err
    assert main(["explain", "interrupts"]) == 0
    assert capsys.readouterr().out.startswith("vms.NAME.interrupts: ")


@pytest.mark.parametrize("spoil", [
    ("unconfined_interrupts: true", "unconfined_interrupts: 5"), ("interrupts: direct", "interrupts: 5"),
    ("kind: passthrough, device: uart", "kind: passthrough, device: 5"), ("kind: passthrough, device: uart", "kind: 5"),
])
def test_what_is_not_known_is_not_blamed(spoil: tuple[str, str]) -> None:
    """A key that is wrong has its own finding, and no more comes of it."""
    board("security_states: 1", "security_states: 2")
    text = ONE.replace("auto", "direct\n    unconfined_interrupts: true").replace("[0, 1]", "[1, 0]")
    text += "      serial: {kind: passthrough, device: uart}\n"
    Path("input.yaml").write_text(text.replace(*spoil))
    _, findings = steps.resolved("input.yaml")
    assert len(findings) == 1, findings.text()


def test_the_shipped_descriptions_are_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    found = {}
    for path in sorted(Path("vm-configs").glob("*.yaml")):
        system, _ = steps.resolved(path, images_needed=False)
        assert system
        found |= {(path.stem, vm.name): vm.interrupt_mode for vm in system.vms if vm.interrupt_mode != "virtual"}
    assert found == {("linux-smp4-direct", "linux"): "sole", ("linux-2x2-direct", "left"): "direct"}
