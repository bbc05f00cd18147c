# SPDX-License-Identifier: Apache-2.0
"""The image of a system: where everything lies, and the translation tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..decide.resolve import check_image_size
from ..model import Payload, System, SystemVm
from ..read.findings import Findings
from ..read.timings import stage
from .el2_views import views
from .layout import Layout, plan_layout
from .translation_tables import Plan, View, plan


@dataclass
class Planned:
    """A system with its image layout, views and translation tables, and the files that its payloads are read from:
    `paths[vm][i]` and `sizes[vm][i]` for payload i."""

    system: System
    layout: Layout
    views: dict[str, View]
    plan: Plan
    paths: list[list[Path]]
    sizes: list[list[int]]


def _size(payload: Payload, vm: SystemVm, trees: dict[str, bytes]) -> int:
    """Bytes of a payload in the image."""
    return len(trees[f"{vm.name}.dtb"]) if payload.what == "dtb" else payload.file_size


@stage("translation tables")
def planned(system: System, outdir: Path, trees: dict[str, bytes], findings: Findings) -> Planned | None:
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
            return Planned(system, layout, {view.name: view for view in spaces}, result, paths, sizes)
        count = needed
