# SPDX-License-Identifier: Apache-2.0
"""What README.md and Containerfile tell somebody who has nothing yet, carried out in an empty
Debian 12: a folder that debootstrap fills, as root and with the network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from machine import COMPLAINTS, PROMPT, ROOT

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap and chroot need root")]
RELEASES = {"debian:12": "bookworm"}
# Folders of the machine, in a mount namespace of its own, so that nothing is left mounted.
ENTER = ('mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" && cd "$1" && '
         'exec chroot . /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -ec "cd $2; $3"')
MINUTES = 20


class Fresh:
    """An empty Debian 12."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, words: str, at: str) -> list[str]:
        """What runs a line of shell in a folder of it."""
        return ["unshare", "--mount", "--propagation=private", "sh", "-c", ENTER, "sh", str(self.folder), at, words]

    def run(self, words: str, at: str = "/") -> None:
        """Runs a line of shell."""
        done = subprocess.run(self.command(words, at), check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60 * MINUTES)
        assert done.returncode == 0, f"{words}:\n{done.stdout[-4000:]}"

    def boots(self, words: str, at: str) -> None:
        """Runs a line of shell that starts Linux on four CPUs, looks around there, and switches it
        off."""
        command, *arguments = self.command(words, at)
        terminal = pexpect.spawn(command, arguments, encoding="utf-8", codec_errors="replace", timeout=60 * MINUTES)
        for expected, typed in ((r"Pinion [0-9.]+: linux-smp4 on qemu-virt", None), (PROMPT, "nproc"), ("\n4\r", None),
                                (PROMPT, "poweroff"), ("linux: off", None)):
            found = terminal.expect([expected, *COMPLAINTS, pexpect.EOF])
            assert found == 0, f"{expected}: {terminal.before[-4000:]}"
            if typed:
                terminal.send(f"{typed}\r")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == 0


def sources() -> list[str]:
    """This machine's own sources of Debian 12."""
    form = "$(ORIGIN) $(REPO_URI) $(CODENAME) $(RELEASE)"
    lines = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = [line.split()[1:] for line in lines if line.startswith("Debian ")]
    return sorted({f"{uri} {release}" for uri, codename, release in found if codename.startswith("bookworm")},
                  key=lambda line: (not line.endswith(" bookworm"), line))


@pytest.fixture(scope="module", name="debian")
def fixture_debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty Debian 12, to be copied."""
    folder = tmp_path_factory.mktemp("debian") / "bookworm"
    archives = sources()
    assert archives, "apt knows no source of Debian 12: apt-get update"
    settings = subprocess.run(["apt-config", "dump"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    mine = [line for line in settings if re.match(r"Acquire::(http|https)::[^:]*[Pp]roxy", line)]
    proxy = {"http_proxy": re.split('"', line)[1] for line in mine if re.match("(?i)Acquire::http::Proxy ", line)}
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder, archives[0].split()[0]], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, **proxy})
    (folder / "etc/apt/sources.list").write_text("".join(f"deb {line} main\n" for line in archives))
    (folder / "etc/apt/apt.conf.d/proxy").write_text("".join(f"{line}\n" for line in mine))
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(name="fresh")
def fixture_fresh(debian: Path, tmp_path: Path) -> Iterator[Fresh]:
    """An empty Debian 12 of the test's own."""
    folder = tmp_path / "root"
    subprocess.run(["cp", "-a", debian, folder], check=True)
    yield Fresh(folder)
    shutil.rmtree(folder)


def copy(to: Path) -> None:
    """The tree as somebody gets it: without what was built, or is not known to git."""
    ignored = shutil.ignore_patterns("build", ".git", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info")
    shutil.copytree(ROOT, to, ignore=ignored, dirs_exist_ok=True, symlinks=True)


def instructions() -> list[tuple[str, str]]:
    """Those of the Containerfile: word and arguments."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Containerfile").read_text(encoding="utf-8"))
    lines = [line.split(maxsplit=1) for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(word, rest) for word, rest in lines]


def test_the_container_file_makes_what_boots(fresh: Fresh) -> None:
    """Its steps, by hand: packages, sources, build; its command then needs no network."""
    (first, base), *steps = instructions()
    assert first == "FROM" and RELEASES[base] == "bookworm"
    at = "/"
    for word, rest in steps:
        if word == "RUN":
            fresh.run(rest, at)
        elif word == "WORKDIR":
            at = rest
            (fresh.folder / at.lstrip("/")).mkdir(parents=True)
        elif word == "COPY":
            source, target = rest.split()
            into = fresh.folder / at.lstrip("/") / target
            if source == ".":
                copy(into)
            else:
                shutil.copytree(ROOT / source, into)
        else:
            assert word == "CMD"
            (fresh.folder / "etc/resolv.conf").unlink()
            fresh.boots(" ".join(json.loads(rest)), at)
            return
    raise AssertionError("no CMD")


def test_the_commands_of_the_readme_boot_linux(fresh: Fresh) -> None:
    """On an empty Debian 12 with make and git, and with a clone of this tree."""
    block = re.search(r"(?m)^    git clone .*\n    cd (\S+)\n    (make .*)\n", (ROOT / "README.md").read_text())
    assert block
    fresh.run("apt-get update && apt-get install -y --no-install-recommends make git ca-certificates")
    (fresh.folder / block[1]).mkdir()
    copy(fresh.folder / block[1])
    fresh.boots(block[2], f"/{block[1]}")


def test_the_generator_is_installed_as_its_page_says(fresh: Fresh) -> None:
    """docs/api.md; and a bare pip is refused as it says."""
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8").split("\n## Install\n")[1]
    block = re.search(r"(?m)^    sudo .*\n(?:    .*\n)+", text)
    assert block
    commands = [line.strip() for line in block[0].replace("sudo ", "").replace("\\\n", " ").splitlines()]
    assert len(commands) == 4
    copy(fresh.folder / "checkout")
    fresh.run(f"apt-get update && {commands[0]} -y")
    for command in commands[1:]:
        fresh.run(command, "/checkout")
    fresh.run("~/pinion-gen/bin/pinion-gen dtb /checkout/vm-configs/linux-2x2.yaml -o /trees; test -s /trees/left.dtb")
    fresh.run("~/pinion-gen/bin/python -c 'import libfdt, pinion_gen'")
    fresh.run("apt-get install -y --no-install-recommends python3-pip")
    fresh.run("pip install . 2>&1 | grep -q externally-managed-environment", "/checkout")
