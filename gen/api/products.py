# SPDX-License-Identifier: Apache-2.0
"""Makes all products of one resolved system and writes them into build/<config>/.

Every product is made in memory first. It is written only if there is no error and its bytes differ
from the file's, so an unchanged file keeps its timestamp. `gen.stamp` alone is always touched: make
compares its time with that of the inputs, which gen.d lists.
"""

from __future__ import annotations

from pathlib import Path

from ..guest_tree.trees import check_tools, guest_trees
from ..image import boot_folder, c_tables, qemu_args, runnable
from ..image.plan import planned
from ..model import System
from ..read.findings import Findings
from ..read.timings import stage
from ..render.files import write_if_changed
from ..show import machine_map, map_svg, system_json
from . import depfile


@stage("rendering")
def products(system: System, trees: dict[str, bytes], outdir: Path, findings: Findings) -> dict[str, bytes]:
    """Every product's name and bytes. Empty if there are errors. `trees`: the files of the device
    trees."""
    result = None if findings.errors else planned(system, outdir, trees, findings)
    if result is None:
        return {}
    made = {**trees, **c_tables.rendered(result)}
    made["gic"] = f"{c_tables.gic(system)}\n".encode()
    made.update(boot_folder.files(result))
    made["qemu.args"] = qemu_args.arguments(system).encode()
    made["system.json"] = system_json.as_json(result).encode()
    shown = machine_map.gather(system, made, result.layout.image)
    made["map.svg"] = map_svg.svg(shown).encode()
    made["map.txt"] = machine_map.text(shown).encode()
    made["gen.d"] = depfile.rules(result, outdir).encode(errors="surrogateescape")
    return made


def drawn(system: System, trees: dict[str, bytes]) -> machine_map.Map:
    """The map of any system. The hypervisor's image is shown if it can be built. `trees`: the files
    of the device trees."""
    against = Findings()
    runnable.check(system, against)
    result = None if against.errors else planned(system, Path(), trees, against)
    return machine_map.gather(system, trees, result.layout.image if result else None)


@stage("writing")
def write_all(made: dict[str, bytes], outdir: Path) -> None:
    """Write products into `outdir`, and touch the stamp."""
    outdir.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        write_if_changed(outdir / name, data)
    (outdir / "gen.stamp").touch()


def write(system: System, outdir: Path, findings: Findings) -> None:
    """Make all products and write them into `outdir`. Nothing is written if there are errors."""
    made = {}
    if check_tools(system, findings):
        made = products(system, guest_trees(system, findings), outdir, findings)
    if not findings.errors:
        write_all(made, outdir)
