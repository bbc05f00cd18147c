# SPDX-License-Identifier: Apache-2.0
"""Checks the guests' device trees against dt-schema, if its program dt-validate is installed. A
note says so if it is not installed or fails, so that nobody takes silence for a passed check.

dt-validate takes longer than the rest of a check. So the user's cache keeps its answers to the last
trees of each description, and one run of dt-validate checks all trees that are new.
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

Complaints = dict[str, list[str]]  # the key is the name of a VM, or a `_key`


@stage("dt-schema")
def check(system: System, trees: dict[str, bytes], findings: Findings) -> None:
    """Add a warning for each complaint of dt-validate, or a note that the trees are unchecked.
    `trees`: the blobs by the names of their VMs."""
    at = system.description.at
    program = shutil.which("dt-validate")
    if program is None:
        findings.note("P088", at, "dt-validate is not installed: nothing has compared the device trees with dt-schema",
                      cure="apt-get install dt-schema")
        return
    # dt-validate crashes on a letter that is not ASCII. Such a letter has a finding of its own.
    lines = {vm.name: vm.cmdline.encode() for vm in system.vms}
    blobs = {name: blob.replace(lines[name], _ascii(lines[name])) for name, blob in trees.items()}
    keys = {name: _key(program, blob) for name, blob in blobs.items()}
    known = _cached(system.description.path)
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
    """A text of the same length, with "?" for each byte that is not ASCII."""
    return bytes(byte if byte < 0x80 else ord("?") for byte in text)


def _asked(program: str, blobs: dict[str, bytes]) -> tuple[Complaints, str]:
    """Run dt-validate. Returns its complaints by tree, and why the trees count as unchecked (empty
    if they are checked)."""
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
    """A hash of all that an answer depends on: the tree, and the program's path, size and time."""
    file = os.stat(program)
    return hashlib.sha256(f"{program} {file.st_size} {file.st_mtime_ns} ".encode() + blob).hexdigest()


def _cache_file(description: Path) -> Path | None:
    """The file that keeps the last answers for a description. None if the user has no cache folder.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    name = hashlib.sha256(os.fsencode(os.path.abspath(description))).hexdigest()
    return Path(cache, "pinion-gen", "dt-schema", name) if os.path.isabs(cache) else None


def _cached(description: Path) -> Complaints:
    """The last answers for a description, by `_key`. Empty if there are none, or if the file cannot
    be read."""
    path = _cache_file(description)
    try:
        answers: Complaints = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return answers


def _keep(description: Path, answers: Complaints) -> None:
    """Store the answers in place of the last ones. If that fails, the next check runs dt-validate
    again."""
    path = _cache_file(description)
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(answers, file)
        os.replace(file.name, path)
    except OSError:
        pass
