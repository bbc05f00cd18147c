# SPDX-License-Identifier: Apache-2.0
"""What commands cost: user and system time, with that of the programs that they run, never the time
that passes. The ceilings are those of the machine on which they were set, and a slower one gets
three times as much. What makes a command cheap is counted as well, which is the same on every
machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import large
from guest_images import write_all

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SMP4 = ROOT / "vm-configs/linux-smp4.yaml"
SLOWER = 3
LINUX = "build/guests/Image", "build/guests/initrd.cpio.gz"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with guest images in the places that the descriptions shipped name."""
    write_all(tmp_path)
    (tmp_path / "build/guests").mkdir(parents=True)
    for name, image in zip(LINUX, ("Image", "hello.bin")):
        (tmp_path / name).symlink_to(tmp_path / image)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def run(*command: str | Path) -> None:
    """One command that succeeds."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def cost(*arguments: str | Path, runs: int = 3) -> float:
    """Seconds that the generator takes: the least of some runs, of which the first may write what
    later ones read."""
    def seconds() -> float:
        before = os.times()
        run(sys.executable, "-m", "gen", *arguments)
        after = os.times()
        return sum(after[2:4]) - sum(before[2:4])
    return min(seconds() for _ in range(runs))


@pytest.mark.parametrize("ceiling, arguments", [
    (0.5, ["dtb", SMP4, "-o", "linux.dtb"]), (0.7, ["check", SMP4]), (0.7, ["build", SMP4, "-o", "out"])],
    ids=["dtb", "check", "build"])
def test_linux_smp4(ceiling: float, arguments: list[str | Path]) -> None:
    assert cost(*arguments) < SLOWER * ceiling


def test_64_vms_with_1000_devices() -> None:
    assert cost("build", large.write(Path("large"), 64, 15), "-o", "out", runs=1) < SLOWER * 4


def test_a_device_tree_needs_few_modules() -> None:
    """Not those that only some commands need; and who asks for words alone waits for no
    jsonschema."""
    run(sys.executable, "-c", "import sys; from gen.api.cli import main; "
        "assert main(['explain', 'vcpus']) == 0 and 'jsonschema' not in sys.modules; "
        f"assert main(['dtb', '{SMP4}', '-o', 'linux.dtb']) == 0; "
        "assert not {'libfdt', 'xml.sax', 'gen.board_import'} & sys.modules.keys()")


def test_programs_run_once_for_each_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """dtc for each VM; dt-validate for all of them, and not again while they are as they were."""
    (tmp_path / "bin").mkdir()
    for name in ("dtc", "dt-validate"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\necho {name} >> {tmp_path}/ran\nexec /usr/bin/{name} \"$@\"\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    description = large.write(Path("large"), 4, 1)
    for command, ran in ((["build", description, "-o", "out"], ["dtc"] * 4),
                         (["check", description], ["dtc"] * 4 + ["dt-validate"]),
                         (["check", description], ["dtc"] * 4)):
        run(sys.executable, "-m", "gen", *command)
        assert Path("ran").read_text().split() == ran
        Path("ran").unlink()
