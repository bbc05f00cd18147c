# SPDX-License-Identifier: Apache-2.0
"""Plans the image of a system: its layout and its translation tables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..decide.resolve import check_image_size
from ..model import Payload, System, SystemVm
from ..read.findings import Findings
from ..read.timings import stage
from .el2_views import views
from .layout import Layout, Part, plan_layout
from .translation_tables import Plan, View, plan


@dataclass
class Planned:
    """A system with its image layout, views and translation tables. `parts[vm][i]`: the bytes that
    payload i of a VM is read from."""

    system: System
    layout: Layout
    views: dict[str, View]
    plan: Plan
    parts: list[list[Part]]


def _part(payload: Payload, vm: SystemVm, outdir: Path, trees: dict[str, bytes]) -> Part:
    """The part of a file that the image holds for a payload."""
    tree = payload.what == "dtb"
    path = outdir / payload.path if tree else payload.path
    size = len(trees[f"{vm.name}.dtb"]) if tree else payload.file_size
    return Part(path, os.path.realpath(path), payload.offset, size)


@stage("translation tables")
def planned(system: System, outdir: Path, trees: dict[str, bytes], findings: Findings) -> Planned | None:
    """Plan layout and translation tables. None, with a finding, if the image is too large for its
    region.

    The number of tables moves the slots after them, and that can change the number again. So the
    plan is repeated until the number is enough. It only grows, so the loop ends.
    """
    parts = [[_part(payload, vm, outdir, trees) for payload in vm.payloads] for vm in system.vms]
    count = 1
    while True:
        layout = plan_layout(system, count, parts)
        if not check_image_size(system.platform, layout.image.size, findings):
            return None
        spaces = views(system, layout)
        result = plan(spaces, layout.slots["tables"].base)
        needed = len(result.tables)
        if needed <= count:
            return Planned(system, layout, {view.name: view for view in spaces}, result, parts)
        count = needed
