# SPDX-License-Identifier: Apache-2.0
"""Makes the generator and the helpers beside the tests importable from wherever pytest starts."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2])]
