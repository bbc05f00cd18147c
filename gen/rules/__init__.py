# SPDX-License-Identifier: Apache-2.0
"""The rules, one file per topic. Each topic reports all that is wrong with it. No rule relies on
another rule having passed."""

from __future__ import annotations

from ..model import Description, Platform
from ..read.findings import Findings
from ..read.timings import stage
from . import device_irqs, devices, direct, dma, dtb, firmware, gic, limits, lives, memory, platform, sharing, vcpus


@stage("rules")
def check_platform(board: Platform, findings: Findings) -> None:
    """Check a platform file by itself. The file has passed the schema."""
    platform.check(board, findings)


@stage("rules")
def check_description(description: Description, findings: Findings) -> None:
    """Check a description, except for its images. If a key or the platform is missing, that has a
    finding already, so the rules that need it say nothing."""
    for topic in (vcpus, memory, gic, devices, dma, device_irqs, direct, sharing, lives, firmware, dtb,
                  limits):
        topic.check(description, findings)
