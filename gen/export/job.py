# SPDX-License-Identifier: Apache-2.0
"""One export on its way: the system, what was found to say about it, the files, and what the template is told."""

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
    """`context` is what the template sees; `own_tree`: the target writes the guests' device trees itself."""

    system: System
    target: str
    findings: Findings
    host_tree: Path | None
    own_tree: bool = False
    files: Files = field(default_factory=Files)
    context: dict[str, Any] = field(default_factory=dict)

    def seen(self, code: str, vm: SystemVm, at: Position, text: str, cure: str,
             related: Position | None = None) -> None:
        """Something that the guest would see differently: an error, unless the target says so in its own tree."""
        if self.own_tree:
            self.told(code, vm, at, text, related)
        else:
            self.impossible(code, vm, at, text, cure, related)

    def told(self, code: str, vm: SystemVm, at: Position, text: str, related: Position | None = None) -> None:
        """Something that the guest sees differently, and that its tree says."""
        self.findings.warning(code, at, f"{self.target}: vm '{vm.name}' {text}, and the guest is told so", related)

    def impossible(self, code: str, vm: SystemVm, at: Position, text: str, cure: str,
                   related: Position | None = None) -> None:
        """Something that the target cannot do at all."""
        self.findings.error(code, at, f"{self.target}: vm '{vm.name}' {text}", related, cure)

    def decides(self, code: str, vm: SystemVm, at: Position, text: str, cure: str = "") -> None:
        """Something that the target decides by itself."""
        self.findings.warning(code, at, f"{self.target}: vm '{vm.name}' {text}", None, cure)

    @property
    def gicv2(self) -> bool:
        """True if the VMs' GIC is a GICv2, without redistributors."""
        return self.system.platform.gic is not None and self.system.platform.gic.version == 2

    def needs_gicv3(self, vm: SystemVm) -> None:
        """The target is told of a GICv3 alone."""
        gic = self.system.platform.gic
        if gic and self.gicv2:
            self.impossible("P120", vm, vm.source.at, "has a GICv2, as the board has, and is exported with a GICv3 "
                            "only", "describe it for a board with a GICv3", gic.where("version"))

    def flat_mpidrs(self, vm: SystemVm, name: str) -> None:
        """The target, by its name, numbers the vCPUs as the generator does where the description says nothing."""
        if vm.mpidrs != [default_mpidr(index) for index in range(len(vm.mpidrs))]:
            self.seen("P125", vm, vm.source.where("mpidrs"), "reads other MPIDRs than described: "
                      f"{name} numbers vCPUs from 0", "remove the key")

    def keys(self) -> None:
        """What no target is told is said."""
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
        """The image of a VM that is a 'kernel', 'initrd', ...; None if it has none."""
        return next((payload for payload in vm.payloads if payload.what == what), None)

    def copy(self, vm: SystemVm, what: str) -> str:
        """Adds an image of a VM to the files, whole: its name there. Empty if the VM has none."""
        payload = self.image(vm, what)
        if payload is None:
            return ""
        name = f"{vm.name}.{what.split()[0]}"
        self.files.copies[name] = payload.path
        return name

    def tree(self, vm: SystemVm, psci: str = "hvc") -> bytes:
        """Adds the device tree of a VM to the files, as blob and as source: the blob."""
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
