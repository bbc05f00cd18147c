# SPDX-License-Identifier: Apache-2.0
"""The products of one system: they compile and link with every tool chain, and what did not change
stays as it is."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import gen
import linked
import systems
from gen.api import depfile, products
from gen.model import Range, System
from gen.read.findings import Findings


@pytest.fixture(name="linux")
def fixture_linux(tmp_path: Path) -> System:
    """linux-smp4 with small files in the place of kernel and initrd."""
    kernel, initrd = tmp_path / "Image", tmp_path / "initrd"
    kernel.write_bytes(b"kernel" * 1000)
    initrd.write_bytes(b"initrd" * 777)
    return systems.linux_smp4(kernel, initrd)


@pytest.fixture(name="inside")
def fixture_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's folder is the working directory."""
    monkeypatch.chdir(tmp_path)


def generate(system: System, out: Path) -> Findings:
    """Products in `out`."""
    findings = Findings()
    products.write(system, out, findings)
    return findings


@pytest.mark.slow
@pytest.mark.parametrize("linker", ["aarch64-linux-gnu-ld", "ld.lld"])
@pytest.mark.parametrize("compiler", [linked.GCC, linked.CLANG], ids=["gcc", "clang"])
def test_linux_links(linux: System, tmp_path: Path, compiler: list[str], linker: str) -> None:
    """Both compilers and both linkers put every payload byte where the tables say."""
    out = tmp_path / "out"
    assert not generate(linux, out).errors
    with open(linked.link(out, compiler, linker), "rb") as stream:
        elf = ELFFile(stream)
        payload = elf.get_section_by_name(".vm0.payload")
        data = payload.data()
        assert data[:6000] == b"kernel" * 1000
        assert data[8192:8192 + 6 * 777] == b"initrd" * 777
        dtb = (out / "linux.dtb").read_bytes()
        assert data[16384:16384 + len(dtb)] == dtb
        symbols = {s.name: s.entry.st_value for s in elf.get_section_by_name(".symtab").iter_symbols()}
        assert symbols["image_end"] == payload["sh_addr"] + payload["sh_size"]
        assert symbols["_start"] == symbols["image_start"] == 0x40200000
        assert symbols["image_size"] == symbols["image_end"] - symbols["image_start"]


@pytest.mark.parametrize("lowest, offset", [(0x3FF01000, 0x200000), (0x20000000, 0x20200000)])
def test_a_boot_loader_finds_the_place_in_the_header(linux: System, tmp_path: Path, lowest: int, offset: int) -> None:
    """text_offset counts from the lowest RAM, rounded up to 2 MiB, as in U-Boot's booti."""
    ram = linux.platform.memory[0]
    ram.range = Range(0x3FF01000, ram.range.end - 0x3FF01000)
    if lowest != ram.range.base:
        linux.platform.memory.append(replace(ram, range=Range(lowest, 0x10000000)))
    assert not generate(linux, tmp_path / "out").errors
    assert f"text_offset = {offset:#x};" in (tmp_path / "out" / "layout.lds").read_text()


@pytest.mark.matrix
@pytest.mark.parametrize("vcpus", [1, 16, 64])
@pytest.mark.parametrize("consoles", [0, 1, 20])
@pytest.mark.parametrize("intid", [31, 987])
def test_slots_hold_the_largest_and_the_smallest(tmp_path: Path, vcpus: int, consoles: int, intid: int) -> None:
    """The formulas of layout.py have room for the core's own structs; the linker script would say
    otherwise."""
    board = systems.platform(cpus=vcpus)
    emulated = [systems.console(0x0A000000 + i * 0x1000, 33 + i, f"c{i}") for i in range(consoles)]
    if intid > 31:
        emulated.append(systems.console(0x0B000000, intid, "last"))
    ram = [systems.ram(0x40000000, 0x50000000, 1 << 26)]
    guest = systems.vm(0, list(range(vcpus)), ram, emulated=emulated)
    assert not generate(systems.system(board, [guest]), tmp_path / "out").errors
    linked.link(tmp_path / "out")


def test_the_version_is_in_the_banner_and_in_the_report(linux: System, tmp_path: Path) -> None:
    generate(linux, tmp_path / "out")
    banner = f'.banner = "Pinion {gen.__version__}: {linux.name} on {linux.platform.name}"'
    assert banner in (tmp_path / "out/tables.c").read_text()
    report = json.loads((tmp_path / "out/system.json").read_text())
    assert report["product"] == {"name": "pinion", "version": gen.__version__}


def test_second_run_writes_nothing(linux: System, tmp_path: Path) -> None:
    """Equal bytes keep their timestamps; the stamp alone moves."""
    out = tmp_path / "out"
    generate(linux, out)
    before = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    generate(linux, out)
    after = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    assert {name for name in after if before[name] != after[name]} == {"gen.stamp"}


def test_only_what_changed_is_written(linux: System, tmp_path: Path) -> None:
    """Another command line is another device tree, and the same tables."""
    out = tmp_path / "out"
    generate(linux, out)
    before = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    linux.vms[0].cmdline = "console=ttyAMA1"
    generate(linux, out)
    after = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"gen.stamp", "linux.dts", "linux.dtb", "system.json"}


