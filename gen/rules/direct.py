# SPDX-License-Identifier: Apache-2.0
"""Direct interrupts: what they cannot confine, what of the hypervisor's does not get through to such a VM, and the UART
that is given away."""

from __future__ import annotations

from ..decide import spare_spis
from ..decide.interrupt_mode import DIRECT, PSEUDO_NMI, VIRTUAL, Mode, modes, pseudo_nmi
from ..decide.uart import choose, given_to
from ..facts.emulated_devices import EMULATED
from ..model import Description, Platform, Position, Vm
from ..read.findings import Findings

# Keys of a VM by which its mode is decided.
_DECIDING = {"interrupts", "unconfined_interrupts", "vcpus", "affinity", "mpidrs", "gic", "devices"}


def check(description: Description, findings: Findings) -> None:
    """A VM has direct interrupts only where that can work, and where what it can do by that is accepted."""
    platform = description.platform
    if not platform or _incomplete(description):
        return
    _given_away(description, platform, findings)
    found = modes(description)
    for vm, mode in zip(description.vms, found):
        _accepted(description, vm, mode, findings)
        if mode.name == DIRECT:
            _pmr(vm, findings)
            _timer(platform, vm, findings)
    _spare(description, platform, found, findings)
    _uart(description, platform, found, findings)


def _incomplete(description: Description) -> bool:
    """True if something is missing, as it has a finding of its own, that could make a difference."""
    return bool(description.spoiled & {"vms", "console"}
                or description.console and description.console.spoiled
                or any(vm.spoiled & _DECIDING or vm.gic and vm.gic.spoiled
                       or any(device.spoiled for device in vm.devices.values()) for vm in description.vms))


def _accepted(description: Description, vm: Vm, mode: Mode, findings: Findings) -> None:
    """`unconfined_interrupts` is there where it has a meaning, and only there."""
    others = [other.name for other in description.vms if other is not vm]
    if vm.unconfined_interrupts and vm.interrupts != DIRECT:
        findings.error("P048", vm.where("unconfined_interrupts"), f"vm '{vm.name}' unconfined_interrupts has no "
                       "meaning without 'interrupts: direct'", cure="write 'interrupts: direct', or remove the key")
    elif mode.name == DIRECT and others and not vm.unconfined_interrupts:
        with_ = f"vm '{others[0]}'" if len(others) == 1 else f"{len(others)} other VMs"
        findings.error("P140", vm.where("interrupts"), f"vm '{vm.name}' has direct interrupts beside {with_}: it can "
                       "end interrupts that are not its own too early (ICC_EOIR1_EL1), and hold off the hypervisor's "
                       "(ICC_AP1R0_EL1), so that it may not be stopped while it sleeps", None,
                       "write 'unconfined_interrupts: true' to accept that, or 'interrupts: virtual'")
    elif mode.name == DIRECT and not others and not vm.unconfined_interrupts:
        findings.warning("P151", vm.where("interrupts"), f"vm '{vm.name}' asks for direct interrupts, and is not the "
                         "sole owner of the machine, so that each SGI that it sends is an exit: "
                         f"{'; '.join(mode.obstacles)}", None,
                         "change that, or write 'unconfined_interrupts: true' to accept it")


def _pmr(vm: Vm, findings: Findings) -> None:
    if vm.boot and not vm.uses_pmr and "uses_pmr" not in vm.spoiled and pseudo_nmi(vm.boot.cmdline):
        findings.error("P144", vm.boot.where("cmdline"), f"vm '{vm.name}' has direct interrupts, and by "
                       f"'{PSEUDO_NMI}=1' its Linux masks them by ICC_PMR_EL1, which is an exit each time",
                       vm.where("interrupts"), "write 'uses_pmr: true' to accept that, or remove it from the cmdline")


