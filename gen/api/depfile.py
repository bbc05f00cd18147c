# SPDX-License-Identifier: Apache-2.0
"""Writes rules for make: gen.d of a build, and the file that `dtb --depfile` names.

In gen.d, the stamp depends on every file that the generator read and on the generator's own files.
The payload's object depends on the files that it includes, since no compiler reports these. Targets
are named as they were given, because make compares names. Other files below the working directory
are named by relative paths.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from ..image.plan import Planned
from ..model import System

# make has no way to write these in a name. Of all kinds of space it can escape only the plain one.
UNSPEAKABLE = re.compile(r"[;|%=\\~&()]|[^\S ]")


def _relative(path: Path) -> str:
    """A path relative to the working directory if it lies below it, and otherwise the path itself.
    """
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _escape(name: str) -> str:
    """A name in the form that make reads in a rule."""
    return re.sub(r"[#: *?[]", r"\\\g<0>", name.replace("$", "$$"))


def _input(path: Path) -> str:
    """A path as a prerequisite. If make cannot name it, the target is always made again."""
    name = _relative(path)
    return "FORCE" if UNSPEAKABLE.search(name) else _escape(name)


def _rule(targets: Iterable[Path], inputs: Iterable[str]) -> str:
    return " \\\n\t".join([" ".join(_escape(str(path)) for path in targets) + ":", *inputs]) + "\n"


def _rules_of_inputs(inputs: Iterable[str]) -> str:
    """An empty rule for each file, so that a removed file is no error for make."""
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
    """The text of the file that `--depfile` names, for these device trees. A missing image is a
    prerequisite too, so that make makes the tree again as soon as the image exists. A name with a #
    cannot be one."""
    there = {_input(path) for path in [*system.inputs, *generator_files()] if path.exists()}
    names = {_input(path) for path in system.inputs if not path.exists()}
    awaited = {"FORCE" if "#" in name else f"$(if $(wildcard {name}),{name})" for name in names}
    return "\n".join([_rule(targets, sorted(there | awaited)), _rules_of_inputs(sorted(there | {"FORCE"}))])
