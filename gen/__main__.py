# SPDX-License-Identifier: Apache-2.0
"""`python3 -m gen` and `pinion-gen`."""

import sys

from . import missing


def main() -> int:
    """Run the command line; where modules are missing, say so in one sentence."""
    if sentence := missing():
        sys.stderr.write(f"pinion-gen: {sentence}\n")
        return 2
    from .cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
