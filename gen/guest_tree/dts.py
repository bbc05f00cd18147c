# SPDX-License-Identifier: Apache-2.0
"""Writes the device tree source of a guest from a template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..facts.emulated_devices import EMULATED
from ..model import TIMER_INTIDS, TIMERS, Interrupt, Platform, System, SystemVm
from ..render.jinja import environment
from .aliases import aliases, stdout_path
from .nesting import nest
from .nodes import Node, Nodes, cells, interrupt, label, reg, rename

# The rate of the clock `apb_pclk`. The bindings of PrimeCell devices require a clock, and no
# emulated device depends on its rate.
APB_PCLK_HZ = 24000000


TEMPLATES = Path(__file__).parent / "templates"
ENVIRONMENT = environment(TEMPLATES)
ENVIRONMENT.filters.update(cells=cells, reg=reg, interrupt=interrupt)


def labels(vm: SystemVm) -> dict[str, str]:
    """A label for each device of a VM, by the device's name."""
    taken = {"gic", "apb_pclk", *(f"cpu{i}" for i in range(len(vm.mpidrs)))}
    names = [device.name for device in vm.emulated] + [device.name for device in vm.passed]
    return {name: label(name, taken) for name in names}


def _clusters(platform: Platform, vm: SystemVm) -> list[list[int]]:
    """The vCPUs by cluster, in order. Empty for a single vCPU. The clusters are those of the pCPUs,
    if the platform file says which. Otherwise they are what the MPIDRs say: the fields above Aff0,
    or those above Aff1 if each vCPU has an Aff1 of its own, as on DynamIQ clusters."""
    if len(vm.mpidrs) == 1:
        return []
    clusters = [cluster for pcpu in vm.affinity if (cluster := platform.cpus[pcpu].cluster) is not None]
    if len(clusters) < len(vm.mpidrs):
        shift = 16 if len({mpidr >> 8 for mpidr in vm.mpidrs}) == len(vm.mpidrs) else 8
        clusters = [mpidr >> shift for mpidr in vm.mpidrs]
    groups: dict[int, list[int]] = {}
    for index, cluster in enumerate(clusters):
        groups.setdefault(cluster, []).append(index)
    return list(groups.values())


def passed_nodes(platform: Platform, vm: SystemVm,
                 named: dict[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two lists for the templates: the nodes of passed-through devices, and the nodes that the
    generator adds for them (fixed clocks and copies). `named`: the label of each device, by its
    name in the VM."""
    nodes = Nodes(platform, vm.passed, named)
    devices = nodes.devices()
    rename(nodes.clocks, [*devices, *nodes.extra])
    return [node.context() for node in devices], [node.context() for node in nodes.extra]


def source(system: System, vm: SystemVm, psci: str = "") -> str:
    """Device tree source of a VM, without the user's overlays. `psci`: how the guest calls PSCI,
    'hvc' or 'smc'. Empty: as the description says."""
    named = labels(vm)
    nodes = Nodes(system.platform, vm.passed, named)
    passed = nest(nodes.devices(), vm.passed)
    extra = list(nodes.extra)
    if any(EMULATED[device.kind].clocked for device in vm.emulated):
        extra.insert(0, Node("apb_pclk", "apb-pclk", [
            'compatible = "fixed-clock";', "#clock-cells = <0>;", f"clock-frequency = <{APB_PCLK_HZ}>;",
            'clock-output-names = "apb_pclk";']))
        nodes.clocks.append(extra[0])
    rename(nodes.clocks, [*passed, *extra])
    alias = aliases(vm, named)
    return ENVIRONMENT.get_template("guest.dts.j2").render(
        system=system,
        vm=vm,
        psci=psci or (vm.source.psci.method if vm.source.psci else "hvc"),
        cpu_cells=2 if any(mpidr >> 32 for mpidr in vm.mpidrs) else 1,
        # The binding has one cell. Linux reads two cells as well, and an address above 4 GiB needs
        # two.
        initrd_cells=2 if vm.initrd and vm.initrd.end >> 32 else 1,
        clusters=_clusters(system.platform, vm),
        timers=[system.platform.timer.get(name, Interrupt(TIMER_INTIDS[name])) for name in TIMERS],
        labels=named,
        clocks=[node.context() for node in extra],
        passed=[node.context() for node in passed],
        ppi_cpus=(1 << min(len(vm.mpidrs), 8)) - 1 if vm.cpu_interface else 0,
        aliases=sorted(alias.items()),
        stdout=stdout_path(system.platform, vm, named, alias),
    )
