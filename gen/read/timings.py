# SPDX-License-Identifier: Apache-2.0
"""Measures the time that each stage takes, for `--timings`. If a stage runs inside another, its
time counts for itself alone."""

from __future__ import annotations

import functools
import time
from typing import Callable, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_spent: dict[str, float] = {}
_running: list[str] = []
_since = 0.0


def _switch() -> None:
    """Add the time since the last switch to the innermost stage."""
    global _since
    now = time.perf_counter()
    if _running:
        _spent[_running[-1]] = _spent.get(_running[-1], 0.0) + now - _since
    _since = now


def stage(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator that makes a function a stage with this name."""
    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def timed(*arguments: P.args, **named: P.kwargs) -> R:
            _switch()
            _running.append(name)
            try:
                return function(*arguments, **named)
            finally:
                _switch()
                _running.pop()
        return timed
    return decorate


def text() -> str:
    """One line per stage, and the sum."""
    rows = [*_spent.items(), ("in all", sum(_spent.values()))]
    return "".join(f"{1000 * seconds:9.1f} ms  {name}\n" for name, seconds in rows)
