# SPDX-License-Identifier: Apache-2.0
"""The command line: exit status, and which stream says what."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

import forked
import sound
from gen.api.cli import main

ROOT = Path(__file__).resolve().parents[2]
SOUND = sound.SOUND


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a sound description. dt-validate, which takes longer than all else, has nothing
    to say here; it has tests of its own."""
    sound.fill(tmp_path, SOUND)
    monkeypatch.chdir(tmp_path)
    install(tmp_path, "dt-validate", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


def install(folder: Path, name: str, script: str) -> None:
    """A program in the folder `bin`, which comes first."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / name).chmod(0o755)


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


@pytest.mark.parametrize("arguments, keys", [
    (["P014"], {"code", "title", "cause", "cure"}), ([], {"key", "description", "keys"}),
    (["memory.size"], {"key", "description", "type", "required", "unit", "default", "example", "keys"}),
    (["--platform", "gic"], {"key", "description", "type", "required", "unit", "default", "example", "keys"}),
])
def test_explain_as_json(arguments: list[str], keys: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--format", "json", *arguments]) == 0
    assert set(json.loads(capsys.readouterr().out)) == keys


@pytest.mark.parametrize("kind", ["description", "platform"])
def test_schema_is_json(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", kind]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_build_of_a_broken_description_writes_nothing(tmp_path: Path) -> None:
    assert main(["build", "broken.yaml", "-o", "out"]) == 1
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "sound.yaml", "-o", "Image/out"]) == 1
    said = capsys.readouterr().err
    assert said == ("Image/out:1:1: error P146: cannot write 'Image/out': Not a directory; make room and rights for "
                    "it, or name another place with -o\n")


@pytest.mark.parametrize("arguments, code", [
    (["diff", "nothing.dtb", "sound.yaml"], "P001"), (["check", "nothing.yaml"], "P001"),
    (["import", "nothing.dtb"], "P001"), (["dtb", "sound.yaml", "-o", "Image/out"], "P146"),
    (["export", "xen", "passed.yaml", "-o", "out", "--host-tree", "nothing.dtb"], "P001"),
    (["map", "sound.yaml", "-o", "nothing/map.svg"], "P146"),
])
def test_a_file_that_cannot_be_opened_is_a_finding(arguments: list[str], code: str,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    Path("passed.yaml").write_text(SOUND + "    devices: {rtc: {kind: passthrough, device: rtc}}\n")
    assert main([*arguments, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [finding["code"] for finding in found if finding["severity"] == "error"] == [code]


def with_output(redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with its standard output redirected by the shell."""
    return subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "gen", *arguments],
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)


@pytest.mark.matrix
@pytest.mark.parametrize("arguments", [["docs"], ["schema"], ["explain", "P014"], ["dts", "sound.yaml"],
                                       ["check", "broken.yaml", "--format", "json"]], ids=lambda words: words[0])
