# SPDX-License-Identifier: Apache-2.0
"""Time that stands still while a process waits for a CPU.

A limit in such seconds ends what sleeps for ever or computes for ever as soon as a limit by the
wall clock would on an idle machine, and does not end what is merely slow because the machine is
busy with something else.
"""

from __future__ import annotations

import os
import time
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process, and what it has started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [pid, *(member for child in children.split() for member in family(int(child)))]


def spent(pid: int) -> tuple[float, float]:
    """Seconds that the threads of a process, and of what it has started, were on a CPU, and waited
    for one."""
    running = waiting = 0
    for member in family(pid):
        for thread in Path(f"/proc/{member}/task").glob("*/schedstat"):
            try:
                numbers = thread.read_text(encoding="ascii").split()
            except OSError:
                continue  # it has ended
            running += int(numbers[0])
            waiting += int(numbers[1])
    return running / 1e9, waiting / 1e9


class Clock:
    """The seconds of a process since now."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.counted = 0.0
        self.wall = time.monotonic()
        self.running, self.waiting = spent(pid)

    def seconds(self) -> float:
        """How many have passed. To be asked often: what passes between two calls is looked at as a
        whole."""
        wall = time.monotonic()
        running, waiting = spent(self.pid)
        passed = wall - self.wall
        # It sleeps or runs when no thread waits; where several share the CPUs, one always waits,
        # and only work counts.
        alone = passed - (waiting - self.waiting)
        work = (running - self.running) / (os.cpu_count() or 1)
        self.counted += min(passed, max(0.0, alone, work))
        self.wall, self.running, self.waiting = wall, running, waiting
        return self.counted
