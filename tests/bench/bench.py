#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what Pinion costs and compares it with its ceilings, with what was recorded, and with its peers.

usage: tests/bench/bench.py [--output FOLDER] [--record]

Writes FOLDER/bench.json and FOLDER/bench.svg (build/bench unless given) and prints a table. Status 1 if a figure is
over its ceiling (ceilings.json), or more than 2 % over the recorded one (recorded.json, which --record writes anew).
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import chart  # noqa: E402  pylint: disable=wrong-import-position
import measure  # noqa: E402  pylint: disable=wrong-import-position

ROOT = measure.ROOT
TOLERANCE = 1.02
RECORDED = HERE / "recorded.json"
DOCUMENT = ROOT / "docs" / "performance.md"
PLATFORM = ROOT / "vm-configs" / "platforms" / "qemu-virt.yaml"


def vm(boot: dict[str, str], pcpus: list[int], size: str) -> dict[str, Any]:
    """A VM with a console."""
    return {"vcpus": len(pcpus), "affinity": pcpus, "memory": [{"ipa": 0x40000000, "size": size}], "boot": boot,
            "devices": {"console": {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}}}}


def system(vms: dict[str, Any], platform: str = "qemu-virt") -> dict[str, Any]:
    """A description."""
    return {"pinion": 1, "platform": platform, "vms": vms}


def guest(words: str = "") -> dict[str, str]:
    """`boot` of the guest that measures."""
    return {"kernel": "build/guests/bench.bin", "cmdline": words}


def small() -> dict[str, str]:
    """`boot` of a guest of 15 KiB, which calls SYSTEM_OFF and is zero otherwise."""
    path = ROOT / "build" / "bench" / "small.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    code = [0x52800100, 0x72B08000, 0xD4000002]  # mov w0, #8; movk w0, #0x8400, lsl #16; hvc #0
    path.write_bytes(struct.pack("<3I", *code).ljust(15 << 10, b"\0"))
    return {"binary": str(path.relative_to(ROOT))}


def operations() -> dict[str, dict[str, Any]]:
    """What each operation costs: `exits` and `instructions` of EL2, `ticks` of the guest's counter and `native` ones
    without a hypervisor, all per repetition; `functions` of EL2."""
    description = system({"guest": vm(guest(), [0, 1], "64MiB")})
    description["vms"]["guest"]["devices"]["rtc"] = {"kind": "passthrough", "device": "rtc"}
    virtual = measure.run("bench-virtual", description)
    native = {operation.name: operation for operation in
              measure.run_native("bench-native", "build/guests/bench.bin", 2).operations}
    result = {}
    for operation in virtual.operations[1:]:
        alone = native.get(operation.name)
        result[operation.name] = {
            "exits": operation.exits,
            "instructions": operation.instructions,
            "by pCPU": {str(cpu): count / operation.times for cpu, (_, count) in sorted(operation.cpus.items())},
            "ticks": operation.ticks / operation.times,
            "native": alone.ticks / alone.times if alone else None,
            "functions": {name: count / operation.times for name, count in sorted(operation.functions.items())},
        }
    return result


def boot() -> dict[str, Any]:
    """Reset to the first instruction of a small guest, in parts."""
    run = measure.run("bench-boot", system({"guest": vm(small(), [0], "16MiB")}))
    functions = run.operations[0].functions
    check = sum(count for name, count in functions.items() if name.startswith("fdt") or name in CHECK)
    total = sum(count for _, count in run.operations[0].cpus.values())
    return {"reset to first guest instruction, check left out": total - check, "platform check": check,
            "functions": dict(sorted(functions.items()))}


# Functions of platform_check.c, and the string functions that nothing else of the boot calls.
CHECK = {"walk", "platform_check", "lists", "strcmp", "memcmp", "strnlen", "see_node", "see_device", "see_cpu",
         "see_memory", "begin_node", "read_cells", "keep_property", "check_tree"}


