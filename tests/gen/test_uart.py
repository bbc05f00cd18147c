# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's UART: its kinds, what `import` reads of its node, and what a VM that is given
the UART finds in its tree."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gen.api import products, steps
from gen.board_import import Board, import_board, writer
from gen.devicetree import tree
from gen.image.c_tables import expected_devices, uart_context
from gen.model import Interrupt, Range, Reference, System
from gen.read.findings import Findings
from gen.read.schemas import schema
from gen.read.uart_kinds import UART_KINDS, can_have, kind_of
from guest_images import write_all

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent

BOARD = """/dts-v1/;
/ {
    compatible = "acme,board"; #address-cells = <1>; #size-cells = <1>; interrupt-parent = <&gic>;
    chosen { stdout-path = "serial2:1500000n8"; };
    aliases { serial2 = "/soc/module@20000000/serial@100"; };
    cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; enable-method = "psci"; }; };
    psci { compatible = "arm,psci-1.0"; method = "smc"; };
    memory@80000000 { device_type = "memory"; reg = <0x80000000 0x10000000>; };
    gic: interrupt-controller@10000000 {
        compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
        reg = <0x10000000 0x10000>, <0x10010000 0x20000>; };
    osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
    soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;
        cru: clock@30000000 { compatible = "acme,cru"; #clock-cells = <1>; reg = <0x30000000 0x1000>; };
        pins { compatible = "acme,pins"; uart0: uart0 { pins = "a"; }; };
        dma: dma@30002000 { compatible = "acme,dma"; #dma-cells = <1>; reg = <0x30002000 0x1000>; };
        module@20000000 { compatible = "acme,module"; reg = <0x20000000 0x1000>;
            #address-cells = <1>; #size-cells = <1>; ranges = <0 0x20000000 0x1000>;
            serial@100 { compatible = "acme,uart", "snps,dw-apb-uart"; reg = <0x100 0x100>; interrupts = <0 5 4>;
                reg-shift = <2>; reg-io-width = <4>;
                clocks = <&cru 7>, <&cru 8>; clock-names = "baudclk", "apb_pclk";
                pinctrl-names = "default"; pinctrl-0 = <&uart0>; dmas = <&dma 3>; dma-names = "rx"; };
        };
    };
};
"""


def imported(*changes: tuple[str, str]) -> Board:
    """The board, with parts of its tree replaced."""
    source = BOARD
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    blob = subprocess.run(["dtc", "-q", "-O", "dtb"], input=source.encode(), capture_output=True, check=True).stdout
    return import_board(blob, "board")


def again(board: Board, folder: Path) -> Board:
    """The board with the platform that its file holds."""
    findings, path = Findings(), folder / "board.yaml"
    path.write_text(writer.text(board), encoding="utf-8")
    platform = steps.load_platform(path, findings)
    assert platform and not findings.text()
    board.platform = platform
    return board


# ---------------------------------------------------------------- kinds


