# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial.md from the first command to the last, in a checkout of its own: what it builds
boots."""

from __future__ import annotations

from pathlib import Path

import pexpect
from document import ROOT, carry_out, checkout, environment

PROMPT = "pinion# "
HANGS = 3000  # seconds, after which it does, however busy this machine is


def session(command: str, transcript: str, folder: Path) -> None:
    """A command that starts QEMU: what the transcript shows comes in its order, and what it types
    is typed."""
    with open(ROOT / "build/system/tutorial.log", "w", encoding="utf-8") as log:
        machine = pexpect.spawn("timeout", ["--kill-after=5", str(HANGS), "sh", "-c", command], cwd=str(folder),
                                timeout=HANGS, env=environment(folder), encoding="utf-8", codec_errors="replace",
                                echo=False, logfile=log)
        try:
            for line in transcript.splitlines():
                if line.startswith(PROMPT):
                    machine.expect_exact(PROMPT)
                    machine.sendline(line.removeprefix(PROMPT))
                else:
                    machine.expect_exact(line)
            machine.expect(pexpect.EOF)
        finally:
            machine.close(force=True)


def test_tutorial(tmp_path: Path) -> None:
    (ROOT / "build/system").mkdir(parents=True, exist_ok=True)
    carry_out(ROOT / "docs/tutorial.md", checkout(tmp_path), session)
