# SPDX-License-Identifier: Apache-2.0
"""Makes configurations for other hypervisors and for QEMU. Each target has a template, and a module
that knows what the target cannot express.

It is an error if a guest would see something else than its description says. It is a warning if the
target writes the guest's device tree itself, because that tree then tells the guest. What the
target decides by itself (placement, affinity) is a warning too. All of these are always listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from ..model import System
from ..read.findings import Findings
from . import bao, own, qemu, xen
from .files import Files
from .job import Job
from .template import TEMPLATES, render


@dataclass(frozen=True)
class _Target:
    """A target. `prepare`: checks the system, adds files and fills the template's context.
    `finish`: works on with the files that the template made. `known`: the package knows what the
    target cannot express."""

    prepare: Callable[[Job], None]
    finish: Callable[[Job], None] = Job.compile
    known: bool = True


_TARGETS = {"qemu": _Target(qemu.prepare), "xen": _Target(xen.prepare, xen.finish), "bao": _Target(bao.prepare)}


class Targets:
    """The targets: those of this package, and the templates TARGET.j2 in a folder of the user."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folders = [*([folder] if folder else []), TEMPLATES]

    def names(self) -> list[str]:
        """The names of all targets, the user's first."""
        found = [path.stem for folder in self.folders for path in sorted(folder.glob("*.j2")) if path.is_file()]
        return list(dict.fromkeys(found))

    def template(self, target: str) -> Path:
        """The template of a target. Raises ValueError if there is no such target."""
        for folder in self.folders:
            if target in self.names() and (folder / f"{target}.j2").is_file():
                return folder / f"{target}.j2"
        raise ValueError(f"there is no target '{target}', only {', '.join(self.names())}")


def _as_written(system: System) -> System:
    """The system, with the interrupts of emulated devices as the description has them. With direct
    interrupts, Pinion may choose others."""
    vms = [replace(vm, emulated=[replace(device, irq=device.source.irq or device.irq) for device in vm.emulated])
           for vm in system.vms]
    return replace(system, vms=vms)


def export(system: System, target: str, findings: Findings, host_tree: Path | None = None,
           folder: Path | None = None) -> Files:
    """Make all files that a target needs. What the target cannot express is added to the findings.
    Use the files only if no error was added. Raises ValueError if there is no such target."""
    path = Targets(folder).template(target)
    job = Job(_as_written(system), target, findings, host_tree)
    steps = _TARGETS.get(target, _Target(own.prepare, known=False))
    steps.prepare(job)
    if steps.known:
        job.keys()
    if not findings.errors:
        render(job, path)
    if not findings.errors:
        steps.finish(job)
    return job.files