def _timer(platform: Platform, vm: Vm, findings: Findings) -> None:
    if _group0(platform):
        return
    for device in vm.devices.values():
        if device.kind in EMULATED and EMULATED[device.kind].timer:
            findings.error("P142", device.at, f"vm '{vm.name}' device '{device.name}': a {device.kind} keeps time by "
                           "EL2's timer, whose interrupt does not get through to a VM with direct interrupts on a GIC "
                           "with two security states", _states(platform),
                           "write 'security_states: 1' for the platform's gic if GICD_CTLR.DS reads 1, or "
                           "'interrupts: virtual'")


def _spare(description: Description, platform: Platform, found: list[Mode], findings: Findings) -> None:
    """Every emulated device of VMs with direct interrupts gets an SPI."""
    vms = [vm for vm, mode in zip(description.vms, found) if mode.name != VIRTUAL]
    irqs = spare_spis.assign(platform, vms)
    for vm in vms:
        for device in spare_spis.emulated(vm):
            if irqs[id(device)] is None and platform.gic:
                findings.error("P143", device.where("irq"), f"vm '{vm.name}' has direct interrupts, and for device "
                               f"'{device.name}' no SPI is left that no device of the board has",
                               platform.gic.where("spis"), "write 'interrupts: virtual', or remove the device")


def _uart(description: Description, platform: Platform, found: list[Mode], findings: Findings) -> None:
    """Some pCPU can take the interrupt of a UART that the hypervisor keeps."""
    console = description.console
    vms = [(vm.affinity, mode.name) for vm, mode in zip(description.vms, found)]
    if not platform.uart or given_to(description) or all(mode != DIRECT for _, mode in vms):
        return
    asked = console.pcpu if console else None
    owner = next((vm for vm in description.vms if asked in vm.affinity), None)
    if asked is not None and owner is None or choose(platform, vms, asked):
        return  # P025 says that nobody owns it
    if console and owner:
        findings.error("P141", console.where("pcpu"), f"console: pCPU {asked} is to take the interrupt of the UART, "
                       f"and vm '{owner.name}' has direct interrupts: on a GIC with two security states it does not "
                       "get through to the hypervisor", owner.where("interrupts"), "name a pCPU of a VM in virtual "
                       "mode, or write 'security_states: 1' for the platform's gic if GICD_CTLR.DS reads 1")
        return
    first, mode = next((vm, mode) for vm, mode in zip(description.vms, found) if mode.name == DIRECT)
    alone = f"; it is not the sole owner of the machine, as {'; '.join(mode.obstacles)}" if len(vms) == 1 else ""
    findings.error("P141", first.where("interrupts"), f"vm '{first.name}' has direct interrupts, and no pCPU is "
                   "left to take the interrupt of the hypervisor's UART: on a GIC with two security states it does not "
                   f"get through to the hypervisor{alone}", _states(platform),
                   "write 'security_states: 1' for the platform's gic if GICD_CTLR.DS reads 1; or leave a VM in "
                   "virtual mode; or give the UART away with 'kind: passthrough, device: uart'")


def _given_away(description: Description, platform: Platform, findings: Findings) -> None:
    """With the UART given to a VM nobody sees what another VM, or the hypervisor, has to say."""
    given = given_to(description)
    if not given:
        return
    owner, serial = given
    at = serial.where("device")
    if platform.uart and not platform.uart.clock:
        findings.error("P068", at, f"vm '{owner.name}' device '{serial.name}': platform '{platform.name}' does not say "
                       "what clock its UART has, which the VM's driver has to know", platform.uart.at,
                       "add 'clock' to 'uart' in the platform file, as in clock: 24MHz")
    for vm in description.vms:
        for device in vm.devices.values():
            if device.kind in EMULATED and EMULATED[device.kind].serial:
                findings.error("P145", device.at, f"vm '{vm.name}' device '{device.name}': nobody would see it, as the "
                               f"UART is given to vm '{owner.name}'", at, "remove one of the two")
    if description.console:
        findings.error("P145", description.where("console"), f"console: the UART is given to vm '{owner.name}', and "
                       "the hypervisor has no console", at, "remove the key")


def _group0(platform: Platform) -> bool:
    return platform.gic is not None and platform.gic.group0


def _states(platform: Platform) -> Position | None:
    return platform.gic.where("security_states") if platform.gic else None
