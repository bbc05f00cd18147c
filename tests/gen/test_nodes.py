# SPDX-License-Identifier: Apache-2.0
"""Nodes of passed-through devices in a guest's tree: references, children, parts, copies, and what
is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import boards
from gen import Rejected, load
from gen.board_import import import_board, writer
from gen.devicetree.dtc import decompiled
from gen.devicetree.tree import Tree, read
from gen.devicetree.values import cells, strings
from guest_images import write_all

VMS = """pinion: 1
platform: board.yaml
vms:
  rt:
    vcpus: 2
    affinity: [0, 1]
    memory: [{{ipa: 0x44000000, size: 64MiB, pa: same}}]
    boot: {{kernel: Image}}
    devices: {{{devices}}}
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path) -> Iterator[None]:
    """A folder with an imported board and guest images."""
    before = os.getcwd()
    os.chdir(tmp_path)
    write_all(tmp_path)
    imported()
    yield
    os.chdir(before)


def imported(*pairs: tuple[str, str]) -> None:
    """Import the board, with pieces of its source replaced."""
    text = boards.BOARD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    Path("board.yaml").write_text(writer.text(import_board(boards.blob(text), "board")))


def tree(*names: str) -> tuple[Tree, str]:
    """The tree of a VM with the devices of those names, and the findings."""
    devices = ", ".join(f"d{number}: {{kind: passthrough, device: {name}}}"
                        for number, name in enumerate(names))
    Path("vms.yaml").write_text(VMS.format(devices=devices))
    checked = load("vms.yaml").check()
    return read(checked.dtb("rt")), checked.findings.text()


def phandle(found: Tree, path: str) -> int:
    """What others refer to a node by."""
    return found[path].cell("phandle", 0)


def test_references_among_the_devices_of_a_vm() -> None:
    found, findings = tree("clock@7e001000", "gpio@7e002000", "mmc@7e003000", "block@10000000")
    mmc = found["/mmc@9003000"]
    copy = phandle(found, "/osc")
    clock, gpio, gic = (phandle(found, path) for path in (
        "/clock@9001000", "/gpio@9002000", "/interrupt-controller@8000000"))
    assert cells(mmc.properties["clocks"]) == [clock, 5, copy]
    assert strings(mmc.properties["clock-names"]) == ["core", "bus"]
    assert cells(mmc.properties["resets"]) == [phandle(found, "/block@100000000/reset"), 1]
    assert cells(mmc.properties["pinctrl-0"]) == [phandle(found, "/gpio@9002000/pins")]
    assert cells(mmc.properties["interrupts-extended"]) == [gic, 0, 3, 4, gpio, 9, 8]
    assert "interrupts" not in mmc.properties
    assert mmc.properties["mac"] == bytes([0, 0x11, 0x22, 0x33, 0x44])
    assert "status" not in mmc.properties
    assert "memory-region (reserved)" in findings and "memory-region" not in mmc.properties


def test_fixed_clocks_and_regulators_come_along_without_what_they_need() -> None:
    found, _ = tree("mmc@7e003000")
    assert cells(found["/mmc@9003000"].properties["vmmc-supply"]) == [phandle(found, "/vcc")]
    assert found["/vcc"].compatible == ["regulator-fixed"] and "gpio" not in found["/vcc"].properties


def test_what_leads_elsewhere_is_left_out_with_its_names_and_said() -> None:
    found, findings = tree("mmc@7e003000")
    properties = found["/mmc@9003000"].properties
    gone = {"clocks", "clock-names", "resets", "pinctrl-0", "pinctrl-names", "interrupts-extended"}
    assert not gone & set(properties)
    assert "warning P103: vm 'rt' device 'd0': omitted from the device tree: " \
        "clocks (clock@7e001000), resets (block@10000000), pinctrl-0 (gpio@7e002000)" in findings


def test_frequencies_of_the_platform_file_stand_in_for_clocks() -> None:
    text = Path("board.yaml").read_text()
    Path("board.yaml").write_text(text.replace('    compatible: ["pinion,mmc"]\n',
                                               '    compatible: ["pinion,mmc"]\n    clocks: {core: 50MHz}\n'))
    found, findings = tree("mmc@7e003000")
    clock = next(node for node in found.values() if node.cell("clock-frequency", 0) == 50000000)
    assert cells(found["/mmc@9003000"].properties["clocks"]) == [clock.cell("phandle", 0)]
    assert strings(found["/mmc@9003000"].properties["clock-names"]) == ["core"] and "clocks (" not in findings


