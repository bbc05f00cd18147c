# SPDX-License-Identifier: Apache-2.0
"""What is measured: operations of a guest, the boot, growth with the number of VMs, a whole
Linux."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

import measure
from measure import ROOT, Operation
from modes import DISK, RTC, Mode, bench_guest, in_mode, linux, small, system, vm

PLATFORM = ROOT / "vm-configs" / "platforms" / "qemu-virt.yaml"
Figures = dict[str, Any]
Say = Callable[[str], None]  # what is under way

TO_GUEST = "reset to first guest instruction, check left out"
CHECK = "platform check"
SECONDARY = "a further pCPU, until it waits for CPU_ON"
CODE = "bytes of code and constants"


def counted(operation: Operation) -> Figures:
    """`exits` and `instructions` of EL2, `ticks` of the guest's counter, all per repetition;
    `functions` of EL2."""
    return {
        "exits": operation.exits,
        "instructions": operation.instructions,
        "by pCPU": {str(cpu): [exits / operation.times, instructions / operation.times]
                    for cpu, (exits, instructions) in sorted(operation.cpus.items())},
        "ticks": operation.ticks / operation.times,
        "functions": {name: count / operation.times for name, count in sorted(operation.functions.items())},
    }


def operations_native(say: Say) -> Figures:
    """The guest's own view of each operation without a hypervisor."""
    run = measure.run_native("bench-native", "build/guests/bench.bin", 2, say)
    return {operation.name: {"ticks": operation.ticks / operation.times} for operation in run.operations[1:]}


def operations(mode: Mode, old: bool, say: Say) -> Figures:
    """Each operation of the guest that measures; without the disk where the hypervisor is `old` and
    has none."""
    try:
        guest = vm(bench_guest(), [0, 1], "64MiB", rtc=RTC, disk=DISK)
        run = measure.run(f"bench-{mode.name}", in_mode(mode, guest), say)
    except measure.NotBuilt:
        if not old:
            raise
        del guest["devices"]["disk"]
        run = measure.run(f"bench-{mode.name}", in_mode(mode, guest), say)
    return {operation.name: counted(operation) for operation in run.operations[1:]}


def boot(mode: Mode, say: Say) -> Figures:
    """Reset to the first instruction of a small guest, in parts by what the functions are for."""
    name = f"bench-boot-{mode.name}"
    mode = replace(mode, shared=False)
    run = measure.run(name, in_mode(mode, vm(small(), [0], "16MiB")), say)
    parts: dict[str, float] = {}
    for function, count in run.operations[0].functions.items():
        part = part_of(function, run.symbols.files.get(function, ""))
        parts[part] = parts.get(part, 0) + count
    total = sum(count for _, count in run.operations[0].cpus.values())
    code = code_by_area(ROOT / "build" / name / "pinion.map")
    say("of two pCPUs")
    two = measure.run(f"{name}-2", in_mode(mode, vm(bench_guest("brief"), [0, 1], "16MiB")), say)
    return {TO_GUEST: total - parts[CHECK], CHECK: parts[CHECK], SECONDARY: two.operations[1].before[1][1],
            CODE: sum(code.values()),
            "parts": dict(sorted(parts.items(), key=lambda item: -item[1])),
            "code": code,
            "functions": dict(sorted(run.operations[0].functions.items()))}


def part_of(function: str, file: str) -> str:
    """The part of the boot that a function belongs to, by its file; libfdt has no names of
    files."""
    if (function.startswith(("fdt", "host_")) or file.endswith("platform_check.c")
            or function in ("strcmp", "memcmp", "strnlen")):
        return CHECK
    if file in ("vcpu/load.c", "hw/cache.c", "lib/string.c"):
        return "image and device tree copied"
    if re.match("(console|report|uart)/|lib/format|device/pl011", file):
        return "lines on the console"
    if re.match("v?gic/", file):
        return "interrupt controller"
    return "the rest: entry, MMU, vCPU"


# By folder and name; of libfdt and the tables there is the name alone.
AREAS = {
    "virtual GIC, direct interrupts": "(vgic|direct)/.*|gic/ich|vcpu/(stage2|revoke)|trap/revoked",
    "consoles and monitor": "(console|report|monitor|uart)/.*|lib/format",
    "emulated and passed-through devices": "device/.*|vm/guest_ram|hw/device",
    "reports of faults and of panic": "trap/(fault|panic|syndrome)|lib/stack_guard",
    "entry, exceptions, MMIO, system registers, PSCI": "trap/.*",
    "boot and platform check": "boot/.*|fdt.*|vcpu/load|gic/gic|hw/cache",
    "lives of VMs": "(cpu|vm|vcpu)/.*|hw/timer",
    "tables of the description": "tables",
}