@pytest.mark.parametrize(("output", "why"), [
    (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
def test_an_output_that_takes_nothing_is_said_in_one_line(arguments: list[str], output: str, why: str) -> None:
    done = with_output(output, *arguments)
    assert done.returncode == 1
    if "json" in arguments:
        assert [(finding["code"], why in finding["message"]) for finding in json.loads(done.stderr)] == [("P146", True)]
    else:
        assert done.stderr == (f"output:1:1: error P146: cannot write 'output': {why}; make room and rights for it, or "
                               "name another place with -o\n")


def test_who_says_nothing_needs_no_output() -> None:
    done = with_output(">&-", "check", "sound.yaml")
    assert (done.returncode, done.stderr) == (0, "")


def test_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "gen", "check", str(Path("broken.yaml").resolve())], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and " error P021: " in done.stderr


# ---------------------------------------------------------------- device trees


TWO = SOUND + """  gp:
    vcpus: 1
    affinity: [1]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: not-there.Image}
"""


def test_trees_of_all_vms_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("two.yaml").write_text(TWO)
    assert main(["dtb", "two.yaml", "-o", "trees"]) == 0
    assert sorted(path.name for path in (tmp_path / "trees").iterdir()) == ["gp.dtb", "rt.dtb"]
    assert capsys.readouterr().err.startswith("two.yaml:13:20: warning P085: ")
    assert main(["dts", "two.yaml", "-o", "trees"]) == 0
    assert (tmp_path / "trees/gp.dts").read_text().startswith("/* SPDX")


def test_tree_of_one_vm(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("two.yaml").write_text(TWO)
    assert main(["dtb", "two.yaml", "rt", "-o", "rt.dtb"]) == 0
    capfdbinary.readouterr()
    assert main(["dtb", "--format", "json", "two.yaml", "rt"]) == 0
    out, err = capfdbinary.readouterr()
    assert out == (tmp_path / "rt.dtb").read_bytes() and json.loads(err)[0]["code"] == "P085"
    assert main(["dtb", "two.yaml", "rt", "-o", "."]) == 0
    assert (tmp_path / "rt.dtb").read_bytes() == out


@pytest.mark.parametrize("arguments, said", [
    (["two.yaml"], "pinion-gen: name one of the VMs (rt, gp), or a folder for all of them with -o\n"),
    (["two.yaml", "linux"], "pinion-gen: there is no vm 'linux', only rt, gp\n"),
    (["two.yaml", "rt", "--depfile", "rt.d"], "pinion-gen: --depfile says what files are made of: name them with -o\n"),
])
def test_trees_that_nobody_can_write(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("two.yaml").write_text(TWO)
    assert main(["dts", *arguments]) == 2
    assert capsys.readouterr() == ("", said)


def test_check_without_images(capsys: pytest.CaptureFixture[str]) -> None:
    Path("two.yaml").write_text(TWO)
    assert main(["check", "two.yaml"]) == 1
    assert " error P050: " in capsys.readouterr().err
    assert main(["check", "--without-images", "two.yaml"]) == 0
    assert " warning P085: " in capsys.readouterr().err


def test_map(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "sound.yaml"]) == 0
    drawn = capfd.readouterr().out
    assert drawn.startswith("<svg") and "rt vCPU 0" in drawn
    assert main(["map", "sound.yaml", "-o", "map.svg"]) == 0
    assert (tmp_path / "map.svg").read_text() == drawn


def test_an_unknown_code_is_not_taken_for_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "P999"]) == 2
    assert capsys.readouterr().err.startswith("pinion-gen: there is no finding P999; the codes are P001, P002, ")


def test_a_code_in_small_letters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "p014"]) == 0
    assert capsys.readouterr().out.startswith("P014: ")


@pytest.mark.parametrize("arguments, said", [
    (["memroy"], "there is no key 'memroy'; did you mean memory or mmio? `pinion-gen explain` lists the keys"),
    (["boot.kernle"], "there is no key 'boot.kernle'; did you mean kernel? `pinion-gen explain` lists the keys"),
    (["stride"], "no description has a key 'stride', but a platform file has: add --platform"),
    (["--platform", "initrd"], "no platform file has a key 'initrd', but a description has: leave out --platform"),
    (["--platform", "xyzzy"], "there is no key 'xyzzy'; `pinion-gen explain --platform` lists the keys"),
])
def test_a_key_that_there_is_not(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 2
    assert capsys.readouterr().err == f"pinion-gen: {said}\n"


def test_a_terminal_without_the_letter() -> None:
    Path("other.yaml").write_text(SOUND.replace("kernel: Image", "kernel: Image, cmdline: Zürich"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "gen", "diff", "sound.yaml", "other.yaml"], capture_output=True,
                          check=False, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"})
    assert (done.stdout, done.stderr) == (b"vm 'rt': boot cmdline none -> 'Z\\xfcrich'\n", b"")


def test_an_interrupt_from_the_keyboard_is_no_traceback(tmp_path: Path) -> None:
    install(tmp_path, "dt-validate", ": > begun; exec sleep 60")
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-m", "gen", "check", "sound.yaml"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=variables,
                          # what is started in the background ignores it
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
        while not Path("begun").exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=forked.HANGS) == (b"", b"") and process.returncode == 130


def test_a_folder_of_templates_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "mine", "sound.yaml", "-o", "out", "--template", "nowhere"]) == 2
    assert capsys.readouterr().err == "pinion-gen: --template: there is no folder 'nowhere'\n"


