# SPDX-License-Identifier: Apache-2.0
"""The rules, one file per topic. Each adds all findings of its topic; none depends on another having passed."""

from __future__ import annotations

from ..model import Description, Platform
from ..read.findings import Findings
from ..read.timings import stage
from . import device_irqs, devices, direct, dma, dtb, gic, limits, lives, memory, platform, sharing, vcpus


@stage("rules")
def check_platform(board: Platform, findings: Findings) -> None:
    """Everything that can be wrong in a valid platform file by itself."""
    platform.check(board, findings)


@stage("rules")
def check_description(description: Description, findings: Findings) -> None:
    """Everything that can be wrong in a description, images aside. Where keys or the platform are missing, as they
    have findings of their own, the rules that need them keep silent."""
    for topic in (vcpus, memory, gic, devices, dma, device_irqs, direct, sharing, lives, dtb,
                  limits):
        topic.check(description, findings)
