# SPDX-License-Identifier: Apache-2.0
"""The bench: no operation costs more than its ceiling, or more than what was recorded for this
version."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import machine
from machine import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

import bench  # noqa: E402  pylint: disable=wrong-import-position
import diff  # noqa: E402  pylint: disable=wrong-import-position
import limits  # noqa: E402  pylint: disable=wrong-import-position
import measure  # noqa: E402  pylint: disable=wrong-import-position


def run(output: Path, *arguments: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """The figures of a bench, and how it ended."""
    done = subprocess.run([sys.executable, "tests/bench/bench.py", "--jobs", "1", "--output", str(output), *arguments],
                          cwd=ROOT, check=False, capture_output=True, text=True)
    return json.loads((output / "bench.json").read_text(encoding="utf-8")), done


def test_no_figure_is_over_its_limit(tmp_path: Path) -> None:
    """Counted instructions and exits; which operation is over, and by how much, is in the output.
    Those of the boot, at full length all but Linux's, are counted again and are the same to the
    last one; progress is shown and the chart is drawn."""
    figures, done = run(tmp_path / "first", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    for part in bench.PARTS:
        assert f"bench: {part}, " in done.stderr
    for phases in figures["linux"].values():
        for phase in phases.values():
            assert "not counted" not in phase.get("by reason", {}), "the hypervisor's own counters miss exits"
    chart = ElementTree.parse(tmp_path / "first" / "bench.svg").getroot()
    assert chart.tag == "{http://www.w3.org/2000/svg}svg"
    parts = ("operations", "boot", "growth") if machine.long else ("boot",)
    again, _ = run(tmp_path / "second", "--only", *parts)
    assert json.dumps(again) == json.dumps({part: figures[part] for part in parts})
    peers = limits.read(bench.PEERS)
    drawn = [bench.chart.draw(result, peers) for result in (figures, {**figures, **again})]
    assert drawn[0] == drawn[1] == (tmp_path / "first" / "bench.svg").read_text(encoding="utf-8")


def test_what_is_over_is_named() -> None:
    """Over a ceiling, 2 % over what was recorded (a whole Linux: 10 %), no longer measured: each is
    said."""
    recorded = {"virtual": {"HVC": 100.0, "timer": 50.0, "Linux, to /init: exits": 1000, "gone": 1.0, "EOI": 0.0}}
    sound = {"virtual": {"HVC": 102.0, "timer": 50.0, "Linux, to /init: exits": 1100, "new": 9.0, "EOI": 0.0}}
    assert not limits.over(sound, {"virtual": {"HVC": 102}}, recorded)
    assert limits.over(sound, {"virtual": {"HVC": 101}}, recorded) == ["HVC: 102, ceiling 101"]
    worse = {"virtual": {"HVC": 103.0, "Linux, to /init: exits": 1101, "EOI": 1.0}}
    assert limits.over(worse, {}, recorded) == [
        "HVC: 103, recorded 100 (+3.0 %)", "Linux, to /init: exits: 1101, recorded 1000 (+10.1 %)",
        "EOI: 1, recorded 0"]
    assert limits.missing(sound, recorded) == ["gone, virtual: not measured"]


def test_a_difference_between_two_results(tmp_path: Path) -> None:
    """`make bench-diff` as one types it, of results that are there; what is neither a file nor a
    revision is said."""
    results = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, count in zip(results, (29, 31)):
        path.write_text(json.dumps({"operations": {"HVC": {"virtual": {
            "instructions": count, "functions": {"vectors": count}}}}, "boot": {}}), encoding="utf-8")
    done = subprocess.run(["make", "--no-print-directory", "bench-diff", f"BASE={results[0]} {results[1]}"], cwd=ROOT,
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "HVC, virtual: 29.0 -> 31.0 (+2.0)\n       +2.0  vectors\n", done
    done = subprocess.run(["make", "--no-print-directory", "bench-diff", "BASE=nowhere"], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert done.returncode != 0 and "nowhere is neither a file nor a revision of git" in done.stderr


def test_a_revision_is_unpacked_with_the_bench_of_this_tree(tmp_path: Path) -> None:
    """What is measured is its hypervisor, by the guests and the bench that are here."""
    measure.build_plugin()
    diff.unpack("HEAD", tmp_path)
    for name in ("hyp/vm/vm.c", "gen/api/steps.py", "Makefile", "build/bench/el2count.so"):
        assert (tmp_path / name).is_file(), name
    here = (ROOT / "tests/bench/bench.py").read_bytes()
    assert (tmp_path / "tests/bench/bench.py").read_bytes() == here
    assert (tmp_path / "build/deps/libfdt.a").exists()


def test_a_difference_is_told_by_function() -> None:
    """What an operation costs more, and which functions make it so."""
    def figures(**functions: float) -> dict[str, Any]:
        return {"operations": {"HVC": {"virtual": {"instructions": sum(functions.values()), "functions": functions}}},
                "boot": {}}

    assert diff.differences(figures(vectors=29, old=10), figures(vectors=29, new=12.5)) == [
        "HVC, virtual: 39.0 -> 41.5 (+2.5)", "      +12.5  new", "      -10.0  old"]
    assert not diff.differences(figures(vectors=29), figures(vectors=29))
