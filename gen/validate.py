# SPDX-License-Identifier: Apache-2.0
"""A tree against its JSON Schema: every violation becomes a finding at its own place in the file.

What is wrong is then cut out of the tree, as little as possible (a key, a device, a VM), so that the rules can go on
with the rest and all findings come at once.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from pathlib import Path
from typing import Any, Iterator

import jsonschema

from . import interrupts, units
from .findings import Findings
from .load import Node
from .model import Position
from .unsupported import refused_arch, refused_gic, refused_key

Path_ = tuple[Any, ...]

_TYPES = {"object": "a mapping", "array": "a list", "string": "a string", "integer": "an integer",
          "boolean": "true or false", "null": "nothing"}
_UNITS = {"size": "bytes or a number with KiB, MiB or GiB, as in 512MiB",
          "address": "hexadecimal, as in 0x40000000, or decimal",
          "address-or-same": "hexadecimal, as in 0x40000000, or the word 'same'",
          "frequency": "hertz or a number with kHz or MHz, as in 24MHz"}
_LIMIT = {"size": 1 << 48, "address": (1 << 48) - 1, "address-or-same": (1 << 48) - 1, "frequency": (1 << 32) - 1}


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file: 'description' or 'platform'."""
    text = (Path(__file__).parent / "schema" / f"{name}.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


@functools.cache
def _validator(name: str) -> Any:
    """The schema's validator; it remembers what it has resolved."""
    return _Validator(schema(name))


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"the fraction {value}"
    return {int: f"the integer {value}", str: f"the string '{shorten(value)}'", list: "a list",
            dict: "a mapping"}[type(value)]


def shorten(value: object) -> str:
    """A value short enough for a message, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _scalar(kind: str, value: Any) -> str:
    """What is wrong with a size, address or frequency; empty if nothing."""
    if isinstance(value, (bool, float, list, dict)) or value is None:
        return f"needs {'an' if kind[0] == 'a' else 'a'} {kind.split('-')[0]}, not {kind_of(value)}"
    if kind == "address-or-same" and value == "same":
        return ""
    convert = {"size": units.size, "frequency": units.frequency}.get(kind, units.address)
    number = convert(value)
    if number is None:
        return f"'{shorten(value)}' is not {'an' if kind[0] == 'a' else 'a'} {kind.split('-')[0]}"
    if number < 0 or (kind == "size" and number == 0):
        return f"{shorten(value)} is too small"
    if number > _LIMIT[kind]:
        return f"{shorten(value)} is too large"
    return ""


def _own_kind(validator: Any, kind: str, instance: Any, parent: Any) -> Iterator[jsonschema.ValidationError]:
    """The keyword `x-kind`: values that JSON Schema alone describes without a useful message."""
    if kind in _UNITS:
        if problem := _scalar(kind, instance):
            wrong_type = problem.startswith("needs")
            yield jsonschema.ValidationError(problem, validator="x-kind", cause=None,
                                             instance=instance, validator_value="P007" if wrong_type else "P008")
    elif kind == "interrupt" and isinstance(instance, dict):
        if sum(key in instance for key in interrupts.BASE) != 1:
            yield jsonschema.ValidationError("needs exactly one of spi, ppi and intid", validator_value="P008")
    elif kind == "path" and isinstance(instance, str) and "\n" in instance:
        yield jsonschema.ValidationError("a path has no line breaks", validator_value="P008")


def _choices(name: str) -> Any:
    plain = jsonschema.Draft202012Validator.VALIDATORS[name]

    def check(validator: Any, value: Any, instance: Any, parent: Any) -> Iterator[jsonschema.ValidationError]:
        if parent.get("x-kind") not in (*_UNITS, "interrupt"):
            yield from plain(validator, value, instance, parent)
    return check


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"x-kind": _own_kind, "anyOf": _choices("anyOf"), "oneOf": _choices("oneOf")},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)))


def validate(root: Node, name: str, findings: Findings) -> bool:
    """Add a finding for each violation of schema `name` and cut what is wrong out of the tree. Returns False if what
    is left is no use."""
    keys: list[Path_] = []
    values: list[Path_] = []
    seen: set[tuple[Any, ...]] = set()
    for error in _validator(name).iter_errors(root.plain()):
        path = tuple(error.absolute_path)
        named = "propertyNames" in error.absolute_schema_path
        once = (path, "propertyNames" if named else error.validator, str(error.validator_value))
        if (named or error.validator in ("additionalProperties", "required")) and once in seen:
            continue
        seen.add(once)
        extra = _Violation(root, path, error, findings, schema(name)).report()
        keys += extra
        if not extra:
            values.append(path)
    for path in keys:
        _remove(root, path)
    useful = True
    for path in values:
        container = _container(name, path)
        useful = useful and bool(container)
        _remove(root, container)
    return useful


class _Violation:
    """One violation on its way to a finding."""

    def __init__(self, root: Node, path: Path_, error: Any, findings: Findings,
                 whole: dict[str, Any]) -> None:
        self.whole = whole
        self.path = path
        self.node = root.find(path)
        self.error = error
        self.findings = findings
        self.name = describe(path)

    def report(self) -> list[Path_]:
        """Add the finding; returns the paths of keys that have no business here, empty if the value is wrong."""
        keyword = str(self.error.validator).replace("-", "_").lower()
        if "propertyNames" in self.error.absolute_schema_path:
            keyword = "propertynames"
        handler = getattr(self, f"_{keyword}", self._other)
        result: list[Path_] | None = handler()
        return result or []

    def _add(self, code: str, message: str, cure: str = "", at: Position | None = None) -> None:
        self.findings.error(code, at or self.node.at, message, cure=cure)

    def _additionalproperties(self) -> list[Path_]:
        known = self.error.schema.get("properties", {})
        wrong = [key for key in self.node.value if key not in known]
        for key in wrong:
            at = self.node.key_positions[key]
            if refusal := refused_key(key):
                self._add(refusal.code, f"{self._owner()}key '{shorten(key)}': {refusal.message}", refusal.cure, at)
                continue
            meant = self._meant(key, known)
            cure = f"did you mean '{meant}'?" if meant else "known keys: " + ", ".join(known)
            self._add("P005", f"{self._owner()}unknown key '{shorten(key)}'", cure, at)
        return [(*self.path, key) for key in wrong]

    def _meant(self, key: str, known: Any) -> str | None:
        """The key that an unknown one is a misspelling of."""
        absent = [word for word in known if word not in self.node.value]
        return next(iter(difflib.get_close_matches(key.lower(), absent, 1, 0.6)), None)

    def _owner(self) -> str:
        return f"{self.name}: " if self.path else ""

    def _required(self) -> None:
        known = self.error.schema.get("properties", {})
        misspelt = {self._meant(key, known) for key in self.node.value if key not in known}
        for key in self.error.validator_value:
            if key in self.node.value or key in misspelt:
                continue
            kind = self.node.value.get("kind")
            kind = f" of kind '{kind.value}'" if kind and "kind" not in self.error.validator_value else ""
            self._add("P006", f"{self.name or 'the file'}{kind} has no '{key}'",
                      f"add '{key}', as in {key}: {yaml_example(self._sample(key))}", self.node.name_at)

    def _sample(self, key: str) -> Any:
        """The schema's first example of a key."""
        places = [self.error.schema, *self.whole["$defs"].values(), {"properties": self.whole["$defs"]}]
        samples = [place["properties"][key]["examples"] for place in places
                   if "examples" in place.get("properties", {}).get(key, {})]
        return samples[0][0]

    def _propertynames(self) -> list[Path_]:
        wrong = [key for key in self.node.value if not re.search(self.error.schema["pattern"], key)]
        for key in wrong:
            self._add("P008", f"{self.name}: '{shorten(key)}' is not a name",
                      f"a name matches {self.error.schema['pattern']}", self.node.key_positions[key])
        return [(*self.path, key) for key in wrong]

    def _type(self) -> None:
        wanted = _TYPES[self.error.validator_value]
        value = self.node.value
        if self.error.schema.get("x-kind") == "interrupt":
            bare = isinstance(value, int) and not isinstance(value, bool)
            cure = interrupts.spellings(value) if bare else "write {spi: n}, {ppi: n} or {intid: n}"
            self._add("P007", f"{self.name} needs an interrupt with its kind, not {kind_of(value)}", cure)
        else:
            self._add("P007", f"{self.name or 'the file'} needs {wanted}, not {kind_of(value)}")

    def _x_kind(self) -> None:
        code, kind = self.error.validator_value, self.error.schema.get("x-kind")
        kind = kind if kind in _UNITS else ""
        cure = f"write it as {_UNITS[kind]}" if kind and not self.error.message.endswith(("small", "large")) else ""
        self._add(code, f"{self.name} {self.error.message}" if code == "P007" else
                  f"{self.name}: {self.error.message}", cure)

    def _const(self) -> None:
        key, value = self.path[-1] if self.path else "", self.node.value
        if key == "pinion":
            if isinstance(value, int):
                self._add("P009", f"format version {value} is not the one that this generator reads", "write pinion: 1")
        elif key == "version":
            if isinstance(value, int):
                refusal = refused_gic(value)
                self._add(refusal.code, f"{self.name}: {refusal.message}", refusal.cure)
        else:
            self._other()

    def _enum(self) -> None:
        key, value = self.path[-1], self.node.value
        if key == "arch":
            if isinstance(value, str):
                refusal = refused_arch(value)
                self._add(refusal.code, f"{self.name}: {refusal.message}", refusal.cure)
            return
        if kind_of(value).split()[1:2] != kind_of(self.error.validator_value[0]).split()[1:2]:
            return  # the type is wrong, which has a finding of its own
        choices = [str(choice) for choice in self.error.validator_value]
        shown = f"'{shorten(value)}'" if isinstance(value, str) else shorten(value)
        close = difflib.get_close_matches(str(value).lower(), choices, 1, 0.6)
        cure = f"did you mean '{close[0]}'?" if close and isinstance(value, str) else ""
        if key == "kind":
            self._add("P047", f"{self.name[:-5]} is of unknown kind '{shorten(value)}'",
                      cure or "the kinds there are: " + ", ".join(choices))
            return
        self._add("P008", f"{self.name}: {shown} is not accepted",
                  cure or "write " + ", ".join(choices[:-1]) + " or " * (len(choices) > 1) + choices[-1])

    def _none(self) -> list[Path_]:
        device = describe(self.path[:-1])
        self._add("P048", f"{device}: key '{self.path[-1]}' has no meaning for this kind of device", "remove the key",
                  self.node.name_at)
        return [self.path]

    def _range(self, text: str) -> None:
        code = "P030" if self.path[-1] in interrupts.BASE else "P008"
        self._add(code, f"{self.name}: {shorten(self.node.value)} is too {text}",
                  f"write {self.error.schema.get('minimum')} to {self.error.schema.get('maximum')}")

    def _minimum(self) -> None:
        self._range("small")

    def _maximum(self) -> None:
        self._range("large")

    def _minitems(self) -> None:
        self._add("P008", f"{self.name} is empty", "list at least one")

    def _maxitems(self) -> None:
        self._add("P008", f"{self.name} has more than {self.error.validator_value} elements")

    def _minproperties(self) -> None:
        self._add("P008", f"{self.name} is empty", "describe at least one")

    def _maxproperties(self) -> None:
        self._add("P008", f"{self.name} has more than {self.error.validator_value} keys")

    def _minlength(self) -> None:
        self._add("P008", f"{self.name} is empty")

    def _maxlength(self) -> None:
        self._add("P008", f"{self.name} is longer than {self.error.validator_value} characters")

    def _other(self) -> None:
        if self.error.schema.get("x-kind") == "property":
            self._add("P007", f"{self.name} is not the value of a property",
                      "write a string, a number of 32 bits, a list of either, or true")
        else:
            self._add("P008", f"{self.name}: '{shorten(self.node.value)}' is not accepted")


def yaml_example(value: Any) -> str:
    """An example as one would write it in YAML; addresses stand as strings in the schema."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_example(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml_example, value)) + "]"
    return str(value)


def describe(path: Path_) -> str:
    """A place in the words of the field: vms.rt.memory.0.size is "vm 'rt' memory 0 size"."""
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


def _remove(root: Node, path: Path_) -> None:
    """Cut a key out of the tree, if it is still there."""
    try:
        parent = root.find(path[:-1]).value
    except (KeyError, IndexError, TypeError):
        return
    if path and isinstance(parent, dict):
        parent.pop(path[-1], None)


def _container(name: str, path: Path_) -> Path_:
    """The path of the smallest whole thing that has to go when `path` is wrong; empty if it is the file. A platform
    file stays whole: without one of its devices the VM that wants it would be blamed."""
    if name == "description" and path[:1] == ("vms",) and len(path) >= 2:
        return path[:4] if len(path) >= 4 and path[2] == "devices" else path[:2]
    return ()
