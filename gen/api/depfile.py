# SPDX-License-Identifier: Apache-2.0
"""What make has to know, as rules in its language: gen.d of a build, and what `dtb --depfile` writes. In gen.d the
stamp depends on everything that the generator read, itself included, and the payload's object on the files that it
takes in, which no compiler reports. Targets are named as they were given, as make compares names; other files are named
from the working directory where they lie below it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from ..image.plan import Planned
from ..model import System

# Make finds no way to write these in a name; of spaces, only the plain one.
UNSPEAKABLE = re.compile(r"[;|%=\\~&()]|[^\S ]")


def _relative(path: Path) -> str:
    """A path relative to the working directory where it lies below it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _escape(name: str) -> str:
    """A name as make reads it in a rule."""
    return re.sub(r"[#: *?[]", r"\\\g<0>", name.replace("$", "$$"))


def _input(path: Path) -> str:
    """A path that something depends on; what make cannot name has changed each time."""
    name = _relative(path)
    return "FORCE" if UNSPEAKABLE.search(name) else _escape(name)


def _rule(targets: Iterable[Path], inputs: Iterable[str]) -> str:
    return " \\\n\t".join([" ".join(_escape(str(path)) for path in targets) + ":", *inputs]) + "\n"


def _rules_of_inputs(inputs: Iterable[str]) -> str:
    """An empty rule each, so that a removed file is no error."""
    return "".join(f"{name}:\n" for name in inputs)


@functools.cache
def generator_files() -> list[Path]:
    """The generator's own files; they are looked for once."""
    package = Path(__file__).parents[1]
    patterns = ("**/*.py", "read/schema/*", "guest_tree/templates/**/*.j2", "image/templates/**/*.j2")
    return [path for pattern in patterns for path in package.glob(pattern) if "__pycache__" not in path.parts]


def rules(planned: Planned, outdir: Path) -> str:
    """The text of gen.d."""
    payload = [part.path for parts in planned.parts for part in parts]
    read = [path for path in payload if path.parent != outdir]
    inputs = sorted({_input(path) for path in [*planned.system.inputs, *generator_files(), *read]})
    contents = {_input(path) for path in read} | {_escape(str(path)) for path in payload if path.parent == outdir}
    return "\n".join([_rule([outdir / "gen.stamp"], inputs), _rule([outdir / "payload.o"], sorted(contents)),
                      _rules_of_inputs(inputs)])


def tree_rules(system: System, targets: list[Path]) -> str:
    """The text of the file that `--depfile` names, for these device trees. An image that does not exist is a reason to
    make a tree anew as soon as it does; make cannot ask for a name with a #."""
    there = {_input(path) for path in [*system.inputs, *generator_files()] if path.exists()}
    names = {_input(path) for path in system.inputs if not path.exists()}
    awaited = {"FORCE" if "#" in name else f"$(if $(wildcard {name}),{name})" for name in names}
    return "\n".join([_rule(targets, sorted(there | awaited)), _rules_of_inputs(sorted(there | {"FORCE"}))])
