# SPDX-License-Identifier: Apache-2.0
"""Makes the generator and the helpers beside the tests importable from wherever pytest starts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2])]

import examples  # noqa: E402
from gen.api import steps  # noqa: E402
from gen.model import Platform, Position  # noqa: E402
from gen.read.findings import Findings  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of these tests."""
    parser.addoption("--mutations", type=int, help="random edits that test_mutation.py makes")


def pytest_configure(config: pytest.Config) -> None:
    """Before any test is defined."""
    examples.configure(config)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache for these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def platforms_read_once() -> Iterator[None]:
    """A sound file in a folder `platforms` is read once, for tests of many descriptions on one
    board."""
    real = steps.load_platform
    known: dict[Path, Platform] = {}

    def load_platform(path: Path, findings: Findings, at: Position | None = None) -> Platform | None:
        if path not in known:
            platform = real(path, findings, at)
            if path.parent.name != "platforms" or platform is None:
                return platform
            known[path] = platform
        return known[path]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "load_platform", load_platform)
        yield