def test_image_too_large(linux: System, tmp_path: Path) -> None:
    """An image that outgrows the hypervisor's region is a finding, and nothing is written."""
    assert linux.platform.hypervisor is not None
    linux.platform.hypervisor.range = Range(0x40200000, 0x40000)
    findings = generate(linux, tmp_path / "out")
    assert [f.code for f in findings] == ["P058"]


def test_image_so_large_that_it_reaches_into_a_vm(linux: System, tmp_path: Path) -> None:
    """Such tables cannot even be planned: the same finding."""
    assert linux.platform.hypervisor is not None
    linux.platform.hypervisor.range = Range(0x40200000, 0x10000)
    linux.vms[0].ram[0] = replace(linux.vms[0].ram[0], pa=0x40210000)
    findings = generate(linux, tmp_path / "out")
    assert [f.code for f in findings] == ["P058"]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_section_too_large_is_said_by_the_linker(linux: System, tmp_path: Path) -> None:
    """A section that outgrows its slot stops the link with the place to change."""
    out = tmp_path / "out"
    generate(linux, out)
    linked.link(out)
    said = {
        ".text": "TEXT_SIZE", ".rodata": "constants_size()", ".vm0.state": "state does not fit",
        ".data": "hyp/sections.h",
    }
    for section, text in said.items():
        (out / "fat.S").write_text(f'\t.section {section}\n\t.fill 0x40000\n')
        linked.run(*linked.GCC, "-c", out / "fat.S", "-o", out / "fat.o")
        for linker in ("aarch64-linux-gnu-ld", "ld.lld"):
            command = [linker, "-T", out / "layout.lds", "-o", out / "fat.elf"]
            command += [linked.stub(tuple(linked.GCC)), *(out / name for name in ("tables.o", "payload.o", "fat.o"))]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode != 0 and text in done.stderr, (section, linker, done.stderr)


def test_missing_dtc_is_said(linux: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing tool is a finding that names its package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = generate(linux, tmp_path / "out")
    assert [f.code for f in findings] == ["P080"] and "device-tree-compiler" in findings.text()
    assert not (tmp_path / "out").exists()


def test_dependencies_name_inputs_and_payload(linux: System, tmp_path: Path) -> None:
    """make reads gen.d: the stamp depends on description and generator, the payload on the files it
    takes in."""
    out = tmp_path / "out"
    linux.inputs = [Path("vm-configs/linux-smp4.yaml")]
    generate(linux, out)
    text = (out / "gen.d").read_text()
    stamp, payload = text.split("\n\n")[:2]
    for name in ("vm-configs/linux-smp4.yaml", "gen/image/translation_tables.py", "gen/image/templates/tables.c.j2"):
        assert name in stamp
    assert str(tmp_path / "Image") in stamp and str(tmp_path / "Image") in payload
    assert "linux.dtb" in payload and "linux.dtb" not in stamp


@pytest.mark.slow
@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", ["a b", " a", "a$b", "a#b", "a:b", "a*b", "a?b", "[a]", "a[b:c #$d", "\"a',b\""])
def test_make_reads_every_name_that_it_can(linux: System, name: str) -> None:
    assert [made(linux, name, change) for change in (age, Path.touch, Path.unlink)] == [False, True, True]


@pytest.mark.slow
@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", ["a;b", "a|b", "a%b", "a=b", "a\\b", "a\\", "~", "a&", "(a)", "a\tb", "a\nb"])
def test_what_make_cannot_name_is_always_made_anew(linux: System, name: str) -> None:
    assert all(made(linux, name, change) for change in (age, Path.unlink))


@pytest.mark.usefixtures("inside")
def test_what_make_builds_is_named_as_it_was_given(linux: System, tmp_path: Path) -> None:
    """`make B=$PWD/out`, as make compares names and not files."""
    findings = Findings()
    products.write(linux, tmp_path / "out", findings)
    text = (tmp_path / "out/gen.d").read_text()
    assert text.startswith(f"{tmp_path}/out/gen.stamp:") and f"\t{tmp_path}/out/linux.dtb" in text


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", ["a b", "a$b", "a:b", "a*b", "'a'"])
def test_an_image_that_is_not_there_yet_is_waited_for(linux: System, name: str) -> None:
    """What --depfile writes of a tree that was made without it."""
    linux.inputs = [Path(name)]
    Path("all.d").write_text(depfile.tree_rules(linux, [Path("out.dtb")]))
    Path("Makefile").write_text("out.dtb:\n\techo made\n-include all.d\n")
    Path("out.dtb").touch()
    assert remade() == ""
    Path(name).touch()
    age(Path("out.dtb"))
    assert remade() == "made\n"


def remade() -> str:
    """What make says."""
    done = subprocess.run(["make", "-s"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.removesuffix("make: 'out.dtb' is up to date.\n")


def age(path: Path) -> None:
    """A file that is older than everything."""
    path.touch()
    os.utime(path, (1, 1))


def made(system: System, name: str, change: Callable[[Path], None]) -> bool:
    """True if make generates after a change of an input of that name."""
    change(Path(name))
    system.inputs = [Path(name)]
    if not Path("out").exists():
        generate(system, Path("out"))
    Path("Makefile").write_text("out/gen.stamp:\n\techo made; touch $@\n-include out/gen.d\n")
    return "made" in remade()
