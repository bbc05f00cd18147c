# SPDX-License-Identifier: Apache-2.0
"""The pictures and figures of README.md are of today. tests/system/test_recording.py has the
session that is drawn."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs/pictures"


def drawn(tool: str, *arguments: str) -> None:
    """Runs a tool that draws."""
    subprocess.run([sys.executable, ROOT / "tools" / tool, *arguments], check=True)


def test_the_map(tmp_path: Path) -> None:
    drawn("draw-map", str(tmp_path / "map.svg"))
    assert (tmp_path / "map.svg").read_text() == (PICTURES / "map.svg").read_text(), "make pictures"


def test_the_recording_is_drawn_from_its_transcript(tmp_path: Path) -> None:
    drawn("record-terminal", "draw", str(PICTURES / "boot.txt"), str(tmp_path / "boot.svg"))
    text = (tmp_path / "boot.svg").read_text()
    assert text == (PICTURES / "boot.svg").read_text(), "make pictures"
    root = ElementTree.fromstring(text)
    shown = [" ".join("".join(element.itertext()).split()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    lines = [line.split("\t", 1)[1] for line in (PICTURES / "boot.txt").read_text().splitlines()]
    assert " ".join(shown).split() == " ".join(lines).split()


def table() -> dict[str, list[str]]:
    """The rows of README.md's table of figures beside others, by their first column."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows if len(row) == 6}


def figure(value: float) -> str:
    return f"{round(value):,}"


def test_the_figures_are_those_that_are_recorded() -> None:
    recorded: dict[str, Any] = json.loads((ROOT / "tests/bench/recorded.json").read_text())
    peers: dict[str, Any] = json.loads((ROOT / "tests/bench/peers.json").read_text())
    names = {"for PSCI_VERSION by HVC": "PSCI_VERSION by HVC", "for a timer interrupt": "timer, spinning",
             "for an SGI to another CPU, both CPUs": "SGI to a CPU that spins",
             "from reset to a guest's first one": ""}
    found = table()
    for row, name in names.items():
        pinion, bao, jailhouse, xen, microkit = found[f"EL2 instructions {row}"]
        values = {mode: sum(recorded[mode][part] for part in ([name] if name else [
            "reset to first guest instruction, check left out", "platform check"])) for mode in recorded}
        shown = dict(re.findall(r"(direct|sole) ([0-9,]+)", pinion))
        assert pinion.split(";")[0] == figure(values["virtual"])
        assert all(shown[mode] == figure(values[mode]) for mode in shown)
        assert [bao, xen] == [figure(peers[peer]["operations"][name] if name else peers[peer]["boot"])
                              for peer in ("Bao (2026)", "Xen 4.23 null")]
        assert jailhouse == microkit == "not measured"


def test_all_that_is_pointed_at_is_there() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text()):
            assert (ROOT / target).exists(), f"{name}: {target}"
