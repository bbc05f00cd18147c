# SPDX-License-Identifier: Apache-2.0
"""The Makefile with real runs in a copy of the tree: what a change rebuilds, what it leaves alone,
what is said where something is missing. The guests are small files, and nothing is started."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("Makefile", "gen", "hyp", "arch", "vm-configs", "tools", "guests", "tests/guests",
           "tests/system/initrd")
HANGS = 2400  # seconds, after which a make does, however busy this machine is
SMP4 = Path("build/linux-smp4")


class Tree:
    """A copy of the tree."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        self.folder = folder
        self.user = user  # who makes, where that is not who runs the test

    def run(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """One make, as it ends, with these variables of the environment."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
        environment.update(changed)
        return subprocess.run(["make", "-j2", "--no-print-directory", *arguments], cwd=self.folder, env=environment,
                              capture_output=True, text=True, check=False, timeout=HANGS, user=self.user)

    def times(self) -> dict[str, int]:
        """When each file below build/ was written."""
        return {str(path.relative_to(self.folder)): path.stat().st_mtime_ns
                for path in (self.folder / "build").rglob("*") if path.is_file()}

    def make(self, *arguments: str) -> tuple[set[str], set[str]]:
        """One make that succeeds: the steps that it names, and the files below build/ that it
        wrote."""
        before = self.times()
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        steps = {" ".join(line.split()) for line in done.stdout.splitlines() if re.match(r"  [A-Z]+ ", line)}
        return steps, {name for name, time in self.times().items() if before.get(name) != time}

    def fails(self, *arguments: str) -> str:
        """What a make that fails says."""
        done = self.run(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def comment(self, name: str, text: str) -> None:
        """Appends a line to a file."""
        with open(self.folder / name, "a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a piece of a file."""
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def users(self, header: str) -> set[str]:
        """The compile steps of what includes a header, as the compiler has reported it for the
        core."""
        steps = set()
        for path in (self.folder / "build/obj-gcc").rglob("*.d"):
            target, _, inputs = path.read_text().partition(":")
            if header in inputs.split("\n\n")[0].split() and target.endswith(".o"):
                source = inputs.split()[0]
                steps.add(f"{'AS' if source.endswith('.S') else 'CC'} {source}")
        return steps


def small_image(content: bytes) -> bytes:
    """The header of an arm64 Image, and a page."""
    return (struct.pack("<IIQQQQQQ4sI", 0, 0, 0, 1 << 20, 0xA, 0, 0, 0, b"ARM\x64", 0) + content).ljust(4096, b"\0")


@pytest.fixture(scope="module", name="tree")
def fixture_tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy of the tree, built once."""
    folder: Path = tmp_path_factory.mktemp("make") / "tree"
    for name in SOURCES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    # Nothing is downloaded here.
    (folder / "tools/fetch-guests").write_text("#!/bin/sh\necho '  FETCH'\ncp spare build/guests/Image\n")
    (folder / "spare").write_bytes(small_image(b"spare"))
    guests = folder / "build/guests"
    guests.mkdir(parents=True)
    (guests / "Image").write_bytes(small_image(b"first"))
    (guests / "modules").mkdir()
    modules = re.findall(r"\w+\.ko", (folder / "tests/guests/guests.mk").read_text())
    # In this order: the last is made of the others.
    for name in ("busybox", *(f"modules/{name}" for name in modules), "stress", "initrd.cpio.gz"):
        (guests / name).write_bytes(name.encode())
    (folder / "build/deps").mkdir()
    shutil.copy(ROOT / "build/deps/libfdt.a", folder / "build/deps")
    tree = Tree(folder)
    steps, _ = tree.make()
    assert {"GEN vm-configs/linux-smp4.yaml", f"CC {SMP4}/tables.c", f"AS {SMP4}/payload.S",
            f"LD {SMP4}/pinion.elf"} < steps
    return tree


def made(*names: str) -> set[str]:
    """Paths of linux-smp4's products."""
    return {str(SMP4 / name) for name in names}


IMAGE = made("pinion.elf", "pinion.map", "pinion.bin", "boot/pinion.bin", "boot.stamp")


def test_a_second_make_runs_nothing(tree: Tree) -> None:
    assert tree.make() == (set(), set())
    for done in (tree.run(), tree.run("--dry-run"), tree.run("-n", "build/linux-smp4/pinion.elf")):
        assert re.fullmatch("make: (Nothing to be done for 'all'|'.*' is up to date).\n", done.stdout), done.stdout


def test_a_dry_run_says_what_would_be_run(tree: Tree) -> None:
    """After the generator has run before, and wrote what has not changed."""
    tree.comment("vm-configs/linux-smp4.yaml", "# a comment")
    tree.make()
    assert tree.run("-n").stdout == "make: Nothing to be done for 'all'.\n"
    tree.comment("vm-configs/linux-smp4.yaml", "# another")
    before = tree.times()
    said = tree.run("-n").stdout
    assert "gen build vm-configs/linux-smp4.yaml" in said and tree.times() == before
    tree.make()


def test_a_comment_in_the_description_runs_the_generator_alone(tree: Tree) -> None:
    tree.comment("vm-configs/linux-smp4.yaml", "# a comment")
    assert tree.make() == ({"GEN vm-configs/linux-smp4.yaml"}, made("gen.stamp"))
    assert tree.make() == (set(), set())


def test_a_touched_description_costs_little(tree: Tree) -> None:
    """1.5 s of user and system time on the machine on which that was set; a slower one gets three
    times as much."""
    seconds = []
    for _ in range(3):
        (tree.folder / "vm-configs/linux-smp4.yaml").touch()
        before = os.times()
        assert tree.make()[0] == {"GEN vm-configs/linux-smp4.yaml"}
        after = os.times()
        seconds.append(sum(after[2:4]) - sum(before[2:4]))
    assert min(seconds) < 3 * 1.5


def test_a_command_line_is_another_device_tree_in_the_payload(tree: Tree) -> None:
    tree.edit("vm-configs/linux-smp4.yaml", "ttyAMA0", "ttyAMA1")
    steps, written = tree.make()
    assert steps == {"GEN vm-configs/linux-smp4.yaml", f"AS {SMP4}/payload.S", f"LD {SMP4}/pinion.elf"}
    assert written == IMAGE | made("gen.stamp", "linux.dts", "linux.dtb", "system.json", "payload.o", "payload.d")
    assert tree.make() == (set(), set())


def test_the_platform_file_is_an_input(tree: Tree) -> None:
    tree.comment("vm-configs/platforms/qemu-virt.yaml", "# a comment")
    assert tree.make() == ({"GEN vm-configs/linux-smp4.yaml"}, made("gen.stamp"))


def test_a_template_rebuilds_its_product(tree: Tree) -> None:
    tree.comment("gen/image/templates/tables.c.j2", "\n/* a comment */")
    steps, written = tree.make()
    assert steps == {"GEN vm-configs/linux-smp4.yaml", f"CC {SMP4}/tables.c", f"LD {SMP4}/pinion.elf"}
    assert written == IMAGE | made("gen.stamp", "tables.c", "tables.o", "tables.d")


def test_a_header_rebuilds_what_includes_it(tree: Tree) -> None:
    users = tree.users("hyp/device/pl011.h")
    assert 0 < len(users) < len(tree.users("hyp/config.h"))
    tree.comment("hyp/device/pl011.h", "/* a comment */")
    steps, _ = tree.make()
    assert steps == users | {f"CC {SMP4}/tables.c", f"LD {SMP4}/pinion.elf"}
    assert tree.make() == (set(), set())


def test_a_source_rebuilds_its_object(tree: Tree) -> None:
    tree.comment("hyp/device/pl011.c", "/* a comment */")
    steps, written = tree.make()
    assert steps == {"CC hyp/device/pl011.c", f"LD {SMP4}/pinion.elf"}
    objects = {f"build/obj-gcc/gicv3/{name}" for name in ("hyp/device/pl011.o", "hyp/device/pl011.d", "libpinion.a")}
    assert written == IMAGE | objects


def test_a_guest_image_rebuilds_the_payload(tree: Tree) -> None:
    (tree.folder / "build/guests/Image").write_bytes(small_image(b"second"))
    steps, written = tree.make()
    assert steps == {"GEN vm-configs/linux-smp4.yaml", f"AS {SMP4}/payload.S", f"LD {SMP4}/pinion.elf"}
    assert written == IMAGE | made("gen.stamp", "payload.o", "payload.d")
    assert b"second" in (tree.folder / SMP4 / "pinion.bin").read_bytes()


def test_a_missing_guest_image_is_fetched(tree: Tree) -> None:
    (tree.folder / "build/guests/Image").unlink()
    steps, _ = tree.make()
    assert {"GEN vm-configs/linux-smp4.yaml", f"LD {SMP4}/pinion.elf"} <= steps
    assert b"spare" in (tree.folder / SMP4 / "pinion.bin").read_bytes()


def test_another_description_by_name_and_by_path_shares_the_core(tree: Tree) -> None:
    tree.make()
    steps = {"CC {}/tables.c", "AS {}/payload.S", "LD {}/pinion.elf"}
    assert tree.make("CONFIG=linux-up.yaml")[0] == {
        "GEN vm-configs/linux-up.yaml", *(step.format("build/linux-up") for step in steps)}
    assert tree.make("CONFIG=vm-configs/linux-up.yaml") == (set(), set())
    (tree.folder / "elsewhere").mkdir()
    shutil.copy(ROOT / "vm-configs/linux-smp2.yaml", tree.folder / "elsewhere/mine.yaml")
    assert tree.make("CONFIG=elsewhere/mine.yaml")[0] == {
        "GEN elsewhere/mine.yaml", *(step.format("build/mine") for step in steps)}
    assert tree.make() == (set(), set())


def test_another_gic_has_a_core_of_its_own(tree: Tree) -> None:
    """It is built when a description for that GIC is, whether the build begins with it or finds
    only then which GIC it is for, and what is of all versions is built for it, too."""
    tree.make("CONFIG=linux-smp4-gicv2")
    two, three = (tree.folder / f"build/obj-gcc/{gic}/libpinion.a" for gic in ("gicv2", "gicv3"))
    assert two.exists()
    times = two.stat().st_mtime_ns, three.stat().st_mtime_ns
    tree.comment("arch/arm64/gicv2/gic.c", "/* a comment */")
    assert tree.make()[0] == set()
    steps, _ = tree.make("CONFIG=linux-smp4-gicv2")
    assert steps == {"CC arch/arm64/gicv2/gic.c (gicv2)", "LD build/linux-smp4-gicv2/pinion.elf"}
    assert two.stat().st_mtime_ns > times[0] and three.stat().st_mtime_ns == times[1]
    tree.edit("vm-configs/linux-up.yaml", "platform: qemu-virt", "platform: qemu-virt-gicv2")
    tree.comment("hyp/vm/names.c", "/* a comment */")
    try:
        steps, _ = tree.make("CONFIG=linux-up.yaml")
        assert {"CC hyp/vm/names.c (gicv2)", "LD build/linux-up/pinion.elf"} <= steps
    finally:
        tree.edit("vm-configs/linux-up.yaml", "platform: qemu-virt-gicv2", "platform: qemu-virt")


def test_a_description_needs_no_ending(tree: Tree) -> None:
    tree.make("CONFIG=linux-up.yaml")
    for name in ("linux-up", "vm-configs/linux-up"):
        assert tree.make(f"CONFIG={name}") == (set(), set())


def test_an_unknown_description_names_those_there_are(tree: Tree) -> None:
    for name in ("nothing.yaml", "vm-configs"):  # a folder is no description
        said = tree.fails(f"CONFIG={name}")
        assert f"CONFIG={name}: there is no such file" in said and " linux-smp4 " in said
    said = tree.fails("CONFIG=")
    assert "CONFIG= names no description" in said and " linux-smp4 " in said
    tree.make("core", "CONFIG=")  # which is of no description
    assert tree.make("core", "CONFIG=") == (set(), set())


def test_run_targets_start_what_they_say(tree: Tree) -> None:
    for target, name in (("run-linux", "linux-up"), ("run-linux-smp", "linux-smp4"), ("run-multi-vm", "linux-2x2")):
        done = tree.run("--dry-run", target)
        assert done.returncode == 0 and f"tools/run-qemu build/{name} ;" in done.stdout, done.stdout + done.stderr


def test_a_board_that_qemu_has_not_is_told_how_it_is_started(tree: Tree) -> None:
    platforms = tree.folder / "vm-configs/platforms"
    board, _, qemu = (platforms / "qemu-virt.yaml").read_text().partition("\nqemu:\n")
    assert qemu
    (platforms / "own.yaml").write_text(board + "\n")
    text = (ROOT / "vm-configs/linux-up.yaml").read_text()
    (tree.folder / "on-board.yaml").write_text(text.replace("platform: qemu-virt", "platform: own"))
    done = tree.run("run", "CONFIG=on-board", "QEMU=nowhere")
    assert done.returncode == 0, done.stderr
    boot = tree.folder / "build/on-board/boot"
    readme = (boot / "README").read_text()
    assert done.stdout.endswith(f"QEMU has no such board.\n\n{readme}\nAll of it is in build/on-board/boot.\n")
    size = (boot / "pinion.bin").stat().st_size
    assert (boot / "pinion.bin").read_bytes() == (tree.folder / "build/on-board/pinion.bin").read_bytes()
    assert re.search(rf"  image   pinion.bin, {size} bytes\n  to      0x40200000;", readme)
    assert "booti 0x40200000 - ${pinion_tree}\n" in (boot / "boot.cmd").read_text()
    script = (boot / "boot.scr").read_bytes()
    assert script.endswith((boot / "boot.cmd").read_bytes()), "behind the header of mkimage"


def test_a_raspberry_pi_finds_its_files(tree: Tree) -> None:
    """The image has the name that its firmware looks for, and config.txt says where it goes."""
    platforms = tree.folder / "vm-configs/platforms"
    board = (platforms / "qemu-virt.yaml").read_text()
    (platforms / "pi.yaml").write_text(board.replace('"linux,dummy-virt"', '"raspberrypi,4-model-b", "brcm,bcm2711"'))
    text = (ROOT / "vm-configs/linux-up.yaml").read_text()
    (tree.folder / "on-pi.yaml").write_text(text.replace("platform: qemu-virt", "platform: pi"))
    tree.make("CONFIG=on-pi.yaml")
    boot = tree.folder / "build/on-pi/boot"
    assert sorted(path.name for path in boot.iterdir()) == ["README", "boot.cmd", "boot.scr", "config.txt",
                                                            "kernel8.img"]
    config = (boot / "config.txt").read_text()
    assert "\nkernel=kernel8.img\nkernel_address=0x40200000\n" in config
    assert re.search(r"load .* 0x40200000 \$\{prefix\}kernel8.img", (boot / "boot.cmd").read_text())


def test_mistakes_in_a_description_stop_make(tree: Tree) -> None:
    text = (ROOT / "vm-configs/linux-up.yaml").read_text()
    (tree.folder / "bad.yaml").write_text(text.replace("affinity: [0]", "affinity: [9]"))
    assert "bad.yaml:9:16: error P021: " in tree.fails("CONFIG=bad.yaml")
    assert "bad.yaml:9:16: error P021: " in tree.fails("CONFIG=bad.yaml")


def test_device_trees_need_no_images(tree: Tree) -> None:
    image = tree.folder / "build/guests/Image"
    image.rename(tree.folder / "away")
    try:
        done = tree.run("dtb", "CONFIG=linux-up.yaml")
    finally:
        (tree.folder / "away").rename(image)
    assert done.returncode == 0 and done.stdout == "build/linux-up/trees/linux.dtb\n"
    assert "'build/guests/Image' does not exist, and nothing in the device tree depends on it" in done.stderr
    assert "there is no such file" in tree.fails("dtb", "CONFIG=nothing.yaml")


def test_missing_python_modules_are_said_by_the_generator(tree: Tree) -> None:
    done = subprocess.run([sys.executable, "-S", "-m", "gen", "docs"], cwd=tree.folder, capture_output=True, text=True,
                          check=False, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 2 and "apt-get install python3-yaml" in done.stderr


def test_python_is_looked_for_once(tree: Tree) -> None:
    """The first that has the modules is used; one without them is asked once, however often a
    recipe names it."""
    log = tree.folder / "asked"
    fake = tree.folder / "bin" / "python3"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho asked >>{log}\nexit 1\n")
    fake.chmod(0o755)
    done = tree.run("dtb", "CONFIG=linux-up.yaml", PATH=f"{fake.parent}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert log.read_text() == "asked\n"


def test_a_missing_libfdt_is_said_with_the_command_that_gets_it(tree: Tree) -> None:
    library = tree.folder / "build/deps/libfdt.a"
    data = library.read_bytes()
    library.unlink()
    try:
        assert tree.fails().startswith("missing: build/deps/libfdt.a\n'make deps-run' gets what is missing\n")
    finally:
        library.write_bytes(data)
    tree.make()


def test_a_guest_that_nobody_makes_is_said(tree: Tree) -> None:
    text = (ROOT / "vm-configs/linux-up.yaml").read_text()
    (tree.folder / "own.yaml").write_text(text.replace("build/guests/Image", "build/guests/own.elf"))
    assert "build/guests/own.elf is missing, and nothing here makes it" in tree.fails("CONFIG=own.yaml")
    (tree.folder / "own.yaml").write_text(text.replace("build/guests/Image", "guests/own.Image"))
    assert "'guests/own.Image' does not exist; build or fetch it, or correct the path" in tree.fails("CONFIG=own.yaml")


@pytest.fixture(scope="module", name="fresh")
def fixture_fresh(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy of the tree in which nothing was built or downloaded."""
    folder = tmp_path_factory.mktemp("fresh") / "tree"
    shutil.copytree(tree.folder, folder, ignore=lambda at, _: ["build"] if Path(at) == tree.folder else [])
    return Tree(folder)


@pytest.fixture(scope="module", name="programs")
def fixture_programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all programs but those that are missing in the next test."""
    folder = tmp_path_factory.mktemp("bin")
    missing = re.compile(r"aarch64-linux-gnu-gcc|qemu-system-aarch64|dtc|cpio|clang|cppcheck")
    for path in Path("/usr/bin").iterdir():
        if not missing.fullmatch(path.name):
            (folder / path.name).symlink_to(path)
    return folder


BUILD = ["aarch64-linux-gnu-gcc", "dtc", "build/deps/libfdt.a", "cpio"]


@pytest.mark.parametrize("goals, missing", [
    ([], BUILD), (["all"], BUILD), (["debug"], [*BUILD, "qemu-system-aarch64"]),
    (["build/linux-smp4/pinion.elf"], BUILD), (["LLVM=1"], [*BUILD, "clang"]),
    (["run"], [*BUILD, "qemu-system-aarch64"]), (["run-linux"], [*BUILD, "qemu-system-aarch64"]),
    (["core"], ["aarch64-linux-gnu-gcc"]), (["core", "LLVM=1"], ["clang"]), (["dtb"], ["dtc"]),
    (["guests"], ["aarch64-linux-gnu-gcc", "cpio"]),
    *(([goal], [*BUILD, "qemu-system-aarch64", "clang", "cppcheck"])
      for goal in ("test", "test-quick", "test-mode", "fuzz", "bench", "bench-diff")),
    (["dtb", "PYTHON=false"], ["dtc", "Python's yaml", "Python's jinja2", "Python's jsonschema", "Python's libfdt"]),
], ids=lambda value: "-".join(value) or "none" if isinstance(value, list) else None)
def test_what_is_missing_is_said_before_anything_is_built(fresh: Tree, programs: Path, goals: list[str],
                                                          missing: list[str]) -> None:
    done = fresh.run(*goals, PATH=str(programs))
    assert done.returncode == 2 and not done.stdout, done.stdout
    said, cure = done.stderr.splitlines()[:2]
    found = {name for name in said.removeprefix("missing: ").split(", ") if not name.endswith("libc.a")}
    assert found == set(missing)
    packages = {line.split()[1] for line in (ROOT / "tools/packages").read_text().splitlines()
                if line.split()[2:] and line.split()[2].replace("python:", "Python's ") in found} - {"-"}
    install = "deps" if {"clang", "cppcheck"} & found else "deps-run"
    assert cure.startswith(f"'make {install}', as root, gets what is missing; "
                           "or apt-get install --no-install-recommends ")
    assert packages <= set(cure.split()) and len(packages) == len(found - {"build/deps/libfdt.a"})
    assert not (fresh.folder / "build").exists()


def test_help_and_clean_need_nothing(fresh: Tree, programs: Path) -> None:
    for goal in ("help", "clean"):
        done = fresh.run(goal, "PYTHON=false", PATH=str(programs))
        assert done.returncode == 0 and not done.stderr


def test_what_is_installed_on_the_way_is_found(tree: Tree, programs: Path) -> None:
    """`make deps-run run` installs, and looks for things afterwards."""
    install = tree.folder / "tools/deps"
    text = install.read_text()
    found = shutil.which("aarch64-linux-gnu-gcc")
    install.write_text(f"#!/bin/sh\necho installing $*\nln -s {found} {shutil.which('dtc')} {programs}\n")
    try:
        done = tree.run("deps-run", "all", "CONFIG=linux-smp8", PATH=str(programs))
    finally:
        install.write_text(text)
        for name in ("aarch64-linux-gnu-gcc", "dtc"):
            (programs / name).unlink(missing_ok=True)
    assert done.returncode == 0 and done.stdout.startswith("installing run\n"), done.stderr
    assert (tree.folder / "build/linux-smp8/pinion.bin").exists()


def test_a_checkout_that_cannot_be_written_is_built_elsewhere(tree: Tree) -> None:
    """The words of one who may not write there, who is not root, and what B and O do about it."""
    with tempfile.TemporaryDirectory() as name:
        away = Path(name)
        shutil.copytree(tree.folder, away / "tree", symlinks=True,
                        ignore=lambda at, _: ["obj-gcc", "linux-up"] if Path(at).name == "build" else ["__pycache__"])
        (away / "out").mkdir()
        away.chmod(0o755)
        (away / "out").chmod(0o777)
        folders = [path for path in [away / "tree", *(away / "tree").rglob("*")] if path.is_dir()]
        for path in folders:
            path.chmod(0o555)
        checkout = Tree(away / "tree", user=65534 if os.geteuid() == 0 else None)
        assert checkout.fails("CONFIG=linux-up").startswith(
            "build/linux-up cannot be written: make B=FOLDER O=FOLDER builds in other folders; build/deps and "
            "build/guests are read from here\n")
        before = checkout.times()
        steps, written = checkout.make("CONFIG=linux-up", f"B={away}/out/b", f"O={away}/out/o")
        assert f"LD {away}/out/b/pinion.elf" in steps and not written and checkout.times() == before
        assert (away / "out/b/pinion.bin").exists()
        assert checkout.make("CONFIG=linux-up", f"B={away}/out/b", f"O={away}/out/o") == (set(), set())
        for path in folders:
            path.chmod(0o755)
