# SPDX-License-Identifier: Apache-2.0
"""Compares two descriptions and says in words what differs, one line per difference. Defaults are
filled in, and units do not matter."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..model import ConsoleOptions, Description, Interrupt, Platform, Position, Range
from ..units import show_size

ADDRESSES = {"ipa", "pa", "mmio", "load", "entry", "address", "distributor", "redistributors", "mpidr", "mpidrs",
             "offset", "value", "release", "cpu_on", "cpu_off", "first", "last"}
SIZES = {"size", "stride"}
# What to call an entry: NAMED for mappings, whose entries have names; COUNTED for lists, whose
# entries have numbers.
NAMED = {"vms": "vm", "devices": "device", "children": "child"}
COUNTED = {"memory": "memory", "cpus": "cpu", "reserved": "reserved", "redistributors": "redistributor region",
           "quiesce": "quiesce write", "poweroff": "poweroff write", "reset": "reset write",
           "firmware_calls": "firmware call range"}
SKIPPED = {"at", "keys", "spoiled", "path", "name", "affinity_positions", "overlay_positions", "platform"}


def _words(name: str, value: Any) -> str:
    """A value as the files write it. An interrupt is written in both forms."""
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if name in ADDRESSES:
            return hex(value)
        return show_size(value) if name in SIZES else str(value)
    if isinstance(value, Interrupt):
        return f"{value}{'' if value.level else ', edge'}"
    if isinstance(value, list):
        return "[" + ", ".join(_words(name, item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_words(key, item)}" for key, item in value.items()) + "}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _is_thing(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, (Interrupt, Range, Position))


class _Differ:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, place: str, text: str) -> None:
        """Add one line to the result."""
        self.lines.append(f"{place}: {text}" if place else text)

    def value(self, place: str, name: str, old: Any, new: Any) -> None:
        """Compare two values of one key."""
        if isinstance(old, dict) and isinstance(new, dict) and name in NAMED:
            self.things(place, NAMED[name], old, new)
        elif name in COUNTED and isinstance(old, list) and isinstance(new, list) and (
                any(map(_is_thing, old + new))):
            self.things(place, COUNTED[name], dict(enumerate(old)), dict(enumerate(new)))
        elif _is_thing(old) and _is_thing(new):
            self.thing(place, f"{name} ", old, new)
        elif _is_thing(old) or _is_thing(new):
            self.say(place, f"{name} {'added' if old is None else 'removed'}")
        elif old != new:
            self.say(place, f"{name} {_words(name.split()[-1], old)} -> {_words(name.split()[-1], new)}")

    def things(self, place: str, what: str, old: dict[Any, Any], new: dict[Any, Any]) -> None:
        """Compare mappings or lists entry by entry: removed, added, or different."""
        for key in [*old, *(key for key in new if key not in old)]:
            name = f"'{key}'" if isinstance(key, str) else str(key)
            inside = f"{place} {what} {name}" if place else f"{what} {name}"
            if key not in new:
                self.say(inside, "removed")
            elif key not in old:
                self.say(inside, f"added{self.summary(new[key])}")
            else:
                self.thing(inside, "", old[key], new[key])

    def thing(self, place: str, prefix: str, old: Any, new: Any) -> None:
        """Compare two dataclasses of one type, field by field."""
        for field in dataclasses.fields(old):
            if field.name not in SKIPPED:
                self.value(place, prefix + field.name if prefix else field.name, getattr(old, field.name),
                           getattr(new, field.name))

    def summary(self, thing: Any) -> str:
        """The keys of an added entry that have plain values other than the default."""
        words = [f"{field.name} {_words(field.name, value)}" for field in dataclasses.fields(thing)
                 if field.name not in SKIPPED and (value := getattr(thing, field.name)) not in (None, "", [], {})
                 and not _is_thing(value) and not isinstance(value, dict)
                 and not (isinstance(value, list) and any(map(_is_thing, value)))
                 and value != field.default]
        return f" ({', '.join(words)})" if words else ""


def _named(things: list[Any]) -> dict[str, Any]:
    return {thing.name: thing for thing in things}


def platforms(old: Platform, new: Platform) -> list[str]:
    """What differs between two boards, one line each."""
    differ = _Differ()
    differ.thing("", "", old, new)
    return [f"platform: {line}" for line in differ.lines]


def descriptions(old: Description, new: Description) -> list[str]:
    """What differs between two descriptions and the platforms that they name, one line each. Empty
    if they mean the same."""
    lines = []
    if old.platform and new.platform:
        if old.platform.name != new.platform.name:
            lines.append(f"platform {old.platform.name} -> {new.platform.name}")
        lines += platforms(old.platform, new.platform)
    differ = _Differ()
    differ.things("", "vm", _named(old.vms), _named(new.vms))
    order = [vm.name for vm in new.vms if vm.name in _named(old.vms)]
    if order != [vm.name for vm in old.vms if vm.name in _named(new.vms)]:
        lines.append(f"the VMs are in another order: {', '.join(order)}")
    differ.thing("", "console ", old.console or ConsoleOptions(old.at), new.console or ConsoleOptions(new.at))
    return lines + differ.lines
