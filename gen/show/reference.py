# SPDX-License-Identifier: Apache-2.0
"""Makes the reference of both file formats and of the finding codes from the schemas and the code
registry."""

from __future__ import annotations

import difflib
import re
import textwrap
from dataclasses import dataclass
from typing import Any, Iterator

from ..read.codes import CODES
from ..read.schemas import schema
from ..read.words import yaml_example

_TITLES = {"description": "The description", "platform": "The platform file"}
_OPENING = ("On this page you can look up every key of a description and of a platform file, and every finding of the "
            "generator. `pinion-gen explain` says the same about one key or finding.")
_UNITS = "Sizes are bytes or a number with B, KiB, MiB, GiB or TiB. Addresses are hexadecimal or decimal."
_FINDINGS = ("Each finding is one line: `file:line:column: severity code: what is wrong (what it clashes with); what "
             "to write instead`.")


@dataclass(frozen=True)
class Key:
    """A key of a file format, with all that the schema says about it. `required`: "always", or the
    condition, or empty if the key has a default. Any other text is empty if the schema does not
    have it."""

    path: str
    description: str
    type: str
    required: str
    unit: str
    default: str
    example: str


def keys(kind: str) -> list[Key]:
    """All keys of a format, in the schema's order. Interrupts, ranges, regions and children have
    the same keys everywhere, so these are listed once."""
    root = schema(kind)
    return list(_walk(root, root, "", set()))


