# SPDX-License-Identifier: Apache-2.0
"""Names of devices: from /aliases of a board's tree to those of guests' trees, and the console that
a guest's tree names."""

from __future__ import annotations

from pathlib import Path

import pytest

import boards
from gen.api import steps
from gen.board_import import import_board, writer
from gen.devicetree import tree
from gen.devicetree.values import strings
from gen.guest_tree.trees import guest_trees
from gen.read.findings import Findings

UARTS = """
    aliases {
        serial0 = &uart; serial2 = &imx2; serial3 = &imx3; mmc1 = "/soc/mmc@7e003000"; rtc0 = &clock; lost = "/nothing";
    };
    serial@8e00000 { compatible = "amlogic,meson-gx-uart"; reg = <0 0x8e00000 0 0x1000>; interrupts = <0 20 4>; };
    imx2: serial@8e10000 { compatible = "amlogic,meson-gx-uart"; reg = <0 0x8e10000 0 0x1000>; interrupts = <0 21 4>; };
    imx3: serial@8e20000 { compatible = "amlogic,meson-gx-uart"; reg = <0 0x8e20000 0 0x1000>; interrupts = <0 22 4>; };
    pl011@8e30000 { compatible = "arm,pl011"; reg = <0 0x8e30000 0 0x1000>; interrupts = <0 23 4>; };
"""


@pytest.fixture(autouse=True)
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory, with a board that has more names and UARTs than others."""
    monkeypatch.chdir(tmp_path)
    text = boards.BOARD.replace("\taliases { serial0 = &uart; };\n", UARTS).replace("\trtc@68 {", "\tclock: rtc@68 {")
    imported = import_board(boards.blob(text), "board")
    assert [str(loss) for loss in imported.lost if loss.path == "/aliases"] == [
        "/aliases: rtc0, lost: names of what is no device by itself; an overlay may give some"]
    Path("board.yaml").write_text(writer.text(imported))


def guest(devices: str, more: str = "") -> tree.Tree:
    """The tree of a VM with these devices."""
    Path("vm.yaml").write_text(
        "pinion: 1\nplatform: board.yaml\nvms:\n  vm: {vcpus: 1, affinity: [0], boot: {kernel: Image}, "
        f"memory: [{{ipa: 0x41000000, size: 64MiB, pa: same}}], devices: {{{devices}}}{more}}}\n")
    system, findings = steps.resolved("vm.yaml", images_needed=False)
    assert system is not None, findings.text()
    made = guest_trees(system, findings)
    assert not findings.errors, findings.text()
    return tree.read(made["vm.dtb"])


def names(nodes: tree.Tree) -> dict[str, str]:
    """Each alias, and the address of its node."""
    return {name: strings(data)[0].rpartition("@")[2] for name, data in nodes["/aliases"].properties.items()}


def passed(*devices: str) -> str:
    """These devices, passed through."""
    return ", ".join(f"d{number}: {{kind: passthrough, device: {name}}}" for number, name in enumerate(devices))


def test_the_platform_file_has_the_names() -> None:
    platform = steps.load_platform(Path("board.yaml"), Findings())
    assert platform and {name: device.aliases for name, device in platform.devices.items() if device.aliases} == {
        "serial@8e10000": ["serial2"], "serial@8e20000": ["serial3"], "mmc@7e003000": ["mmc1"]}


CONSOLE = "console: {kind: pl011, mmio: 0x09000000, irq: {spi: 8}}"


@pytest.mark.parametrize("devices, found, stdout", [
    ("", {}, ""),
    (CONSOLE, {"serial0": "9000000"}, "serial0:115200n8"),
    # Linux counts i.MX UARTs by these names, and refuses one without
    (passed("serial@8e10000"), {"serial2": "8e10000"}, "serial2"),
    (passed("serial@8e20000", "serial@8e10000"), {"serial2": "8e10000", "serial3": "8e20000"}, "serial3"),
    (f"{passed('serial@8e10000')}, {CONSOLE}", {"serial0": "9000000", "serial2": "8e10000"}, "serial0:115200n8"),
    (passed("pl011@8e30000"), {"serial0": "8e30000"}, "serial0"),
    (f"{passed('pl011@8e30000', 'serial@8e10000')}, {CONSOLE}",
     {"serial0": "9000000", "serial1": "8e30000", "serial2": "8e10000"}, "serial0:115200n8"),
    (passed("serial@8e00000"), {}, ""),  # neither a name nor a known kind
    (f"{passed('mmc@7e003000')[:-1]}, dma: unconfined}}", {"mmc1": "9003000"}, "")])
def test_a_guest_has_the_names_of_its_devices(devices: str, found: dict[str, str], stdout: str) -> None:
    nodes = guest(devices)
    assert names(nodes) == found
    assert nodes["/chosen"].text("stdout-path") == stdout


@pytest.mark.parametrize("devices", ["", CONSOLE])
def test_an_overlay_may_add_names(devices: str) -> None:
    Path("names.dtso").write_text('/dts-v1/;\n/plugin/;\n&{/aliases} { ethernet0 = "/eth@1"; };\n')
    assert names(guest(devices, ", dtb: {overlays: [names.dtso]}"))["ethernet0"] == "1"


def test_a_uart_gives_way_to_the_emulated_one() -> None:
    text = Path("board.yaml").read_text().replace("[serial0]", "[serial9]").replace("[serial2]", "[serial0]")
    Path("board.yaml").write_text(text)
    assert names(guest(f"{passed('serial@8e10000')}, {CONSOLE}")) == {"serial0": "9000000", "serial1": "8e10000"}
