# SPDX-License-Identifier: Apache-2.0
"""The time by which tests give up: it passes for what sleeps, and for what computes as fast as that
can."""

from __future__ import annotations

import os
import signal
import subprocess
import time

from clock import Clock

MANY = 4 * (os.cpu_count() or 1)


def spin(processes: int) -> str:
    """A shell command that starts so many processes that compute for ever."""
    return processes * "while :; do :; done & " + "wait"


def passed(command: str, rivals: int) -> tuple[float, float]:
    """Seconds by a process's clock, and by the wall's, with so many rivals for the CPUs."""
    # Groups of one session: Linux may share CPUs among sessions first (sched_autogroup_enabled).
    groups = [subprocess.Popen(["sh", "-c", line], process_group=0)  # pylint: disable=consider-using-with
              for line in (spin(rivals), command)]
    try:
        clock, start = Clock(groups[1].pid), time.monotonic()
        while time.monotonic() - start < 2:
            time.sleep(0.1)
            clock.seconds()
        return clock.seconds(), time.monotonic() - start
    finally:
        for group in groups:
            os.killpg(group.pid, signal.SIGKILL)
            group.wait()


def test_it_passes_for_what_sleeps() -> None:
    counted, wall = passed("sleep 60", MANY)
    assert counted > 0.8 * wall


def test_it_passes_for_what_takes_all_cpus() -> None:
    """Its own threads wait for each other: it goes with their work."""
    counted, _ = passed(spin(MANY), 0)
    assert counted > 0


def test_it_stands_still_for_what_waits_for_a_cpu() -> None:
    counted, wall = passed(spin(1), MANY)
    assert counted < 0.5 * wall
