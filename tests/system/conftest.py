# SPDX-License-Identifier: Apache-2.0
"""The system tests on another machine, or in another mode, than each of them says: --cpu and
--interrupts."""

from __future__ import annotations

import direct
import machine
import pytest
from machine import Cpu

# Tests that say themselves how their VMs have interrupts, or that run no VM of this tree's.
OWN_MODE = ("test_direct", "test_bench", "test_make", "test_export", "test_dtb", "test_image", "test_tutorial",
            "test_fresh_machine", "test_recording", "test_uarts")
CPUS = {str(cpu): cpu for cpus in direct.CPUS.values() for cpu in cpus}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test-mode` is these."""
    parser.addoption("--cpu", choices=sorted(CPUS), help="the machine of every test, instead of its own")
    parser.addoption("--interrupts", choices=["direct", "sole"],
                     help="how VMs have their interrupts: direct, or sole where there is one VM alone")


def pytest_configure(config: pytest.Config) -> None:
    """What start() and build() of every test do."""
    config.addinivalue_line("markers", "virtual: of what virtual interrupts alone do")
    config.addinivalue_line("markers", "monitor: of one VM and the monitor, which there is not where it has the UART")
    machine.long = config.getoption("--long")
    cpu, mode = config.getoption("--cpu"), config.getoption("--interrupts")
    if mode:
        machine.changed = lambda content: direct.in_mode(content, mode, CPUS[cpu or "cortex-a53"])
    if cpu or mode:
        machine.the_cpu = CPUS[cpu or "cortex-a53"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test once, as its CPU makes no difference any more, and those alone that the options can
    change."""
    if machine.the_cpu is None:
        return
    left_out = {None: [], "direct": ["virtual"], "sole": ["virtual", "monitor"]}[config.getoption("--interrupts")]
    kept: dict[tuple[object, ...], pytest.Item] = {}
    for item in items:
        if item.path.stem.startswith(OWN_MODE) or "reference" in item.name:
            continue
        if any(item.get_closest_marker(marker) for marker in left_out):
            continue
        parameters = item.callspec.params.items() if isinstance(item, pytest.Function) and hasattr(
            item, "callspec") else ()
        rest = repr(sorted((name, value) for name, value in parameters if not isinstance(value, Cpu)))
        kept.setdefault((item.path, getattr(item, "originalname", item.name), rest), item)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept.values()])
    items[:] = kept.values()
