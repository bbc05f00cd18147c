# SPDX-License-Identifier: Apache-2.0
"""Where the generator puts memory and images, shown by examples and as properties of every system
that it makes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from examples import examples
from gen.api import products, steps
from gen.guest_tree import trees
from gen.model import Range, SystemVm
from guest_images import MIB, elf, linux_image, write_all

CORPUS = Path(__file__).parent / "corpus"
GIB = 1 << 30
KERNEL = {"kernel": "Image"}


@pytest.fixture(scope="module", autouse=True)
def inside(tmp_path_factory: pytest.TempPathFactory, platforms_read_once: None) -> Iterator[None]:
    """A folder with guest images, the corpus' board, and a bigger one."""
    folder = tmp_path_factory.mktemp("placement")
    write_all(folder)
    (folder / "platforms").mkdir()
    board = (CORPUS / "platforms/board.yaml").read_text()
    (folder / "platforms/board.yaml").write_text(board)
    (folder / "platforms/large.yaml").write_text(board.replace("size: 1GiB", "size: 8GiB"))
    before = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(before)


def resolve(memory: list[list[dict[str, Any]]], boot: dict[str, Any] = KERNEL, platform: str = "board",
            **more: Any) -> list[SystemVm]:
    """The VMs of a description with one vCPU each; a finding is a failure."""
    vms = {f"vm{index}": {"vcpus": 1, "affinity": [index], "memory": regions, "boot": boot, **more}
           for index, regions in enumerate(memory)}
    Path("input.yaml").write_text(yaml.safe_dump({"pinion": 1, "platform": platform, "vms": vms}))
    system, findings = steps.resolved("input.yaml")
    assert system is not None, findings.text()
    return system.vms


def region(ipa: int, size: int, pa: int | str | None = None) -> dict[str, Any]:
    return {"ipa": ipa, "size": size} if pa is None else {"ipa": ipa, "size": size, "pa": pa}


def test_first_fit_behind_the_hypervisor() -> None:
    vms = resolve([[region(0x40000000, 64 * MIB)], [region(0x40000000, 64 * MIB)]])
    assert [vm.ram[0].pa for vm in vms] == [0x42000000, 0x48200000]  # the hole of 96 MiB has room for one


def test_an_image_of_several_vms_takes_its_room_once() -> None:
    """The hypervisor's region has 30 MiB. Files of equal size that are not the same do not fit."""
    for name in ("first.bin", "second.bin"):
        with open(name, "wb") as file:
            file.truncate(20 * MIB)
    Path("link.bin").unlink(missing_ok=True)
    Path("link.bin").symlink_to("first.bin")
    vms = {f"vm{index}": {"vcpus": 1, "affinity": [index], "memory": [region(0x40000000, 64 * MIB)],
                          "boot": {"binary": name}} for index, name in enumerate(["first.bin", "link.bin"])}
    text = yaml.safe_dump({"pinion": 1, "platform": "board", "vms": vms})
    for other, codes in (("link.bin", []), ("second.bin", ["P058"])):
        Path("input.yaml").write_text(text.replace("link.bin", other))
        system, findings = steps.resolved("input.yaml")
        if system:
            products.products(system, trees.guest_trees(system, findings), Path("out"), findings)
        assert [finding.code for finding in findings] == codes


def test_disks_come_last_and_keep_their_own_pages() -> None:
    disk = {"kind": "virtio-blk", "mmio": 0x0A000000, "irq": {"spi": 16}}
    devices = {
        "large": {**disk, "size": "5MiB"},
        "small": {**disk, "mmio": 0x0A001000, "irq": {"spi": 17}, "size": 512, "persist": True},
        "copy": {**disk, "mmio": 0x0A002000, "irq": {"spi": 18}, "image": "hello.bin", "serial": "copy of it"},
        "only": {**disk, "mmio": 0x0A003000, "irq": {"spi": 19}, "image": "hello.bin", "read_only": True},
    }
    vm = resolve([[region(0x40000000, 64 * MIB)]], devices=devices)[0]
    disks = {device.name: device.disk for device in vm.emulated}
    large, small, copy, only = (disks[name] for name in ("large", "small", "copy", "only"))
    assert large and small and copy and only
    assert vm.ram[0].pa == 0x42000000
    # The small ones fit the lowest hole; the order is that of the file.
    assert (copy.pa, small.pa, large.pa, only.pa) == (0x40000000, 0x40004000, 0x46000000, None)
    assert (large.size, small.size, copy.size, only.size) == (5 * MIB, 512, 16384, 16384)
    assert small.persist and not large.persist and (small.serial, copy.serial) == ("small", "copy of it")
    assert [payload.what for payload in vm.payloads] == ["kernel", "dtb", "disk", "disk"]
    assert large.payload is None and vm.payloads[2] is copy.payload and vm.payloads[3] is only.payload


