# SPDX-License-Identifier: Apache-2.0
"""Turns a violation of a schema into a finding with the field's words."""

from __future__ import annotations

import difflib
import re
from typing import Any

from ..model import BOOT_IMAGES, Position
from ..units import meant_size
from . import irq_notation
from .findings import Findings
from .schemas import SCALARS, Failure, Path_, bounds
from .unsupported import refused_arch, refused_key
from .words import describe, kind_of, shorten, yaml_example
from .yaml_tree import Node

_TYPES = {"object": "a mapping", "array": "a list", "string": "a string", "integer": "an integer",
          "boolean": "true or false", "null": "nothing"}
_UNITS = {"size": "bytes or a number with KiB, MiB or GiB, as in 512MiB",
          "address": "hexadecimal, as in 0x40000000, or decimal",
          "address-or-same": "hexadecimal, as in 0x40000000, or the word 'same'",
          "frequency": "hertz or a number with kHz or MHz, as in 24MHz"}

_WHOLE = {"interrupt": "write {spi: n}, {ppi: n} or {intid: n}", "path": "write it in one line"}
_YES, _NO = ("yes", "on", "1", "y", "true"), ("no", "off", "0", "n", "false")

# Words of device trees and of other hypervisors, and the keys that mean the same here. A mapping
# has at most one of these keys.
_SYNONYMS = {"base": ("ipa", "mmio"), "address": ("ipa", "mmio"), "reg": ("mmio",), "type": ("kind",),
             "interrupt": ("irq", "irqs"), "interrupts": ("irq", "irqs"), "bootargs": ("cmdline",), "cpus": ("vcpus",),
             "ramdisk": ("initrd",), "readonly": ("read_only",), "ro": ("read_only",)}


def _either(choices: list[Any]) -> str:
    """Choices as a phrase: "a, b or c"."""
    words = [str(choice) for choice in choices]
    return ", ".join(words[:-1]) + " or " * (len(words) > 1) + words[-1]


