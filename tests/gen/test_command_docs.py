# SPDX-License-Identifier: Apache-2.0
"""Completion for bash and the manual page: what they know is what the command takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gen.api.arguments import parser
from gen.api.cli import main
from gen.show.argument_parser import arguments, commands

COMMANDS = commands(parser())


@pytest.fixture(name="completion")
def fixture_completion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """What `completion bash` prints, as a file."""
    assert main(["completion", "bash"]) == 0
    path = tmp_path / "pinion-gen.bash"
    path.write_text(capsys.readouterr().out)
    return path


def offered(completion: Path, *words: str) -> list[str]:
    """What bash has to choose from for the last of the words behind pinion-gen."""
    script = f"""
        set -eu
        source {completion}
        [[ $(complete -p pinion-gen) == *' -F _pinion_gen '* ]]
        COMP_WORDS=(pinion-gen "$@") COMP_CWORD=$#
        _pinion_gen pinion-gen
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()


def test_all_commands_are_offered(completion: Path) -> None:
    assert len(COMMANDS) > 10 and offered(completion, "") == list(COMMANDS)
    assert offered(completion, "ex") == ["export", "explain"]
    assert offered(completion, "--v") == ["--version"]


@pytest.mark.parametrize("command", COMMANDS)
def test_all_options_of_a_command_are_offered(completion: Path, command: str) -> None:
    known = {name for action in arguments(COMMANDS[command]) for name in action.option_strings}
    assert set(offered(completion, command, "-")) == known | {"--help"}


@pytest.mark.parametrize("words, found", [
    (["check", "--format", ""], ["text", "json"]),
    (["check", "--format", "=", "j"], ["json"]),  # as bash cuts --format=j into words
    (["check", "--format", "="], ["text", "json"]),
    (["check", "--timings", "--format", "json", "--pl"], ["--platform"]),
    (["export", ""], ["bao", "qemu", "xen"]),
    (["export", "-o", "out", "x"], ["xen"]),
    (["--version", "schema", ""], ["description", "platform"]),
    (["explain", "P01"], [f"P01{n}" for n in range(9)]),
    (["explain", "int"], ["interrupts"]),
    (["completion", ""], ["bash"]),
    # Names of files, which bash completes where nothing is offered.
    (["check", "vm"], []), (["export", "xen", "b"], []), (["build", "-o", "o"], []), (["nonsense", "x"], []),
])
def test_what_is_offered_fits_what_stands_before(completion: Path, words: list[str], found: list[str]) -> None:
    assert offered(completion, *words) == found


def test_the_manual_page_has_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["man"]) == 0
    page = capsys.readouterr().out
    assert main(["man"]) == 0 and capsys.readouterr().out == page
    done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou", "-rLL=500n"], input=page,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    text = done.stdout
    assert text.startswith("PINION-GEN(1)")
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO"):
        assert f"\n{heading}\n" in text
    assert "\n   build DESCRIPTION [--format text|json] [--timings] -o DIR\n" in text
    sections = dict(zip(COMMANDS, re.split(r"\n   (?=\S)", text[text.index("\nCOMMANDS\n"):])[1:]))
    assert list(sections) == list(COMMANDS)
    for command, its in COMMANDS.items():
        assert sections[command].split()[0] == command and its.description in sections[command]
        for action in arguments(its):
            assert all(name in sections[command] for name in action.option_strings)
            assert action.help and action.help in sections[command], (command, action.dest)
