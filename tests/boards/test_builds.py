# SPDX-License-Identifier: Apache-2.0
"""How many boards of Debian's arm64 kernel package `build` accepts, with a stub guest, and why not
the others. All that is added to what `import` makes of a tree is a place for the hypervisor, and
RAM where the tree has none."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from gen.api import boards, products
from gen.board_import import Board, import_board, memory
from gen.decide.resolve import decide, resolve
from gen.facts.board_frames import device_frames, gic_frames, its_frames, uart_frames
from gen.guest_tree.trees import guest_trees
from gen.image import runnable
from gen.model import Description, Platform, Range, Region, System
from gen.read.findings import Findings
from gen.read.parse import parse_description
from gen.read.validate import validate
from gen.read.yaml_tree import load
from gen.rules import check_description, check_platform
from gen.units import GIB, MIB

ROOT = Path(__file__).resolve().parents[2]
LEAST = 255  # boards
# SHA-256 of those of the trees that docs/boards.md counts
KNOWN = "d49165f33764a1a3cd518b27e782808f6192c26cc2c51f511ec48a5bf6677d0b"
HYPERVISOR = 64 * MIB
STUB = 2 * MIB


def add_ram(platform: Platform) -> None:
    """Put RAM, as large as in many boards, where no registers are."""
    taken = [frame.range for frame in [*device_frames(platform), *gic_frames(platform), *its_frames(platform),
                                       *uart_frames(platform)]]
    places = (Range(base, size) for base in range(GIB, 1 << platform.pa_bits, 256 * MIB)
              for size in (GIB, 512 * MIB, 256 * MIB))
    free = next(place for place in places if not any(place.overlaps(area) for area in taken))
    platform.memory = [Region(platform.at, name="RAM", range=free)]


def complete(board: Board) -> Board:
    """An imported board with RAM, if it has none, and with a place for the hypervisor."""
    platform = board.platform
    if not platform.memory:
        add_ram(platform)
    base = memory.place(platform, HYPERVISOR + STUB)
    if base is not None:
        platform.hypervisor = Region(platform.at, name="hypervisor", range=Range(base, HYPERVISOR))
    return board


def described(platform: Platform, folder: Path) -> Description:
    """A description of one VM with a stub that does nothing."""
    at = hex(platform.hypervisor.range.end) if platform.hypervisor else hex(GIB)
    (folder / "stub.bin").write_bytes(b"\0\0\0\x14")  # b .
    (folder / "vm.yaml").write_text(
        f"pinion: 1\nplatform: board\nvms:\n  stub: {{vcpus: 1, affinity: [0], memory: [{{ipa: {at}, size: 2MiB}}], "
        f"boot: {{binary: {folder}/stub.bin, load: {at}, entry: {at}}}}}\n")
    findings = Findings()
    root = load(folder / "vm.yaml", findings)
    valid = validate(root, "description", findings) if root else None
    assert valid is not None, findings.text()
    return parse_description(valid, folder / "vm.yaml", platform)


def judged(board: Board, folder: Path) -> tuple[System | None, str]:
    """The system that `build` goes on with, or the reason why it refuses the board."""
    platform = complete(board).platform
    found = boards.missing(board)
    findings = Findings()
    check_platform(platform, findings)
    description = described(platform, folder)
    check_description(description, findings)
    decisions = decide(description, findings, True)
    system = None if findings.errors else resolve(description, decisions)
    if system is not None:
        runnable.check(system, findings)
    if findings.errors:
        assert found, findings.text()  # what `import` says is what `build` says
        return None, kind(found)
    assert not found
    return system, ""


def kind(missing: list[str]) -> str:
    """The one reason by which a board is counted: its GIC, how its CPUs start, or its UART."""
    gic_or_start = [text for text in missing if not text.startswith("has no 'uart'")]
    first = min(gic_or_start or missing, key=lambda text: text.startswith("starts"))
    return re.sub(r"^the board has no 'uart' \((.*)\)$", r"\1", f"the board {first}")


@pytest.fixture(scope="module")
def answers(dtbs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, tuple[System | None, str]]:
    """For each tree the system, or the reason of the refusal."""
    folder = tmp_path_factory.mktemp("stub")
    return {path: judged(import_board(path.read_bytes(), path.stem), folder) for path in sorted(dtbs.rglob("*.dtb"))}


def test_boards_that_build_accepts(answers: dict[Path, tuple[System | None, str]],
                                   record_property: Callable[[str, object], None]) -> None:
    reasons = Counter(reason for _, reason in answers.values() if reason)
    built = len(answers) - reasons.total()
    trees = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in answers)).hexdigest()
    record_property("figure", f"{built} of {len(answers)} boards of Debian's kernel package build")
    for reason, number in reasons.most_common():
        record_property("figure", f"{number} do not: {reason}")  # tests/run prints it
    assert built >= LEAST
    text = (ROOT / "docs/boards.md").read_text(encoding="utf-8")
    rows = "".join(f"\n| {number} | {reason} |" for reason, number in reasons.most_common())
    if trees == KNOWN:  # a newer kernel has other trees
        assert f"Of the {len(answers)} device trees" in text and f"`build` accepts {built} as they" in text
        assert f"\n|---:|---|{rows}\n" in text, rows


def test_what_build_accepts_becomes_products(answers: dict[Path, tuple[System | None, str]], tmp_path: Path,
                                             pytestconfig: pytest.Config) -> None:
    """A sample of them unless --long."""
    systems = [system for system, _ in answers.values() if system is not None]
    if not pytestconfig.getoption("--long"):
        systems = Random(f"{pytestconfig.getoption('--seed')} products").sample(systems, min(len(systems), 20))
    for system in systems:
        findings = Findings()
        made = products.products(system, guest_trees(system, findings), tmp_path, findings)
        assert made and not findings.errors, (system.platform.name, findings.text())
