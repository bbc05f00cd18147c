# SPDX-License-Identifier: Apache-2.0
"""VMs that take their interrupts without EL2: what passes with virtual interrupts passes with
direct ones."""

from __future__ import annotations

from typing import Any

import pytest
from direct import A53, A53_SECURE, A57, CPUS, MAX, Kind, check_guest, direct_guest, exits_of, shared, sole
from machine import Cpu, start
from test_guests import NAMES, quick

TIMEOUT = 150

# Each guest in both modes, with one security state and two; the CPU changes, so that each is in
# each of these.
FORMS = [(kind, secure) for kind in (sole, shared) for secure in (False, True)]
PAIRS = [(name, kind, CPUS[secure][(n + f) % 3]) for n, name in enumerate(NAMES)
         for f, (kind, secure) in enumerate(FORMS)]


def named(value: object) -> str | None:
    """In the name of a test."""
    return value.__name__ if callable(value) else str(value) if isinstance(value, Cpu) else None


def run(name: str, kind: Kind, cpu: Cpu, vcpus: int = 4, **changes: Any) -> str:
    """A guest of ours passes: the console's text."""
    content = kind(cpu, vcpus, boot=direct_guest(name, kind, cpu, quick(name)), **changes)
    with start(f"direct-{name}-{kind.__name__}-{cpu}-{vcpus}", content, cpu, TIMEOUT) as machine:
        return check_guest(machine, vcpus)


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "kind", "cpu"), PAIRS, ids=named)
def test_guest(name: str, kind: Kind, cpu: Cpu) -> None:
    """Four vCPUs; a VM that shares the machine has them in another order than the pCPUs."""
    order = {} if kind is sole else {"affinity": [3, 1, 0, 2]}
    text = run(name, kind, cpu, **order)
    for exits in exits_of(text):
        assert not {"timer", "spi", "maintenance"} & exits.keys(), "an interrupt of the guest was an exit"
        if kind is sole and name != "traps":  # which looks for what traps
            assert not {"sgi", "sysreg"} & exits.keys(), "the CPU interface of a sole owner has trapped"


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "kind", "cpu", "vcpus"), [
    ("ipi", sole, A53, 8), ("gic-cpus", shared, A53, 8), ("timer", shared, A53_SECURE, 1), ("gic-spi", sole, A57, 2),
    ("psci", shared, MAX, 8)], ids=named)
def test_guest_with_vcpus(name: str, kind: Kind, cpu: Cpu, vcpus: int) -> None:
    """Other numbers of vCPUs."""
    run(name, kind, cpu, vcpus)


@pytest.mark.matrix
@pytest.mark.parametrize(("kind", "cpu"), [(sole, A53_SECURE), (shared, A53), (shared, A53_SECURE)], ids=named)
def test_disk(kind: Kind, cpu: Cpu) -> None:
    """virtio-blk: its interrupt is an SPI that no device has, pended by whichever CPU's access it
    comes of."""
    disks = {"disk": {"kind": "virtio-blk", "mmio": 0x0A000000, "irq": {"spi": 16}, "size": "2MiB",
                      "serial": "pinion test"},
             "reference": {"kind": "virtio-blk", "mmio": 0x0A001000, "irq": {"spi": 17}, "read_only": True,
                           "image": "build/guests/disk.img"}}
    assert not any("spi" in exits for exits in exits_of(run("virtio", kind, cpu, more=disks)))


def test_a_gic_with_two_security_states_is_not_taken_for_one() -> None:
    """A description that relies on Group 0 does not start on a machine where that is the secure
    world's."""
    content = shared(A53, 1, boot=direct_guest("wfi", shared, A53))
    with start("direct-two-states", content, A53_SECURE, TIMEOUT) as machine:
        machine.expect("platform: the GIC has two security states, not one\r")
        assert "# wfi: " not in machine.text
