# SPDX-License-Identifier: Apache-2.0
"""Reads YAML with source positions.

The tree is built from PyYAML's events, not by its constructors. So every node keeps its position in
the file, and every mistake becomes a finding. Depth, size and aliases are limited, so that no input
can exhaust memory or time. Scalars follow YAML 1.2: `yes`, `on`, `010` and `1:30` are neither
numbers nor booleans.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Iterator, NoReturn

import yaml

from ..model import Position
from .findings import Findings
from .syntax import mistake
from .timings import stage

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_NODES = 60000
_FLATTER = "write it flatter: nothing in these files goes so deep"

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})|0x[0-9a-fA-F](_?[0-9a-fA-F]){0,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?")
_UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_FAST: Any = getattr(yaml, "CSafeLoader", None)  # libyaml, if PyYAML was built with it


@dataclass
class Node:
    """A value with its position. `value` is None, bool, int, float or str, or a list or dict of
    nodes. `key_at`: the position of the key that names it in a mapping. `text`: a scalar as it was
    written. `spoiled`: the keys of a mapping that violate the schema and have been removed."""

    value: Any
    at: Position
    key_at: Position | None = None
    text: str = ""
    key_positions: dict[str, Position] = field(default_factory=dict)
    spoiled: frozenset[str] = frozenset()

    @property
    def name_at(self) -> Position:
        """The position of the node's key, or of the node itself if it has no key."""
        return self.key_at or self.at

    def plain(self) -> Any:
        """The value without positions, as the schema sees it."""
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value

    def find(self, path: Any) -> Node:
        """The node at a path of keys and indices."""
        node = self
        for step in path:
            node = node.value[step]
        return node


class _Refused(Exception):
    """The file cannot become a tree. The finding has been added."""


def shown(path: Path) -> str:
    """A path as messages show it: relative to the working directory if it is inside that."""
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute)
    return absolute if relative.startswith("..") else relative


@stage("read YAML")
def load(path: Path, findings: Findings, at: Position | None = None) -> Node | None:
    """Read a YAML file into a tree. None, with at least one finding, if that fails. `at`: the
    position that names the file, if there is one."""
    name = shown(path)
    text = _read(path, name, findings, at)
    if text is None:
        return None
    if _FAST:
        found = Findings()
        try:
            root = _Composer(name, text, found, _FAST).compose()
            if not len(found):
                return root
        except _Refused:
            pass
    # The Python loader is much slower, but the explanations in gen/read/syntax.py need its error
    # texts.
    try:
        return _Composer(name, text, findings, yaml.SafeLoader).compose()
    except _Refused:
        return None


def _read(path: Path, name: str, findings: Findings, at: Position | None) -> str | None:
    start = Position(name, 1, 1)
    try:
        if path.exists() and not path.is_file():
            findings.error("P001", at or start, f"'{name}' is not a regular file", cure="name a file")
            return None
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        findings.error("P001", at or start, f"cannot read '{name}': {reason}", cure="correct the path")
        return None
    if data.startswith(b"\xd0\x0d\xfe\xed"):
        findings.error("P001", at or start, f"'{name}' is a device tree blob, not a YAML file",
                       cure="`pinion-gen import` makes a platform file of a board's")
        return None
    if len(data) > MAX_BYTES:
        findings.error("P001", start, f"the file is larger than {MAX_BYTES // 1024} KiB",
                       cure="write less: no description and no platform needs so much")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        findings.error("P001", _place(name, before), f"byte {data[error.start]:#04x} is not UTF-8",
                       cure="save the file as UTF-8")
        return None
    text = text.removeprefix("\ufeff")
    match = _UNPRINTABLE.search(text)
    if match:
        findings.error("P002", _place(name, text[: match.start()]),
                       f"control character U+{ord(match[0]):04X}", cure="remove it")
        return None
    return text


def lines_of(text: str) -> list[str]:
    """The lines of a text, as editors count them."""
    return re.split("\r\n|\r|\n", text)


def _place(name: str, before: str) -> Position:
    lines = lines_of(before)
    return Position(name, len(lines), len(lines[-1]) + 1)