def _resolve(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """A schema with its $ref replaced by what it refers to. A key beside the $ref overrides the
    same key there."""
    if "$ref" not in node:
        return node
    target = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return {**target, **node}


def _walk(root: dict[str, Any], node: dict[str, Any], prefix: str, shown: set[str]) -> Iterator[Key]:
    for name, child in node.get("properties", {}).items():
        yield from _key(root, child, f"{prefix}{name}", name in node.get("required", []), shown)


def _key(root: dict[str, Any], child: dict[str, Any], path: str, required: bool, shown: set[str]) -> Iterator[Key]:
    full = _resolve(root, child)
    when = "always" if required else full.get("x-required", "")
    yield Key(path, full.get("description", ""), _type(root, full), when, full.get("x-unit", ""),
              _default(full["default"]) if "default" in full else "",
              yaml_example(full["examples"][0]) if "examples" in full else "")
    inner, below = full, path + "."
    extra, items = full.get("additionalProperties"), full.get("items")
    reference = child.get("$ref", "")
    if isinstance(extra, dict):
        inner, below, reference = _resolve(root, extra), f"{path}.NAME.", extra.get("$ref", "")
    elif isinstance(items, dict):
        inner, below, reference = _resolve(root, items), f"{path}.N.", items.get("$ref", "")
    if reference.rsplit("/", 1)[-1] in ("interrupt", "range", "region", "child"):
        if reference in shown:
            return
        shown.add(reference)
    yield from _walk(root, inner, below, shown)


def _type(root: dict[str, Any], full: dict[str, Any]) -> str:
    if "x-kind" in full:
        return {"address-or-same": "address or `same`"}.get(full["x-kind"], full["x-kind"])
    if "enum" in full:
        return " or ".join(f"`{choice}`" for choice in full["enum"])
    kind: str = full.get("type", "")
    if kind == "array":
        return "list"
    if kind == "object":
        return "mapping"
    if kind == "integer" and "minimum" in full:
        return f"{full['minimum']} to {full['maximum']}"
    return {"integer": "integer", "string": "string", "boolean": "true or false"}.get(kind, kind)


def _default(value: Any) -> str:
    """A default as the reference shows it. A text is shown as it is, because it may describe the
    default in words."""
    return value if isinstance(value, str) and value else yaml_example(value)


def facts(kind: str, path: str) -> dict[str, Any] | None:
    """The facts about a key as plain data, with the keys below it. An empty `path` means the whole
    file. None if there is no such key. In `path`, NAME and N may be real names and list positions,
    or be left out together with the steps before them."""
    if not path:
        return {"key": "", "description": schema(kind)["description"], "keys": [key.path for key in keys(kind)]}
    found = next((key for key in keys(kind) if _matches(path, key.path)), None)
    if found is None:
        return None
    below = [key.path for key in keys(kind) if key.path.startswith(found.path + ".")]
    said = {"type": found.type, "required": found.required, "unit": found.unit, "default": found.default,
            "example": found.example}
    return {"key": found.path, "description": found.description, **said, "keys": below}


def code_facts(name: str) -> dict[str, Any]:
    """The facts about a finding's code as plain data. Raises KeyError if there is no such code."""
    if name not in CODES:
        raise KeyError(f"there is no finding {name}; the codes are {', '.join(sorted(CODES))}")
    return {"code": name, "title": CODES[name].title, "cause": CODES[name].cause, "cure": CODES[name].cure}


def text(found: dict[str, Any]) -> str:
    """The facts about a key or a code as text for people."""
    if "code" in found:
        return f"{found['code']}: {found['title']}\n\n{found['cause']}\n{found['cure']}\n"
    if not found["key"]:
        return f"{found['description']}\n\n" + "".join(f"{key}\n" for key in found["keys"])
    lines = [f"{found['key']}: {found['type']}{'' if found['required'] else ', optional'}", "", found["description"]]
    lines += [f"Required: {found['required']}"] if found["required"] not in ("", "always") else []
    lines += [f"{word}: {found[word.lower()]}" for word in ("Unit", "Default") if found[word.lower()]]
    lines += [f"Example: {found['key'].rsplit('.', 1)[-1]}: {found['example']}"] if found["example"] else []
    lines += ["", "Keys below it:", *found["keys"]] if found["keys"] else []
    return "\n".join(lines) + "\n"


def no_such_key(kind: str, path: str) -> str:
    """What to say about an unknown key: the other kind of file has it, or these keys are spelt in a
    similar way."""
    other = {"description": "platform", "platform": "description"}[kind]
    if facts(other, path):
        return f"no description has a key '{path}', but a platform file has: add --platform" if other == "platform" \
            else f"no platform file has a key '{path}', but a description has: leave out --platform"
    last = {key.path.rsplit(".", 1)[-1] for key in keys(kind)}
    close = difflib.get_close_matches(path.rsplit(".", 1)[-1], sorted(last), 3, 0.6)
    meant = f"did you mean {' or '.join(close)}? " if close else ""
    return f"there is no key '{path}'; {meant}`pinion-gen explain{' --platform' * (kind == 'platform')}` lists the keys"


def _matches(path: str, pattern: str) -> bool:
    """True if `path`, as a user writes it (vms.rt.memory.0.size, memory.size), means the key
    `pattern`."""
    steps, wanted = path.split("."), pattern.split(".")
    if len(steps) == len(wanted) and all(want in ("NAME", "N") or step == want for step, want in zip(steps, wanted)):
        return True
    return [step for step in wanted if step not in ("NAME", "N")][-len(steps):] == steps


def is_code(word: str) -> bool:
    """True if a word has the form of a finding's code, whether or not the code exists."""
    return re.fullmatch(r"[A-Z][0-9]+", word) is not None


def _filled(text: str, mark: str = "") -> str:
    """A paragraph in lines of at most 100 columns, or with `mark` a list item. Lines do not break
    inside `code`."""
    kept = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), mark + text)
    lines = textwrap.fill(kept, 100, subsequent_indent=" " * len(mark), break_long_words=False, break_on_hyphens=False)
    return lines.replace("\0", " ") + "\n"


def reference() -> str:
    """The text of docs/reference.md."""
    parts = ["<!-- Rendered by `python3 -m gen docs` from gen/read/schema/ and gen/read/codes.py; do not edit. -->\n",
             "# Reference\n\n", _filled(_OPENING)]
    for kind, title in _TITLES.items():
        parts += [f"\n## {title}\n\n", _filled(schema(kind)["description"]), "\n", _filled(_UNITS)]
        parts += [_section(key) for key in keys(kind)]
    parts += ["\n## Findings\n\n", _filled(_FINDINGS), "\n| code | finding | why | cure |\n|---|---|---|---|\n"]
    parts += [f"| {name} | {code.title} | {code.cause} | {code.cure} |\n" for name, code in sorted(CODES.items())]
    return "".join(parts)


def _section(key: Key) -> str:
    said = {"Type": key.type, "Required": "" if key.required == "always" else key.required, "Unit": key.unit,
            "Default": key.default, "Example": key.example and f"`{key.path.rsplit('.', 1)[-1]}: {key.example}`"}
    items = ["Required" if word == "Required" and key.required == "always" else f"{word}: {value}" if value else ""
             for word, value in said.items()]
    return "".join([f"\n### `{key.path}`\n\n", _filled(key.description), "\n",
                    *(_filled(item, "- ") for item in items if item)])