def test_low_hole_is_used_first() -> None:
    assert resolve([[region(0x40000000, 2 * MIB)]], {"binary": "hello.bin"})[0].ram[0].pa == 0x40000000


def test_explicit_pieces_are_kept_free_even_if_they_come_later() -> None:
    vms = resolve([[region(0x40000000, 64 * MIB)], [region(0x40000000, 64 * MIB, 0x42000000)]])
    assert [vm.ram[0].pa for vm in vms] == [0x48200000, 0x42000000]


def test_same_means_one_to_one() -> None:
    assert resolve([[region(0x50000000, 64 * MIB, "same")]])[0].ram[0].pa == 0x50000000


def test_offset_agrees_in_the_low_21_bits() -> None:
    vm, = resolve([[region(0x40000000, 64 * MIB), region(0x60101000, 4 * MIB)]])
    assert vm.ram[1].pa % (2 * MIB) == 0x101000


def test_offset_agrees_in_the_low_30_bits_from_1_gib() -> None:
    vm, = resolve([[region(0x40000000, 2 * GIB)]], platform="large")
    assert vm.ram[0].pa == 0x80000000
    vm, = resolve([[region(0x60000000, GIB)]], platform="large")
    assert vm.ram[0].pa == 0x60000000


def test_large_piece_falls_back_to_2_mib() -> None:
    assert resolve([[region(0x40000000, 7 * GIB + 512 * MIB)]], platform="large")[0].ram[0].pa == 0x48200000


def test_linux_layout() -> None:
    vm, = resolve([[region(0x40000000, 64 * MIB)]], {"kernel": "Image", "initrd": "hello.bin"})
    kernel, dtb, initrd = vm.payloads
    assert (kernel.what, kernel.ipa, kernel.file_size, kernel.memory_size) == ("kernel", 0x40000000, 4096, 32 * MIB)
    assert (dtb.what, str(dtb.path), dtb.ipa, dtb.memory_size) == ("dtb", "vm0.dtb", 0x43E00000, 2 * MIB)
    assert (initrd.what, initrd.ipa, initrd.file_size) == ("initrd", 0x43E00000 - 16384, 16384)
    assert (vm.entry, vm.dtb, vm.initrd) == (0x40000000, 0x43E00000, Range(0x43E00000 - 16384, 16384))


def test_text_offset_moves_the_kernel() -> None:
    Path("offset").write_bytes(linux_image(text_offset=0x80000))
    vm, = resolve([[region(0x40000000, 64 * MIB)]], {"kernel": "offset"})
    assert vm.entry == vm.payloads[0].ipa == 0x40080000


def test_kernel_without_image_size_is_one_of_before_3_17() -> None:
    Path("old").write_bytes(linux_image(image_size=0))
    vm, = resolve([[region(0x40000000, 64 * MIB)]], {"kernel": "old"})
    assert (vm.entry, vm.payloads[0].memory_size) == (0x40080000, 4096)


def test_dtb_address_is_obeyed_and_its_room_ends_at_the_next_image() -> None:
    boot = {"binary": "hello.bin", "load": 0x40100000}
    vm, = resolve([[region(0x40000000, 64 * MIB)]], boot, dtb={"address": 0x40000000})
    assert (vm.dtb, vm.payloads[1].memory_size, vm.entry) == (0x40000000, MIB, 0x40100000)


def test_small_guest_gets_a_small_room_for_its_tree() -> None:
    vm, = resolve([[region(0x40000000, MIB)]], {"binary": "hello.bin"})
    assert (vm.dtb, vm.payloads[1].memory_size) == (0x400F0000, 0x10000)


