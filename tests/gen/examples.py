# SPDX-License-Identifier: Apache-2.0
"""How many examples a test of a property tries, and which: pytest's --long and --seed say it
(tests/conftest.py)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, seed, settings

T = TypeVar("T")


class Run:
    """The options of this run. They are known before any test is defined."""

    long = False
    seed = 1


def configure(config: pytest.Config) -> None:
    """Read the options."""
    Run.long, Run.seed = config.getoption("--long"), config.getoption("--seed")


def length(full: T, sample: T) -> T:
    """How often a test does something, or how large it makes it: `full` with --long."""
    return full if Run.long else sample


def some(things: Sequence[T], sample: int) -> list[T]:
    """So many of them, in their order; all of them with --long."""
    chosen = random.Random(Run.seed).sample(range(len(things)), length(len(things), min(sample, len(things))))
    return [things[index] for index in sorted(chosen)]


def examples(full: int, sample: int) -> Callable[[Any], Any]:
    """A decorator of Hypothesis's tests: so many examples, the same ones with the same seed."""
    chosen = settings(max_examples=length(full, sample), deadline=None, database=None,
                      suppress_health_check=list(HealthCheck))
    return lambda test: seed(Run.seed)(chosen(test))
