# SPDX-License-Identifier: Apache-2.0
"""Reads how firmware starts the CPUs: by PSCI, or by a spin table."""

from __future__ import annotations

from ..devicetree.tree import TreeNode
from ..devicetree.values import number
from ..facts.board_frames import device_frames, gic_frames, uart_frames
from ..facts.cpu_start import MAX_FUNCTION
from ..facts.passthrough import whole_pages
from ..model import Cpu, Psci, Range, Region
from .addresses import TOP
from .memory import MAX_RESERVED
from .model import Board

METHODS = ("psci", "spin-table")


def read(board: Board, cpus: dict[str, Cpu]) -> None:
    """Read how the CPUs start. `cpus`: by the path of their node."""
    platform = board.platform
    nodes = [board.tree[path] for path in cpus]
    methods = {node.text("enable-method") for node in nodes} - {""}
    psci = board.tree.by_compatible("arm,psci-1.0", "arm,psci-0.2", "arm,psci")
    board.spoken_for.update(node.path for node in psci)
    if methods - {"psci"}:
        platform.cpu_start = "spin-table"
        for path, cpu in cpus.items():
            cpu.release = _release(board, board.tree[path])
    elif psci:
        platform.cpu_start = "psci-hvc" if psci[0].text("method") == "hvc" else "psci-smc"
        _numbers(board, psci[0])
    else:
        board.assume(None, "the other CPUs start by PSCI and SMC: the tree does not say how")


def _release(board: Board, node: TreeNode) -> int | None:
    """The address that a CPU polls. None, and recorded as lost, if that cannot be known."""
    method = node.text("enable-method")
    address = number(node.cells("cpu-release-addr"))
    if method not in METHODS or method == "psci":
        board.lose(node, f"how it starts: enable-method '{method}'")
    elif "cpu-release-addr" not in node.properties or address % 8 or address >= TOP:
        board.lose(node, "how it starts: no cpu-release-addr that is a multiple of 8")
    else:
        return address
    return None


def _numbers(board: Board, node: TreeNode) -> None:
    """Read the function ids of a PSCI 0.1. Later ones have ids of their own."""
    if {"arm,psci-1.0", "arm,psci-0.2"}.intersection(node.compatible):
        return
    cpu_on, cpu_off = (number(node.cells(name)) for name in ("cpu_on", "cpu_off"))
    if 0 < cpu_on <= MAX_FUNCTION and cpu_off <= MAX_FUNCTION:
        board.platform.psci = Psci(board.platform.at, cpu_on=cpu_on, cpu_off=cpu_off)
    else:
        board.lose(node, "a PSCI 0.1 without the number of cpu_on")
        board.platform.cpu_start = "psci-hvc"


def keep_to_itself(board: Board) -> None:
    """Reserve the pages that CPUs poll, as whoever writes there could start one at EL2. Leave out
    an address that is in a page of registers."""
    platform = board.platform
    frames = [frame.range for frame in [*gic_frames(platform), *uart_frames(platform), *device_frames(platform)]]
    for index, cpu in enumerate(platform.cpus):
        if cpu.release is None:
            continue
        page = whole_pages(Range(cpu.release, 1))
        clash = next((frame for frame in frames if whole_pages(frame).overlaps(page)), None)
        free = any(ram.range.overlaps(page) for ram in platform.memory) and not any(
            region.range.contains(page) for region in platform.reserved)
        if clash or free and len(platform.reserved) == MAX_RESERVED:
            board.lose(board.tree.root, f"how CPU {index} starts: {cpu.release:#x} is "
                       + (f"in a page of registers {clash}" if clash else "in RAM that cannot be reserved"))
            cpu.release = None
        elif free:
            platform.reserved.append(Region(platform.at, name="spin table", range=page))
