# SPDX-License-Identifier: Apache-2.0
"""Six boards as they are imported, put to use: a VM with a CPU, memory and a device of the board
gets its device tree, a map and the exports, whatever Pinion itself runs on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from gen.api.cli import main
from gen.board_import import import_board, writer
from gen.devicetree import tree
from gen.devicetree.addresses import Addresses
from gen.devicetree.interrupts import Interrupts, Line

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gen"))

from guest_images import linux_image  # noqa: E402

# A device of whole pages without DMA, and the base of the RAM that the boot loader tells of where
# the tree does not.
GIVEN = {
    "broadcom/bcm2711-rpi-4-b": ("i2c@7e804000", 0), "freescale/imx8mm-evk": ("serial@30a60000", None),
    "freescale/imx8mp-evk": ("serial@30a60000", None), "rockchip/rk3399-rock-pi-4b": ("i2c@ff110000", 0),
    "xilinx/zynqmp-zcu102-rev1.0": ("serial@ff010000", None), "ti/k3-am654-base-board": ("mailbox@32c00000", None),
}
GICV2 = ("broadcom/bcm2711-rpi-4-b", "xilinx/zynqmp-zcu102-rev1.0")


@pytest.fixture(params=sorted(GIVEN))
def board(request: pytest.FixtureRequest) -> str:
    """A board, by the path of its device tree."""
    name: str = request.param
    return name


@pytest.fixture
def folder(board: str, dtbs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: the platform file, with RAM, and a description."""
    device, ram = GIVEN[board]
    platform = writer.text(import_board((dtbs / f"{board}.dtb").read_bytes(), Path(board).name))
    if ram is not None:
        platform = re.sub(r"(?m)^memory: \[\]$", f"memory: [{{base: {ram:#x}, size: 1GiB}}]", platform)
    (tmp_path / "board.yaml").write_text(platform, encoding="utf-8")
    (tmp_path / "Image").write_bytes(linux_image())
    describe(tmp_path, f"devices: {{given: {{kind: passthrough, device: {device}}}}}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def describe(folder: Path, more: str) -> None:
    """Write the description of the one VM, with `more` in it."""
    (folder / "vms.yaml").write_text(f"""pinion: 1
platform: board.yaml
vms:
  rt:
    vcpus: 1
    affinity: [1]
    memory: [{{ipa: 0x40000000, size: 64MiB}}]
    boot: {{kernel: Image, cmdline: quiet}}
    {more}
""")


def base(device: str) -> int:
    """The address of a device by its name; the Raspberry Pi's buses have others than its CPUs."""
    address = int(device.partition("@")[2], 16)
    return address + 0x80000000 if address >> 24 == 0x7E else address


def test_a_guest_tree_has_the_gic_and_the_device(board: str, folder: Path) -> None:
    assert main(["dtb", "vms.yaml", "rt", "-o", "rt.dtb"]) == 0
    nodes = tree.read((folder / "rt.dtb").read_bytes())
    controllers = [node for node in nodes.values() if "interrupt-controller" in node.properties]
    assert [node.compatible for node in controllers] == [["arm,gic-400" if board in GICV2 else "arm,gic-v3"]]
    addresses = Addresses(nodes)
    given = [node for node in nodes.values()
             if [area.base for area in addresses.registers(node).known][:1] == [base(GIVEN[board][0])]]
    assert len(given) == 1
    line = Interrupts(nodes).named(given[0])[0]
    assert isinstance(line, Line) and line.controller == controllers[0].path


def test_the_machine_is_drawn(board: str, folder: Path) -> None:
    assert main(["map", "vms.yaml", "--text", "-o", "map"]) == main(["map", "vms.yaml", "-o", "map.svg"]) == 0
    text = (folder / "map").read_text(encoding="utf-8")
    assert ("GIC CPU interface" if board in GICV2 else "GIC redistributors") in text
    assert re.search(rf"^  {GIVEN[board][0]} .* rt$", text, re.MULTILINE)
    assert main(["build", "vms.yaml", "-o", "out"]) == 1  # no region for the hypervisor is known


def test_xen_is_given_the_device_of_the_boards_own_tree(board: str, folder: Path, dtbs: Path) -> None:
    blob = dtbs / f"{board}.dtb"
    assert main(["export", "xen", "vms.yaml", "-o", "out", "--host-tree", str(blob)]) == 0
    host = tree.read((folder / "out/host.dtb").read_bytes())
    assert set(host) > set(tree.read(blob.read_bytes()))
    passed = [node for node in host.values() if "xen,passthrough" in node.properties]
    assert [Addresses(host).registers(node).known[0].base for node in passed] == [base(GIVEN[board][0])]
    assert "xen,domain" in host["/chosen/rt"].compatible
    partial = tree.read((folder / "out/rt.passthrough.dtb").read_bytes())
    named = [node for node in partial.values() if "xen,path" in node.properties]
    assert [node.properties["xen,path"] for node in named] == [f"{passed[0].path}\0".encode()]


def test_bao_and_qemu_are_given_a_gicv3_alone(board: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """QEMU's machine has its own GIC, and no device of the board."""
    status = 1 if board in GICV2 else 0
    assert main(["export", "bao", "vms.yaml", "-o", "bao"]) == status
    describe(folder, "" if status else "gic: {distributor: 0x08000000, redistributors: 0x080a0000}")
    assert main(["export", "qemu", "vms.yaml", "-o", "qemu"]) == status
    if status:
        assert capsys.readouterr().err.count("error P120") == 2
        return
    config = (folder / "bao/config.c").read_text()
    assert f".pa = {base(GIVEN[board][0]):#x}," in config and "{27, 30}" in config
    assert "-machine virt,gic-version=3" in (folder / "qemu/rt.sh").read_text()