def test_schema_and_drivers_have_the_kinds() -> None:
    kinds = schema("platform")["$defs"]["uart"]["properties"]["kind"]["enum"]
    assert kinds == list(UART_KINDS)
    drivers = re.findall(r"^extern const struct uart_driver (\w+);",
                         (ROOT / "hyp/uart/uart_drivers.h").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(drivers) == sorted({kind.driver for kind in UART_KINDS.values()})


def test_no_word_of_compatible_means_two_kinds() -> None:
    for name, kind in UART_KINDS.items():
        for word in kind.compatible:
            assert [other for other in UART_KINDS if UART_KINDS[other].matches(word)] in ([name], [])
        assert kind_of(kind.compatible) == name


@pytest.mark.parametrize("compatible, kind", [
    ("rockchip,rk3399-uart snps,dw-apb-uart", "dw-apb-uart"), ("fsl,ns16550 ns16550a", "ns16550a"),
    ("ti,am64-uart ti,am654-uart", "omap-uart"), ("ti,omap4-uart", "omap-uart"), ("ti,dra742-uart", "omap-uart"),
    ("nvidia,tegra210-uart nvidia,tegra20-uart", "tegra-uart"), ("nvidia,tegra30-hsuart", None),
    ("mediatek,mt8173-uart mediatek,mt6577-uart", "mt6577-uart"), ("arm,sbsa-uart arm,pl011", "pl011"),
    ("arm,sbsa-uart", "sbsa-uart"), ("brcm,bcm2835-aux-uart", "bcm2835-aux-uart"),
    ("fsl,imx8mm-uart fsl,imx6q-uart", "imx-uart"), ("fsl,imx6ul-uart", "imx-uart"), ("fsl,imx8qxp-lpuart", None),
    ("xlnx,zynqmp-uart cdns,uart-r1p12", "cadence-uart"), ("xlnx,xuartps cdns,uart-r1p8", "cadence-uart"),
    ("amlogic,meson-gx-uart", None)])
def test_kind_by_compatible(compatible: str, kind: str | None) -> None:
    assert kind_of(compatible.split()) == kind


@pytest.mark.parametrize("kind, clock, baud, divisor", [
    # clock / (16 * baud) in 64ths
    ("pl011", 24000000, 115200, 13 * 64 + 1), ("pl011", 1843200, 115200, 64), ("pl011", 3000000, 115200, 64 + 40),
    ("pl011", 48000000, 115200, 26 * 64 + 3), ("pl011", 100000000, 115200, 54 * 64 + 16),
    ("pl011", 4000000000, 115200, 2170 * 64 + 9), ("pl011", 24000000, 1500000, 64),
    ("ns16550a", 1843200, 115200, 1), ("ns16550a", 48000000, 115200, 26), ("dw-apb-uart", 24000000, 1500000, 1),
    ("dw-apb-uart", 24000000, 300, 5000), ("omap-uart", 48000000, 115200, 26),
    ("bcm2835-aux-uart", 500000000, 115200, 543), ("imx-uart", 24000000, 115200, 833),
    ("imx-uart", 80000000, 4000000, 80), ("cadence-uart", 100000000, 115200, 6 << 16 | 124),
    ("cadence-uart", 50000000, 115200, 6 << 16 | 62)])
def test_divisor_of_a_clock(kind: str, clock: int, baud: int, divisor: int) -> None:
    rate = UART_KINDS[kind].rate
    assert rate and rate(clock, baud).divisor == divisor and can_have(kind, clock, baud)


@pytest.mark.parametrize("kind, clock, baud", [
    ("pl011", 1000000, 115200), ("imx-uart", 1000000000, 38400), ("cadence-uart", 100000, 115200),
    ("ns16550a", 24000000, 921600), ("ns16550a", 4000000000, 300)])
def test_not_every_clock_gives_every_baud_rate(kind: str, clock: int, baud: int) -> None:
    assert not can_have(kind, clock, baud)


# ---------------------------------------------------------------- import


def test_the_uart_keeps_its_layout_and_what_it_depends_on(tmp_path: Path) -> None:
    board = again(imported(), tmp_path)
    uart = board.platform.uart
    assert uart and (uart.kind, uart.mmio, uart.irq) == ("dw-apb-uart", Range(0x20000100, 0x100), Interrupt(37))
    assert (uart.register_offset, uart.register_shift, uart.access_width) == (0, 2, 4)
    assert uart.compatible == ["acme,uart", "snps,dw-apb-uart"] and uart.parent == "module@20000000"
    assert uart.aliases == ["serial2"] and not [loss for loss in board.lost if loss.path == "/aliases"]
    assert uart.uses == {"clocks": [Reference("clock@30000000", (7,)), Reference("clock@30000000", (8,))],
                         "pinctrl-0": [Reference("pins/uart0")]}
    assert uart.properties == {"clock-names": ["baudclk", "apb_pclk"], "pinctrl-names": "default"}
    assert (uart.clock, uart.baud) == (0, 115200)  # what the firmware set


def test_a_16550_has_what_its_node_leaves_out(tmp_path: Path) -> None:
    board = imported(('"acme,uart", "snps,dw-apb-uart"', '"ns16550a"'), ("reg-shift = <2>; reg-io-width = <4>;",
                                                                         "reg-offset = <0x20>;"))
    uart = again(board, tmp_path).platform.uart
    assert uart and (uart.kind, uart.compatible) == ("ns16550a", ["ns16550a"])
    assert (uart.register_offset, uart.register_shift, uart.access_width) == (0x20, 0, 1)


@pytest.mark.parametrize("layout", [
    "reg-shift = <2>; reg-io-width = <2>;", "reg-shift = <1>; reg-io-width = <4>;", "reg-shift = <4>;",
    "reg-shift = <2>; reg-io-width = <4>; reg-offset = <0xfff00000>;"])
def test_registers_that_the_driver_cannot_access_are_no_uart(layout: str) -> None:
    board = imported(("reg-shift = <2>; reg-io-width = <4>;", layout))
    assert board.platform.uart is None
    assert any("are not those of a dw-apb-uart" in loss.text for loss in board.assumed)


@pytest.mark.parametrize("clocks, clock, baud", [
    ('clocks = <&osc>; clock-names = "baudclk";', 24000000, 1500000),
    ("clocks = <&osc>;", 24000000, 1500000),
    ("clock-frequency = <48000000>;", 48000000, 1500000),
    ("clock-frequency = <384000>;", 0, 115200),
    ('clocks = <&osc>, <&cru 8>; clock-names = "baudclk", "apb_pclk";', 0, 115200)])
def test_a_clock_that_the_tree_states_gives_the_baud_rate_of_stdout_path(clocks: str, clock: int, baud: int,
                                                                         tmp_path: Path) -> None:
    board = again(imported(('clocks = <&cru 7>, <&cru 8>; clock-names = "baudclk", "apb_pclk";', clocks)), tmp_path)
    assert board.platform.uart and (board.platform.uart.clock, board.platform.uart.baud) == (clock, baud)
    assert ("clocks" in board.platform.uart.uses) == ("cru" in clocks)


# ---------------------------------------------------------------- products


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    """A VM to which the UART is passed through, with its pins."""
    monkeypatch.chdir(tmp_path)
    write_all(tmp_path)
    platform = (HERE / "corpus/imported/console.yaml").read_text(encoding="utf-8")
    (tmp_path / "board.yaml").write_text(platform, encoding="utf-8")
    (tmp_path / "vms.yaml").write_text("""pinion: 1
platform: ./board.yaml
vms:
  linux:
    vcpus: 1
    affinity: [0]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: Image}
    devices:
      uart: {kind: passthrough, device: uart}
      pins: {kind: passthrough, device: pinctrl}
      grf: {kind: passthrough, device: grf@9030000}
""", encoding="utf-8")
    found, findings = steps.resolved("vms.yaml")
    assert found and not findings.errors, findings.text()
    return found


def test_a_vm_that_is_given_the_uart_finds_what_its_driver_needs(system: System) -> None:
    guest = tree.read(products.guest_trees(system, Findings())["linux.dtb"])
    node = guest["/serial@9000000"]
    assert node.compatible == ["snps,dw-apb-uart"]
    assert (node.cell("reg-shift", 0), node.cell("reg-io-width", 0)) == (2, 4)
    assert node.properties["clock-names"] == b"baudclk\0apb_pclk\0"
    assert node.properties["pinctrl-names"] == b"default\0"
    assert guest.find(guest["/aliases"].text("serial0")) is node
    assert guest["/chosen"].text("stdout-path") == "serial0:115200n8"


def test_the_guest_keeps_the_baud_rate(system: System) -> None:
    assert system.platform.uart
    system.platform.uart.baud = 1500000
    guest = tree.read(products.guest_trees(system, Findings())["linux.dtb"])
    assert guest["/chosen"].text("stdout-path") == "serial0:1500000n8"


def test_tables_have_the_uart(system: System) -> None:
    row = uart_context(system)
    assert (row["base"], row["divisor"], row["register_shift"], row["access_width"]) == (0x9000000, 13, 2, 4)
    wanted = next(device for device in expected_devices(system) if device["name"] == "UART")
    assert (wanted["compatible"], wanted["base"]) == ("snps,dw-apb-uart", 0x9000000)


def test_boot_looks_for_the_word_of_the_kind_at_the_nodes_registers(system: System) -> None:
    uart = system.platform.uart
    assert uart
    uart.compatible, uart.register_offset = ["acme,uart", "snps,dw-apb-uart"], 0x40
    wanted = next(device for device in expected_devices(system) if device["name"] == "UART")
    assert (wanted["compatible"], wanted["base"]) == ("snps,dw-apb-uart", 0x9000000)
    assert uart_context(system)["base"] == 0x9000040
