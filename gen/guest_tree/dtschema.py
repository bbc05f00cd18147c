# SPDX-License-Identifier: Apache-2.0
"""The guests' device trees against dt-schema, where its dt-validate is installed. That it is not, or broke down, is
said: nobody may take silence for a check that did not happen.

dt-validate takes longer than all else in a check. So its answer to the last trees of a description is kept in the
user's cache, and it is asked once for all trees that are new, by its own file or theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..model import System
from ..read.findings import Findings
from ..read.timings import stage
from ..read.words import shorten

SECONDS = 120

Complaints = dict[str, list[str]]  # by the name of a VM or by `_key`


@stage("dt-schema")
def check(system: System, trees: dict[str, bytes], findings: Findings) -> None:
    """Add a warning for each complaint, or a note that nobody has looked. `trees`: blobs by the name of their VM."""
    at = system.description.at
    program = shutil.which("dt-validate")
    if program is None:
        findings.note("P088", at, "dt-validate is not installed: nothing has compared the device trees with dt-schema",
                      cure="apt-get install dt-schema")
        return
    # It comes to an end at a letter that is not ASCII, which has a finding of its own.
    lines = {vm.name: vm.cmdline.encode() for vm in system.vms}
    blobs = {name: blob.replace(lines[name], _ascii(lines[name])) for name, blob in trees.items()}
    keys = {name: _key(program, blob) for name, blob in blobs.items()}
    known = _recalled(system.description.path)
    new = {name: blob for name, blob in blobs.items() if keys[name] not in known}
    said, trouble = _asked(program, new) if new else ({}, "")
    answers = {keys[name]: said[name] if name in new else known[keys[name]] for name in blobs}
    if trouble:
        findings.note("P088", at, trouble)
    elif new:
        _keep(system.description.path, answers)
    for vm in system.vms:
        for complaint in answers.get(keys.get(vm.name, ""), []):
            findings.warning("P087", vm.source.at, f"vm '{vm.name}': dt-schema says of its device tree: {complaint}",
                             cure="correct the overlay or the properties of the device that it names")


def _ascii(text: bytes) -> bytes:
    """As many bytes, all of them ASCII."""
    return bytes(byte if byte < 0x80 else ord("?") for byte in text)


def _asked(program: str, blobs: dict[str, bytes]) -> tuple[Complaints, str]:
    """What dt-validate complains of in each tree, and why they do not count as checked, empty if they do."""
    with tempfile.TemporaryDirectory() as folder:
        for name, blob in blobs.items():
            (Path(folder) / f"{name}.dtb").write_bytes(blob)
        complaints: Complaints = {name: [] for name in blobs}
        try:
            done = subprocess.run([program, *sorted(map(str, Path(folder).iterdir()))], capture_output=True, text=True,
                                  errors="replace", check=False, timeout=SECONDS, stdin=subprocess.DEVNULL)
        except OSError as error:
            return complaints, f"dt-validate cannot be run, so the device trees are not checked: {error.strerror}"
        except subprocess.TimeoutExpired:
            return complaints, f"dt-validate came to no end in {SECONDS} seconds: the device trees are not checked"
    said = (done.stdout + done.stderr).splitlines()
    for line in said:
        if (match := re.match(r"\S*/([a-z][a-z0-9_-]*)\.dtb: (.*)", line)) and match[1] in complaints:
            complaints[match[1]].append(match[2])
    if "Traceback (most recent call last):" in said or done.returncode and not any(complaints.values()):
        last = shorten(said[-1] if said else f"status {done.returncode}")
        return complaints, f"dt-validate failed, so the device trees are not checked: '{last}'"
    return complaints, ""


def _key(program: str, blob: bytes) -> str:
    """What an answer depends on: the tree, and which dt-validate it is."""
    file = os.stat(program)
    return hashlib.sha256(f"{program} {file.st_size} {file.st_mtime_ns} ".encode() + blob).hexdigest()


def _memory(description: Path) -> Path | None:
    """The file of the last answers for a description; none without a place for it."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    name = hashlib.sha256(os.fsencode(os.path.abspath(description))).hexdigest()
    return Path(cache, "pinion-gen", "dt-schema", name) if os.path.isabs(cache) else None


def _recalled(description: Path) -> Complaints:
    """The last answers for a description by `_key`; nothing where there are none that can be read."""
    path = _memory(description)
    try:
        answers: Complaints = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return answers


def _keep(description: Path, answers: Complaints) -> None:
    """Store the answers in place of the last; where that cannot be, dt-validate is asked again."""
    path = _memory(description)
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(answers, file)
        os.replace(file.name, path)
    except OSError:
        pass
