# SPDX-License-Identifier: Apache-2.0
"""The modes that are measured, and descriptions of VMs in them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from measure import ROOT

NATIVE = "native"  # the same guest without a hypervisor


@dataclass(frozen=True)
class Mode:
    """How a VM gets its interrupts: `keys` of the VM that say so; whether it has the machine's UART
    rather than an emulated one; whether another VM is beside it. The chart calls it `title`."""

    name: str
    title: str
    keys: dict[str, Any] = field(default_factory=dict)
    own_uart: bool = False
    shared: bool = False


MODES = [
    Mode("virtual", "Pinion, virtual", {"interrupts": "virtual"}),
    Mode("direct", "Pinion, direct", {"interrupts": "direct", "unconfined_interrupts": True}, shared=True),
    Mode("sole", "Pinion, direct, sole owner", {"interrupts": "direct"}, own_uart=True),
]

CONSOLE = {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}
OWN_UART = {"kind": "passthrough", "device": "uart"}
RTC = {"kind": "passthrough", "device": "rtc"}
DISK = {"kind": "virtio-blk", "mmio": 0x0a000000, "irq": {"spi": 16}, "image": "build/guests/disk.img"}


def vm(boot: dict[str, str], pcpus: list[int], size: str, **devices: Any) -> dict[str, Any]:
    """A VM with a console and `devices`."""
    return {"vcpus": len(pcpus), "affinity": pcpus, "memory": [{"ipa": 0x40000000, "size": size}], "boot": boot,
            "devices": {"console": CONSOLE, **devices}}


def system(vms: dict[str, Any], platform: str = "qemu-virt") -> dict[str, Any]:
    """A description."""
    return {"pinion": 1, "platform": platform, "vms": vms}


def in_mode(mode: Mode, guest: dict[str, Any]) -> dict[str, Any]:
    """The description of `guest` in this mode."""
    devices = {**guest["devices"], **({"console": OWN_UART} if mode.own_uart else {})}
    vms = {"guest": {**guest, **mode.keys, "devices": devices}}
    if mode.shared:
        vms["other"] = vm(small(), [7], "4MiB")
    return system(vms)


def bench_guest(words: str = "") -> dict[str, str]:
    """`boot` of the guest that measures."""
    return {"kernel": "build/guests/bench.bin", "cmdline": words}


def linux(load: int) -> dict[str, str]:
    """`boot` of Debian's Linux with phases.c as its first program; `load`: seconds."""
    return {"kernel": "build/guests/Image", "initrd": "build/guests/initrd.cpio.gz",
            "cmdline": f"console=ttyAMA0 quiet rdinit=/tests/phases -- {load}"}


def small() -> dict[str, str]:
    """`boot` of a guest of 15 KiB, which calls SYSTEM_OFF and is zero otherwise."""
    path = ROOT / "build" / "bench" / "small.bin"
    code = [0x52800100, 0x72B08000, 0xD4000002]  # mov w0, #8; movk w0, #0x8400, lsl #16; hvc #0
    content = struct.pack("<3I", *code).ljust(15 << 10, b"\0")
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {"binary": str(path.relative_to(ROOT))}
