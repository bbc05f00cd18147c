# SPDX-License-Identifier: Apache-2.0
"""Decides how interrupts reach each VM, and says why. `virtual`: EL2 takes every interrupt and
delivers it by list registers. `direct`: the physical interrupts of its pCPUs go straight to the VM.
`sole`: as direct, and EL2 keeps no interrupt at all, because the VM is shown to be the sole owner
of the machine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..facts.emulated_devices import EMULATED
from ..facts.vm_gic import GICR_SIZE, redistributor, vm_gic_frames
from ..model import AFFINITY_MASK, Description, Platform, System, Vm
from . import unused_spis

VIRTUAL, DIRECT, SOLE = "virtual", "direct", "sole"
PSEUDO_NMI = "irqchip.gicv3_pseudo_nmi"

PROOF = ("it is the only VM, its vCPUs have the MPIDRs and redistributors of their pCPUs, and it needs no interrupt of "
         "the hypervisor's")


def pseudo_nmi(cmdline: str) -> bool:
    """True if a command line makes Linux mask interrupts by ICC_PMR_EL1.

    The line is split as Linux's next_arg() does: quotes hide blanks, and may surround an argument
    or its value; arguments after `--` are for init; `-` counts as `_`. Values are read as Linux's
    kstrtobool() does. The last valid value decides.
    """
    masked = False
    for argument in re.findall(r'(?:[^\s"]|"[^"]*"?)+', cmdline):
        name, _, value = argument.removeprefix('"').partition("=")
        if argument in ("--", '"--"'):
            break
        word = re.match("([yYtT1]|[oO][nN])|[nNfF0]|[oO][fF]", value.removeprefix('"'))
        if name.replace("-", "_") == PSEUDO_NMI and word:
            masked = bool(word[1])
    return masked


@dataclass(frozen=True)
class Mode:
    """How interrupts reach a VM: VIRTUAL, DIRECT or SOLE. `why`: the reasons in words. `obstacles`:
    the reasons against SOLE."""

    name: str
    why: list[str]
    obstacles: list[str]


def obstacles(description: Description, platform: Platform, vm: Vm) -> list[str]:
    """The reasons why a VM is not the sole owner of a machine with a GICv3. Empty if it is."""
    found = []
    others = [other.name for other in description.vms if other is not vm]
    if others:
        found.append("it shares the machine with " + (f"vm '{others[0]}'" if len(others) == 1
                                                      else f"{len(others)} other VMs"))
    return found + _unlike(platform, vm) + _needs(description, vm)


def _unlike(platform: Platform, vm: Vm) -> list[str]:
    """How the GIC and the CPUs that the VM sees differ from the machine's. Of several CPUs that
    differ, only the first is named."""
    assert platform.gic
    frames = vm_gic_frames(platform, vm)
    if not {"distributor", "redistributors"} <= frames.keys():
        return ["it is not known where it sees its GIC"]
    found = []
    if frames["distributor"].base != platform.gic.distributor.base:
        found.append(f"it sees the GIC distributor at {frames['distributor'].base:#x}, which is at "
                     f"{platform.gic.distributor.base:#x}")
    cpus = [(vcpu, mpidr, pcpu) for vcpu, (mpidr, pcpu) in enumerate(zip(vm.mpidrs, vm.affinity))
            if pcpu < len(platform.cpus)]
    for vcpu, mpidr, pcpu in cpus:
        own = platform.cpus[pcpu].mpidr
        if (mpidr ^ own) & AFFINITY_MASK:
            found.append(f"vCPU {vcpu} reads MPIDR {mpidr:#x}, and its pCPU {pcpu} has {own:#x}")
            break
    for vcpu, _, pcpu in cpus:
        seen, own = frames["redistributors"].base + vcpu * GICR_SIZE, redistributor(platform, pcpu).base
        if seen != own:
            found.append(f"vCPU {vcpu} sees its redistributor at {seen:#x}, and its pCPU {pcpu} has it at {own:#x}")
            break
    return found


def _needs(description: Description, vm: Vm) -> list[str]:
    """The reasons why the VM's devices, or the description, need an interrupt of the hypervisor."""
    found = []
    for device in vm.devices.values():
        if device.kind in EMULATED and EMULATED[device.kind].serial:
            found.append(f"device '{device.name}' is an emulated {device.kind}, which needs the hypervisor's UART "
                         "interrupt")
        elif device.kind in EMULATED and EMULATED[device.kind].timer:
            found.append(f"device '{device.name}' is a {device.kind}, which keeps time by EL2's timer")
    gic = description.platform.gic if description.platform else None
    if gic and not gic.group0 and (vm.uses_pmr or vm.boot and pseudo_nmi(vm.boot.cmdline)):
        found.append("it masks interrupts by ICC_PMR_EL1, which on a GIC with two security states shows other "
                     "priorities than the GIC that it sees")
    if description.console and description.console.pcpu is not None:
        found.append("'console' gives the interrupt of the UART to the hypervisor")
    return found


def _displaced(platform: Platform, vm: Vm) -> list[str]:
    """The interrupts of the description that sole ownership would have to change. `auto` never
    changes them."""
    return [f"'auto' leaves interrupts as they are written, and sole ownership would give device '{device.name}' "
            f"another than {device.irq}, which is {unused_spis.use(platform, device.irq)}"
            for device in unused_spis.emulated(vm) if device.irq and not unused_spis.is_unused(platform, device.irq)]


def mode(description: Description, vm: Vm) -> Mode:
    """Decide how interrupts reach a VM."""
    platform = description.platform
    if platform is None or platform.gic is None or platform.gic.version == 2:
        return Mode(VIRTUAL, [f"platform '{platform.name}' has no GICv3" if platform else "no platform is known"], [])
    against = obstacles(description, platform, vm)
    reasons = [f"it is no sole owner: {reason}" for reason in against]
    if vm.interrupts == VIRTUAL:
        return Mode(VIRTUAL, ["'interrupts: virtual' is written"], against)
    if vm.interrupts == "auto" and not against:
        reasons = _displaced(platform, vm)
    if not reasons:
        return Mode(SOLE, [PROOF], [])
    if vm.interrupts == DIRECT:
        return Mode(DIRECT, ["'interrupts: direct' is written", *reasons], against)
    return Mode(VIRTUAL, reasons, against)


def modes(description: Description) -> list[Mode]:
    """The interrupt mode of each VM, in the order of the description."""
    return [mode(description, vm) for vm in description.vms]


def uses_group0(system: System) -> bool:
    """True if EL2 uses Group 0 on the pCPUs of VMs in direct mode. That is so if there is such a VM
    and the GIC has one security state. The boot check then expects one security state."""
    gic = system.platform.gic
    return gic is not None and gic.group0 and any(vm.interrupt_mode == DIRECT for vm in system.vms)
