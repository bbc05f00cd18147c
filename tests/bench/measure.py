# SPDX-License-Identifier: Apache-2.0
"""One run of a guest under QEMU with every instruction of EL2 counted (el2count.c): same input,
same figures.

QEMU counts virtual time in instructions (-icount), one CPU runs at a time, and the plugin sees the
marks that the guest executes. Nothing here depends on the speed of this machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "system"))

import machine  # noqa: E402  pylint: disable=wrong-import-position

PLUGIN = ROOT / "build" / "bench" / "el2count.so"
ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2020-01-01,clock=vm"]
TICK = 16  # instructions per tick of the counter: 62.5 MHz, and one instruction per nanosecond
BEFORE_GUEST = "before the first guest instruction"
TIMEOUT = 600  # seconds: a host that is busy
Say = Callable[[str], None]  # what is under way


@dataclass
class Operation:
    """What EL2 did for `times` repetitions of an operation. `cpus` leads from pCPU to (exits,
    instructions), `functions` from the name of a function to its instructions; `ticks` of the
    counter as the guest measured them, 0 if it did not. `before` is as `cpus`, since reset, when
    the operation began; `counters` are the hypervisor's own counts of the first VM's exits then, by
    reason."""

    name: str
    times: int
    ticks: int = 0
    cpus: dict[int, tuple[int, int]] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    before: dict[int, tuple[int, int]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def exits(self) -> float:
        """Exits per repetition, of all pCPUs."""
        return sum(exits for exits, _ in self.cpus.values()) / self.times

    @property
    def instructions(self) -> float:
        """Instructions of EL2 per repetition, of all pCPUs."""
        return sum(instructions for _, instructions in self.cpus.values()) / self.times


@dataclass
class Run:
    """A run from reset to power-off."""

    text: str  # of the console
    operations: list[Operation]
    cpus: dict[int, tuple[int, int]]  # exits and instructions in all
    symbols: Symbols | None = None


def build_plugin() -> None:
    """Compile the plugin if it is older than its source."""
    machine.make(str(PLUGIN.relative_to(ROOT)))


class NotBuilt(Exception):
    """There is no image of this description."""


class Symbols:
    """The functions of a linked image, by address."""

    def __init__(self, elf: Path) -> None:
        text = subprocess.run(["nm", "-nSl", elf], check=True, capture_output=True, text=True).stdout
        found = re.findall(r"^([0-9a-f]+)(?: ([0-9a-f]+))? (\w) (\S+)(?:\t(\S+):\d+)?$", text, re.MULTILINE)
        self.all = {name: int(address, 16) for address, _, _, name, _ in found}
        self.sizes = {name: int(size or "0", 16) for _, size, _, name, _ in found}
        code = [(int(address, 16), name, file) for address, _, kind, name, file in found
                if kind in "tT" and name[0] != "$"]
        self.addresses, self.names = [address for address, _, _ in code], [name for _, name, _ in code]
        self.files = {name: "/".join(Path(file).parts[-2:]) for _, name, file in code if file}
        sections = subprocess.run(["readelf", "-SW", elf], check=True, capture_output=True, text=True).stdout
        match = re.search(r"\.text +PROGBITS +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)", sections)
        assert match
        self.start = int(match[1], 16)
        self.end = self.start + int(match[2], 16)

    def function(self, address: int) -> str:
        """The function that holds an address; vectors and the like are functions as well."""
        return self.names[bisect_right(self.addresses, address) - 1]


def exit_reasons() -> list[str]:
    """Why a vCPU leaves its guest, in the order of the hypervisor's counters."""
    header = next((ROOT / "hyp").rglob("vcpu.h")).read_text(encoding="utf-8")
    enum = re.search(r"enum exit_reason \{(.*?)\}", header, re.DOTALL)
    assert enum
    return [name.lower() for name in re.findall(r"^\s*EXIT_(\w+),", enum[1], re.MULTILINE)]


def parse(result: str, symbols: Symbols, vcpus: int) -> tuple[list[Operation], dict[int, tuple[int, int]]]:
    """What the plugin wrote; `vcpus`: of the first VM."""
    operations: list[Operation] = []
    cpus: dict[int, tuple[int, int]] = {}
    for line in result.splitlines():
        count = re.fullmatch(r"(?:operation (\d+) (before )?)?cpu (\d+): exits (\d+) instructions (\d+)", line)
        at = re.fullmatch(r"operation (\d+) at ([0-9a-f]+): (\d+)", line)
        counters = re.fullmatch(r"operation (\d+) counters ([0-9 ]+)", line)
        number = (count or at or counters or [None, None])[1]
        if number is not None:
            while len(operations) <= int(number):
                operations.append(Operation("", 1))
        if count:
            operation = operations[int(number)] if number else None
            where = cpus if not operation else operation.before if count[2] else operation.cpus
            where[int(count[3])] = int(count[4]), int(count[5])
        elif at:
            functions = operations[int(at[1])].functions
            name = symbols.function(symbols.start + int(at[2], 16))
            functions[name] = functions.get(name, 0) + int(at[3])
        elif counters:
            operations[int(counters[1])].counters = by_reason([int(word) for word in counters[2].split()], vcpus)
    return operations, cpus