class _Composer:
    """Builds the tree of one file from PyYAML's events."""

    def __init__(self, name: str, text: str, findings: Findings, parser: Any) -> None:
        self.name = name
        self.findings = findings
        self.lines = lines_of(text)
        self.loader = parser(text)
        self.anchors: dict[str, _Anchor] = {}
        self.brackets: list[Position] = []  # the positions of the brackets that are still open
        self.count = 0

    def compose(self) -> Node:
        """The tree of the file, which has exactly one document."""
        events = self._events()
        next(events)
        event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            self._refuse("P002", Position(self.name, 1, 1), "the file is empty", "begin it with 'pinion: 1'")
        root = self._node(next(events), events, 0)
        next(events)
        event = next(events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse("P003", self._at(event.start_mark), "a second document begins here", "use one file for each")
        return root

    def _refuse(self, code: str, at: Position, message: str, cure: str = "",
                related: Position | None = None) -> NoReturn:
        self.findings.error(code, at, message, related, cure)
        raise _Refused

    def _at(self, mark: Any) -> Position:
        return Position(self.name, mark.line + 1, mark.column + 1)

    def _events(self) -> Iterator[Any]:
        """Yield PyYAML's events. Its exceptions become findings."""
        while True:
            try:
                event = self.loader.get_event()
            except yaml.MarkedYAMLError as error:
                found = mistake(error, self.name, self.lines, self.brackets[-1] if self.brackets else None)
                self._refuse("P002", found.at, found.message, found.cure, found.related)
            except (yaml.YAMLError, ValueError, OverflowError):
                # PyYAML passes an escape such as "\UFFFFFFFF" to chr().
                self._refuse("P002", self._at(self.loader.get_mark()), "bad escape in a quoted string",
                             "write '\\\\' for a backslash, or use single quotes")
            if event is None:
                return
            yield event

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        at = self._at(event.start_mark)
        self._count(1, at)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at, depth)
        if event.tag is not None and event.tag != "!":
            self._refuse("P003", at, f"tag '{event.tag}'", "leave tags out")
        if depth >= MAX_DEPTH:
            self._refuse("P003", at, f"nested deeper than {MAX_DEPTH} levels", _FLATTER)
        anchor, before = event.anchor, self.count
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, at)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._collection(self._sequence, event, at, events, depth)
        else:
            node = self._collection(self._mapping, event, at, events, depth)
        if anchor:
            self.anchors[anchor] = _Anchor(node, self.count - before + 1, _height(node))
        return node

    def _count(self, nodes: int, at: Position) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            self._refuse("P003", at, f"more than {MAX_NODES} values, aliases counted as what they stand for",
                         "write less, and no aliases of aliases")

    def _alias(self, event: Any, at: Position, depth: int) -> Node:
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            self._refuse("P003", at, f"alias '*{event.anchor}' has no complete anchor before it",
                         "write the value out, or put it in quotes if the '*' is a part of it")
        self._count(anchor.size, at)
        if depth + anchor.height > MAX_DEPTH:
            self._refuse("P003", at, f"nested deeper than {MAX_DEPTH} levels", _FLATTER)
        return replace(anchor.node, key_at=None)

    def _collection(self, compose: Callable[[Position, Iterator[Any], int], Node], event: Any, at: Position,
                    events: Iterator[Any], depth: int) -> Node:
        bracket = event.flow_style and event.start_mark.column < event.end_mark.column  # or a pair inside a list
        if bracket:
            self.brackets.append(at)
        node = compose(at, events, depth)
        if bracket:
            self.brackets.pop()
        return node

    def _sequence(self, at: Position, events: Iterator[Any], depth: int) -> Node:
        node = Node([], at)
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            node.value.append(self._node(event, events, depth + 1))
        return node

    def _mapping(self, at: Position, events: Iterator[Any], depth: int) -> Node:
        node = Node({}, at)
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key_at = self._at(event.start_mark)
            key = self._key(event, key_at)
            value = self._node(next(events), events, depth + 1)
            value.key_at = key_at
            if key in node.value:
                self.findings.error("P004", key_at, f"key '{key}' is written twice", node.key_positions[key],
                                    "remove one of the two")
                continue
            node.value[key] = value
            node.key_positions[key] = key_at
        return node

    def _key(self, event: Any, at: Position) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.tag not in (None, "!") or event.anchor:
            self._refuse("P003", at, "a key that is not a plain word",
                         "write a word without brackets, '?', '&', '*' or '!'")
        if event.value == "<<" and event.implicit[0]:
            self._refuse("P003", at, "merge key '<<'", "write the keys out")
        key: str = event.value
        self._surrogates(event, at)
        return key

    def _scalar(self, event: Any, at: Position) -> Node:
        text = event.value
        self._surrogates(event, at)
        if not event.implicit[0] or event.style:
            return Node(text, at, text=text)
        return Node(_resolve(text), at, text=text)

    def _surrogates(self, event: Any, at: Position) -> None:
        """Refuse surrogates. Only escapes can produce them; the rest of the text has been checked.
        """
        if event.style == '"' and _UNPRINTABLE.search(event.value):
            self._refuse("P002", at, "a control character in a quoted string", "remove it")


@dataclass
class _Anchor:
    """A node that aliases may refer to. `size`: the number of its nodes. `height`: the number of
    its levels."""

    node: Node
    size: int
    height: int


def _height(node: Node) -> int:
    children = node.value.values() if isinstance(node.value, dict) else node.value
    return 1 + max(map(_height, children), default=0) if isinstance(node.value, (dict, list)) else 1


def _resolve(text: str) -> Any:
    """The value of a plain scalar (YAML 1.2 core schema)."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(text):
        return int(text, 16) if text.startswith("0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
