# SPDX-License-Identifier: Apache-2.0
"""Finds what keeps Pinion from running a board or a system. Guest trees and exports can be made all
the same, so this is reported only when somebody asks for products of the hypervisor."""

from __future__ import annotations

import itertools
from dataclasses import replace

from ..model import Passed, Platform, Region, System, SystemVm
from ..read.findings import Findings
from ..rules.devices import check_doublewords

STARTS = ("psci-smc", "spin-table", "all")


def runs(platform: Platform) -> bool:
    """True if the hypervisor runs on a board, as far as the platform file tells."""
    findings = Findings()
    _board(platform, findings)
    return not findings.errors


def lacks(platform: Platform) -> list[str]:
    """What keeps the hypervisor from running on a board, each as a clause such as "has no 'uart'".
    The RAM and the hypervisor's place in it are left out, since only the user may know them."""
    region = Region(platform.at)
    findings = Findings()
    _board(replace(platform, memory=[region], hypervisor=region), findings)
    return [finding.message.removeprefix(f"platform '{platform.name}' ") for finding in findings]


def note(platform: Platform, findings: Findings) -> None:
    """Add a note for each reason why the hypervisor does not run on a board. Guest trees and
    exports work for such a board."""
    missing = Findings()
    _board(platform, missing)
    for finding in missing:
        findings.note(finding.code, finding.at, f"{finding.message}: `build` does not take it", finding.related,
                      finding.cure)


def check(system: System, findings: Findings) -> None:
    """Add a finding for each reason why the hypervisor cannot run a system."""
    _board(system.platform, findings)
    for vm in system.vms:
        for passed in vm.passed:
            if passed.device.node:
                check_doublewords(f"vm '{vm.name}' device '{passed.name}'", passed.device,
                                  passed.source.where("device"), findings)
        for first, second in itertools.combinations(vm.passed, 2):
            _apart(vm, first, second, findings)


def _board(platform: Platform, findings: Findings) -> None:
    gic = platform.gic
    if gic is None:
        findings.error("P070", platform.at, f"platform '{platform.name}' has no GIC, and Pinion drives nothing else",
                       cure="use a board with a GIC; 'dtb' and 'export' work for this one")
    elif gic.version == 2 and not (gic.hypervisor_interface and gic.virtual_interface):
        key = "virtual_interface" if gic.hypervisor_interface else "hypervisor_interface"
        findings.error("P070", gic.where(key), f"platform '{platform.name}' has a GICv2 without '{key}'",
                       cure="add it, if the GIC has the Virtualization Extensions; 'dtb' and 'export' work without")
    missing = [("memory", not platform.memory, "no 'memory'", "add the RAM that the boot loader reports"),
               ("hypervisor", platform.hypervisor is None, "no 'hypervisor' region", "add it to the platform file"),
               ("uart", platform.uart is None, "no 'uart'", "add it to the platform file")]
    for key, lacks, text, cure in missing:
        if lacks:
            findings.error("P068", platform.where(key), f"platform '{platform.name}' has {text}",
                           cure=cure)
    if platform.cpu_start not in STARTS:
        findings.error("P068", platform.where("cpu_start"), f"platform '{platform.name}' starts its CPUs by "
                       f"{platform.cpu_start}, which Pinion cannot", cure="use firmware with PSCI by SMC")
    if platform.cpu_start == "spin-table":
        waiting = [str(number) for number, cpu in enumerate(platform.cpus)
                   if number != platform.boot_cpu and cpu.release is None]
        if waiting:
            findings.error("P068", platform.where("cpus"), f"platform '{platform.name}' has no 'release' for cpu "
                           f"{', '.join(waiting)}", platform.where("cpu_start"), "write cpu-release-addr of its node")


def _apart(vm: SystemVm, first: Passed, second: Passed, findings: Findings) -> None:
    """Refuse two devices of a VM that share registers, which imported devices may. EL2 would map or
    forward these registers twice."""
    for area in first.device.mmio:
        for other in second.device.mmio:
            if area.overlaps(other):
                findings.error("P043", second.source.where("device"),
                               f"vm '{vm.name}' device '{second.name}' at {other} "
                               f"overlaps device '{first.name}' at {area}", first.source.where("device"),
                               "pass one of them through, or split the registers in the platform file")
