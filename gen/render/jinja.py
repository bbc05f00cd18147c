# SPDX-License-Identifier: Apache-2.0
"""Jinja2 as all templates use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from ..read.words import printable


def c_string(text: Any) -> str:
    """C string literal (device tree source and GNU as read the same) of any text, as UTF-8 bytes."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\"}
    out = ""
    for byte in str(text).encode(errors="surrogateescape"):
        out += plain.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
    return f'"{out}"'


def comment(text: Any) -> str:
    """Any text, fit to stand in a comment of C."""
    return printable(str(text)).replace("*/", "* /")


def environment(templates: Path) -> jinja2.Environment:
    """The templates of a folder. An undefined name is an error, and a tag leaves no trace in the output."""
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
