#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what Pinion costs and compares it with its ceilings, with what was recorded, and with its
peers.

usage: tests/bench/bench.py [--quick] [--only PART...] [--jobs N] [--output FOLDER] [--record]

Writes FOLDER/bench.json and FOLDER/bench.svg (build/bench unless given) and prints tables. Status 1
if a figure is over its ceiling (ceilings.json), or more than 2 % (of a whole Linux: 10 %) over the
recorded one (recorded.json, which --record writes anew, and docs/performance.md and .svg with it).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import chart  # noqa: E402  pylint: disable=wrong-import-position
import limits  # noqa: E402  pylint: disable=wrong-import-position
import measure  # noqa: E402  pylint: disable=wrong-import-position
import parts  # noqa: E402  pylint: disable=wrong-import-position
import report  # noqa: E402  pylint: disable=wrong-import-position
from modes import MODES, NATIVE  # noqa: E402  pylint: disable=wrong-import-position
from progress import Progress  # noqa: E402  pylint: disable=wrong-import-position

PEERS = HERE / "peers.json"
DOCUMENT = measure.ROOT / "docs" / "performance.md"
PICTURE = DOCUMENT.with_suffix(".svg")
PARTS = ("linux", "operations", "boot", "growth")  # the longest first
LOAD, QUICK_LOAD = 10, 1  # seconds
VMS = (1, 8, 32, 64)


def tasks(wanted: list[str], load: int, old: bool) -> dict[tuple[str, str], Any]:
    """What to measure, by part and mode (or number of VMs); each is a function of what hears of its
    steps. `old`: the hypervisor may lack what this tree's has."""
    found: dict[tuple[str, str], Any] = {}
    if "linux" in wanted:
        found.update({("linux", mode.name): partial(parts.whole_linux, mode, load) for mode in MODES})
    if "operations" in wanted:
        found["operations", NATIVE] = parts.operations_native
        found.update({("operations", mode.name): partial(parts.operations, mode, old) for mode in MODES})
    if "boot" in wanted:
        found.update({("boot", mode.name): partial(parts.boot, mode) for mode in MODES})
    if "growth" in wanted:
        found.update({("growth", str(count)): partial(parts.growth, count) for count in VMS})
    return found


def perform(todo: dict[tuple[str, str], Any], jobs: int, old: bool) -> dict[tuple[str, str], Any]:
    """The results, whatever the order in which they came; without those that could not be built if
    `old`."""
    progress = Progress(len(todo))

    def one(key: tuple[str, str]) -> Any:
        title = f"{key[0]}, {key[1]}" + (" VMs" if key[0] == "growth" else "")
        progress.step(title)
        try:
            return todo[key](partial(progress.step, title))
        except measure.NotBuilt as problem:
            if not old:
                raise
            reason = str(problem).splitlines()[-1]
            print(f"bench: {title}: left out, as it cannot be built: {reason}", file=sys.stderr)
            return None
        finally:
            progress.done(title)

    measure.build_plugin()
    try:
        with ThreadPoolExecutor(jobs) as pool:
            found = dict(zip(todo, pool.map(one, todo)))
    finally:
        progress.end()
    return {key: figures for key, figures in found.items() if figures is not None}


def ordered(found: dict[tuple[str, str], Any]) -> dict[str, Any]:
    """The results by part; operations by name and then by mode."""
    result: dict[str, Any] = {part: {key: figures for (where, key), figures in found.items() if where == part}
                              for part in ("operations", "boot", "growth", "linux")
                              if any(where == part for where, _ in found)}
    if "operations" in result:
        by_mode = result["operations"]
        names = dict.fromkeys(name for mode in [*(m.name for m in MODES), NATIVE] for name in by_mode.get(mode, {}))
        result["operations"] = {name: {mode: by_mode[mode][name] for mode in by_mode if name in by_mode[mode]}
                                for name in names}
    return result


def document(result: dict[str, Any], ceilings: limits.Limits, peers: dict[str, Any]) -> None:
    """Put the tables into docs/performance.md, and the chart beside it."""
    *found, beside = report.tables(result, ceilings, peers)
    functions = [report.function_rows(result, mode) for mode in result["boot"]]
    sections = {"figures": "\n\n".join(map(report.markdown, found)),
                "peers": report.markdown(beside),
                "functions": "\n\n".join(map(report.markdown, functions))}
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, content in sections.items():
        before, rest = text.split(f"<!-- {name} -->\n")
        after = rest.split(f"<!-- end of {name} -->\n")[1]
        text = f"{before}<!-- {name} -->\n{content}\n<!-- end of {name} -->\n{after}"
    DOCUMENT.write_text(text, encoding="utf-8")
    PICTURE.write_text(chart.draw(result, peers), encoding="utf-8")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Counts what Pinion costs.")
    parser.add_argument("--output", type=Path, default=measure.ROOT / "build" / "bench", help="folder of the results")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART",
                        help=f"these parts alone: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="Linux under load for 1 s rather than 10")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="machines at the same time")
    parser.add_argument("--old", action="store_true", help="leave out what this hypervisor cannot do yet")
    parser.add_argument("--record", action="store_true", help="keep these figures as what later ones are compared with")
    found = parser.parse_args()
    if found.record and (found.quick or set(found.only) != set(PARTS)):
        parser.error("--record wants all parts, at their full length")
    return found


def main() -> int:
    """Measure, write, print, compare."""
    chosen = options()
    chosen.output.mkdir(parents=True, exist_ok=True)
    ceilings, peers = limits.read(limits.CEILINGS), limits.read(PEERS)
    todo = tasks(chosen.only, QUICK_LOAD if chosen.quick else LOAD, chosen.old)
    result = ordered(perform(todo, chosen.jobs, chosen.old))
    (chosen.output / "bench.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if set(chosen.only) == set(PARTS):
        (chosen.output / "bench.svg").write_text(chart.draw(result, peers), encoding="utf-8")
    print("\n\n".join(map(report.plain, report.tables(result, ceilings, peers))))
    figures = limits.flat(result)
    if chosen.record:
        limits.record(figures)
        document(result, ceilings, peers)
    recorded = limits.read(limits.RECORDED)
    problems = limits.over(figures, ceilings, recorded)
    if set(chosen.only) == set(PARTS):
        problems += limits.missing(figures, recorded)
    print("".join(f"\nover its limit: {problem}" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