def by_reason(words: list[int], vcpus: int) -> dict[str, int]:
    """Exits of all vCPUs by reason, from their struct vcpu_shared, each of which begins with the
    counters."""
    return {reason: sum(words[index::len(words) // vcpus]) for index, reason in enumerate(exit_reasons())}


def plugin_arguments(symbols: Symbols, out: Path) -> list[str]:
    """QEMU arguments that load the plugin."""
    values = {"start": symbols.start, "end": symbols.end, "vectors": symbols.all["vectors"], "ram": 0x40000000}
    if "vm0_vcpu_shared" in symbols.all:
        values.update(counters=symbols.all["vm0_vcpu_shared"], counter_bytes=symbols.sizes["vm0_vcpu_shared"])
    words = [f"{key}={value:x}" for key, value in values.items()]
    return ["-d", "plugin", "-plugin", ",".join([str(PLUGIN), *words, f"out={out}"])]


def build(name: str, description: dict[str, Any]) -> Path:
    """The folder of the products of `description`."""
    try:
        return machine.build(name, description)
    except AssertionError as problem:
        raise NotBuilt(str(problem)) from problem


class Told:
    """Passes on which operation a guest has reported, as its console is read."""

    def __init__(self, say: Say) -> None:
        self.say, self.line = say, ""

    def write(self, text: str) -> None:
        """More of the console."""
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            found = re.search(r"bench: (.*): \d+ times", line)
            if found:
                self.say(found[1])

    def flush(self) -> None:
        """Nothing is kept."""


def run(name: str, description: dict[str, Any], say: Say) -> Run:
    """Build `description` and run it to its end; `say` hears of its operations."""
    built = build(name, description)
    symbols = Symbols(built / "pinion.elf")
    out = PLUGIN.parent / f"{name}.count"
    with machine.start_built(name, built, timeout=TIMEOUT,
                             more=[*ICOUNT, *plugin_arguments(symbols, out)]) as guest:
        guest.process.logfile_read = Told(say)
        text = guest.wait_end()
    vcpus = next(iter(description["vms"].values()))["vcpus"]
    operations, cpus = parse(out.read_text(encoding="utf-8"), symbols, vcpus)
    return Run(text, name_operations(text, operations), cpus, symbols)


def run_native(name: str, kernel: str, vcpus: int, say: Say) -> Run:
    """Run a guest of ours without a hypervisor: what it measures from inside."""
    with machine.start_plain(name, kernel, [*ICOUNT, "-append", "plain"], vcpus=vcpus, timeout=TIMEOUT) as guest:
        guest.process.logfile_read = Told(say)
        text = guest.wait_end()
    count = len(re.findall(r"^bench: ", text, re.MULTILINE))
    return Run(text, name_operations(text, [Operation("", 1) for _ in range(count + 1)]), {})


def name_operations(text: str, operations: list[Operation]) -> list[Operation]:
    """Operations with what the guest says of them, in the order of its marks; the first one is none
    of the guest's."""
    said = re.findall(r"^(?:\S+\| )?bench: (.*): (\d+) times, (\d+) ticks$", text, re.MULTILINE)
    while len(operations) <= len(said):
        operations.append(Operation("", 1))  # nothing of EL2 in the last ones
    operations[0].name = BEFORE_GUEST
    for operation, (name, times, ticks) in zip(operations[1:], said):
        operation.name, operation.times, operation.ticks = name, int(times), int(ticks)
    return operations


def section_sizes(elf: Path) -> dict[str, int]:
    """Bytes of each section that is loaded."""
    text = subprocess.run(["readelf", "-SW", elf], check=True, capture_output=True, text=True).stdout
    return {name: int(size, 16) for name, size in
            re.findall(r"\] (\.\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) \S+ +\S*A", text)}


def data_size(elf: Path) -> int:
    """Bytes of an image that a description adds: its constants, its translation tables, its state
    and its stacks."""
    return sum(size for name, size in section_sizes(elf).items() if name == ".tables" or name.startswith(".vm"))


def object_sizes(linker_map: Path) -> dict[str, int]:
    """Bytes of code and constants of each object that was linked, by its name without `.o`. Not
    what the linker puts between them: gaps, and up to a page for the erratum 843419 of Cortex-A53,
    as the addresses fall."""
    text = linker_map.read_text(encoding="utf-8")
    found = re.findall(r"^ \.(?:text|rodata)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) \S*?([^/()]+)\.o\)?$",
                       text[text.index("Linker script and memory map"):], re.MULTILINE)
    sizes: dict[str, int] = {}
    for size, name in found:
        sizes[name] = sizes.get(name, 0) + int(size, 16)
    return sizes
