# SPDX-License-Identifier: Apache-2.0
"""Pinion's generator: from a description in YAML to a hypervisor's tables and its guests' device trees.

    system, findings = gen.load("vm-configs/linux-smp4.yaml")
    print(findings.text())
    if system:
        gen.build(system, Path("build/linux-smp4"), findings)
"""

from .api import build, load
from .findings import Finding, Findings
from .model import System

__all__ = ["Finding", "Findings", "System", "build", "load"]