def test_binary_defaults_to_the_start_of_ram_and_entry_to_load() -> None:
    vm, = resolve([[region(0x40000000, 64 * MIB)]], {"binary": "hello.bin"})
    assert (vm.entry, vm.payloads[0].ipa) == (0x40000000, 0x40000000)
    vm, = resolve([[region(0x40000000, 64 * MIB)]], {"binary": "hello.bin", "load": 0x40080000, "entry": 0x40080100})
    assert (vm.entry, vm.payloads[0].ipa) == (0x40080100, 0x40080000)


def test_elf_is_loaded_at_physical_addresses_and_entered_there() -> None:
    data = elf([(0x40000000, 64, 4096), (0x40010000, 8, 8)], entry=0x40000010 + (1 << 40), virtual=1 << 40)
    Path("high.elf").write_bytes(data)
    vm, = resolve([[region(0x40000000, 64 * MIB)]], {"elf": "high.elf"})
    assert vm.entry == 0x40000010
    assert [(p.what, p.ipa, p.file_size, p.memory_size) for p in vm.payloads[:2]] == [
        ("elf segment", 0x40000000, 64, 4096), ("elf segment", 0x40010000, 8, 8)]
    assert data[vm.payloads[1].offset:][:4] == b"\x1f\x20\x03\xd5"


def test_identity_of_vms_and_vcpus() -> None:
    first, second = resolve([[region(0x40000000, 64 * MIB)], [region(0x40000000, 64 * MIB)]])
    assert (first.index, first.vmid, first.affinity, first.mpidrs) == (0, 1, [0], [0])
    assert (second.index, second.vmid, second.affinity, second.mpidrs) == (1, 2, [1], [0])
    assert (first.distributor, first.redistributors) == (Range(0x08000000, 0x10000), Range(0x080A0000, 0x20000))


def test_gic_moves_where_the_vm_says() -> None:
    vm, = resolve([[region(0x40000000, 64 * MIB)]], gic={"distributor": 0x10000, "redistributors": 0x100000})
    assert (vm.distributor, vm.redistributors) == (Range(0x10000, 0x10000), Range(0x100000, 0x20000))


def disjoint(ranges: list[Range]) -> bool:
    ordered = sorted(ranges, key=lambda r: r.base)
    return all(first.end <= second.base for first, second in zip(ordered, ordered[1:]))


PIECES = st.lists(st.builds(
    region, st.integers(0x100, 0x400).map(lambda n: n << 22),
    st.one_of(st.integers(1, 64).map(lambda n: n << 12), st.integers(1, 300).map(lambda n: n << 20),
              st.integers(1, 4).map(lambda n: n << 30)),
    st.one_of(st.none(), st.none(), st.just("same"), st.integers(0x40000, 0x240000).map(lambda n: n << 12))),
    min_size=1, max_size=3)


@examples(300, 40)
@given(st.lists(PIECES, min_size=1, max_size=3))
def test_every_system_keeps_everything_apart(memory: list[list[dict[str, Any]]]) -> None:
    """Whatever is accepted: no byte of RAM has two owners, none is the hypervisor's or the
    firmware's, and images are inside RAM and apart."""
    for regions in memory:
        regions.insert(0, region(0x3F000000, 16 * MIB))
    vms = {f"vm{index}": {"vcpus": 1, "affinity": [index], "memory": regions,
                          "boot": {"elf": "small.elf", "initrd": "hello.bin"}} for index, regions in enumerate(memory)}
    Path("small.elf").write_bytes(elf([(0x3F000000, 64, 4096)], entry=0x3F000000))
    Path("input.yaml").write_text(yaml.safe_dump({"pinion": 1, "platform": "large", "vms": vms}))
    system, findings = steps.resolved("input.yaml")
    assert (system is None) == findings.errors
    assume(system is not None)
    assert system is not None
    physical = [Range(ram.pa, ram.size) for vm in system.vms for ram in vm.ram]
    assert disjoint([*physical, Range(0x40200000, 30 * MIB), Range(0x48000000, 2 * MIB)])
    assert all(Range(0x40000000, 8 * GIB).contains(ram) and ram.base % 4096 == 0 for ram in physical)
    for vm in system.vms:
        ram = [Range(part.ipa, part.size) for part in vm.ram]
        images = [Range(payload.ipa, payload.memory_size) for payload in vm.payloads]
        assert disjoint(ram) and disjoint(images)
        assert all(any(part.contains(image) for part in ram) for image in images)
        assert disjoint([*ram, vm.distributor, vm.redistributors])
