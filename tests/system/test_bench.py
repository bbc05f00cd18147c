# SPDX-License-Identifier: Apache-2.0
"""The bench: no operation costs more than its ceiling, or more than what was recorded for this version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from machine import ROOT


def test_no_figure_is_over_its_limit(tmp_path: Path) -> None:
    """Counted instructions and exits; which operation is over, and by how much, is in the output."""
    done = subprocess.run([sys.executable, "tests/bench/bench.py", "--output", str(tmp_path)], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
