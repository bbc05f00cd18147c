# SPDX-License-Identifier: Apache-2.0
"""The rules, one file per topic. Each adds all findings of its topic; none depends on another having passed."""

from __future__ import annotations

from ..findings import Findings
from ..model import Description, Platform


def check_platform(platform: Platform, findings: Findings) -> None:
    """Everything that can be wrong in a valid platform file by itself."""


def check_description(description: Description, findings: Findings) -> None:
    """Everything that can be wrong in a valid description on a sound platform, images aside."""