def code_by_area(linker_map: Path) -> dict[str, int]:
    """Bytes of code and constants by what they are for, the largest first."""
    areas = dict.fromkeys([*AREAS, "the rest"], 0)
    places = {path.stem: f"{path.parent.name}/{path.stem}" for folder in ("hyp", "arch") for path in
              (ROOT / folder).rglob("*.[cS]")}
    for name, size in measure.object_sizes(linker_map).items():
        name = places.get(name, name)
        areas[next((area for area, names in AREAS.items() if re.fullmatch(names, name)), "the rest")] += size
    return dict(sorted(((area, size) for area, size in areas.items() if size), key=lambda item: -item[1]))


def machine_with(cpus: int) -> str:
    """A platform file of QEMU's machine with that many CPUs, 16 to a cluster as QEMU has them."""
    board = yaml.safe_load(PLATFORM.read_text(encoding="utf-8"))
    board["cpus"] = [{"mpidr": index // 16 << 8 | index % 16} for index in range(cpus)]
    path = ROOT / "build" / "bench" / f"virt-{cpus}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(board), encoding="utf-8")
    return str(path)


def growth(count: int, say: Say) -> dict[str, float]:
    """`count` VMs of one vCPU: the cost of an exit in the first, boot and bytes for each; bytes for
    each vCPU of one VM that has as many."""
    vms = {"first": vm(bench_guest("brief"), [0], "4MiB")}
    vms.update({f"other{index}": vm(small(), [index], "4MiB") for index in range(1, count)})
    name, alone = f"bench-{count}", f"bench-{count}-vcpus"
    run = measure.run(name, system(vms, machine_with(count)), say)
    say("one VM of as many vCPUs")
    measure.build(alone, system({"guest": vm(small(), list(range(count)), "4MiB")}, machine_with(count)))
    return {
        "GICD_CTLR read": next(o.instructions for o in run.operations if o.name == "GICD_CTLR read"),
        "boot per VM": sum(n for _, n in run.operations[1].before.values()) / count,
        "bytes per VM": measure.data_size(ROOT / "build" / name / "pinion.elf") / count,
        "bytes per vCPU, one VM of as many": measure.data_size(ROOT / "build" / alone / "pinion.elf") / count,
    }


def whole_linux(mode: Mode, load: int, say: Say) -> Figures:
    """Debian's Linux on four CPUs: up to its first program, ten seconds idle, `load` seconds of
    fork and pipe."""
    guest = vm(linux(load), [0, 1, 2, 3], "512MiB", rtc=RTC)
    say(f"boot, 10 s idle, {load} s of load")
    run = measure.run(f"bench-linux-{mode.name}", in_mode(mode, guest), say)
    rounds = [int(number) for number in
              re.findall(r"^(?:\S+\| )?phases: process \d+: (\d+) rounds", run.text, re.MULTILINE)]
    assert len(rounds) == 4 and min(rounds) > 0, f"no load: {run.text[-2000:]}"
    start, idle, loaded, after = run.operations
    before = Operation("", 1, cpus={cpu: (exits, instructions - start.cpus.get(cpu, (0, 0))[1])
                                    for cpu, (exits, instructions) in idle.before.items()})
    return {
        "load": {"instructions": sum(instructions for _, instructions in start.cpus.values())},
        "to /init": phase(before, {}, idle.counters),
        "idle": {"seconds": 10, **phase(idle, idle.counters, loaded.counters)},
        "fork and pipe": {"seconds": load, "rounds": sum(rounds), **phase(loaded, loaded.counters, after.counters)},
    }


def phase(operation: Operation, before: dict[str, int], after: dict[str, int]) -> Figures:
    """What was counted in a phase of Linux; exits by reason are the hypervisor's own counts at its
    ends."""
    reasons = {reason: count - before.get(reason, 0) for reason, count in after.items()}
    exits = int(operation.exits)
    uncounted = exits - sum(reasons.values())
    reasons["not counted" if uncounted > 0 else "no exit, as the pCPU waited in EL2"] = uncounted
    return {"exits": exits, "instructions": int(operation.instructions),
            "by pCPU": {str(cpu): list(counts) for cpu, counts in sorted(operation.cpus.items())},
            "by reason": {reason: count for reason, count in reasons.items() if count},
            "functions": dict(sorted(operation.functions.items()))}