def test_what_keeps_the_hypervisor_from_a_board_is_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    board = Path("platforms/board.yaml")
    text = board.read_text()
    board.write_text("".join(line for line in text.splitlines(True) if not line.startswith(("hypervisor:", "uart:"))))
    for arguments in (["--platform", str(board)], ["sound.yaml"]):
        assert main(["check", "--format", "json", *arguments]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [(finding["code"], finding["severity"]) for finding in found] == [("P068", "note"), ("P068", "note")]
        assert [re.findall("has no '([a-z]+)'", finding["message"]) for finding in found] == [["hypervisor"], ["uart"]]
        assert {finding["cure"] for finding in found} == {"add it to the platform file"}


def test_a_dash_is_standard_output(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["dts", "sound.yaml", "rt"]) == 0
    source = capfdbinary.readouterr().out
    assert main(["dts", "sound.yaml", "rt", "-o", "-"]) == 0
    assert capfdbinary.readouterr().out == source and not (tmp_path / "-").exists()


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    done = subprocess.run(f"{sys.executable} -m gen docs | head -n 1", shell=True, cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert done.stdout.startswith("<!--") and done.stderr == ""


# ---------------------------------------------------------------- on a terminal


def test_excerpts_with_a_caret_and_the_other_place() -> None:
    """What somebody sees who types a command at a terminal of 80 columns."""
    text, status = pexpect.run(f"{sys.executable} -m gen check broken.yaml", withexitstatus=True, encoding="utf-8",
                               env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
                               timeout=forked.HANGS)
    assert status == 1
    assert str(text).replace("\r", "") == """\
broken.yaml:6:16: error P021: vm 'rt' vCPU 0: the platform has no pCPU 4
    6 |     affinity: [4]
      |                ^
      clashes with platforms/board.yaml:6:7
    6 | cpus: [{mpidr: 0x0}, {mpidr: 0x1}, {mpidr: 0x100}, {mpidr: 0x101}]
      |       ^
      what to do: use one of pCPU 0 to 3

"""


def on_a_terminal(*arguments: str, **variables: str) -> str:
    """What a command says on a terminal. It is read when the command has ended, so it has to fit
    into 4 KiB."""

    def typed() -> int:
        for name in ("NO_COLOR", "COLUMNS"):
            os.environ.pop(name, None)
        os.environ.update({"TERM": "xterm", **variables})
        return main(list(arguments))

    terminal, end = os.openpty()
    try:
        assert forked.call(typed, out=end, err=end).status == 1
        return os.read(terminal, 4096).decode().replace("\r", "")
    finally:
        os.close(terminal)
        os.close(end)


def test_colour_unless_the_user_says_no() -> None:
    assert "\033[1;31merror\033[0m P021" in on_a_terminal("check", "broken.yaml")
    assert "\033" not in on_a_terminal("check", "broken.yaml", NO_COLOR="1")
    assert "\033" not in on_a_terminal("check", "broken.yaml", TERM="dumb")


def test_excerpts_of_long_lines_tabs_and_what_a_terminal_would_obey() -> None:
    Path("long.yaml").write_text(f"pinion: 1\nplatform: board #{'x' * 100}\033[2J{'x' * 100}\nvms: {{}}\n")
    text = on_a_terminal("check", "long.yaml", NO_COLOR="1")
    assert "\033" not in text and max(map(len, text.splitlines()[1:])) <= 80
    Path("long.yaml").write_text(f"pinion: 1\nplatform: board\nvms: {{{' ' * 150}rt: 5}}\n")
    lines = on_a_terminal("check", "long.yaml", NO_COLOR="1").splitlines()
    assert lines[1][lines[2].index("^")] == "5"
    Path("wide.yaml").write_text("pinion: 1\nplatform: board\nvms: {\"漢字e\u0301\": 5}\n", encoding="utf-8")
    lines = on_a_terminal("check", "wide.yaml", NO_COLOR="1").splitlines()
    where = [place + 2 for place, line in enumerate(lines) if ": error P007: " in line][0]
    assert lines[where - 1].endswith("5}") and lines[where].index("^") == lines[where - 1].index("5") + 2 - 1
    Path("tab.yaml").write_text("pinion: 1\nplatform:\tboard\nvms:\n\trt: 5\n")
    lines = on_a_terminal("check", "tab.yaml", NO_COLOR="1").splitlines()
    assert lines[2].endswith("^") and "\t" not in lines[1]
