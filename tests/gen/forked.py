# SPDX-License-Identifier: Apache-2.0
"""Runs the generator's command line in a forked process. This process has the generator loaded, so
that takes milliseconds, where a new Python takes half a second. Memory and CPU time are limited.
The exit status is the process's own, and it cannot change anything here.

What Python itself does at its start and at its end is left out; tests of that start a Python."""

from __future__ import annotations

import io
import os
import resource
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from gen.api.cli import main

MEMORY = 1 << 30  # bytes of address space
CPU = 20  # seconds of the process and each one that it starts; none of the tests takes a quarter
HANGS = 300  # seconds until a process that does nothing is taken for one that waits for what never comes


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit status, or -N after signal N; what it said; CPU seconds with
    those it started."""

    status: int
    out: bytes
    err: bytes
    cpu: float

    @property
    def said(self) -> str:
        """Standard error as text."""
        return self.err.decode(errors="replace")


def _carry_out(function: Callable[[], int]) -> int:
    """What Python does between its start and its end. Returns the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    sys.stdin = open(0, encoding="utf-8")
    sys.stdout = io.TextIOWrapper(open(1, "wb"), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(open(2, "wb", buffering=0), encoding="utf-8", errors="backslashreplace",
                                  write_through=True)
    try:
        status = function()
        sys.stdout.flush()
        return status
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc()
        return 1


def _ended(child: int) -> tuple[int, resource.struct_rusage]:
    """The status and the use of a process that has ended; it is killed if it never does."""
    handle = os.pidfd_open(child)
    if not select.select([handle], [], [], HANGS)[0]:
        os.killpg(child, signal.SIGKILL)
    os.close(handle)
    _, status, usage = os.wait4(child, 0)
    return status, usage


def call(function: Callable[[], int], out: int | None = None, err: int | None = None) -> Done:
    """A function that returns an exit status, in a process of its own. `out` and `err`: descriptors
    in the place of its standard output and standard error."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, open(os.devnull, "rb") as nothing:
        ends = (nothing.fileno(), output.fileno() if out is None else out, errors.fileno() if err is None else err)
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            status = 70
            try:
                os.setsid()
                for number, end in enumerate(ends):
                    os.dup2(end, number)
                status = _carry_out(function)
            finally:
                os._exit(status)
        status, usage = _ended(child)
        output.seek(0)
        errors.seek(0)
        return Done(os.waitstatus_to_exitcode(status), output.read(), errors.read(), usage.ru_utime + usage.ru_stime)


def run(*arguments: str | bytes, out: int | None = None, err: int | None = None) -> Done:
    """`python3 -m gen` with arguments."""
    return call(lambda: main([os.fsdecode(argument) for argument in arguments]), out, err)
