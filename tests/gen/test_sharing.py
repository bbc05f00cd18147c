# SPDX-License-Identifier: Apache-2.0
"""What devices have in common, as `explain device` says it of one and `check` of the devices of two
VMs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples import length
from gen.api import steps
from gen.api.cli import main
from gen.model import Description, Platform, Position, Vm, VmDevice
from gen.read.findings import Findings
from gen.rules import device_irqs, sharing
from gen.show import explain_device

HERE = Path(__file__).parent
PLATFORMS = HERE.parents[1] / "vm-configs/platforms"
BOARDS = [*sorted(PLATFORMS.glob("*.yaml")), HERE / "corpus/imported/parts.yaml",
          HERE / "corpus/imported/controllers.yaml"]
AT = Position("vms.yaml", 1, 1)
SAMPLE = length(24, 5)  # devices of a board that are given away beside every other


@pytest.fixture(scope="module", params=BOARDS, ids=lambda path: path.stem)
def board(request: pytest.FixtureRequest) -> Platform:
    """A board with devices that share something."""
    platform = steps.load_platform(request.param, Findings())
    assert platform
    return platform


def vms(platform: Platform, *given: list[str]) -> Description:
    """A VM for each list of devices."""
    return Description(AT, platform=platform, vms=[
        Vm(AT, name=f"vm{number}", devices={
            f"d{index}": VmDevice(AT, name=f"d{index}", kind="passthrough", device=name)
            for index, name in enumerate(names)}) for number, names in enumerate(given)])


def said(description: Description) -> Iterator[str]:
    """The codes for what the VMs share with each other."""
    findings = Findings()
    sharing.check(description, findings)
    device_irqs.check(description, findings)
    return (finding.code for finding in findings if finding.code in ("P032", "P100", "P102", "P149", "P150")
            and "with the hypervisor's UART" not in finding.message)


@pytest.mark.slow
def test_check_and_explain_say_the_same_of_every_two_devices(board: Platform) -> None:
    names = list(board.devices)
    for name in names[::max(1, len(names) // SAMPLE)]:
        shared = explain_device.facts(board, board.devices[name])["shared"]
        for other in (other for other in names if other != name):
            explained = {item["finding"] for item in shared if other in item["with"]}
            assert set(said(vms(board, [name], [other]))) == explained, (name, other)
            assert not set(said(vms(board, [name, other]))), (name, other)


def explained(device: str, file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """The lists of `explain device` by their titles, without those of what the node says."""
    assert main(["explain", "device", device, str(file)]) == 0
    parts = [part.splitlines() for part in capsys.readouterr().out.split("\n\n")[1:]]
    return {lines[0]: [line.strip() for line in lines[1:]] for lines in parts if lines[0].startswith("In common")}


EXCLUSIVE, TOLD_APART, NOBODYS = explain_device.SHARED.values()


@pytest.mark.parametrize("device, title, line", [
    ("first@9030000", TOLD_APART, "page of registers 0x9030000..0x9030fff: second@9030200"),
    ("first@9040000", EXCLUSIVE, "interrupt SPI 7 (INTID 39): third@90c0000"),
    ("first@9040000", NOBODYS, "controller clock@9010000: second@9050000"),
    ("first@9060000", NOBODYS, "controller firmware: second@9070000, first@90a0000, second@90b0000"),
    ("first@9080000", NOBODYS, "controller gpio@9020000: second@9090000"),
    ("first@90a0000", NOBODYS, "controller firmware: first@9060000, second@9070000, second@90b0000")])
def test_explain_lists_what_is_shared(device: str, title: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert line in explained(device, HERE / "corpus/imported/controllers.yaml", capsys)[title]


@pytest.mark.parametrize("device, board_file, line", [
    ("i2c@ff110000", "rock-pi-4", "controller pinctrl: pcie@f8000000, ethernet@fe300000, "),
    ("serial@ff010000", "zcu102", "controller zynqmp-firmware: fpga-full, i2c@ff020000, ")])
def test_explain_lists_controllers_without_registers(device: str, board_file: str, line: str,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    lines = explained(device, PLATFORMS / f"{board_file}.yaml", capsys)[NOBODYS]
    assert any(shown.startswith(line) for shown in lines), lines


def test_a_fixed_clock_stands_in_for_a_shared_controller() -> None:
    platform = steps.load_platform(HERE / "corpus/imported/controllers.yaml", Findings())
    assert platform and platform.devices["third@90c0000"].clocks
    assert not list(said(vms(platform, ["second@9050000"], ["third@90c0000"])))


def test_a_shared_controller_is_said_once_for_each_vm() -> None:
    platform = steps.load_platform(HERE / "corpus/imported/controllers.yaml", Findings())
    assert platform
    of_firmware = (["first@9060000"], ["second@9070000", "first@90a0000"], ["second@90b0000"])
    assert list(said(vms(platform, *of_firmware))) == ["P150", "P150"]


def test_transports_in_one_page_may_go_to_two_vms() -> None:
    platform = steps.load_platform(HERE.parents[1] / "vm-configs/platforms/qemu-virt.yaml", Findings())
    assert platform
    findings = Findings()
    sharing.check(vms(platform, ["virtio0", "virtio1"], ["virtio2"]), findings)
    assert [(finding.severity, finding.code) for finding in findings] == [("note", "P149")]
