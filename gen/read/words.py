# SPDX-License-Identifier: Apache-2.0
"""Puts values and positions of a file into words, for messages."""

from __future__ import annotations

import json
import re
from typing import Any


def kind_of(value: Any) -> str:
    """The type of a value, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"the fraction {value}"
    return {int: f"the integer {value}", str: f"the string '{shorten(value)}'", list: "a list",
            dict: "a mapping"}[type(value)]


def printable(text: str) -> str:
    """A text without characters that a terminal or a file should not get. Names of files may have
    such characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def shorten(value: object) -> str:
    """A value in one line, short enough for a message."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def yaml_example(value: Any, inside: bool = False) -> str:
    """An example in the form that YAML needs. The schema has addresses as strings. `inside`: the
    example stands in a list or mapping with brackets, where some characters need quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_example(key, True)}: {yaml_example(item, True)}"
                               for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(yaml_example(item, True) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    special = text == "" or re.search(r"^[?:,\[\]{}#&*!|>'\"%@`]|^- |: |:$| #", text)
    return json.dumps(text) if special or inside and re.search(r"[,\[\]{}]", text) else text


def describe(path: tuple[Any, ...]) -> str:
    """A path in words: vms.rt.memory.0.size is "vm 'rt' memory 0 size"."""
    words: list[str] = []
    singular = {"vms": "vm", "devices": "device", "cpus": "cpu", "redistributors": "redistributor region",
                "overlays": "overlay", "irqs": "irq"}
    for index, step in enumerate(path):
        following = path[index + 1] if index + 1 < len(path) else None
        if isinstance(step, int):
            words.append(str(step))
        elif index > 0 and path[index - 1] in ("vms", "devices", "properties", "clocks"):
            words.append(f"'{shorten(step)}'")
        else:
            words.append(singular.get(step, step) if following is not None else step)
    return " ".join(words)
