# SPDX-License-Identifier: Apache-2.0
"""Rules for direct interrupts: what such a VM can do to others, which services EL2 cannot give it,
and what the description may not have if the UART is passed through."""

from __future__ import annotations

from ..decide import unused_spis
from ..decide.interrupt_mode import DIRECT, PSEUDO_NMI, VIRTUAL, Mode, modes, pseudo_nmi
from ..decide.uart import choose, given_to
from ..facts.emulated_devices import EMULATED
from ..model import Description, Platform, Position, Vm
from ..read.findings import Findings

# The keys of a VM that decide its interrupt mode.
_DECIDING = {"interrupts", "unconfined_interrupts", "vcpus", "affinity", "mpidrs", "gic", "devices"}


def check(description: Description, findings: Findings) -> None:
    """A VM has direct interrupts only if they can work, and if the description accepts what the VM
    can then do to others."""
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
    _unused(description, platform, found, findings)
    _uart(description, platform, found, findings)


def _incomplete(description: Description) -> bool:
    """True if a key is missing that could change an interrupt mode. The key has a finding of its
    own."""
    return bool(description.spoiled & {"vms", "console"}
                or description.console and description.console.spoiled
                or any(vm.spoiled & _DECIDING or vm.gic and vm.gic.spoiled
                       or any(device.spoiled for device in vm.devices.values()) for vm in description.vms))


def _accepted(description: Description, vm: Vm, mode: Mode, findings: Findings) -> None:
    """`unconfined_interrupts` is written where it has a meaning, and nowhere else."""
    others = [other.name for other in description.vms if other is not vm]
    if vm.unconfined_interrupts and vm.interrupts != DIRECT:
        findings.error("P048", vm.where("unconfined_interrupts"), f"vm '{vm.name}' unconfined_interrupts has no "
                       "meaning without 'interrupts: direct'", cure="write 'interrupts: direct', or remove the key")
    elif mode.name == DIRECT and others and not vm.unconfined_interrupts:
        with_ = f"vm '{others[0]}'" if len(others) == 1 else f"{len(others)} other VMs"
        findings.error("P140", vm.where("interrupts"), f"vm '{vm.name}': direct interrupts are not "
                       f"isolated from {with_}", None,
                       "write 'unconfined_interrupts: true' to accept, or 'interrupts: virtual'")
    elif mode.name == DIRECT and not others and not vm.unconfined_interrupts:
        findings.warning("P151", vm.where("interrupts"), f"vm '{vm.name}' is not the sole owner, so each SGI "
                         f"still exits: {'; '.join(mode.obstacles)}", None,
                         "fix it, or accept with 'unconfined_interrupts: true'")


def _pmr(vm: Vm, findings: Findings) -> None:
    if vm.boot and not vm.uses_pmr and "uses_pmr" not in vm.spoiled and pseudo_nmi(vm.boot.cmdline):
        findings.error("P144", vm.boot.where("cmdline"), f"vm '{vm.name}': '{PSEUDO_NMI}=1' makes Linux "
                       "write ICC_PMR_EL1, and with direct interrupts each write exits", vm.where("interrupts"),
                       "remove it from the cmdline, or write 'uses_pmr: true' to accept")


def _timer(platform: Platform, vm: Vm, findings: Findings) -> None:
    if _group0(platform):
        return
    for device in vm.devices.values():
        if device.kind in EMULATED and EMULATED[device.kind].timer:
            findings.error("P142", device.at, f"vm '{vm.name}' device '{device.name}': a {device.kind} needs "
                           "EL2's timer, which cannot interrupt a direct VM on this GIC", _states(platform),
                           "use 'interrupts: virtual'")


def _unused(description: Description, platform: Platform, found: list[Mode], findings: Findings) -> None:
    """There is an unused SPI for every emulated device of VMs with direct interrupts."""
    vms = [vm for vm, mode in zip(description.vms, found) if mode.name != VIRTUAL]
    irqs = unused_spis.assign(platform, vms)
    for vm in vms:
        for device in unused_spis.emulated(vm):
            if irqs[id(device)] is None and platform.gic:
                findings.error("P143", device.where("irq"), f"vm '{vm.name}' device '{device.name}': no unused "
                               "SPI is left on the board, and with direct interrupts it needs one",
                               platform.gic.where("spis"), "use 'interrupts: virtual', or remove the device")


def _uart(description: Description, platform: Platform, found: list[Mode], findings: Findings) -> None:
    """Some pCPU can take the interrupt of a UART that the hypervisor keeps."""
    console = description.console
    vms = [(vm.affinity, mode.name) for vm, mode in zip(description.vms, found)]
    if not platform.uart or given_to(description) or all(mode != DIRECT for _, mode in vms):
        return
    asked = console.pcpu if console else None
    owner = next((vm for vm in description.vms if asked in vm.affinity), None)
    if asked is not None and owner is None or choose(platform, vms, asked):
        return  # if no VM owns the pCPU, P025 says so
    if console and owner:
        findings.error("P141", console.where("pcpu"), f"console: pCPU {asked} cannot take the UART interrupt: it "
                       f"runs the direct VM '{owner.name}' and the GIC has two security states",
                       owner.where("interrupts"), "name a pCPU of a virtual VM, or leave 'pcpu' out")
        return
    first = next(vm for vm, mode in zip(description.vms, found) if mode.name == DIRECT)
    findings.error("P141", first.where("interrupts"), "no pCPU can take the UART interrupt: all run direct VMs and the "
                   "GIC has two security states", _states(platform), "keep one VM virtual, or give the UART to a VM")


def _given_away(description: Description, platform: Platform, findings: Findings) -> None:
    """If the UART is passed through to a VM, nobody would see the output of another VM's emulated
    UART or of the hypervisor's console. So the description may have neither."""
    given = given_to(description)
    if not given:
        return
    owner, serial = given
    at = serial.where("device")
    if platform.uart and not platform.uart.clock and platform.uart.clock_names:
        findings.error("P068", at, f"vm '{owner.name}' device '{serial.name}': its driver needs the UART's clock, "
                       f"which platform '{platform.name}' does not state", platform.uart.at,
                       "add it to 'uart' there, as in clock: 24MHz")
    for vm in description.vms:
        for device in vm.devices.values():
            if device.kind in EMULATED and EMULATED[device.kind].serial:
                findings.error("P145", device.at, f"vm '{vm.name}' device '{device.name}': its output goes nowhere, "
                               f"because vm '{owner.name}' has the UART", at, "remove one of the two")
    if description.console:
        findings.error("P145", description.where("console"), "console: the hypervisor has no console, because "
                       f"vm '{owner.name}' has the UART", at, "remove the key")


def _group0(platform: Platform) -> bool:
    return platform.gic is not None and platform.gic.group0


def _states(platform: Platform) -> Position | None:
    return platform.gic.where("security_states") if platform.gic else None
