# SPDX-License-Identifier: Apache-2.0
"""How much of the tests a run takes: all of them with --long, otherwise a sample of the long ones,
drawn by --seed.

Without --long, tests marked `long` are left out, and so are rows of tests marked `matrix`. The
`matrix` tests of a file are one matrix: its axes are the test and the parameters, by their names.
Each value of each axis is in the sample at least once, and so is each row marked `always`.
"""

from __future__ import annotations

from itertools import groupby
from random import Random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of all folders of tests."""
    parser.addoption("--long", action="store_true", help="every test at full length")
    parser.addoption("--quick", action="store_true", help="without the tests marked slow")
    parser.addoption("--seed", type=int, default=1, help="of the sample that is run without --long")


def pytest_configure(config: pytest.Config) -> None:
    """Markers of all folders of tests."""
    config.addinivalue_line("markers", "long: run by --long alone")
    config.addinivalue_line("markers", "slow: left out by --quick")
    config.addinivalue_line("markers", "matrix: of whose rows a sample is run without --long")
    config.addinivalue_line("markers", "always: a row that is in every sample")


def values(item: pytest.Item) -> set[tuple[str, str]]:
    """What a row shows: axis and value. A parameter with `axes` is one value on each of these."""
    assert isinstance(item, pytest.Function)
    shown = {"test": item.originalname}
    for name, value in item.callspec.params.items() if hasattr(item, "callspec") else ():
        shown.update(getattr(value, "axes", {name: value}))
    return {(axis, repr(value)) for axis, value in shown.items()}


def sample(rows: list[pytest.Item], seed: str) -> list[pytest.Item]:
    """Rows that show every value; those first that show the most anew, and of these the first that
    is drawn."""
    rest = [row for row in rows if not row.get_closest_marker("always")]
    chosen = [row for row in rows if row not in rest]
    Random(seed).shuffle(rest)
    missing = set().union(*map(values, rest)).difference(*map(values, chosen))
    while missing:
        chosen.append(max(rest, key=lambda row: len(values(row) & missing)))
        missing -= values(chosen[-1])
    return chosen


@pytest.hookimpl(trylast=True)  # of what is left by -k
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run does not want."""
    if config.getoption("--long"):
        return
    unwanted = ["long", *(["slow"] if config.getoption("--quick") else [])]
    left_out = {item for item in items if any(map(item.get_closest_marker, unwanted))}
    matrices = [item for item in items if item.get_closest_marker("matrix") and item not in left_out]
    for path, rows in groupby(matrices, key=lambda item: item.path):
        of_file = list(rows)
        left_out |= set(of_file) - set(sample(of_file, f"{config.getoption('--seed')} {path.name}"))
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]
