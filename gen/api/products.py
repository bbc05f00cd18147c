# SPDX-License-Identifier: Apache-2.0
"""All products of one resolved system, into build/<config>/.

Every product is made in memory first, and written only if there is no error and its bytes differ from the file's: what
did not change keeps its timestamp. `gen.stamp` alone is always touched; make compares it with the inputs, which gen.d
lists.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

from ..decide.resolve import check_image_size
from ..devicetree import dtc
from ..guest_tree import dts
from ..image import c_tables, qemu_args, runnable
from ..image.el2_views import views
from ..image.layout import plan_layout
from ..image.translation_tables import plan
from ..model import Payload, System, SystemVm
from ..read.findings import Findings
from ..read.timings import stage
from ..read.words import shorten
from ..show import machine_map, map_svg, system_json
from . import depfile


def check_tools(system: System, findings: Findings) -> bool:
    """False, with findings, if a program or module is missing that this system's products need."""
    at = system.description.at
    before = len(findings)
    if shutil.which("dtc") is None:
        findings.error("P080", at, "dtc, the device tree compiler, is not installed", None,
                       "apt-get install device-tree-compiler")
    if any(vm.overlays for vm in system.vms) and importlib.util.find_spec("libfdt") is None:
        findings.error("P080", at, "Python's module libfdt, which merges overlays, is not installed", None,
                       "apt-get install python3-libfdt, and run the generator with /usr/bin/python3")
    return len(findings) == before


def guest_tree(system: System, vm: SystemVm, findings: Findings, psci: str = "hvc") -> tuple[str, bytes]:
    """The device tree of a VM with the user's overlays merged in: source and blob. `psci`: see dts.source."""
    text = dts.source(system, vm, psci)
    if not vm.overlays:
        return text, dts.compile_source(text)
    from ..guest_tree import overlay  # needs libfdt, which nothing else does

    blob = overlay.merged(system, vm, text, findings)
    return dts.decompiled(blob), blob


@stage("device trees")
def guest_trees(system: System, findings: Findings) -> dict[str, bytes]:
    """Name and bytes of every VM's device tree, as source and as blob. Whether a blob has room is known only now. What
    dtc refuses is a finding, and left out."""
    made = {}
    for vm in system.vms:
        try:
            text, blob = guest_tree(system, vm, findings)
        except dtc.DtcError as error:
            said = shorten(re.sub(r"^<stdin>:[-0-9.]+: ", "", str(error).splitlines()[0]))
            findings.error("P086", vm.source.at, f"vm '{vm.name}': dtc refuses its device tree: '{said}'", None,
                           "correct the names and properties of its devices in the platform file")
            continue
        made[f"{vm.name}.dts"], made[f"{vm.name}.dtb"] = text.encode(errors="surrogateescape"), blob
        for payload in vm.payloads:
            if payload.what == "dtb" and len(blob) > payload.memory_size:
                findings.error("P059", vm.source.where("dtb"), f"the device tree of vm '{vm.name}' takes {len(blob)} "
                               f"bytes, of {payload.memory_size} kept for it")
    return made


def _size(payload: Payload, vm: SystemVm, trees: dict[str, bytes]) -> int:
    """Bytes of a payload in the image."""
    return len(trees[f"{vm.name}.dtb"]) if payload.what == "dtb" else payload.file_size


@stage("translation tables")
def planned(system: System, outdir: Path, trees: dict[str, bytes], findings: Findings) -> c_tables.Planned | None:
    """Image layout and translation tables; None, with a finding, if the image is too large for its region. The tables'
    own number moves what lies behind them, so this goes round until the number is stable; it is never taken back, which
    ends the rounds."""
    sizes = [[_size(p, vm, trees) for p in vm.payloads] for vm in system.vms]
    paths = [[outdir / p.path if p.what == "dtb" else p.path for p in vm.payloads] for vm in system.vms]
    count = 1
    while True:
        layout = plan_layout(system, count, sizes)
        if not check_image_size(system.platform, layout.image.size, findings):
            return None
        spaces = views(system, layout)
        result = plan(spaces, layout.slots["tables"].base)
        needed = len(result.tables)
        if needed <= count:
            return c_tables.Planned(system, layout, {view.name: view for view in spaces}, result, paths, sizes)
        count = needed


@stage("rendering")
def products(system: System, outdir: Path, findings: Findings) -> dict[str, bytes]:
    """Every product's name and bytes."""
    made = guest_trees(system, findings)
    if findings.errors:
        return {}
    result = planned(system, outdir, made, findings)
    if result is None:
        return {}
    made.update(c_tables.rendered(result))
    made["qemu.args"] = qemu_args.arguments(system).encode()
    made["system.json"] = system_json.as_json(result).encode()
    shown = machine_map.gather(system, made, result.layout.image)
    made["map.svg"] = map_svg.svg(shown).encode()
    made["map.txt"] = machine_map.text(shown).encode()
    made["gen.d"] = depfile.rules(result, outdir).encode(errors="surrogateescape")
    return made


def drawn(system: System, trees: dict[str, bytes]) -> machine_map.Map:
    """Who owns which part of the machine, of any system; the hypervisor's image is shown where it can be built.
    `trees`: the files of its device trees."""
    against = Findings()
    runnable.check(system, against)
    result = None if against.errors else planned(system, Path(), trees, against)
    return machine_map.gather(system, trees, result.layout.image if result else None)


def write_if_changed(path: Path, data: bytes) -> None:
    """Leaves a file of the same bytes alone."""
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)


@stage("writing")
def write_all(made: dict[str, bytes], outdir: Path) -> None:
    """Writes products into `outdir`, and touches the stamp."""
    outdir.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        write_if_changed(outdir / name, data)
    (outdir / "gen.stamp").touch()


def write(system: System, outdir: Path, findings: Findings) -> None:
    """Writes all products into `outdir`, or nothing where there are errors."""
    made = products(system, outdir, findings) if check_tools(system, findings) else {}
    if not findings.errors:
        write_all(made, outdir)