class Violation:
    """A violation that becomes a finding."""

    def __init__(self, root: Node, failure: Failure, findings: Findings, whole: dict[str, Any]) -> None:
        self.whole = whole
        self.path = failure.path
        self.node = root.find(self.path)
        self.failure = failure
        self.findings = findings
        self.name = describe(self.path)
        self.foreign: list[Path_] = []
        self.spoiled: list[Path_] = [self.path]

    def report(self) -> None:
        """Add the finding, and set two lists of paths. `foreign`: keys that do not belong here.
        `spoiled`: what cannot be relied on, which is a wrong value, a missing key, or the key that
        a misspelt one was meant to be."""
        getattr(self, "_" + self.failure.keyword.replace("-", "_").lower())()

    def _add(self, code: str, message: str, cure: str = "", at: Position | None = None) -> None:
        self.findings.error(code, at or self.node.at, message, cure=cure)

    def _additionalproperties(self) -> None:
        known = self.failure.schema.get("properties", {})
        wrong = [key for key in self.node.value if key not in known]
        self.foreign = [(*self.path, key) for key in wrong]
        self.spoiled = []
        for key in wrong:
            at = self.node.key_positions[key]
            if refusal := refused_key(key):
                self._add(refusal.code, f"{self._owner()}key '{shorten(key)}': {refusal.message}", refusal.cure, at)
                continue
            meant = self._meant(key, known)
            self.spoiled += [(*self.path, meant)] if meant else []
            cure = f"did you mean '{meant}'?" if meant else "known keys: " + ", ".join(known)
            self._add("P005", f"{self._owner()}unknown key '{shorten(key)}'", cure, at)

    def _meant(self, key: str, known: Any) -> str | None:
        """The key that an unknown key was probably meant to be. None if there is no such key."""
        absent = [word for word in known if word not in self.node.value]
        if meant := [word for word in _SYNONYMS.get(key.lower(), ()) if word in absent]:
            return meant[0]
        return next(iter(difflib.get_close_matches(key.lower(), absent, 1, 0.6)), None)

    def _owner(self) -> str:
        return f"{self.name}: " if self.path else ""

    def _required(self) -> None:
        known = self._known()
        misspelt = {self._meant(key, known) for key in self.node.value if key not in known}
        self.spoiled = [(*self.path, key) for key in self.failure.wanted if key not in self.node.value]
        for key in self.failure.wanted:
            if key in self.node.value or key in misspelt:
                continue
            kind = self.node.value.get("kind")
            kind = f" of kind '{kind.value}'" if kind and "kind" not in self.failure.wanted else ""
            self._add("P006", f"{self.name or 'the file'}{kind} has no '{key}'",
                      f"add '{key}', as in {key}: {yaml_example(self._sample(key))}", self.node.name_at)

    def _known(self) -> list[str]:
        """The keys that may stand beside a missing one. A schema for a condition (`then`) has only
        the missing key."""
        places = [self.failure.schema, self.whole, *self.whole["$defs"].values()]
        found = (place["properties"] for place in places if {*self.failure.wanted} <= {*place.get("properties", {})})
        return [*next(found, {}), *self.failure.wanted]

    def _sample(self, key: str) -> Any:
        """The first example that the schema gives for a key."""
        places = [self.failure.schema, *self.whole["$defs"].values(), {"properties": self.whole["$defs"]}]
        samples = [place["properties"][key]["examples"] for place in places
                   if "examples" in place.get("properties", {}).get(key, {})]
        return samples[0][0]

    def _propertynames(self) -> None:
        self.spoiled = []
        wrong = [key for key in self.node.value if not re.search(self.failure.wanted["pattern"], key)]
        for key in wrong:
            self._add("P008", f"{self.name}: '{shorten(key)}' is not a name",
                      self.failure.wanted["x-words"], self.node.key_positions[key])

    def _type(self) -> None:
        wanted = _TYPES[self.failure.wanted]
        value = self.node.value
        if self.failure.schema.get("x-kind") == "interrupt":
            bare = isinstance(value, int) and not isinstance(value, bool)
            cure = irq_notation.spellings(value) if bare else "write {spi: n}, {ppi: n} or {intid: n}"
            self._add("P007", f"{self.name} needs an interrupt with its kind, not {kind_of(value)}", cure)
        else:
            self._add("P007", f"{self.name or 'the file'} needs {wanted}, not {kind_of(value)}", self._typed(wanted))

    def _typed(self, wanted: str) -> str:
        """The cure for a value of the wrong type."""
        type_, value, schema = self.failure.wanted, self.node.value, self.failure.schema
        text = str(value).strip().lower() if isinstance(value, (str, int)) else ""
        if type_ == "integer" and (digits := re.fullmatch(r"\W*([0-9]{1,9})\W*", text)):
            return f"write {'it without quotes, as in ' * (digits[1] == text)}{int(digits[1])}"
        if (type_ == "integer" and isinstance(value, float) and value.is_integer()
                and schema.get("minimum", value) <= value <= schema.get("maximum", value)):
            return f"write {int(value)}"
        if type_ == "boolean":
            return f"write {'true' if text in _YES else 'false' if text in _NO else wanted}"
        if "enum" in schema:
            return f"write {_either(schema['enum'])}"
        if type_ == "string" and isinstance(value, (bool, int, float)):
            return f'put it in quotes, as in "{shorten(self.node.text)}"'
        known = schema.get("examples") or [schema[key] for key in ("const", "minimum") if key in schema]
        if not self.name:
            return "begin it with 'pinion: 1'"
        return f"write {wanted}, as in {yaml_example(known[0])}" if known else f"write {wanted}"

    def _x_kind(self) -> None:
        kind, problem = self.failure.wanted, self.failure.problem
        code = "P007" if kind in SCALARS and problem.startswith("needs") else "P008"
        if kind == "interrupt" and any(self._meant(key, irq_notation.BASE) for key in self.node.value
                                       if key not in self.failure.schema["properties"]):
            return  # the misspelt key has a finding of its own
        if problem.startswith("is too"):
            self._add(code, f"{self.name}: {shorten(self.node.text)} {problem}", bounds(kind))
            return
        cure = f"write it as {_UNITS[kind]}" if kind in SCALARS else _WHOLE[kind]
        if kind == "size" and (meant := meant_size(self.node.value)):
            cure = f"did you mean {meant}?"
        self._add(code, f"{self.name}{' ' if code == 'P007' else ': '}{problem}", cure)

    def _const(self) -> None:
        """The version of the format: `validate` has checked it."""

    def _enum(self) -> None:
        key, value = self.path[-1], self.node.value
        if not isinstance(value, type(self.failure.wanted[0])):
            return  # the type has a finding of its own
        if key == "arch":
            refusal = refused_arch(value)
            self._add(refusal.code, f"{self.name}: {refusal.message}", refusal.cure)
            return
        choices = [str(choice) for choice in self.failure.wanted]
        shown = f"'{shorten(value)}'" if isinstance(value, str) else shorten(value)
        close = difflib.get_close_matches(str(value).lower(), choices, 1, 0.6)
        cure = f"did you mean '{close[0]}'?" if close and isinstance(value, str) else ""
        if key == "kind":
            self._add("P047", f"{self.name[:-5]} is of unknown kind '{shorten(value)}'",
                      cure or "known kinds: " + ", ".join(choices))
            return
        self._add("P008", f"{self.name}: {shown} is not accepted",
                  cure or f"write {_either(choices)}")

    def _false(self) -> None:
        device = describe(self.path[:-1])
        self._add("P048", f"{device}: key '{self.path[-1]}' has no meaning for this kind of device", "remove the key",
                  self.node.name_at)
        self.foreign, self.spoiled = [self.path], []

    def _range(self, text: str) -> None:
        code = "P030" if self.path[-1] in irq_notation.BASE else "P008"
        self._add(code, f"{self.name}: {shorten(self.node.text)} is too {text}",
                  f"write {self.failure.schema.get('minimum')} to {self.failure.schema.get('maximum')}")

    def _minimum(self) -> None:
        self._range("small")

    def _maximum(self) -> None:
        self._range("large")

    def _minitems(self) -> None:
        self._add("P008", f"{self.name} is empty", "list at least one")

    def _maxitems(self) -> None:
        self._add("P008", f"{self.name} has more than {self.failure.wanted} elements", "leave the rest out")

    def _minproperties(self) -> None:
        self._add("P008", f"{self.name} is empty", "describe at least one")

    def _maxproperties(self) -> None:
        self._add("P008", f"{self.name} has more than {self.failure.wanted} keys", "leave the rest out")

    def _minlength(self) -> None:
        places = [self.whole, *self.whole["$defs"].values()]
        needed = self.path[-1] in BOOT_IMAGES or any(self.path[-1] in place.get("required", ()) for place in places)
        self._add("P008", f"{self.name} is empty", "write something" + ("" if needed else ", or leave the key out"))

    def _maxlength(self) -> None:
        self._add("P008", f"{self.name} is longer than {self.failure.wanted} characters", "make it shorter")

    def _pattern(self) -> None:
        self._add("P008", f"{self.name}: '{shorten(self.node.value)}' is malformed",
                  self.failure.schema["x-words"])

    def _anyof(self) -> None:
        self._add("P007", f"{self.name} is not the value of a property",
                  "write a string, a number of 32 bits, a list of either, {bytes: \"00 1f\"}, or true")
