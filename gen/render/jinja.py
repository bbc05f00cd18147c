# SPDX-License-Identifier: Apache-2.0
"""Jinja2 with the settings of all templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from ..read.words import printable


def c_string(text: Any) -> str:
    """A text as a string literal in UTF-8, valid in C, in device tree source and for GNU as."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\"}
    out = ""
    for byte in str(text).encode(errors="surrogateescape"):
        out += plain.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
    return f'"{out}"'


def comment(text: Any) -> str:
    """A text in a form that is safe inside a C comment."""
    return printable(str(text)).replace("*/", "* /")


def environment(templates: Path) -> jinja2.Environment:
    """The templates of a folder. An undefined name is an error. A line with only a tag leaves
    nothing in the output."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    env.filters.update(c_string=c_string, comment=comment)
    env.filters.update(hex=hex, hex32=lambda v: f"{v:#x}u", hex64=lambda v: f"{v:#x}ul")
    return env
