# SPDX-License-Identifier: Apache-2.0
"""`python3 -m gen` and `pinion-gen`."""

import sys

from . import missing


INTERRUPTED = 130  # as in shells: 128 + SIGINT


def main() -> int:
    """Run the command line. If modules are missing, say so in one sentence. Returns the exit
    status."""
    if sentence := missing():
        sys.stderr.write(f"pinion-gen: {sentence}\n")
        return 2
    from .api.cli import main as run

    try:
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
