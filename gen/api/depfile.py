# SPDX-License-Identifier: Apache-2.0
"""gen.d: what make has to know. The stamp depends on everything that the generator read, itself included; the payload's
object on the files that it takes in, which no compiler reports."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..image.plan import Planned

# Make finds no way to write these in a name; of spaces, only the plain one.
UNSPEAKABLE = re.compile(r"[;|%=\\~&()]|[^\S ]")


def _relative(path: Path) -> str:
    """A path relative to the working directory where it lies below it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _escape(path: Path) -> str:
    """A path as make reads it in a rule."""
    return re.sub(r"[#: *?[]", r"\\\g<0>", _relative(path).replace("$", "$$"))


def _input(path: Path) -> str:
    """A path that something depends on; what make cannot name has changed each time."""
    return "FORCE" if UNSPEAKABLE.search(_relative(path)) else _escape(path)


def _rule(target: Path, inputs: list[Path]) -> str:
    """One rule, and an empty one per input, so that a removed input is no error."""
    names = sorted({_input(path) for path in inputs})
    return " \\\n\t".join([f"{_escape(target)}:", *names]) + "\n"


def generator_files() -> list[Path]:
    """The generator's own files."""
    package = Path(__file__).parents[1]
    patterns = ("**/*.py", "read/schema/*", "guest_tree/templates/**/*.j2", "image/templates/**/*.j2")
    return [path for pattern in patterns for path in package.glob(pattern) if "__pycache__" not in path.parts]


def rules(planned: Planned, outdir: Path) -> str:
    """The text of gen.d."""
    payload = [path for paths in planned.paths for path in paths]
    read = [path for path in payload if path.parent != outdir]
    inputs = [*planned.system.inputs, *generator_files(), *read]
    inputs += [path for vm in planned.system.vms for path in vm.overlays]
    text = _rule(outdir / "gen.stamp", inputs) + "\n" + _rule(outdir / "payload.o", payload)
    names = sorted({_input(Path(os.fspath(path))) for path in inputs})
    return text + "\n" + "".join(f"{name}:\n" for name in names)