def test_a_part_is_inside_its_device_if_the_vm_has_both() -> None:
    found, _ = tree("part@800", "block@10000000")
    assert cells(found["/block@100000000/part@100000800"].properties["reg"]) == [1, 0x800, 0, 0x100]
    assert found["/block@100000000"].properties["ranges"] == b""
    alone, _ = tree("part@800")
    assert "/part@100000800" in alone


def test_children_keep_their_interrupts() -> None:
    found, _ = tree("gpio@7e002000", "i2c@7e004200")
    rtc = found["/i2c@9004200/rtc@68"]
    assert cells(rtc.properties["interrupts-extended"]) == [phandle(found, "/gpio@9002000"), 1, 2]
    assert rtc.cell("reg", 0) == 0x68 and found["/i2c@9004200"].cell("#address-cells", 0) == 1


def test_interrupts_of_children_are_the_vms_and_stay_with_the_children() -> None:
    imported(("reset: reset {", "reset: reset { interrupts = <0 60 4>;"),
             ("hog { gpio-hog;", "hog { gpio-hog; interrupts-extended = <&gic 0 6 4>;"))
    found, _ = tree("block@10000000", "gpio@7e002000")
    gic = phandle(found, "/interrupt-controller@8000000")
    block, gpio = found["/block@100000000"], found["/gpio@9002000"]
    assert not {"interrupts", "interrupts-extended"} & set(block.properties)
    assert cells(found["/block@100000000/reset"].properties["interrupts-extended"]) == [gic, 0, 60, 4]
    assert cells(gpio.properties["interrupts-extended"]) == [gic, 0, 2, 1]
    system = load("vms.yaml").check().system
    assert system is not None
    assert [[irq.intid for irq in passed.device.irqs] for passed in system.vms[0].passed] == [[92], [34, 38]]


def test_mailboxes_are_left_out_with_their_names() -> None:
    imported(("reset: reset {", "reset: reset { #mbox-cells = <0>;"),
             ('cd-gpios = <&gpio 11 1>;', 'mboxes = <&reset>; mbox-names = "tx";'))
    names = {"mboxes", "mbox-names"}
    assert not names & set(tree("mmc@7e003000")[0]["/mmc@9003000"].properties)
    assert names <= set(tree("mmc@7e003000", "block@10000000")[0]["/mmc@9003000"].properties)


def test_an_interrupt_map_has_the_cells_of_the_guests_gic() -> None:
    found, findings = tree("pcie@3000000")
    gic = phandle(found, "/interrupt-controller@8000000")
    properties = found["/pcie@3000000"].properties
    assert cells(properties["interrupt-map"]) == [0, 0, 0, 1, gic, 0, 0, 0, 50, 4, 0, 0, 0, 2, gic, 0, 0, 0, 51, 4]
    assert "msi-map" not in properties and "msi-map (its)" in findings


def test_a_board_with_half_a_gicv2_yields_trees_and_is_refused_by_build() -> None:
    imported(('arm,gic-v3"', 'arm,gic-400"'), ("<0 0x80a0000 0 0x100000>", "<0 0x8020000 0 0x2000>"))
    found, _ = tree("gpio@7e002000")
    gic = found["/interrupt-controller@8000000"]
    assert gic.compatible == ["arm,gic-400"]
    assert cells(gic.properties["reg"]) == [0, 0x8000000, 0, 0x1000, 0, 0x8020000, 0, 0x2000]
    # PPIs of a GICv2 have a mask of CPUs.
    assert cells(found["/timer"].properties["interrupts"])[:3] == [1, 13, 0x304]
    with pytest.raises(Rejected, match="has a GICv2 without 'hypervisor_interface'"):
        load("vms.yaml").check().build("out")
    assert not Path("out").exists()


def test_an_imported_board_needs_a_region_for_the_hypervisor_and_then_builds() -> None:
    tree("gpio@7e002000")
    with pytest.raises(Rejected, match="has no 'hypervisor' region"):
        load("vms.yaml").check().build("out")
    text = Path("board.yaml").read_text()
    Path("board.yaml").write_text(text + "hypervisor: {base: 0x60000000, size: 64MiB}\n")
    load("vms.yaml").check().build("out")
    assert "gpio@9002000" in decompiled(Path("out/rt.dtb").read_bytes())
