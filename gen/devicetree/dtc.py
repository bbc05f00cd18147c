# SPDX-License-Identifier: Apache-2.0
"""Runs dtc, on what users write too: its time and memory are bounded, and it reads nothing from the terminal."""

from __future__ import annotations

import resource
import subprocess

SECONDS = 20  # a source may include a file that never ends
MEMORY = 512 << 20


class DtcError(Exception):
    """dtc refused its input or broke down over it; the text is dtc's where it has one."""


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(*arguments: str, data: bytes = b"") -> bytes:
    """What dtc writes to standard output, with `data` as its input. Raises DtcError."""
    try:
        done = subprocess.run(["dtc", "-q", *arguments], input=data, capture_output=True, check=False, timeout=SECONDS,
                              preexec_fn=_bounded)
    except subprocess.TimeoutExpired as error:
        raise DtcError(f"no end after {SECONDS} seconds") from error
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip()
        raise DtcError(text or (f"dtc was ended by signal {-done.returncode}" if done.returncode < 0 else "dtc failed"))
    return done.stdout


def decompiled(blob: bytes) -> str:
    """The source of a blob, without the names of its labels."""
    return run("-I", "dtb", "-O", "dts", "-", data=blob).decode(errors="surrogateescape")


def compile_source(text: str, *options: str) -> bytes:
    """The blob of a source text. Raises DtcError."""
    return run("-I", "dts", "-O", "dtb", *options, "-o", "-", "-", data=text.encode())
