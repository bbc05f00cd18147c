# SPDX-License-Identifier: Apache-2.0
"""One export in progress: the system, the findings, the files, and the context of the template."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..devicetree import dtc
from ..guest_tree import trees
from ..model import Payload, Position, System, SystemVm
from ..read.findings import Findings
from ..read.parse import default_mpidr
from ..read.yaml_tree import shown
from . import keys
from .files import Files


@dataclass
class Job:
    """An export in progress. `context`: the variables of the template. `own_tree`: the target
    writes the guests' device trees itself."""

    system: System
    target: str
    findings: Findings
    host_tree: Path | None
    own_tree: bool = False
    files: Files = field(default_factory=Files)
    context: dict[str, Any] = field(default_factory=dict)

    def seen(self, code: str, vm: SystemVm, at: Position, text: str, cure: str,
             related: Position | None = None) -> None:
        """Report something that the guest would see differently. It is an error, unless the target
        writes the guest's tree and so tells the guest."""
        if self.own_tree:
            self.told(code, vm, at, text, related)
        else:
            self.impossible(code, vm, at, text, cure, related)

    def told(self, code: str, vm: SystemVm, at: Position, text: str, related: Position | None = None) -> None:
        """Warn of something that the guest sees differently and that its device tree tells it."""
        self.findings.warning(code, at, f"{self.target}: vm '{vm.name}' {text}, and the guest is told so", related)

    def impossible(self, code: str, vm: SystemVm, at: Position, text: str, cure: str,
                   related: Position | None = None) -> None:
        """Add an error for something that the target cannot do."""
        self.findings.error(code, at, f"{self.target}: vm '{vm.name}' {text}", related, cure)

    def decides(self, code: str, vm: SystemVm, at: Position, text: str, cure: str = "") -> None:
        """Warn of something that the target decides by itself."""
        self.findings.warning(code, at, f"{self.target}: vm '{vm.name}' {text}", None, cure)

    @property
    def gicv2(self) -> bool:
        """True if the VMs have a GICv2, which has no redistributors."""
        return self.system.platform.gic is not None and self.system.platform.gic.version == 2

    def needs_gicv3(self, vm: SystemVm) -> None:
        """Add an error if the VM has a GICv2, because the export can describe only a GICv3."""
        gic = self.system.platform.gic
        if gic and self.gicv2:
            self.impossible("P120", vm, vm.source.at, "has a GICv2, as the board has, and is exported with a GICv3 "
                            "only", "describe it for a board with a GICv3", gic.where("version"))

    def flat_mpidrs(self, vm: SystemVm, name: str) -> None:
        """Report a VM whose MPIDRs are not the generator's defaults, because the target gives all
        vCPUs these. `name`: the target's name."""
        if vm.mpidrs != [default_mpidr(index) for index in range(len(vm.mpidrs))]:
            self.seen("P125", vm, vm.source.where("mpidrs"), "reads other MPIDRs than described: "
                      f"{name} numbers vCPUs from 0", "remove the key")

    def keys(self) -> None:
        """Report each key that exports leave out."""
        for part, key, at in keys.of_description(self.system.description):
            self._key("", part, key, at)
        for vm in self.system.vms:
            for part, key, at in keys.of_vm(vm):
                self._key(f"vm '{vm.name}' ", part, key, at)

    def _key(self, owner: str, part: str, key: str, at: Position) -> None:
        if key in keys.UNSEEN.get(part, ()):
            self.findings.warning("P131", at, f"{self.target}: {owner}{key} says what Pinion does, and is left out")
        else:
            self.findings.error("P131", at, f"{self.target}: {owner}{key} is something that the target is not told of",
                                cure="remove it from what is exported")

    def image(self, vm: SystemVm, what: str) -> Payload | None:
        """The payload of a VM of a kind: 'kernel', 'initrd', and so on. None if the VM has none."""
        return next((payload for payload in vm.payloads if payload.what == what), None)

    def copy(self, vm: SystemVm, what: str) -> str:
        """Add a copy of a VM's image file to the files. Returns the copy's name, or an empty text
        if the VM has no such image."""
        payload = self.image(vm, what)
        if payload is None:
            return ""
        name = f"{vm.name}.{what.split()[0]}"
        self.files.copies[name] = payload.path
        return name

    def psci(self, vm: SystemVm, method: str, name: str) -> None:
        """Warn if the target answers PSCI another way than the description says. `name`: the
        target's name."""
        if vm.source.psci and "method" in vm.source.psci.keys and vm.source.psci.method != method:
            self.told("P130", vm, vm.source.psci.where("method"), f"calls PSCI by {method.upper()} under {name}")

    def tree(self, vm: SystemVm, psci: str = "") -> bytes:
        """Add the device tree of a VM to the files, as blob and as source. Returns the blob."""
        text, blob = trees.guest_tree(self.system, vm, self.findings, psci)
        self.files.made[f"{vm.name}.dts"], self.files.made[f"{vm.name}.dtb"] = text.encode(), blob
        return blob

    def compile(self) -> None:
        """Compile every .dts that the template made: an overlay to .dtbo, a tree to .dtb."""
        for name in [name for name in self.files.made if name.endswith(".dts")]:
            text = self.files.made[name].decode()
            overlay = "/plugin/" in text
            blob = name.removesuffix(".dts") + (".dtbo" if overlay else ".dtb")
            if blob in self.files.made:
                continue
            try:
                self.files.made[blob] = dtc.compile_source(text, *(["-@"] if overlay else []))
            except dtc.DtcError as error:
                self.findings.error("P132", Position(shown(Path(f"{self.target}.j2")), 1, 1),
                                    f"dtc refuses '{name}', which the template made: {str(error).splitlines()[0]}",
                                    cure="correct the template")
