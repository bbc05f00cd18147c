# SPDX-License-Identifier: Apache-2.0
"""Runs dtc, on what users write too: its time and memory are bounded, and it reads nothing from the terminal."""

from __future__ import annotations

import resource
import subprocess

SECONDS = 20  # a source may include a file that never ends
MEMORY = 512 << 20


class DtcError(Exception):
    """dtc refused its input or broke down over it; the text is dtc's where it has one."""


def _started(arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """dtc with its limits. They are set from outside, as what a child does before it runs dtc (`preexec_fn`) would cost
    a copy of this process: 9 ms where it takes 300 MB, instead of 1.5."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(["dtc", "-q", *arguments], stdin=pipe, stdout=pipe, stderr=pipe)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
    return process


def run(*arguments: str, data: bytes = b"") -> bytes:
    """What dtc writes to standard output, with `data` as its input. Raises DtcError."""
    with _started(arguments) as process:
        try:
            output, said = process.communicate(data, SECONDS)
        except BaseException as error:
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise DtcError(f"no end after {SECONDS} seconds") from error
            raise
    if process.returncode:
        text = said.decode(errors="replace").strip()
        signal = f"dtc was ended by signal {-process.returncode}" if process.returncode < 0 else "dtc failed"
        raise DtcError(text or signal)
    return output


def decompiled(blob: bytes) -> str:
    """The source of a blob, without the names of its labels."""
    return run("-I", "dtb", "-O", "dts", "-", data=blob).decode(errors="surrogateescape")


def compile_source(text: str, *options: str) -> bytes:
    """The blob of a source text. Raises DtcError."""
    return run("-I", "dts", "-O", "dtb", *options, "-o", "-", "-", data=text.encode())
