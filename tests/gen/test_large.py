# SPDX-License-Identifier: Apache-2.0
"""Large systems: 64 VMs with 1,024 devices, 960 of them of the board, pass; cost grows with the
size and no faster, and what is too large is said.

Cost is counted, not timed: calls of functions, Python's and C's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import large
import linked
import walker
from examples import length
from gen.api import steps
from gen.api.cli import main
from gen.rules.limits import PASSED
from test_walker import Expectation, compare

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def calls(vms: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Function calls that it takes to make all products of a system with 15 devices for each VM."""
    path = large.write(folder, vms, 15)
    monkeypatch.chdir(folder)
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        system, findings = linked.built(path, Path("out"))
    finally:
        sys.setprofile(None)
    assert system and findings.text() == ""
    return count


def test_cost_grows_linearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the VMs cost four times as much, with a tenth to spare; pairwise comparison would
    cost 16 times."""
    calls(1, tmp_path / "first", monkeypatch)  # what is loaded and compiled once
    small, middle, whole = (calls(vms, tmp_path / str(vms), monkeypatch) for vms in length((16, 32, 64), (8, 16, 32)))
    assert middle < 2.2 * small and whole < 2.2 * middle and whole < 4.4 * small, (small, middle, whole)


@pytest.mark.parametrize("vms, passed", [(64, 15), (8, 120)])
def test_960_devices_link_and_map_what_they_should(vms: int, passed: int, tmp_path: Path) -> None:
    """Every byte of every view where there are a few VMs, what the VMs themselves reach where there
    are many."""
    system, findings = linked.built(large.write(tmp_path, vms, passed), tmp_path / "out")
    assert system, findings.text()
    elf = linked.link(tmp_path / "out")
    if vms <= 8:
        compare(system, tmp_path / "out", elf)
    image, expected = walker.Image(elf), Expectation(system, tmp_path / "out")
    for vm, root in zip(system.vms, walker.roots(image).vms, strict=True):
        assert walker.regions(walker.stage2(image, root.vtcr, root.vttbr)) == expected.stage2(vm)


def test_one_device_more_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = large.write(tmp_path, 6, PASSED // 6)
    assert f"At most {PASSED} devices are passed through" in (ROOT / "docs/passthrough.md").read_text(encoding="utf-8")
    assert PASSED % 6 == 0 and steps.resolved(path)[1].text() == ""
    text = path.read_text()
    (tmp_path / "platforms/large.yaml").write_text(large.board(6, PASSED + 1))
    path.write_text(text + f"      one: {{kind: passthrough, device: p{PASSED}}}\n")
    assert steps.resolved(path)[1].text() == (
        f"large.yaml:{len(text.splitlines()) + 1}:7: error P092: vm 'vm5' device 'one' is one more than the 1020 that "
        "this version has room to pass through in all; pass fewer through\n")


def test_timings_name_every_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                  capsys: pytest.CaptureFixture[str]) -> None:
    path = large.write(tmp_path, 2, 1)
    monkeypatch.chdir(tmp_path)
    assert main(["build", "--timings", str(path), "-o", "out"]) == 0
    said = capsys.readouterr().err
    rows = {name: float(number) for number, name in (line.split(" ms  ") for line in said.splitlines())}
    assert list(rows)[-1] == "in all" and abs(sum(rows.values()) - 2 * rows["in all"]) < 1
    assert {"read YAML", "schema", "rules", "placement", "device trees", "translation tables", "rendering", "writing"
            } < set(rows)
