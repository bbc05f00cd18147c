# SPDX-License-Identifier: Apache-2.0
"""What an overlay may not do: contradict what the generator said of the VM's CPUs, memory, GIC, timer, PSCI and
devices, or claim addresses and interrupts that are not the VM's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .findings import Findings
from .layout import banks
from .model import Interrupt, Position, Range, System, SystemVm
from .tables import interrupt_masks
from .tree import Tree, TreeNode, interrupts, registers

# Nodes of the generated tree that overlays may change freely; of the root only these properties are fixed.
OPEN = ("/aliases", "/chosen", "/__symbols__")
ROOT_FIXED = ("#address-cells", "#size-cells", "interrupt-parent")
CHOSEN_FIXED = ("linux,initrd-start", "linux,initrd-end")

# Properties that change the meaning of a generated node by being added to it.
TELLING = {
    "status", "interrupts-extended", "interrupt-parent", "ranges", "dma-ranges", "#redistributor-regions",
    "redistributor-stride", "cpu-release-addr", "cpu_on", "cpu_off", "cpu_suspend", "migrate",
    "arm,cpu-registers-not-fw-configured",
}

# What there is one of, and the generated tree has it.
SINGLE = ("arm,gic-v3", "arm,gic-400", "arm,armv8-timer", "arm,armv8-pmuv3", "arm,psci", "arm,psci-0.2", "arm,psci-1.0")


@dataclass
class _Check:
    """One overlay of one VM, with the tree as generated, and before and after the overlay."""

    system: System
    vm: SystemVm
    original: Tree
    before: Tree
    after: Tree
    path: Path
    at: Position
    findings: Findings

    def error(self, code: str, message: str, cure: str, related: Position | None = None) -> None:
        """Adds a finding at the overlay's place in the description."""
        text = f"vm '{self.vm.name}' overlay '{self.path}' {message}"
        self.findings.error(code, self.at, text, related, cure)

    def fixed(self, node: TreeNode) -> set[str]:
        """The properties of a generated node that stay as they are."""
        if node.path == "/":
            return set(ROOT_FIXED) & set(node.properties)
        if node.path == "/chosen":
            return set(CHOSEN_FIXED)  # also where there is no initrd
        return set() if node.path in OPEN else set(node.properties)

    def generated(self) -> None:
        """Every generated node still says what it said."""
        for node in self.original.values():
            now, was = self.after.get(node.path), self.before.get(node.path)
            if now is None or was is None:
                if was is not None and self.fixed(node):
                    self.error("P082", f"removes {node.path}", "leave the node alone")
                continue
            changed = [name for name in self.fixed(node) if now.properties.get(name) != was.properties.get(name)]
            if node.path != "/" and node.path not in OPEN:
                changed += [name for name in TELLING & set(now.properties) - set(was.properties)]
            for name in sorted(changed):
                cure = "describe it in the YAML file, and leave the property alone here"
                self.error("P082", f"changes {name} of {node.path}", cure)

    def added(self) -> list[TreeNode]:
        """Nodes that this overlay brings, unless the guest is told to leave them alone."""
        news = [node for path, node in self.after.items() if path not in self.before]
        return [n for n in news if n.enabled and all(a.enabled for a in n.ancestors())]

    def generated_kind(self, node: TreeNode) -> bool:
        """True, with a finding, for a new node of a kind that the generator decides."""
        before = len(self.findings)
        kind = node.properties.get("device_type", b"")
        if kind in (b"cpu\0", b"memory\0"):
            word = "vcpus" if kind == b"cpu\0" else "memory"
            self.error("P082", f"adds {node.path}, of device_type '{kind[:-1].decode()}'", f"use '{word}' of the VM")
        for compatible in SINGLE:
            if compatible in node.compatible:
                self.error("P082", f"adds {node.path}, a second {compatible}", "remove the node")
        return len(self.findings) > before

    def addresses(self, node: TreeNode) -> None:
        """Registers of a new node are clear of what the VM has, and exist."""
        if node.path.startswith("/reserved-memory/"):
            self.reserved(node)
            return
        inside = {other.path for other in node.ancestors() if other.path in self.original and other.path != "/"}
        for area in registers(node):
            clashes = [(what, part, at) for what, part, at in self.owned() if part.overlaps(area)]
            for what, part, at in clashes:
                if not inside:
                    self.error("P083", f"adds {node.path} with registers {area}, where {what} has {part}",
                               "move the node, or remove it", at)
            if not clashes:
                where = f"{node.path} in overlay '{self.path}'"
                text = f"vm '{self.vm.name}' has nothing at {area}, the registers of {where}"
                self.findings.warning("P083", self.at, text, None, "give the VM the device with 'kind: passthrough'")

    def reserved(self, node: TreeNode) -> None:
        """Memory that is set aside is RAM of the VM, and clear of what the VM starts with."""
        for area in registers(node):
            for payload in self.vm.payloads:
                if payload.what != "disk" and area.overlaps(Range(payload.ipa, payload.memory_size)):
                    self.error("P083", f"sets aside {area} by {node.path}, where the {payload.what} is at "
                               f"{Range(payload.ipa, payload.memory_size)}", "set other memory aside")
            if not any(Range(piece.ipa, piece.size).contains(area) for piece in self.vm.ram):
                where = f"{node.path} in overlay '{self.path}'"
                text = f"vm '{self.vm.name}' has no RAM at {area}, which {where} sets aside"
                self.findings.warning("P083", self.at, text, None, "set memory aside that the VM has")

    def owned(self) -> list[tuple[str, Range, Position]]:
        """Everything at the VM's addresses."""
        vm = self.vm
        areas = [("RAM", Range(piece.ipa, piece.size), piece.source.at) for piece in vm.ram]
        areas += [("the GIC", part, vm.source.at) for part in (vm.distributor, vm.cpu_interface or vm.redistributors)]
        areas += [(f"'{device.name}'", device.mmio, device.source.at) for device in vm.emulated]
        areas += [(f"'{d.name}'", mmio, d.source.at) for d in vm.passed for mmio in d.device.mmio]
        return areas

    def lines(self, node: TreeNode) -> None:
        """Interrupts of a new node are the VM's own."""
        hardware, software = interrupt_masks(self.system, self.vm)
        for controller, specifier in interrupts(self.after, node):
            if self.after[controller].compatible != ["arm,gic-v3"] or len(specifier) < 3:
                continue
            irq = Interrupt(specifier[1] + (32 if specifier[0] == 0 else 16))
            bank, bit = irq.intid // 32, irq.intid % 32
            if bank >= banks(self.vm) or not (hardware[bank] | software[bank]) >> bit & 1:
                self.error("P084", f"adds {node.path} with {irq}, which is not the VM's",
                           "give the VM the device that has the interrupt")

    def run(self) -> None:
        """All rules."""
        self.generated()
        for node in self.added():
            if not self.generated_kind(node):
                self.addresses(node)
                self.lines(node)


def check(system: System, vm: SystemVm, original: Tree, before: Tree, after: Tree, path: Path, at: Position,
          findings: Findings) -> None:
    """Findings for what the overlay of `path` (named in the description at `at`) did between `before` and `after`.
    `original` is the tree as generated."""
    _Check(system, vm, original, before, after, path, at, findings).run()
