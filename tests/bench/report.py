# SPDX-License-Identifier: Apache-2.0
"""The result of a bench as tables: for a terminal, and in Markdown for docs/performance.md."""

from __future__ import annotations

from typing import Any

from limits import Limits
from modes import NATIVE

# The exits whose instructions are shown by function.
HOT = {"PSCI_VERSION by HVC": "HVC", "GICD_CTLR read": "GICD read", "GICD_ICENABLER write": "ICENABLER write",
       "UARTFR read": "UARTFR read", "timer, spinning": "timer", "SGI to a CPU that spins": "SGI",
       "SPI of a device, spinning": "SPI", "abort of stage 2": "abort", "CPU_ON": "CPU_ON",
       "virtio-blk read of 512 bytes": "disk, 512 bytes"}
Row = list[str]


def modes_of(result: dict[str, Any]) -> list[str]:
    """The modes with a hypervisor."""
    return list(result["boot"])


def number(value: float | None) -> str:
    """A figure with as many places as it needs."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 1000 or value == int(value) else f"{value:.1f}"


def sides(operation: dict[str, Any]) -> list[tuple[str, list[float]]]:
    """Exits and instructions of the two CPUs of an operation that has two."""
    cpus = operation.get("by pCPU", {})
    busy = [counts for counts in cpus.values() if counts[1] >= 10]
    return list(zip(("caller", "target"), busy)) if len(busy) == 2 else []


def limited(value: float | None, ceiling: float | None) -> str:
    """A figure, and in parentheses what it must not pass."""
    return number(value) + (f" ({number(ceiling)})" if value is not None and ceiling is not None else "")


def operation_rows(result: dict[str, Any], ceilings: Limits) -> tuple[Row, list[Row]]:
    """Heads of the columns, and a row for each operation and for each side of it."""
    modes = modes_of(result)
    rows = []
    for name, by_mode in result["operations"].items():
        row = [name]
        for mode in modes:
            operation = by_mode.get(mode, {})
            row += [number(operation.get("exits")),
                    limited(operation.get("instructions"), ceilings.get(mode, {}).get(name))]
        rows.append(row)
        split = {mode: sides(by_mode.get(mode, {})) for mode in modes}
        for index in range(max(len(found) for found in split.values())):
            row = [""]
            for mode in modes:
                title, counts = split[mode][index] if index < len(split[mode]) else ("", [])
                row[0] = f"- {title}" if title else row[0]
                row += [number(count) for count in counts] if counts else ["", ""]
            rows.append(row)
    return ["operation", *(word for mode in modes for word in (f"{mode}: exits", "EL2 instructions (ceiling)"))], rows


def tick_rows(result: dict[str, Any]) -> tuple[Row, list[Row]]:
    """The guest's own view of the operations."""
    modes = [NATIVE, *modes_of(result)]
    rows = []
    for name, by_mode in result["operations"].items():
        ticks = [by_mode.get(mode, {}).get("ticks") for mode in modes]
        rows.append([name, *("" if count is None else f"{count:.1f}" for count in ticks)])
    return ["ticks of the guest's counter", *modes], rows


def boot_rows(result: dict[str, Any], ceilings: Limits) -> tuple[Row, list[Row]]:
    """Reset to the first instruction of a guest, with its parts."""
    modes = modes_of(result)
    rows = []
    for name in [key for key, value in result["boot"][modes[0]].items() if isinstance(value, (int, float))]:
        rows.append([name, *(limited(result["boot"][mode][name], ceilings.get(mode, {}).get(name)) for mode in modes)])
    parts = [[f"- {part}", *(number(result["boot"][mode]["parts"].get(part)) for mode in modes)]
             for part in result["boot"][modes[0]]["parts"] if part != rows[1][0]]
    rows[1:1] = parts  # below what they add up to
    return ["boot: EL2 instructions (ceiling)", *modes], rows


def code_rows(result: dict[str, Any]) -> tuple[Row, list[Row]]:
    """What the bytes of code and constants are for."""
    modes = modes_of(result)
    areas = {area: 0 for mode in modes for area in result["boot"][mode]["code"]}
    return ["code and constants: bytes", *modes], [
        [area, *(number(result["boot"][mode]["code"].get(area)) for mode in modes)] for area in areas]


def growth_rows(result: dict[str, Any]) -> tuple[Row, list[Row]]:
    """Growth with the number of VMs."""
    counts = result["growth"]
    head = ["VMs of one vCPU", *next(iter(counts.values()))]
    return head, [[count, *(f"{value:.0f}" for value in values.values())] for count, values in counts.items()]


