# SPDX-License-Identifier: Apache-2.0
"""The lint of commit messages, on a repository of three commits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHY = "\n\nIt was wrong, and a test shows it.\n"


def git(*arguments: str) -> str:
    """git in the working directory, whatever the user has set up."""
    author = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *author, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def commit(message: str, lines: int) -> str:
    """A commit that adds so many lines."""
    with open("file", "a", encoding="utf-8") as file:
        file.write("line\n" * lines)
    git("add", "file")
    git("commit", "--quiet", "--message", message)
    return git("rev-parse", "HEAD")


def lint(base: str) -> tuple[int, str]:
    """Status and output of the lint."""
    done = subprocess.run([sys.executable, ROOT / "tests/lint/commits.py", base], check=False, stdout=subprocess.PIPE,
                          text=True)
    return done.returncode, done.stdout


@pytest.fixture(name="base")
def fixture_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository with a commit that is not looked at."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main")
    return commit("Whatever was written before", 20)


@pytest.mark.parametrize("message, lines", [
    ("gic: end an interrupt by its own number", 9),
    ("gen/read, tests: say which key is missing" + WHY, 50),
    ("gic: " + "x" * 67, 1),
])
def test_a_message_as_it_should_be(base: str, message: str, lines: int) -> None:
    commit(message, lines)
    assert lint(base) == (0, "")


@pytest.mark.parametrize("message, lines, problem", [
    ("Interrupts end by their own number", 1, "the subject is not `area: what changed`"),
    ("gic:no blank", 1, "the subject is not `area: what changed`"),
    ("gic: " + "x" * 68, 1, "the subject has 73 characters; at most 72"),
    ("gic: a\nsecond line", 1, "no empty line follows the subject"),
    ("gic: end an interrupt", 10, "10 lines changed and no body says why"),
])
def test_a_message_as_it_should_not_be(base: str, message: str, lines: int, problem: str) -> None:
    made = commit(message, lines)
    status, said = lint(base)
    assert status == 1 and said.startswith(made[:7]) and said.count("\n") == 1
    assert said.endswith(f": {problem}\n")


def test_every_commit_is_looked_at(base: str) -> None:
    for message in ("One", "gic: two", "Three"):
        commit(message, 1)
    assert [line.split()[1] for line in lint(base)[1].splitlines()] == ["One:", "Three:"]


def test_a_file_that_only_moved_needs_no_body(base: str) -> None:
    git("mv", "file", "folder")
    git("commit", "--quiet", "--message", "tests: move a file")
    assert lint(base) == (0, "")


def test_merges_are_left_out(base: str) -> None:
    git("checkout", "--quiet", "-b", "side")
    commit("gic: on the side", 1)
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--message", "Whatever a merge says", "side")
    assert lint(base) == (0, "")


def test_without_history_nothing_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert lint("0123456789" * 4) == (0, "skipped: there is no history back to 0123456 here\n")


def test_a_clone_that_is_not_deep_enough_is_not_looked_at(base: str, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    commit("Nobody sees this", 1)
    git("clone", "--quiet", "--depth=1", f"file://{tmp_path}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert lint(base)[1].startswith("skipped: ")
