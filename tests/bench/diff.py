#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a change costs: EL2 instructions per operation and of the boot, and the functions that make
the difference.

usage: tests/bench/diff.py BASE [NEW]

BASE and NEW are results (bench.json) or revisions of git; without NEW it is the tree as it is. A
revision is unpacked into build/bench and measured there, with this tree's guests, bench and
toolchain.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import measure  # noqa: E402  pylint: disable=wrong-import-position

ROOT = measure.ROOT
# Of this tree, in the place of the revision's own.
PRESENT = ["tests/bench", "tests/guests", "tests/system", "tools"]
LEAST = 0.05  # instructions


def git(*arguments: str) -> str:
    """What git says."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def unpack(revision: str, tree: Path) -> None:
    """The files of a revision, with this tree's bench and guests, and what was made or fetched for
    it."""
    archive = subprocess.Popen(["git", "archive", revision], cwd=ROOT, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", tree], stdin=archive.stdout, check=True)
    if archive.wait() != 0:
        raise SystemExit(f"diff.py: git cannot unpack {revision}")
    for name in PRESENT:
        shutil.rmtree(tree / name, ignore_errors=True)
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "build" / "guests").mkdir(parents=True)
    (tree / "build" / "deps").symlink_to(ROOT / "build" / "deps")
    # an old Makefile does not know how it is made
    (tree / "build" / "bench").mkdir()
    shutil.copy2(measure.PLUGIN, tree / "build" / "bench")


def measured(tree: Path, output: Path) -> dict[str, Any]:
    """Operations and boot of the hypervisor in `tree`."""
    # nothing of a make that started this one
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run([sys.executable, "tests/bench/bench.py", "--only", "operations", "boot", "--old",
                           "--output", str(output)], cwd=tree, check=False, stdout=subprocess.PIPE, text=True,
                          env=environment)
    if done.returncode not in (0, 1) or not (output / "bench.json").exists():
        raise SystemExit(f"diff.py: the bench failed in {tree}\n{done.stdout[-2000:]}")
    found: dict[str, Any] = json.loads((output / "bench.json").read_text(encoding="utf-8"))
    return found


def result(what: str | None) -> dict[str, Any]:
    """The figures of a file, of a revision, or of this tree."""
    work = ROOT / "build" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    if what and Path(what).is_file():
        found: dict[str, Any] = json.loads(Path(what).read_text(encoding="utf-8"))
        return found
    if not what:
        print("bench-diff: this tree", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=work) as folder:
            return measured(ROOT, Path(folder))
    try:
        revision = git("rev-parse", "--verify", f"{what}^{{commit}}")
    except subprocess.CalledProcessError as problem:
        raise SystemExit(f"diff.py: {what} is neither a file nor a revision of git") from problem
    print(f"bench-diff: {git('log', '-1', '--format=%h %s', revision)}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="base-", dir=work) as folder:
        measure.build_plugin()
        unpack(revision, Path(folder))
        return measured(Path(folder), Path(folder) / "build" / "bench")


def changes(base: dict[str, float], new: dict[str, float]) -> list[tuple[float, str]]:
    """Difference by name, the largest first; what is not there counts as nothing."""
    found = [(new.get(name, 0) - base.get(name, 0), name) for name in {*base, *new}]
    large = [change for change in found if abs(change[0]) >= LEAST]
    return sorted(large, key=lambda change: (-abs(change[0]), change[1]))


def costs(figures: dict[str, Any]) -> dict[str, tuple[float, dict[str, float]]]:
    """Instructions and functions of everything that has functions."""
    found = {}
    for name, modes in figures.get("operations", {}).items():
        for mode, operation in modes.items():
            if "functions" in operation:
                found[f"{name}, {mode}"] = operation["instructions"], operation["functions"]
    for mode, boot in figures.get("boot", {}).items():
        found[f"reset to first guest instruction, {mode}"] = sum(boot["functions"].values()), boot["functions"]
    return found


def differences(base: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The lines that are printed."""
    lines = []
    before, after = costs(base), costs(new)
    for name in [name for name in after if name in before]:
        was, functions_before = before[name]
        is_now, functions = after[name]
        found = changes(functions_before, functions)
        if found:
            lines.append(f"{name}: {was:.1f} -> {is_now:.1f} ({is_now - was:+.1f})")
            lines += [f"  {difference:+9.1f}  {function}" for difference, function in found]
    for there, names in (("now", after.keys() - before.keys()), ("in the base", before.keys() - after.keys())):
        if names:
            lines.append(f"only {there}: {'; '.join(sorted(names))}")
    return lines


def main() -> int:
    """Measure, compare, print."""
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    base = result(sys.argv[1])
    lines = differences(base, result(sys.argv[2] if len(sys.argv) == 3 else None))
    print("\n".join(lines) if lines else "no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
