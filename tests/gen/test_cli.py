# SPDX-License-Identifier: Apache-2.0
"""The command line: exit status, and which stream says what."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gen.cli import main
from guest_images import write_all

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
SOUND = """pinion: 1
platform: board
vms:
  rt:
    vcpus: 1
    affinity: [0]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: Image}
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a sound description."""
    write_all(tmp_path)
    shutil.copytree(CORPUS / "platforms", tmp_path / "platforms")
    (tmp_path / "sound.yaml").write_text(SOUND)
    (tmp_path / "broken.yaml").write_text(SOUND.replace("affinity: [0]", "affinity: [4]"))
    monkeypatch.chdir(tmp_path)


def test_clean_is_silent_and_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sound.yaml"]) == 0
    assert capsys.readouterr() == ("", "")


def test_findings_go_to_standard_error_and_give_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken.yaml"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("broken.yaml:6:16: error P021: ")


def test_findings_as_json_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json", "broken.yaml"]) == 1
    assert json.loads(capsys.readouterr().out) == [{
        "code": "P021", "severity": "error", "at": {"file": "broken.yaml", "line": 6, "column": 16},
        "message": "vm 'rt' vCPU 0: the platform has no pCPU 4",
        "related": {"file": "platforms/board.yaml", "line": 6, "column": 7}, "cure": "use one of pCPU 0 to 3"}]


def test_warnings_alone_give_0(capsys: pytest.CaptureFixture[str]) -> None:
    text = SOUND.replace("0x40000000, size: 64MiB", "0x50000000, size: 64MiB, pa: same")
    Path("dma.yaml").write_text(text + "    devices: {dma: {kind: passthrough, device: dma}}\n")
    assert main(["check", "dma.yaml"]) == 0
    assert ": warning P049: " in capsys.readouterr().err


def test_platform_files_are_checked_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--platform", "platforms/board.yaml"]) == 0
    assert main(["check", "--platform", "sound.yaml"]) == 1


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["check"], ["build", "sound.yaml"], ["schema", "nonsense"]])
def test_wrong_usage_gives_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "P014"]) == 0
    assert main(["explain", "memory.size"]) == 0
    assert main(["explain", "--platform", "gic.stride"]) == 0
    assert main(["explain"]) == 0
    assert "P014" in capsys.readouterr().out
    assert main(["explain", "colour"]) == 2


@pytest.mark.parametrize("kind", ["description", "platform"])
def test_schema_is_json(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", kind]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_build_of_a_broken_description_writes_nothing(tmp_path: Path) -> None:
    assert main(["build", "broken.yaml", "-o", "out"]) == 1
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "sound.yaml", "-o", "Image/out"]) == 1
    assert capsys.readouterr().err == "pinion-gen: Image/out: Not a directory\n"


def test_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "gen", "check", str(Path("broken.yaml").resolve())], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and " error P021: " in done.stderr
