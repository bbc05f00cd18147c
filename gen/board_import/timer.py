# SPDX-License-Identifier: Apache-2.0
"""Reads the generic timer and the PMU, whose interrupts are PPIs."""

from __future__ import annotations

import re

from ..devicetree.gic import is_gic, typed
from ..devicetree.tree import TreeNode
from ..devicetree.values import is_text, strings
from ..model import MAX_ERRATA, TIMER_INTIDS, TIMERS, Interrupt
from .model import Board

# The words of `interrupt-names` (binding of arm,armv8-timer). The virtual timer of EL2 has no use.
NAMES = {"sec-phys": "secure", "phys": "physical", "virt": "virtual", "hyp-phys": "hypervisor", "hyp-virt": ""}
ERRATUM = re.compile(r"[a-z0-9]{1,30},erratum-[a-z0-9-]{1,30}")


def read(board: Board) -> None:
    """Read timer and PMU."""
    nodes = board.tree.by_compatible("arm,armv8-timer", "arm,armv7-timer")
    _timer(board, nodes)
    _pmu(board)
    board.spoken_for.update(node.path for node in nodes)
    platform = board.platform
    taken = {irq.intid for irq in platform.timer.values()} | ({platform.pmu.intid} if platform.pmu else set())
    if platform.maintenance.intid in taken:  # the usual one, unless the GIC's node names another
        platform.maintenance = Interrupt(next(intid for intid in range(16, 32) if intid not in taken))


def _timer(board: Board, nodes: list[TreeNode]) -> None:
    """The PPI of each timer, and the errata that guests have to know."""
    named: dict[str, int] = {}
    for node in nodes[:1]:
        if "clock-frequency" in node.properties:
            board.lose(node, "clock-frequency: guests see what firmware wrote to CNTFRQ_EL0")
        for name, intid in _named(board, node).items():
            if intid is None:
                board.lose(node, f"the {name} timer's interrupt, which is no PPI of the GIC")
            elif intid in named.values():
                board.lose(node, f"the {name} timer's interrupt, which is another timer's")
            else:
                named[name] = intid
        board.platform.timer_errata = [name for name in node.properties if ERRATUM.fullmatch(name)][:MAX_ERRATA]
    for name in (name for name in TIMER_INTIDS if name not in named):
        named[name] = next(intid for intid in (TIMER_INTIDS[name], *range(16, 32)) if intid not in named.values())
        if named[name] != TIMER_INTIDS[name]:
            board.assume(None, f"the {name} timer has PPI {named[name] - 16}: the usual one is another timer's")
    board.platform.timer = {name: Interrupt(named[name]) for name in TIMER_INTIDS}
    if not nodes:
        board.assume(None, "the timers have the PPIs of the Base System Architecture: the tree has no armv8 timer")


def _named(board: Board, node: TreeNode) -> dict[str, int | None]:
    """The PPI of each timer that the node has. `interrupt-names` says which is which. Without it,
    the order does, as in Linux."""
    ppis = _ppis(board, node)
    data = node.properties.get("interrupt-names", b"")
    if not is_text(data):
        return dict(zip(TIMERS, ppis))
    found: dict[str, int | None] = {}
    for word, intid in zip(strings(data), ppis):
        if word not in NAMES:
            board.lose(node, f"the interrupt '{word[:40]}', which is no timer's")
        elif NAMES[word]:
            found.setdefault(NAMES[word], intid)
    return found


def _pmu(board: Board) -> None:
    platform = board.platform
    taken = {irq.intid for irq in platform.timer.values()}
    for node in [node for node in board.tree.values() if node.active and _is_pmu(node)]:
        ppis = [intid for intid in _ppis(board, node)[:1] if intid is not None and intid not in taken]
        if ppis and platform.pmu is None:
            platform.pmu = Interrupt(ppis[0])
        elif not ppis:
            board.lose(node, "a PMU without a PPI: guests get none")
        board.spoken_for.add(node.path)


def _is_pmu(node: TreeNode) -> bool:
    return any(word.endswith("-pmu") and word.startswith(("arm,cortex-", "arm,neoverse-")) or word == "arm,armv8-pmuv3"
               or word in ("apm,potenza-pmu", "cavium,thunder-pmu", "brcm,vulcan-pmu", "nvidia,carmel-pmu",
                           "qcom,kryo-pmu", "nvidia,denver-pmu") for word in node.compatible)


def _ppis(board: Board, node: TreeNode) -> list[int | None]:
    """The PPIs of a node. None for an interrupt that is no PPI."""
    found: list[int | None] = []
    for line in board.interrupts.of(node):
        irq = typed(line.specifier) if line and is_gic(board.tree[line.controller]) else None
        found.append(irq.intid if irq and irq.kind == "ppi" else None)
    return found
