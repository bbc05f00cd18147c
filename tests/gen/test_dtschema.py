# SPDX-License-Identifier: Apache-2.0
"""`check` asks dt-schema as well, says what it says, and says so when it was not asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gen.api.cli import main
from gen.guest_tree import dtschema
from guest_images import write_all

ROOT = Path(__file__).resolve().parents[2]
SOUND = """pinion: 1
platform: qemu-virt
vms:
  rt:
    vcpus: 1
    affinity: [0]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {binary: hello.bin}
    devices: {rtc: {kind: passthrough, device: rtc}}
"""
OVERLAY = """/dts-v1/; /plugin/;
&{/memory@40000000} { colour = "green"; };
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a sound description, and one whose overlay dt-schema does not like."""
    write_all(tmp_path)
    (tmp_path / "platforms").symlink_to(ROOT / "vm-configs/platforms")
    (tmp_path / "sound.yaml").write_text(SOUND)
    (tmp_path / "green.dtso").write_text(OVERLAY)
    (tmp_path / "green.yaml").write_text(SOUND + "    dtb: {overlays: [green.dtso]}\n")
    monkeypatch.chdir(tmp_path)


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another dt-validate."""
    (folder / "bin").mkdir()
    (folder / "bin/dt-validate").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin/dt-validate").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def test_our_trees_are_as_dt_schema_wants_them(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sound.yaml"]) == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_complaint_is_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "green.yaml"]) == 0
    said = capfd.readouterr().err
    assert said.startswith("green.yaml:4:3: warning P087: vm 'rt': dt-schema says of its device tree: ")
    assert "memory@40000000" in said and "'colour'" in said and said.count("\n") == 1


@pytest.mark.slow
def test_a_letter_that_is_not_ascii_keeps_no_tree_from_it(capfd: pytest.CaptureFixture[str]) -> None:
    text = Path("green.yaml").read_text().replace("hello.bin", "hello.bin, cmdline: Zürich")
    Path("other.yaml").write_text(text, encoding="utf-8")
    assert main(["check", "other.yaml"]) == 0
    said = capfd.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in said] == ["warning P087", "warning P147"] and "'colour'" in said[0]


def test_its_absence_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                             capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/dtc").symlink_to("/usr/bin/dtc")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert main(["check", "sound.yaml"]) == 0
    assert capfd.readouterr().err == (
        "sound.yaml:1:1: note P088: dt-validate is not installed: nothing has compared the device trees with "
        "dt-schema; apt-get install dt-schema\n")
    assert main(["check", "--format", "json", "sound.yaml"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [(finding["code"], finding["severity"]) for finding in found] == [("P088", "note")]


@pytest.mark.parametrize("script, text", [
    ("echo something is wrong >&2; exit 1", "dt-validate failed, so the device trees are not checked"),
    ("echo $1: x; echo 'Traceback (most recent call last):' >&2; echo oops >&2; exit 1",
     "dt-validate failed, so the device trees are not checked: 'oops'"),
    ("exec sleep 60", "dt-validate came to no end in 1 seconds"),
])
def test_its_failure_is_no_success(script: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                   capfd: pytest.CaptureFixture[str]) -> None:
    if "sleep" in script:
        monkeypatch.setattr(dtschema, "SECONDS", 1)
    fake(tmp_path, monkeypatch, script)
    assert main(["check", "sound.yaml"]) == 0
    assert f": note P088: {text}" in capfd.readouterr().err


# ---------------------------------------------------------------- answers that are kept


ASKED = "for tree; do echo $(basename $tree) >> asked; echo $tree: it is green; done"
TWO = SOUND + """  other:
    vcpus: 1
    affinity: [1]
    memory: [{ipa: 0x40000000, size: 32MiB}]
    boot: {binary: hello.bin}
"""


def asked() -> list[str]:
    """The trees that dt-validate was asked about since the last call."""
    path = Path("asked")
    names = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return names


def test_it_is_asked_about_trees_that_have_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                   capfd: pytest.CaptureFixture[str]) -> None:
    """And what is said is the same, whether it was asked or not."""
    fake(tmp_path, monkeypatch, ASKED)
    Path("two.yaml").write_text(TWO)
    said = []
    for expected in (["other.dtb", "rt.dtb"], []):
        assert main(["check", "two.yaml"]) == 0
        assert asked() == expected
        said.append(capfd.readouterr().err)
    assert said[0] == said[1] and said[0].count("P087: vm '") == 2
    Path("two.yaml").write_text(TWO.replace("32MiB", "16MiB"))
    assert main(["check", "two.yaml"]) == 0
    assert asked() == ["other.dtb"] and capfd.readouterr().err == said[0]


def test_another_dt_validate_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, ASKED)
    assert main(["check", "sound.yaml"]) == 0
    Path("bin/dt-validate").write_text(f"#!/bin/sh\n# newer\n{ASKED}\n")
    assert main(["check", "sound.yaml"]) == 0
    assert asked() == ["rt.dtb", "rt.dtb"]


def test_a_failure_is_no_answer_to_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                        capfd: pytest.CaptureFixture[str]) -> None:
    fake(tmp_path, monkeypatch, f"{ASKED}; echo 'Traceback (most recent call last):' >&2; exit 1")
    for _ in range(2):
        assert main(["check", "sound.yaml"]) == 0
        assert asked() == ["rt.dtb"]
        said = capfd.readouterr().err
        assert "P087" in said and "note P088: dt-validate failed" in said


@pytest.mark.parametrize("cache", ["/proc/nowhere", "not/absolute", "/dev/null"])
def test_without_a_cache_it_is_asked_each_time(cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, ASKED)
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    for _ in range(2):
        assert main(["check", "sound.yaml"]) == 0
        assert asked() == ["rt.dtb"]
    assert not Path("not").exists()
