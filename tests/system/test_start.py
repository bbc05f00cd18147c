# SPDX-License-Identifier: Apache-2.0
"""How the image starts: wherever the firmware has put it, it runs where it was linked to run, or
says why it cannot."""

from __future__ import annotations

import re
import struct
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from machine import ROOT, WORK, Machine, build, check_tap, description, guest, of_vm, reasons, start

QEMU = ["-machine", "virt,gic-version=3,virtualization=on", "-nodefaults", "-m", "2048", "-cpu", "cortex-a53", "-smp",
        "4"]
LINKED = 0x40200000  # the hypervisor's base on this board
TREE = 0x4c000000  # where the tests put the board's device tree: in RAM, and away from the rest
RELEASE = 0x4a000000  # what CPUs poll, by tests/system/firmware/el3.S


def jump(entry: int, tree: int) -> Path:
    """A boot ROM: x0 = tree, and a jump to the entry."""
    code = [0x58000080, 0x580000A1, 0xD61F0020, 0xD503201F]  # ldr x0, 16; ldr x1, 24; br x1; nop
    path = WORK / f"jump-{entry:x}-{tree:x}.bin"
    path.write_bytes(struct.pack("<4I2Q", *code, tree, entry))
    return path


@cache
def board_tree() -> bytes:
    """The device tree that QEMU makes for the machine."""
    path = WORK / "start.dtb"
    machine = [word + (f",dumpdtb={path}" if word.startswith("virt,") else "") for word in QEMU]
    subprocess.run(["qemu-system-aarch64", "-display", "none", *machine], check=True, capture_output=True)
    return path.read_bytes()


def edited(*pairs: tuple[str, str]) -> bytes:
    """That tree with regular expressions replaced in its source."""
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts"], check=True, capture_output=True,
                            input=board_tree()).stdout.decode()
    for old, new in pairs:
        source, count = re.subn(old, new, source)
        assert count, f"there is no {old}"
    return subprocess.run(["dtc", "-q", "-O", "dtb"], check=True, capture_output=True, input=source.encode()).stdout


@pytest.fixture(scope="module", name="image")
def fixture_image() -> Path:
    """A small image: about 400 KB."""
    return build("start", description(2, boot=guest("psci"))) / "pinion.bin"


def start_at(name: str, image: Path, address: int, tree: bytes | None = None, tree_at: int = TREE) -> Machine:
    """Start the image from an address."""
    blob = WORK / f"{name}.dtb"
    blob.write_bytes(tree or board_tree())
    return Machine(name, [*QEMU, "-bios", str(jump(address, tree_at)),
                          "-device", f"loader,file={blob},addr={tree_at:#x},force-raw=on",
                          "-device", f"loader,file={image},addr={address:#x},force-raw=on"])


@pytest.mark.parametrize("distance", [0, 0x10000000, 0x1000, 0x21000, -0x1000, -0x21000, -0x100000], ids=hex)
def test_the_image_moves_to_its_place(image: Path, distance: int) -> None:
    """Above and below, overlapping its place by all but a page, by most, and not at all."""
    assert 0x22000 < image.stat().st_size < 0x100000
    with start_at(f"start-{distance:x}", image, LINKED + distance) as machine:
        machine.expect(r"vCPU 1 exits")
        text = machine.text
    check_tap(text)
    moves = re.findall(r"Pinion was loaded to ([0-9a-f]+) and belongs at 40200000\.\.[0-9a-f]+: it moves there\n", text)
    assert moves == ([f"{LINKED + distance:x}"] if distance else [])


@pytest.mark.parametrize("old, new, tree_at, reason", [
    ("/dts-v1/;", "/dts-v1/; /memreserve/ 0x40202000 0x1000;", TREE, r"the firmware reserves 40202000\.\.40202fff"),
    ("0x40000000 0x00 0x80000000", "0x40000000 0x00 0x00210000", TREE, r"not all of that is RAM"),
    ("^", "", LINKED + 0x1000, r"the device tree is there, at 40201000\.\.[0-9a-f]+"),
], ids=["reserved", "no RAM", "tree"])
def test_the_image_does_not_move_to_memory_that_is_not_free(image: Path, old: str, new: str, tree_at: int,
                                                            reason: str) -> None:
    """The message has both addresses, and why nothing was written where the image belongs."""
    with start_at("start-not-free", image, LINKED + 0x200000, edited((old, new)), tree_at) as machine:
        machine.expect(r"Pinion was loaded to 40400000 and belongs at 40200000\.\.[0-9a-f]+: "
                       rf"{reason}; nothing was started")


def el3(name: str, *defined: str) -> Path:
    """Firmware of our own in EL3."""
    source, path = ROOT / "tests" / "system" / "firmware" / "el3.S", WORK / f"{name}.firmware"
    words = [f"-D{word}" for word in (f"IMAGE={LINKED:#x}", f"TREE={TREE:#x}", *defined)]
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,-Ttext=0", *words, source, "-o",
                    path.with_suffix(".elf")], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", path.with_suffix(".elf"), path], check=True)
    return path


NO_PSCI = (r"psci \{[^}]*\};", "")

# How CPUs start: keys of the platform file, changes of QEMU's tree, and what our firmware has.
WAYS: dict[str, tuple[dict[str, Any], list[tuple[str, str]], list[str]]] = {
    "all": ({"cpu_start": "all"}, [NO_PSCI], ["START_ALL"]),
    "spin-table": ({
        "cpu_start": "spin-table",
        "cpus": [{"mpidr": cpu, "release": RELEASE + 8 * cpu} for cpu in range(4)],
        "reserved": [{"base": RELEASE, "size": "4KiB"}],
    }, [(r'enable-method = "psci"', 'enable-method = "spin-table"'),
        (r"(cpu@(\d) \{)", rf"\1 cpu-release-addr = <0 ({RELEASE} + 8 * \2)>;"), NO_PSCI], []),
    "psci-0.1": ({"psci": {"cpu_on": 0x95C1BA60, "cpu_off": 0x95C1BA5F}}, [
        (r'compatible = "arm,psci[^;]*;', 'compatible = "arm,psci";'), (r"cpu_on = .*", "cpu_on = <0x95c1ba60>;"),
    ], ["PSCI"]),
}