def linux_rows(result: dict[str, Any], peers: dict[str, Any]) -> tuple[Row, list[Row]]:
    """A whole Linux: exits and instructions of each phase, exits by reason, beside the peers."""
    modes = list(result["linux"])
    known = [peer for peer in peers if peers[peer].get("linux")]
    rows = [["before the guest, its images copied: instructions",
             *(number(result["linux"][mode]["load"]["instructions"]) for mode in modes), *("" for _ in known)]]
    for name in ["to /init", "idle", "fork and pipe"]:
        phases = {mode: result["linux"][mode][name] for mode in modes}
        seconds = {mode: phases[mode].get("seconds", 1) for mode in modes}
        each = ", a second" if "seconds" in phases[modes[0]] else ""
        for what in ("exits", "instructions"):
            rows.append([f"{name}: {what}{each}", *(number(phases[mode][what] / seconds[mode]) for mode in modes),
                         *(number(peers[peer]["linux"].get(f"{name}: {what}")) for peer in known)])
        reasons = sorted({reason for mode in modes for reason in phases[mode]["by reason"]},
                         key=lambda reason: (-max(phases[mode]["by reason"].get(reason, 0) for mode in modes), reason))
        rows += [[f"- {reason}", *(number(phases[mode]["by reason"].get(reason, 0) / seconds[mode]) for mode in modes),
                  *("" for _ in known)] for reason in reasons]
    return ["Linux on four CPUs", *modes, *known], rows


def peer_rows(result: dict[str, Any], peers: dict[str, Any]) -> tuple[Row, list[Row]]:
    """The operations that a peer was measured for, and the boot with the check, which the peers do
    not have."""
    modes = modes_of(result)
    rows = []
    for name in dict.fromkeys(name for peer in peers.values() for name in peer["operations"]):
        by_mode = result["operations"][name]
        rows.append([name, *(number(by_mode.get(mode, {}).get("instructions")) for mode in modes),
                     *(number(peer["operations"].get(name)) for peer in peers.values())])
    boots = [sum(result["boot"][mode]["parts"].values()) for mode in modes]
    rows.append(["reset to first guest instruction", *map(number, boots),
                 *(number(peer["boot"]) for peer in peers.values())])
    return ["beside the peers: EL2 instructions", *modes, *peers], rows


def function_rows(result: dict[str, Any], mode: str) -> tuple[Row, list[Row]]:
    """EL2 instructions of the hot exits by function."""
    operations = {title: result["operations"][name][mode] for name, title in HOT.items()
                  if result["operations"].get(name, {}).get(mode, {}).get("instructions")}
    names: dict[str, float] = {}
    for operation in operations.values():
        for name, count in operation["functions"].items():
            names[name] = names.get(name, 0) + count
    rows = []
    users = {name: sum(name in operation["functions"] for operation in operations.values()) for name in names}
    # what many exits have in common first
    for name in sorted(names, key=lambda name: (-users[name], -names[name], name)):
        counts = [operation["functions"].get(name, 0) for operation in operations.values()]
        if max(counts) >= 0.5:
            rows.append([f"`{name}`", *(number(count) if count else "" for count in counts)])
    rows.append(["all", *(number(operation["instructions"]) for operation in operations.values())])
    return [f"function, {mode}", *operations], rows


def tables(result: dict[str, Any], ceilings: Limits, peers: dict[str, Any]) -> list[tuple[Row, list[Row]]]:
    """All that was measured."""
    found = []
    if "operations" in result and "boot" in result:
        found += [operation_rows(result, ceilings), tick_rows(result)]
    if "boot" in result:
        found += [boot_rows(result, ceilings), code_rows(result)]
    if "growth" in result:
        found.append(growth_rows(result))
    if "linux" in result:
        found.append(linux_rows(result, peers))
    if "operations" in result and "boot" in result:
        found.append(peer_rows(result, peers))
    return found


def plain(table: tuple[Row, list[Row]]) -> str:
    """For a terminal: columns as wide as they have to be, heads on as many lines as they have
    words."""
    head, rows = table
    heads = [cell.replace(": ", ":\n").replace(" (", "\n(").replace("EL2 ", "EL2\n").split("\n") if index else [cell]
             for index, cell in enumerate(head)]
    height = max(len(words) for words in heads)
    above = [[words[line - height + len(words)] if line >= height - len(words) else "" for words in heads]
             for line in range(height)]
    widths = [max(len(row[column]) for row in [*above, *rows]) for column in range(len(head))]
    lines = ([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
             for row in [*above, *rows])
    return "\n".join("  ".join(cells).rstrip() for cells in lines)


def markdown(table: tuple[Row, list[Row]]) -> str:
    """For a document."""
    head, rows = table
    return "\n".join("| " + " | ".join(row) + " |" if row else "|---|" + "---:|" * (len(head) - 1)
                     for row in [head, [], *rows])
