# SPDX-License-Identifier: Apache-2.0
"""The kinds of emulated devices. Each kind has a row in this file, its keys in the schema, two
templates, and a file pair in hyp/device/:

- gen/image/templates/kinds/NAME.c.j2: the device's state and its configuration, `vmN_ID` and
  `vmN_ID_config`, for tables.c;
- gen/guest_tree/templates/kinds/NAME.dts.j2: its node in the guest's device tree;
- hyp/device/NAME.h: both types, and the functions NAME_read and NAME_write that struct mmio_region
  names.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..units import PAGE


@dataclass(frozen=True)
class Kind:
    """A kind of emulated device. `c`: the prefix of its C names and the name of its header. `mmio`:
    bytes of registers. `state`: the most bytes that its state takes in the VM's private pages.
    `reset`, `serve`: the functions C_reset and C_serve exist (struct mmio_region). `timer`: it uses
    EL2's timer on the pCPU of vCPU 0. `memory`: it reads and writes the VM's RAM, so the VM's run
    view maps that RAM. `clocked`: its node refers to the clock `apb_pclk`. `serial`: it is a UART,
    for aliases and stdout-path."""

    c: str
    mmio: int
    state: int
    reset: bool = False
    serve: bool = False
    timer: bool = False
    memory: bool = False
    clocked: bool = False
    serial: bool = False


EMULATED = {
    "pl011": Kind("pl011", mmio=PAGE, state=128, reset=True, serve=True, clocked=True, serial=True),
    "watchdog": Kind("watchdog", mmio=2 * PAGE, state=64, reset=True, serve=True, timer=True),
    "virtio-blk": Kind("virtio_blk", mmio=0x200, state=2560, reset=True, memory=True),
}
