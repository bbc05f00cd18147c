# SPDX-License-Identifier: Apache-2.0
"""Renders the templates of targets. A template renders to one text that holds one or several files.
A line `==> NAME <==` begins each file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import jinja2

from ..guest_tree.dts import ENVIRONMENT
from ..model import Position
from ..read.yaml_tree import MAX_BYTES, shown
from .job import Job

TEMPLATES = Path(__file__).parent / "templates"
MAX_RANGE = 100_000
# Words for exceptions whose own text says too little.
_WORDS = {RecursionError: "it calls itself without end", MemoryError: "it needs more memory than there is"}
_MARK = re.compile(r"^==> (.+) <==$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")


def _range(*arguments: int) -> range:
    """Python's range, with a limit on its length. Raises ValueError, TypeError and OverflowError.
    """
    found = range(*arguments)
    if len(found) > MAX_RANGE:
        raise ValueError(f"a range of {len(found)} numbers, of {MAX_RANGE} at most")
    return found


def _c_id(text: Any) -> str:
    """A C identifier made from any text."""
    return re.sub(r"^(?=[0-9])|[^0-9a-zA-Z_]", "_", str(text))


def _environment(folder: Path) -> jinja2.Environment:
    """The settings and filters of all export templates, for the templates of a folder."""
    env = ENVIRONMENT.overlay(loader=jinja2.FileSystemLoader([folder, TEMPLATES]))
    env.globals = {**ENVIRONMENT.globals, "range": _range}
    env.filters = {**ENVIRONMENT.filters, "shell": lambda text: shlex.quote(str(text)), "c_id": _c_id}
    return env


def _split(text: str) -> dict[str, str]:
    """Split a rendered text into files by name. Raises ValueError."""
    pieces = _MARK.split(text)
    if pieces[0].strip():
        raise ValueError("there is text before the first line '==> NAME <=='")
    if len(pieces) == 1:
        raise ValueError("it makes no file: a line '==> NAME <==' begins each")
    made: dict[str, str] = {}
    for name, content in zip(pieces[1::2], pieces[2::2]):
        if not _NAME.fullmatch(name):
            raise ValueError(f"'{name}' is no plain file name")
        if name in made:
            raise ValueError(f"it makes '{name}' twice")
        made[name] = content.removeprefix("\n")
    return made


def render(job: Job, path: Path) -> None:
    """Render a template and add its files to the job. If that fails, add a finding."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES // 1024} KiB")
        text = _environment(path.parent).get_template(path.name).render(**job.context)
        job.files.made.update({name: content.encode() for name, content in _split(text).items()})
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None) or _line(error, path)
        job.findings.error("P132", Position(shown(path), line, 1), f"template: {error.message}",
                           cure="correct the template; docs/export.md lists what it is told")
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError) as error:
        job.findings.error("P132", Position(shown(path), _line(error, path), 1),
                           f"template: {_WORDS.get(type(error), error)}",
                           cure="correct the template; docs/export.md lists what it is told")


def _line(error: BaseException, path: Path) -> int:
    """The line of the template that raised an exception. 1 if it is not known."""
    found, frame = 1, error.__traceback__
    while frame:
        if frame.tb_frame.f_code.co_filename == str(path):
            found = frame.tb_lineno
        frame = frame.tb_next
    return found
