# SPDX-License-Identifier: Apache-2.0
"""Pinion's generator. It turns a description in YAML into the hypervisor's tables and the device
trees of its guests.

    checked = pinion_gen.load("vm-configs/linux-smp4.yaml").check()
    blob = checked.dtb("linux")
    checked.build("build/linux-smp4")

The names below are the Python API: gen/api/ has the code, docs/api.md the documentation. The
installed package is called pinion_gen. In a checkout it is called gen, after its folder.
"""

import importlib.util
from typing import Any

# The version is written here alone. pyproject.toml, the banner at boot and system.json take it from
# here.
__version__ = "0.1.0"

__all__ = ["Checked", "Finding", "Findings", "Imported", "Loaded", "Rejected", "diff", "explain", "import_board",
           "load", "schema"]

MODULES = {"yaml": "python3-yaml", "jsonschema": "python3-jsonschema", "jinja2": "python3-jinja2"}


def missing() -> str:
    """A sentence that names the modules that this Python lacks, and Debian's packages of them.
    Empty if it lacks none."""
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
    """Called for a name that the package does not have. For a name of the API it says which modules
    are missing."""
    if name in __all__:
        raise ImportError(missing())
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
