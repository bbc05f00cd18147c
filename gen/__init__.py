# SPDX-License-Identifier: Apache-2.0
"""Pinion's generator: from a description in YAML to a hypervisor's tables and its guests' device trees.

    system, findings = gen.load("vm-configs/linux-smp4.yaml")
    print(findings.text())
    if system:
        gen.build(system, Path("build/linux-smp4"), findings)
"""

import importlib.util

_missing = [package for module, package in (("yaml", "python3-yaml"), ("jsonschema", "python3-jsonschema"),
                                            ("jinja2", "python3-jinja2"), ("libfdt", "python3-libfdt"))
            if importlib.util.find_spec(module) is None]
if _missing:
    raise ImportError(f"the generator needs Python modules: apt-get install {' '.join(_missing)}")

from .api import build, load  # noqa: E402
from .findings import Finding, Findings  # noqa: E402
from .model import System  # noqa: E402

__all__ = ["Finding", "Findings", "System", "build", "load"]
