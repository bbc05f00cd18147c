# SPDX-License-Identifier: Apache-2.0
"""Checks what an overlay did to a guest's device tree. An overlay may not contradict what the
generated tree says of CPUs, memory, GIC, timer, PSCI and devices. It may not claim addresses or
interrupts that the VM does not own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, TypeVar

from ..decide.interrupt_mode import DIRECT, PSEUDO_NMI, SOLE, pseudo_nmi
from ..decide.vm_interrupts import banks, interrupt_masks
from ..devicetree.addresses import Addresses
from ..devicetree.gic import is_gic, typed
from ..devicetree.interrupts import Interrupts, Line
from ..devicetree.tree import Tree, TreeNode
from ..devicetree.values import strings
from ..model import Position, Range, System, SystemVm
from ..read.findings import Findings

T = TypeVar("T")

# OPEN: the nodes of the generated tree that overlays may change freely. ROOT_FIXED and
# CHOSEN_FIXED: the only properties of / and /chosen that they may not change.
OPEN = ("/aliases", "/chosen", "/__symbols__")
ROOT_FIXED = {"#address-cells", "#size-cells", "interrupt-parent", "interrupt-map", "#interrupt-cells"}
CHOSEN_FIXED = {"linux,initrd-start", "linux,initrd-end", "linux,usable-memory-range"}

# Properties that change the meaning of a generated node if an overlay adds them. By line: state,
# kind and addresses of the node; its interrupts; of memory, a replacement for `reg`, and that it
# may go away; of the GIC, its redistributors and the SPIs that serve MSIs; of CPUs and PSCI, how
# CPUs are started.
TELLING = {
    "status", "device_type", "arm,primecell-periphid", "reg", "ranges", "dma-ranges",
    "interrupts", "interrupts-extended", "interrupt-parent", "interrupt-map", "interrupt-map-mask",
    "linux,usable-memory", "hotpluggable",
    "#redistributor-regions", "redistributor-stride", "msi-controller", "mbi-ranges",
    "enable-method", "cpu-release-addr", "cpu_on", "cpu_off", "cpu_suspend", "migrate",
}
# The same for the timer alone: it finds its interrupts by name, and its rate is CNTFRQ_EL0.
# Overlays may add these to devices.
TELLING_TIMER = {"interrupt-names", "clock-frequency", "arm,cpu-registers-not-fw-configured"}

# Properties that a key of the description says, and which.
KEYS = {("/chosen", "bootargs"): "by 'cmdline' of 'boot'", ("/psci", "method"): "by 'psci.method' of the VM"}

# Devices of which a machine has one, which the generated tree has already.
SINGLE = ("arm,gic-v3", "arm,gic-400", "arm,armv8-timer", "arm,armv8-pmuv3", "arm,psci", "arm,psci-0.2", "arm,psci-1.0")


@dataclass
class _Check:
    """The check of one overlay of one VM. `original`: the tree as generated. `before`, `after`: the
    tree before and after this overlay was merged."""

    system: System
    vm: SystemVm
    original: Tree
    before: Tree
    after: Tree
    path: Path
    at: Position
    findings: Findings

    def error(self, code: str, message: str, cure: str, related: Position | None = None) -> None:
        """Add an error at the position where the description names the overlay."""
        text = f"vm '{self.vm.name}' overlay '{self.path}' {message}"
        self.findings.error(code, self.at, text, related, cure)

    def fixed(self, node: TreeNode) -> set[str]:
        """The properties of a generated node that overlays may not change."""
        if node.path == "/":
            return ROOT_FIXED
        if node.path == "/chosen":
            # an overlay may not add them even if there is no initrd
            return CHOSEN_FIXED | {"bootargs"} & set(node.properties)
        return set() if node.path in OPEN else set(node.properties)

    def generated(self) -> None:
        """Check that every generated node still says the same."""
        for node in self.original.values():
            now, was = self.after.get(node.path), self.before.get(node.path)
            if now is None or was is None:
                if was is not None and self.fixed(node):
                    self.error("P082", f"removes {node.path}", "leave the node alone")
                continue
            changed = [name for name in self.fixed(node) if now.properties.get(name) != was.properties.get(name)]
            if node.path != "/" and node.path not in OPEN:
                telling = TELLING | TELLING_TIMER if node.path == "/timer" else TELLING
                changed += [name for name in telling & set(now.properties) - set(was.properties)]
            for name in sorted(changed):
                where = KEYS.get((node.path, name), "in the YAML file")
                self.error("P082", f"changes {name} of {node.path}",
                           f"describe it {where}, and leave the property out here")

    def command_line(self) -> None:
        """If the description has no command line, check that the overlay's does not ask for
        pseudo-NMIs which the VM cannot have."""
        now, was = ("".join(strings(tree["/chosen"].properties.get("bootargs", b""))[:1])
                    for tree in (self.after, self.before))
        gic = self.system.platform.gic
        direct = self.vm.interrupt_mode == DIRECT or self.vm.interrupt_mode == SOLE and not (gic and gic.group0)
        if direct and not self.vm.source.uses_pmr and not self.vm.cmdline and now != was and pseudo_nmi(now):
            self.error("P144", f"has '{PSEUDO_NMI}=1': Linux then writes ICC_PMR_EL1, and with direct interrupts each "
                       "write exits", "remove it from the bootargs, or write 'uses_pmr: true' to accept",
                       self.vm.source.where("interrupts"))

    def added(self) -> list[TreeNode]:
        """The nodes that this and earlier overlays added, except those that `status` disables."""
        return [node for path, node in self.after.items() if path not in self.original and node.active]

    def fresh(self, node: TreeNode, read: Callable[[Tree, TreeNode], list[T]]) -> list[T]:
        """What `read` finds in a node only because this overlay added, enabled or changed the node.
        """
        was = self.before.get(node.path)
        known = read(self.before, was) if was and was.active else []
        return [found for found in read(self.after, node) if found not in known]

    def does(self, node: TreeNode) -> str:
        """What this overlay did to an added node, in a word, and the node's path."""
        was = self.before.get(node.path)
        return f"{'adds' if was is None else 'changes' if was.active else 'enables'} {node.path}"

    def generated_kind(self, node: TreeNode) -> bool:
        """True, with a finding, if an added node is of a kind that only the generator may add."""
        before = len(self.findings)
        for kind in self.fresh(node, lambda _, n: strings(n.properties.get("device_type", b""))[:1]):
            if word := {"cpu": "vcpus", "memory": "memory"}.get(kind):
                self.error("P082", f"{self.does(node)}, of device_type '{kind}'", f"use '{word}' of the VM")
        for compatible in self.fresh(node, lambda _, n: n.compatible):
            if compatible in SINGLE:
                self.error("P082", f"{self.does(node)}, a second {compatible}", "remove the node")
        return len(self.findings) > before

    def addresses(self, node: TreeNode) -> None:
        """Refuse an added node whose registers overlap RAM, the GIC or a device of the VM, unless
        it lies inside a generated node. Warn if the VM has nothing at the registers."""
        if node.path.startswith("/reserved-memory/"):
            self.reserved(node)
            return
        inside = {other.path for other in node.ancestors() if other.path in self.original and other.path != "/"}
        for area in self.fresh(node, _registers):
            clashes = [(what, part, at) for what, part, at in self.owned() if part.overlaps(area)]
            for what, part, at in clashes:
                if not inside:
                    self.error("P083", f"{self.does(node)} at {area}, where {what} is", "move or remove the node", at)
            if not clashes:
                where = f"{node.path} in overlay '{self.path}'"
                text = f"vm '{self.vm.name}' has nothing at {area}, the registers of {where}"
                self.findings.warning("P083", self.at, text, None, "pass the device through")

    def reserved(self, node: TreeNode) -> None:
        """Refuse reserved memory that overlaps an image which the VM starts with. Warn if it is not
        RAM of the VM."""
        for area in self.fresh(node, _registers):
            for payload in self.vm.payloads:
                if payload.what != "disk" and area.overlaps(Range(payload.ipa, payload.memory_size)):
                    self.error("P083", f"reserves {area} in {node.path}, where the {payload.what} is",
                               f"reserve memory outside {Range(payload.ipa, payload.memory_size)}")
            if not any(Range(region.ipa, region.size).contains(area) for region in self.vm.ram):
                where = f"{node.path} in overlay '{self.path}'"
                text = f"vm '{self.vm.name}' has no RAM at {area}, which {where} reserves"
                self.findings.warning("P083", self.at, text, None, "reserve memory of the VM")

    def owned(self) -> list[tuple[str, Range, Position]]:
        """All address ranges of the VM, each with its name and its position in the description."""
        vm = self.vm
        areas = [("RAM", Range(region.ipa, region.size), region.source.at) for region in vm.ram]
        areas += [("the GIC", part, vm.source.at) for part in (vm.distributor, vm.cpu_interface or vm.redistributors)]
        areas += [(f"'{device.name}'", device.mmio, device.source.at) for device in vm.emulated]
        areas += [(f"'{d.name}'", mmio, d.source.at) for d in vm.passed for mmio in d.device.mmio]
        return areas

    def lines(self, node: TreeNode) -> None:
        """Check that the VM owns the interrupts of an added node."""
        hardware, software = interrupt_masks(self.system, self.vm)
        for line in self.fresh(node, _at_gic):
            irq = typed(line.specifier)
            if irq is None:
                specifier = " ".join(map(str, line.specifier))
                self.error("P084", f"{self.does(node)} with interrupt <{specifier}>, which no GIC of a VM has",
                           "write <0 n 4> for SPI n, below 988, or <1 n 4> for PPI n, below 16")
                continue
            bank, bit = irq.intid // 32, irq.intid % 32
            if bank >= banks(self.vm) or not (hardware[bank] | software[bank]) >> bit & 1:
                self.error("P084", f"{self.does(node)} with {irq}, which is not the VM's",
                           "pass the device with that interrupt through")

    def run(self) -> None:
        """Run all checks."""
        self.generated()
        self.command_line()
        for node in self.added():
            if not self.generated_kind(node):
                self.addresses(node)
                self.lines(node)


def _registers(tree: Tree, node: TreeNode) -> list[Range]:
    """The registers of a node at the addresses that Linux finds."""
    return Addresses(tree).registers(node).known


def _at_gic(tree: Tree, node: TreeNode) -> list[Line]:
    """The interrupts of the GIC that a node names, directly or by interrupt maps. A disabled node's
    interrupt map counts too, because it still serves the nodes that refer to it."""
    interrupts = Interrupts(tree)
    found = [line for line in interrupts.named(node, both=True) if line is not None]
    asleep = [tree[line.controller] for line in found if not tree[line.controller].active]
    found += [entry.line for nexus in [node, *asleep] for entry in interrupts.map(nexus)]
    return [line for line in found if is_gic(tree[line.controller])]


def check(system: System, vm: SystemVm, original: Tree, before: Tree, after: Tree, path: Path, at: Position,
          findings: Findings) -> None:
    """Add findings for what the overlay did between the trees `before` and `after`. `original` is
    the tree as generated. `path` is the overlay's file, `at` the position where the description
    names it. Raises BlobError for a tree that asks for too much work."""
    _Check(system, vm, original, before, after, path, at, findings).run()
