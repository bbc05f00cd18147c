# SPDX-License-Identifier: Apache-2.0
"""A document with files, commands and what they print, carried out as a reader would: fenced blocks
`FORMAT file=NAME` are written, blocks `sh` are run line by line, a block `text` behind one is all
that the last line prints (a line `...` stands for any lines), and a block `terminal` behind one is
a session in QEMU."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import forked
from gen.api.cli import main

ROOT = Path(__file__).resolve().parents[2]
TREE = ("Makefile", "arch", "gen", "hyp", "tests", "tools", "vm-configs")


@dataclass
class Block:
    """A fenced block: its line in the document, what it is, and what it holds."""

    line: int
    kind: str
    file: str
    text: str


def blocks(path: Path) -> list[Block]:
    """All fenced blocks of a document."""
    text = path.read_text(encoding="utf-8")
    return [Block(text[:match.start()].count("\n") + 1, match[1], match[2] or "", match[3])
            for match in re.finditer(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def checkout(folder: Path) -> Path:
    """A folder like a checkout in which nothing has been built but guests, with `python3` as these
    tests have it."""
    for name in TREE:
        (folder / name).symlink_to(ROOT / name)
    (folder / "build").mkdir()
    for name in ("guests", "deps"):
        (folder / "build" / name).symlink_to(ROOT / "build" / name)
    (folder / "bin").mkdir()
    (folder / "bin/python3").write_text(f"#!/bin/sh\nexec {sys.executable} \"$@\"\n")
    (folder / "bin/python3").chmod(0o755)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Of the commands of a document."""
    return {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def matches(said: str, wanted: str) -> bool:
    """True if output is as a document has it."""
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + r" *\n" for line in wanted.splitlines())
    return re.fullmatch(pattern, said) is not None


def steps(path: Path) -> Iterator[tuple[Block, Block | None]]:
    """Blocks to act on, each with the block that says what it prints."""
    found = blocks(path)
    for index, block in enumerate(found):
        if block.kind in ("text", "terminal"):
            continue
        after = found[index + 1] if index + 1 < len(found) else None
        yield block, after if after and after.kind in ("text", "terminal") and block.kind == "sh" else None


def typed(line: str, folder: Path) -> tuple[int, str]:
    """The exit status of a command in `folder`, and all that it says. The generator alone is
    forked, not started."""
    if not re.fullmatch(r"python3 -m gen [\w. /-]+", line):
        done = subprocess.run(line, shell=True, cwd=folder, check=False, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment(folder))
        return done.returncode, done.stdout

    def command() -> int:
        os.chdir(folder)
        return main(line.split()[3:])

    with tempfile.TemporaryFile() as said:
        status = forked.call(command, out=said.fileno(), err=said.fileno()).status
        said.seek(0)
        return status, said.read().decode()


def carry_out(path: Path, folder: Path, session: Callable[[str, str, Path], None] | None, skip: str = "") -> None:
    """Do what a document says, in `folder`. `session` runs a command with a block `terminal`, which
    is left out without it, and so are commands that match `skip`."""
    for block, expected in steps(path):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.kind != "sh":
            continue
        lines = block.text.splitlines()
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            if last and expected and expected.kind == "terminal":
                if session:
                    session(line, expected.text, folder)
                continue
            if skip and re.search(skip, line):
                continue
            status, said = typed(line, folder)
            where = f"{path.name}:{block.line}: {line}"
            if last and expected:
                assert matches(said, expected.text), f"{where}\n{said}"
            else:
                assert "error" not in said and (status == 0 or expected), f"{where}\n{said}"
