# SPDX-License-Identifier: Apache-2.0
"""Pinion's generator: from a description in YAML to a hypervisor's tables and its guests' device trees.

    checked = pinion_gen.load("vm-configs/linux-smp4.yaml").check()
    blob = checked.dtb("linux")
    checked.build("build/linux-smp4")

What is offered is in gen/api/, and documented in docs/api.md. The package is installed as pinion_gen; in a checkout it
is called gen, after its folder.
"""

import importlib.util
from typing import Any

# The one place of the version: pyproject.toml, the banner at boot and system.json take it from here.
__version__ = "0.1.0"

__all__ = ["Checked", "Finding", "Findings", "Imported", "Loaded", "Rejected", "diff", "explain", "import_board",
           "load", "schema"]

MODULES = {"yaml": "python3-yaml", "jinja2": "python3-jinja2"}


def missing() -> str:
    """A sentence about the modules that this Python lacks, with Debian's packages of them; empty if it lacks none."""
    lacking = [module for module in MODULES if importlib.util.find_spec(module) is None]
    if not lacking:
        return ""
    return (f"this Python lacks {', '.join(lacking)}: apt-get install {' '.join(MODULES[m] for m in lacking)} and use "
            "/usr/bin/python3, or install the package with pip")


if not missing():
    from .api.boards import Imported, import_board
    from .api.diff import diff
    from .api.explain import explain, schema
    from .api.loaded import Checked, Finding, Findings, Loaded, Rejected, load


def __getattr__(name: str) -> Any:
    """What is not there: the API without its modules, or nothing that ever was."""
    if name in __all__:
        raise ImportError(missing())
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
