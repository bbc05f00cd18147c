# SPDX-License-Identifier: Apache-2.0
"""Builds a description. Compiles its products and links them with a stub in the place of the core,
as far as addresses go."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import gen
from gen.model import System
from gen.read.findings import Findings

ROOT = Path(__file__).resolve().parents[2]
WARNINGS = (
    "-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla "
    "-Wcast-align -Werror"
).split()
FLAGS = "-g -std=gnu11 -ffreestanding -fno-common -fno-pic -fno-pie -mgeneral-regs-only -mstrict-align -Os".split()
GCC = ["aarch64-linux-gnu-gcc"]
CLANG = ["clang", "--target=aarch64-linux-gnu"]

STUB = Path(__file__).with_name("stub.c")


def include(gic: str = "gicv3") -> list[str]:
    """Where the headers of the core for that GIC are."""
    folders = ("hyp", "arch/arm64", f"arch/arm64/{gic}", f"arch/arm64/v{gic}")
    return [word for folder in folders for word in ("-I", str(ROOT / folder))]


def run(*command: object) -> None:
    """A tool that has to succeed; its output is part of the failure."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"


def built(description: Path, out: Path) -> tuple[System | None, Findings]:
    """The system that the API builds into `out`, or None, and its findings."""
    try:
        checked = gen.load(description).check()
        checked.build(out)
    except gen.Rejected as rejected:
        return None, rejected.findings
    return checked.system, checked.findings


def compile_tables(out: Path, compiler: list[str]) -> Path:
    """tables.o of the products in `out`."""
    gic = (out / "gic").read_text(encoding="utf-8").strip()
    run(*compiler, *FLAGS, *WARNINGS, *include(gic), "-c", out / "tables.c", "-o", out / "tables.o")
    return out / "tables.o"


@lru_cache
def stub(compiler: tuple[str, ...]) -> Path:
    """stub.o, which is the same for every system."""
    path = Path(tempfile.mkdtemp(prefix="pinion-stub-")) / "stub.o"
    atexit.register(shutil.rmtree, path.parent, True)
    run(*compiler, *FLAGS, *include(), "-c", STUB, "-o", path)
    return path


def link(out: Path, compiler: list[str] | None = None, linker: str = "aarch64-linux-gnu-ld") -> Path:
    """pinion.elf of the products in `out`."""
    compiler = compiler or GCC
    compile_tables(out, compiler)
    run(*compiler, "-c", out / "payload.S", "-o", out / "payload.o")
    elf = out / "pinion.elf"
    objects = [stub(tuple(compiler)), out / "tables.o", out / "payload.o"]
    run(linker, "--fatal-warnings", "-static", "-T", out / "layout.lds", "-o", elf, *objects)
    return elf
