# SPDX-License-Identifier: Apache-2.0
"""The Python API: the classes and functions that `import gen` offers. Within a version of the
description format, their names, arguments, results and exceptions do not change. The modules behind
them may change.

    import gen
    blob = gen.load("vm-configs/linux-smp4.yaml").check().dtb("linux")

Addresses and sizes are integers in bytes, interrupts are architectural INTIDs, texts are str, files
are bytes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..export import export
from ..guest_tree.trees import check_tools, guest_trees
from ..image import runnable
from ..model import System, SystemVm
from ..read.findings import Finding, Findings
from ..show import machine_map, map_svg
from . import products, steps


class Rejected(Exception):
    """The input has errors. `findings` says what is wrong, where, and what to write instead; str()
    is its text."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings.text().rstrip("\n"))
        self.findings = findings


class Loaded:
    """A description that was read, with or without errors. `path`: the file. `findings`: all
    findings so far."""

    def __init__(self, path: Path, system: System | None, findings: Findings, images: bool) -> None:
        self.path = path
        self.findings = findings
        self._system = system
        self._images = images

    def check(self) -> Checked:
        """Check the description and make its device trees. Raises Rejected if there is an error."""
        trees: dict[str, bytes] = {}
        if self._system and check_tools(self._system, self.findings):
            trees = guest_trees(self._system, self.findings)
        if self._system is None or self.findings.errors:
            raise Rejected(self.findings)
        return Checked(self._system, trees, self.findings, self._images)


class Checked:
    """A description without errors, with every decision taken. `findings` holds the warnings.
    `system` is the resolved model (gen/model.py); read it, but do not change it."""

    def __init__(self, system: System, trees: dict[str, bytes], findings: Findings, images: bool) -> None:
        self.system = system
        self.findings = findings
        self._trees = trees
        self._images = images

    @property
    def vms(self) -> list[str]:
        """The names of the VMs, in the order of the description."""
        return [vm.name for vm in self.system.vms]

    def _vm(self, name: str) -> SystemVm:
        for vm in self.system.vms:
            if vm.name == name:
                return vm
        raise KeyError(f"there is no vm '{name}', only {', '.join(self.vms)}")

    def dtb(self, vm: str) -> bytes:
        """The device tree of a VM as a blob (version 17), overlays merged in. Raises KeyError if
        there is no such VM."""
        return self._trees[f"{self._vm(vm).name}.dtb"]

    def dts(self, vm: str) -> str:
        """The device tree of a VM as source. Raises KeyError if there is no such VM."""
        return self._trees[f"{self._vm(vm).name}.dts"].decode()

    def _need_images(self) -> None:
        if not self._images:
            raise ValueError("loaded with images=False, which is good for device trees alone")

    def _keep(self, findings: Findings) -> None:
        """End a step. Raises Rejected if the step found errors; they do not count for the next
        step. Otherwise the step's findings become findings of this object."""
        if findings.errors:
            raise Rejected(findings)
        self.findings.merge(findings)

    def _everything(self, folder: Path) -> dict[str, bytes]:
        self._need_images()
        findings = Findings(self.findings)
        runnable.check(self.system, findings)
        self._keep(findings)
        made = products.products(self.system, self._trees, folder, findings)
        self._keep(findings)
        return made

    def build(self, folder: str | os.PathLike[str]) -> None:
        """Write all products of the hypervisor into a folder, which is made if it does not exist. A
        file that has the same bytes already is left alone. Raises Rejected before anything is
        written, and OSError."""
        made = self._everything(Path(folder))
        products.write_all(made, Path(folder))

    def products(self) -> dict[str, bytes]:
        """All products of the hypervisor by file name, as `build` would write them into the working
        directory. Raises Rejected."""
        return self._everything(Path())

    def report(self) -> dict[str, Any]:
        """The resolved system as plain data, as in system.json. Addresses and sizes are hexadecimal
        strings. An interrupt is {"intid": n, "spi" or "ppi": n, "trigger": word}. Raises Rejected.
        """
        document: dict[str, Any] = json.loads(self.products()["system.json"])
        return document

    def map(self, text: bool = False) -> str:
        """A picture of the machine, as SVG or as text: who owns which pCPU and which memory. It
        works for a board on which the hypervisor does not run, too. The hypervisor's image is shown
        if it can be built."""
        self._need_images()
        shown = products.drawn(self.system, self._trees)
        return machine_map.text(shown) if text else map_svg.svg(shown)

    def export(self, target: str, folder: str | os.PathLike[str], host_tree: str | os.PathLike[str] | None = None,
               templates: str | os.PathLike[str] | None = None) -> list[Path]:
        """Write the files that another hypervisor or QEMU needs to run the VMs: see docs/export.md.

        `target`: 'qemu', 'xen', 'bao', or a template TARGET.j2 in the folder `templates`.
        `host_tree`: the board's own device tree (blob), which Xen needs if devices are passed
        through. Returns the files. What the target cannot express is added to `findings`. Raises
        Rejected before anything is written, ValueError for a target that does not exist, and
        OSError.
        """
        self._need_images()
        findings = Findings(self.findings)
        files = export(self.system, target, findings, Path(host_tree) if host_tree else None,
                       Path(templates) if templates else None)
        self._keep(findings)
        return files.write(Path(folder))


def load(path: str | os.PathLike[str], images: bool = True) -> Loaded:
    """Read a description and the platform that it names. Errors in the files become findings, and
    never an exception. With `images=False`, missing guest images are warnings, and the result is
    good for device trees. A tree then does not mention an initrd that is missing."""
    system, findings = steps.resolved(path, images)
    return Loaded(Path(path), system, findings, images)


__all__ = ["Checked", "Finding", "Findings", "Loaded", "Rejected", "load"]
