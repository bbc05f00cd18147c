# SPDX-License-Identifier: Apache-2.0
"""Rules for vCPUs: affinity and MPIDRs, and which pCPU serves the console."""

from __future__ import annotations

from ..model import AFFINITY_MASK, Description, Position, Vm
from ..read.findings import Findings
from .common import count


def check(description: Description, findings: Findings) -> None:
    """Each vCPU has a pCPU that exists and that no other vCPU has."""
    owners: dict[int, tuple[str, Position]] = {}
    board = description.platform
    cpus = set(range(len(board.cpus))) if board else set()
    free = cpus - {pcpu for vm in description.vms for pcpu in vm.affinity}
    for vm in description.vms:
        _count(vm, findings)
        for vcpu, (pcpu, at) in enumerate(zip(vm.affinity, vm.affinity_positions)):
            who = f"vm '{vm.name}' vCPU {vcpu}"
            if board and pcpu not in cpus:
                findings.error("P021", at, f"{who}: the platform has no pCPU {pcpu}", board.where("cpus"),
                               _numbers(cpus) if _incomplete(description) else _other(description, free))
            elif pcpu in owners:
                owner, related = owners[pcpu]
                findings.error("P022", at, f"{who}: pCPU {pcpu} already belongs to {owner}", related,
                               _other(description, free))
            else:
                owners[pcpu] = (who, at)
        _mpidrs(vm, findings)
    _console(description, set(owners), findings)


def _console(description: Description, owned: set[int], findings: Findings) -> None:
    """The pCPU that takes the UART's interrupt belongs to a VM."""
    console = description.console
    if not console or console.pcpu is None or console.pcpu in owned or _incomplete(description):
        return
    findings.error("P025", console.where("pcpu"), f"console: no VM owns pCPU {console.pcpu}, which is to take the "
                   "UART's interrupt", None, _numbers(owned) if owned else "leave the key out")


def _incomplete(description: Description) -> bool:
    """True if the affinity of some VM is unknown."""
    return "vms" in description.spoiled or any("affinity" in vm.spoiled for vm in description.vms)


def _other(description: Description, free: set[int]) -> str:
    """The cure for a pCPU that is taken. `free`: the pCPUs that no vCPU has."""
    if not description.platform or _incomplete(description):
        return "use a pCPU of its own"
    return _numbers(free) if free else "no pCPU is free: describe fewer vCPUs"


def _count(vm: Vm, findings: Findings) -> None:
    if not vm.spoiled & {"vcpus", "affinity"} and len(vm.affinity) != vm.vcpus:
        findings.error("P020", vm.where("affinity"),
                       f"vm '{vm.name}' has {count(vm.vcpus, 'vCPU')}, but its affinity lists "
                       f"{count(len(vm.affinity), 'pCPU')}",
                       vm.where("vcpus"), "list exactly one pCPU per vCPU")


def _mpidrs(vm: Vm, findings: Findings) -> None:
    at = vm.where("mpidrs")
    if "mpidrs" in vm.spoiled:
        return
    if "vcpus" not in vm.spoiled and len(vm.mpidrs) != vm.vcpus:
        findings.error("P023", at,
                       f"vm '{vm.name}' has {count(vm.vcpus, 'vCPU')}, but mpidrs lists "
                       f"{count(len(vm.mpidrs), 'value')}",
                       vm.where("vcpus"), "list exactly one value per vCPU, or leave mpidrs out")
    seen: dict[int, int] = {}
    for vcpu, mpidr in enumerate(vm.mpidrs):
        if mpidr & ~AFFINITY_MASK:
            findings.error("P024", at, f"vm '{vm.name}' vCPU {vcpu}: {mpidr:#x} has bits that are not affinity",
                           cure=f"use bits of {AFFINITY_MASK:#x} only")
        elif mpidr in seen:
            findings.error("P024", at, f"vm '{vm.name}' vCPU {vcpu}: {mpidr:#x} is the MPIDR of vCPU {seen[mpidr]} "
                           "already", cure="use distinct values")
        seen.setdefault(mpidr, vcpu)


def _numbers(free: set[int]) -> str:
    """A cure that lists pCPUs, with consecutive numbers written as "M to N"."""
    runs: list[list[int]] = []
    for number in sorted(free):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "use one of pCPU " + ", ".join(f"{r[0]} to {r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)
