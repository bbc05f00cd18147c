# SPDX-License-Identifier: Apache-2.0
"""The device trees of boards that are imported: those of Debian's kernel package, and QEMU's
own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DTBS = ROOT / "build/guests/dtbs"

sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def dtbs() -> Path:
    """The folder of Debian's device trees, a folder in it for each vendor."""
    subprocess.run(["make", "--no-print-directory", "build/guests/dtbs"], cwd=ROOT, check=True)
    return DTBS