def machine_with(cpus: int) -> str:
    """A platform file of QEMU's machine with that many CPUs, 16 to a cluster as QEMU has them."""
    board = yaml.safe_load(PLATFORM.read_text(encoding="utf-8"))
    board["cpus"] = [{"mpidr": index // 16 << 8 | index % 16} for index in range(cpus)]
    path = ROOT / "build" / "bench" / f"virt-{cpus}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(board), encoding="utf-8")
    return str(path)


def growth() -> dict[str, dict[str, float]]:
    """1, 8, 32 and 64 VMs of one vCPU: the cost of an exit in the first, boot and bytes for each."""
    result = {}
    for count in (1, 8, 32, 64):
        vms = {"first": vm(guest("brief"), [0], "4MiB")}
        vms.update({f"other{index}": vm(small(), [index], "4MiB") for index in range(1, count)})
        name = f"bench-{count}"
        run = measure.run(name, system(vms, machine_with(count)), timeout=600)
        elf = ROOT / "build" / name / "pinion.elf"
        result[str(count)] = {
            "GICD_CTLR read": next(o.cpus[0][1] / o.times for o in run.operations if o.name == "GICD_CTLR read"),
            "boot per VM": sum(n for _, n in run.operations[1].before.values()) / count,
            "bytes per VM": measure.data_size(elf) / count,
        }
    return result


def over(figures: dict[str, float], limits: dict[str, float], what: str, factor: float = 1.0) -> list[str]:
    """The figures that are over their limit, in words."""
    return [f"{name}: {figures[name]:.0f}, {what} {limit:.0f}" for name, limit in limits.items()
            if name in figures and figures[name] > limit * factor]


def flat(result: dict[str, Any]) -> dict[str, float]:
    """Every figure that has a limit, by name."""
    figures = {name: operation["instructions"] for name, operation in result["operations"].items()}
    figures.update({name: value for name, value in result["boot"].items() if isinstance(value, (int, float))})
    for count, values in result["growth"].items():
        figures.update({f"{name}, {count} VMs": value for name, value in values.items()})
    return figures


def table(result: dict[str, Any], ceilings: dict[str, float]) -> str:
    """The result for a terminal."""
    lines = [f"{'operation':36}{'exits':>7}{'EL2 instructions':>18}{'ceiling':>9}{'ticks':>9}{'native':>9}"]
    for name, operation in result["operations"].items():
        ceiling = f"{ceilings[name]:.0f}" if name in ceilings else ""
        native = "" if operation["native"] is None else f"{operation['native']:.1f}"
        lines.append(f"{name:36}{operation['exits']:7.2f}{operation['instructions']:18.1f}{ceiling:>9}"
                     f"{operation['ticks']:9.1f}{native:>9}")
    for name, value in result["boot"].items():
        if isinstance(value, (int, float)):
            ceiling = f"{ceilings[name]:.0f}" if name in ceilings else ""
            lines.append(f"{name:54}{value:7.0f}{ceiling:>9}")
    for count, values in result["growth"].items():
        lines.append(f"{count + ' VMs':36}" + ", ".join(f"{name} {value:.0f}" for name, value in values.items()))
    return "\n".join(lines)


def markdown(result: dict[str, Any], ceilings: dict[str, float]) -> str:
    """The result for docs/performance.md."""
    lines = ["| operation | exits | EL2 instructions | ceiling | ticks | native |", "|---|---:|---:|---:|---:|---:|"]
    for name, operation in result["operations"].items():
        native = "" if operation["native"] is None else f"{operation['native']:.1f}"
        lines.append(f"| {name} | {operation['exits']:.2f} | {operation['instructions']:.0f} | "
                     f"{ceilings.get(name, '')} | {operation['ticks']:.1f} | {native} |")
    lines += [f"| {name} | | {value} | {ceilings.get(name, '')} | | |" for name, value in result["boot"].items()
              if isinstance(value, (int, float))]
    lines += ["", "| VMs of one vCPU | " + " | ".join(result["growth"]["1"]) + " |", "|---|---:|---:|---:|"]
    lines += [f"| {count} | " + " | ".join(f"{value:.0f}" for value in values.values()) + " |"
              for count, values in result["growth"].items()]
    return "\n".join(lines)


def record(result: dict[str, Any], ceilings: dict[str, float]) -> None:
    """Keep the figures, in recorded.json and in docs/performance.md."""
    figures = {name: round(value, 2) for name, value in flat(result).items()}
    RECORDED.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    before, rest = DOCUMENT.read_text(encoding="utf-8").split("<!-- figures -->\n")
    after = rest.split("<!-- end of figures -->\n")[1]
    table_ = markdown(result, ceilings)
    DOCUMENT.write_text(f"{before}<!-- figures -->\n{table_}\n<!-- end of figures -->\n{after}", encoding="utf-8")


def main() -> int:
    """Measure, write, print, compare."""
    parser = argparse.ArgumentParser(description="Counts what Pinion costs.")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench", help="folder of the results")
    parser.add_argument("--record", action="store_true", help="keep these figures as what later ones are compared with")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {}
    for name, part in {"operations": operations, "boot": boot, "growth": growth}.items():
        print(f"bench: {name} ...", file=sys.stderr, flush=True)
        result[name] = part()
    ceilings = json.loads((HERE / "ceilings.json").read_text(encoding="utf-8"))
    peers = json.loads((HERE / "peers.json").read_text(encoding="utf-8"))
    (options.output / "bench.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (options.output / "bench.svg").write_text(chart.draw(result["operations"], peers), encoding="utf-8")
    print(table(result, ceilings))
    figures = flat(result)
    if options.record:
        record(result, ceilings)
    problems = over(figures, ceilings, "ceiling")
    problems += over(figures, json.loads(RECORDED.read_text(encoding="utf-8")), "recorded", TOLERANCE)
    for problem in problems:
        print(f"over: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
