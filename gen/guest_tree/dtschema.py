# SPDX-License-Identifier: Apache-2.0
"""The guests' device trees against dt-schema, where its dt-validate is installed. That it is not, or broke down, is
said: nobody may take silence for a check that did not happen."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from ..model import System
from ..read.findings import Findings
from ..read.timings import stage
from ..read.words import shorten

SECONDS = 120


@stage("dt-schema")
def check(system: System, trees: dict[str, bytes], findings: Findings) -> None:
    """Add a warning for each complaint, or a note that nobody has looked. `trees`: blobs by the name of their VM."""
    places = {name: system.vms[[vm.name for vm in system.vms].index(name)].source.at for name in trees}
    at = system.description.at
    lines = {vm.name: vm.cmdline.encode() for vm in system.vms}
    with tempfile.TemporaryDirectory() as folder:
        for name, blob in trees.items():
            # It comes to an end at a letter that is not ASCII, which has a finding of its own.
            (Path(folder) / f"{name}.dtb").write_bytes(blob.replace(lines[name], _ascii(lines[name])))
        try:
            done = subprocess.run(["dt-validate", *sorted(map(str, Path(folder).iterdir()))], capture_output=True,
                                  text=True, errors="replace", check=False, timeout=SECONDS, stdin=subprocess.DEVNULL)
        except (FileNotFoundError, PermissionError):
            findings.note("P088", at, "dt-validate is not installed: nothing has compared the device trees with "
                          "dt-schema", cure="apt-get install dt-schema")
            return
        except subprocess.TimeoutExpired:
            findings.note("P088", at, f"dt-validate came to no end in {SECONDS} seconds: the device trees are not "
                          "checked")
            return
    said = (done.stdout + done.stderr).splitlines()
    complaints = [match for line in said if (match := re.match(r"\S*/([a-z][a-z0-9_-]*)\.dtb: (.*)", line))]
    for match in complaints:
        if match[1] in places:
            text = f"vm '{match[1]}': dt-schema says of its device tree: {match[2]}"
            findings.warning("P087", places[match[1]], text,
                             cure="correct the overlay or the properties of the device that it names")
    if "Traceback (most recent call last):" in said or done.returncode and not complaints:
        last = shorten(said[-1] if said else f"status {done.returncode}")
        findings.note("P088", at, f"dt-validate failed, so the device trees are not checked: '{last}'")


def _ascii(text: bytes) -> bytes:
    """As many bytes, all of them ASCII."""
    return bytes(byte if byte < 0x80 else ord("?") for byte in text)
