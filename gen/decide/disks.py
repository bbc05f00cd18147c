# SPDX-License-Identifier: Apache-2.0
"""The contents of each virtio-blk disk: an image file, or a number of zero bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..model import Disk, Payload, Vm, VmDevice
from ..read.findings import Findings
from ..units import align_up
from . import images

SECTOR = 512
ID_BYTES = 20  # length of the answer to VIRTIO_BLK_T_GET_ID

# The first bytes of disk image formats that are not raw.
FORMATS = {b"QFI\xfb": "a qcow2 file", b"KDMV": "a VMDK file", b"vhdxfile": "a VHDX file",
           b"\x1f\x8b": "compressed by gzip", b"\xfd7zXZ\0": "compressed by xz",
           b"\x28\xb5\x2f\xfd": "compressed by zstd"}


@dataclass
class DiskPlan:
    """The disks of a VM, by id() of the device. Their addresses are not decided yet. `inputs`: the
    files that the plan depends on."""

    disks: dict[int, Disk] = field(default_factory=dict)
    inputs: list[Path] = field(default_factory=list)


def plan_disks(vm: Vm, findings: Findings) -> DiskPlan:
    """Plan the disks of a VM. Use the result only if no error was added to the findings."""
    plan = DiskPlan()
    for device in vm.devices.values():
        if device.kind == "virtio-blk" and not device.spoiled.intersection(("image", "size")):
            _plan(vm, device, plan, findings)
    return plan


def _plan(vm: Vm, device: VmDevice, plan: DiskPlan, findings: Findings) -> None:
    name = f"vm '{vm.name}' device '{device.name}'"
    _keys(name, device, findings)
    if device.image and device.size is not None:
        findings.error("P093", device.where("size"), f"{name} has both 'image' and 'size'", device.where("image"),
                       "keep 'image' (contents) or 'size' (empty disk)")
        return
    if device.image:
        plan.inputs.append(device.image)
        try:
            size = images.file_size(device.image)
            _raw(name, device, device.image, findings)
        except images.ImageError as error:
            findings.error(error.code, device.where("image"), f"{name} image: {error.message}", cure=error.cure)
            return
        cure = f"make it larger: truncate -s {align_up(size, SECTOR)} {device.image}"
    elif device.size is not None:
        size = device.size
        cure = f"write {align_up(size, SECTOR)}"
    else:
        findings.error("P093", device.at, f"{name} has neither 'image' nor 'size'",
                       cure="add 'image' (contents) or 'size' (empty disk)")
        return
    if size % SECTOR:
        findings.error("P094", device.where("image" if device.image else "size"),
                       f"{name} of {size} bytes is not a multiple of {SECTOR}, the size of a sector", cure=cure)
    payload = Payload("disk", device.image, 0, size, size, 0) if device.image else None
    plan.disks[id(device)] = Disk(size, None, payload, device.persist, device.serial or device.name[:ID_BYTES])


def _raw(name: str, device: VmDevice, image: Path, findings: Findings) -> None:
    """Warn if a file is not a raw image, since a guest sees the bytes of the file as they are."""
    form = next((form for magic, form in FORMATS.items() if images.begin(image, len(magic)) == magic), "")
    if form:
        findings.warning("P148", device.where("image"), f"{name} image: '{image}' is {form}, not a raw image",
                         cure=f"convert it: qemu-img convert -O raw {image} {image.stem}.raw" if "file" in form
                         else "decompress it")


def _keys(name: str, device: VmDevice, findings: Findings) -> None:
    """Refuse keys that mean nothing together with the others."""
    if device.read_only and device.size is not None:
        findings.error("P048", device.where("read_only"), f"{name}: key 'read_only' has no meaning for an empty disk",
                       cure="remove the key")
    if device.read_only and "persist" in device.keys:
        findings.error("P048", device.where("persist"),
                       f"{name}: key 'persist' has no meaning for a disk that is never written", cure="remove the key")