def start_way(name: str, way: str, content: dict[str, Any], devices: dict[str, Any] | None = None,
              defined: tuple[str, ...] = ()) -> Machine:
    """Start a description on a board that differs from QEMU's in some keys, and in some devices."""
    board, pairs, needed = WAYS[way]
    platform = yaml.safe_load((ROOT / "vm-configs" / "platforms" / "qemu-virt.yaml").read_text(encoding="utf-8"))
    for device, keys in (devices or {}).items():
        platform["devices"][device].update(keys)
    path, blob = WORK / f"{name}-board.yaml", WORK / f"{name}.dtb"
    path.write_text(yaml.safe_dump({**platform, **board}), encoding="utf-8")
    blob.write_bytes(edited(*pairs))
    image = build(name, {**content, "platform": str(path.relative_to(ROOT))}) / "pinion.bin"
    machine = Machine(name, [*QEMU, "-machine", "secure=on", "-bios", str(el3(name, *needed, *defined)),
                             "-device", f"loader,file={image},addr={LINKED:#x},force-raw=on",
                             "-device", f"loader,file={blob},addr={TREE:#x},force-raw=on"])
    machine.complaints.append("SMC?")  # our firmware heard of a call that it does not know
    return machine


def on(affinity: list[int], **changes: Any) -> dict[str, Any]:
    """A description of one VM on these CPUs, without the clock."""
    content = description(len(affinity), **{"boot": guest("psci"), "affinity": affinity, **changes})
    del content["vms"]["guest"]["devices"]["rtc"]
    return content


def runs(way: str, affinity: list[int]) -> None:
    """The guest is right, and the machine does not go off by a call of the firmware."""
    with start_way(f"start-{way}-{len(affinity)}", way, on(affinity)) as machine:
        machine.expect(r"Every VM has ended, and nothing switches this board off\r")
        check_tap(machine.text)
        for vcpu, pcpu in enumerate(affinity):
            assert f"guest: vCPU {vcpu} runs on pCPU {pcpu}\n" in machine.text


@pytest.mark.virtual  # on a machine of its own, whose GIC direct interrupts would have to know
@pytest.mark.parametrize("way", WAYS)
def test_four_cpus_start_by_other_ways_than_psci_of_today(way: str) -> None:
    """At once, from a spin table, and by PSCI 0.1 with the numbers of the tree."""
    runs(way, [0, 1, 2, 3])


@pytest.mark.virtual
@pytest.mark.parametrize("way", WAYS)
def test_a_boot_cpu_that_no_vm_has_goes_off(way: str) -> None:
    """By PSCI 0.1, or without asking anybody."""
    runs(way, [3, 1])


@pytest.mark.virtual
def test_a_device_switches_off_a_board_without_psci() -> None:
    """Its registers are written when the last VM has ended; QEMU's monitor reads them. The device
    is the clock, whose load register (RTCLR) sets what it shows."""
    devices = {"rtc": {"poweroff": [{"offset": 8, "value": 0x12345600}]}}
    with start_way("start-poweroff", "spin-table", on([0, 1]), devices) as machine:
        machine.expect(r"guest: vCPU 1 exits.*\n")
        machine.process.send("\x01c")
        machine.expect(r"\(qemu\)")
        shown = 0
        while shown >> 8 != 0x123456:
            machine.type("xp /1wx 0x09010000")
            shown = int(machine.expect(r"0000000009010000: 0x([0-9a-f]+)")[1], 16)
        assert "nothing switches this board off" not in machine.text


@pytest.mark.virtual
def test_one_vm_calls_the_firmware_and_its_neighbour_does_not() -> None:
    """The functions of its ranges alone, one at a time. The neighbour tries the same, and more."""
    calls = [{"first": 0xC2000001, "last": 0xC2000002}, {"first": 0x82000010}]
    content = on([0, 1, 2], boot=guest("firmware"), firmware_calls=calls)
    content["vms"]["other"] = on([3], boot={**guest("firmware"), "cmdline": "refused"})["vms"]["guest"]
    with start_way("start-firmware", "psci-0.1", content, defined=("CALLS",)) as machine:
        machine.expect(r"Every VM has ended")
        for name in ("guest", "other"):
            check_tap(of_vm(machine.text, name))
        counted = {line[1]: reasons(line[2]) for line in
                   re.finditer(r"^(\w+: vCPU \d+) exits: (.*)$", machine.text, re.MULTILINE)}
        assert counted["guest: vCPU 0"]["firmware"] == 104, "of the test, and a hundred beside other vCPUs"
        assert counted["guest: vCPU 1"]["firmware"] == counted["guest: vCPU 2"]["firmware"] == 100
        assert "firmware" not in counted["other: vCPU 0"]


@pytest.mark.monitor
def test_the_operator_resets_the_machine_and_switches_it_off() -> None:
    """By PSCI, while a VM runs."""
    with start("start-operator", description(2, boot=guest("victim"))) as machine:
        for command in ("reset", "poweroff"):
            machine.expect(r"Pinion [0-9.]+: start-operator on qemu-virt\r")
            machine.expect(r"round 1:")
            machine.process.send("\x1dm")
            machine.expect("pinion> ")
            machine.type(command)
        machine.wait_end()
