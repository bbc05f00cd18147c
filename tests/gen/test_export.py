# SPDX-License-Identifier: Apache-2.0
"""Exports: what a target cannot say is said, in exactly these words; what it can say is what the
generator decided. corpus/exports/TARGET/*.yaml hold the expected text as `#= ` lines, and arguments
as a `#> ` line."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gen
from gen.api import steps
from gen.api.cli import main
from gen.devicetree.tree import Tree, read
from gen.devicetree.values import cells
from gen.export import bao, keys
from gen.export import own as own_target
from gen.export.job import Job
from gen.model import Range
from gen.read.findings import Findings
from gen.read.schemas import schema
from guest_images import linux_image, write_all

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = Path(__file__).parent / "corpus" / "exports"
CASES = sorted(str(path.relative_to(EXPORTS).with_suffix("")) for target in ("qemu", "xen", "bao")
               for path in (EXPORTS / target).glob("*.yaml"))
BAO = Path(__file__).parent / "bao"
# Keys that exports refuse.
LOST = {"firmware_calls"}
TWO = """pinion: 1
platform: platforms/virt.yaml
vms:
  first:
    vcpus: 2
    affinity: [1, 3]
    memory: [{ipa: 0x40000000, size: 64MiB}, {ipa: 0x80000000, size: 4MiB}]
    boot: {kernel: Image, initrd: hello.bin, cmdline: 'console=ttyAMA0 "quiet"'}
    devices:
      console: {kind: pl011, mmio: 0x1c090000, irq: {spi: 1}}
      rtc: {kind: passthrough, device: rtc}
  second-vm:
    vcpus: 1
    affinity: [0]
    memory: [{ipa: 0x40000000, size: 16MiB}]
    boot: {elf: hello.elf}
    gic: {distributor: 0x03000000, redistributors: 0x03100000}
    devices:
      gpio: {kind: passthrough, device: gpio}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the corpus with guest images and the board's own tree."""
    path: Path = tmp_path_factory.mktemp("exports") / "exports"
    shutil.copytree(EXPORTS, path)
    write_all(path)
    for name in ("host", "bare"):
        command = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path / f"{name}.dtb", path / f"{name}.dts"]
        subprocess.run(command, check=True)
    (path / "two.yaml").write_text(TWO)
    return path


@pytest.fixture(autouse=True)
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The corpus is the working directory."""
    monkeypatch.chdir(folder)
    yield


def lines(path: str, mark: str) -> list[str]:
    """What stands behind a mark in a file."""
    return [line.removeprefix(mark) for line in Path(path).read_text().splitlines() if line.startswith(mark)]


@pytest.mark.parametrize("case", CASES)
def test_export_is_answered_with_exactly_this(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [word for line in lines(f"{case}.yaml", "#> ") for word in line.split()]
    expected = lines(f"{case}.yaml", "#= ")
    status = main(["export", case.split("/")[0], f"{case}.yaml", "-o", str(tmp_path / "out"), *arguments])
    assert capsys.readouterr().err.splitlines() == expected
    assert status == any(" error P" in line for line in expected)
    assert (tmp_path / "out").exists() == (status == 0)


def export(target: str, out: Path, path: str = "two.yaml", **options: Any) -> gen.Checked:
    """One export that succeeds."""
    checked = gen.load(path).check()
    files = checked.export(target, out, **options)
    assert sorted(files) == sorted(out.iterdir())
    return checked


# ---------------------------------------------------------------- QEMU


def test_qemu_is_told_of_every_image(tmp_path: Path) -> None:
    export("qemu", tmp_path / "out", "qemu/sound.yaml")
    text = (tmp_path / "out/rt.sh").read_text()
    assert os.access(tmp_path / "out/rt.sh", os.X_OK)
    assert " -cpu cortex-a53 -smp 2 -m 64M " in text and " -kernel rt.kernel -dtb rt.dtb " in text
    assert (tmp_path / "out/rt.kernel").read_bytes() == Path("Image").read_bytes()
    assert (tmp_path / "out/rt.dtb").read_bytes() == gen.load("qemu/sound.yaml").check().dtb("rt")


@pytest.mark.parametrize("affinity, cpu", [("[0, 1]", "cortex-a53"), ("[2, 3]", "cortex-a72"), ("[1, 2]", "max")])
def test_qemu_has_the_kind_of_the_pcpus(affinity: str, cpu: str, tmp_path: Path) -> None:
    text = Path("qemu/two-kinds-of-cpus.yaml").read_text()
    Path("qemu/kinds.yaml").write_text(text.replace("[1, 2]", affinity))
    export("qemu", tmp_path / "out", "qemu/kinds.yaml")
    assert f" -cpu {cpu} -smp 2 " in (tmp_path / "out/rt.sh").read_text()


# ---------------------------------------------------------------- Xen


def test_xen_finds_modules_devices_and_command_line(tmp_path: Path) -> None:
    text = Path("two.yaml").read_text().replace("elf: hello.elf", "kernel: Image").replace("size: 16MiB", "size: 64MiB")
    Path("xen-two.yaml").write_text(text.replace("  second-vm:", "  second-vm: # SPI 8 of this board\n"
                                                 "    mpidrs: [0]").replace("device: gpio", "device: timer"))
    export("xen", tmp_path / "out", "xen-two.yaml", host_tree="host.dtb")
    out = tmp_path / "out"
    tree = read((out / "host.dtb").read_bytes())
    assert "xen,passthrough" in tree["/pl031@9010000"].properties
    assert "xen,passthrough" in tree["/bus/timer@20000"].properties
    first, second = tree["/chosen/first"], tree["/chosen/second-vm"]
    assert (cells(first.properties["cpus"]), cells(first.properties["memory"])) == ([2], [0, 68 * 1024])
    assert "vpl011" in first.properties and "vpl011" not in second.properties
    modules = {}
    for path, node in tree.items():
        if path.count("/") == 3 and path.startswith("/chosen/"):
            numbers = cells(node.properties["reg"])
            area = Range(numbers[0] << 32 | numbers[1], numbers[2] << 32 | numbers[3])
            modules[node.compatible[0].split(",")[1] + path.split("/")[2]] = (node, area)
    assert len(modules) == 5
    areas = sorted((area for _, area in modules.values()), key=lambda area: area.base)
    assert all(one.end <= two.base for one, two in zip(areas, areas[1:]))
    assert areas[0].base >= 0x48200000  # above the hypervisor's RAM and the machine's tree
    kernel, area = modules["kernelfirst"]
    assert kernel.properties["bootargs"] == b'console=ttyAMA0 "quiet"\0' and area.size == Path("Image").stat().st_size
    files = dict(reversed(line.split()) for line in lines_of(out / "modules.txt") if not line.startswith("#"))
    assert {name: int(at, 16) for name, at in files.items()} == {
        "first.kernel": modules["kernelfirst"][1].base, "first.initrd": modules["ramdiskfirst"][1].base,
        "first.passthrough.dtb": modules["device-treefirst"][1].base,
        "second-vm.kernel": modules["kernelsecond-vm"][1].base,
        "second-vm.passthrough.dtb": modules["device-treesecond-vm"][1].base}
    assert set(files) <= {path.name for path in out.iterdir()}
    partial = read((out / "first.passthrough.dtb").read_bytes())
    rtc = partial["/passthrough/rtc@9010000"]
    assert cells(rtc.properties["xen,reg"]) == [0, 0x09010000, 0, 0x1000, 0, 0x09010000]
    assert rtc.properties["xen,path"] == b"/pl031@9010000\0"
    assert cells(rtc.properties["interrupts"]) == [0, 2, 4]
    assert partial["/passthrough/clock-0-0"].properties["clock-frequency"] == struct.pack(">I", 24000000)


def lines_of(path: Path) -> list[str]:
    """The lines of a file."""
    return path.read_text().splitlines()


@pytest.mark.parametrize("region, lowest", [("{base: 0x50000000, size: 32MiB}", 0x52000000),
                                            ("{base: 0x7e000000, size: 32MiB}", 0x40200000)])
def test_xen_modules_lie_above_the_hypervisor_or_else_below(region: str, lowest: int, tmp_path: Path) -> None:
    platform = Path("platforms/virt.yaml").read_text()
    Path("platforms/moved.yaml").write_text(platform.replace("{base: 0x40200000, size: 126MiB}", region))
    text = Path("xen/ram-elsewhere.yaml").read_text()
    Path("moved.yaml").write_text(text.replace("../platforms/virt", "platforms/moved"))
    export("xen", tmp_path / "out", "moved.yaml")
    assert int(lines_of(tmp_path / "out/modules.txt")[1].split()[0], 16) == lowest


def test_xen_of_nodes_with_the_same_registers_takes_the_one_that_was_imported(tmp_path: Path) -> None:
    text = Path("xen/sound.yaml").read_text()
    Path("xen/twins.yaml").write_text(text + "      gpio: {kind: passthrough, device: gpio}\n")
    export("xen", tmp_path / "out", "xen/twins.yaml", host_tree="host.dtb")
    tree = read((tmp_path / "out/host.dtb").read_bytes())
    assert "xen,passthrough" in tree["/gpio@9030000"].properties
    assert "xen,passthrough" not in tree["/pwm@9030000"].properties
    partial = read((tmp_path / "out/rt.passthrough.dtb").read_bytes())
    assert partial["/passthrough/gpio@9030000"].properties["xen,path"] == b"/gpio@9030000\0"


def test_xen_without_the_hosts_tree_is_an_overlay(tmp_path: Path) -> None:
    export("xen", tmp_path / "out", "xen/ram-elsewhere.yaml")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["modules.txt", "rt.kernel", "xen.dtbo", "xen.dts"]


# ---------------------------------------------------------------- Bao


def config(out: Path) -> list[dict[str, Any]]:
    """What a host program reads from config.c."""
    command = ["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", BAO]
    if not Path("print.o").exists():
        subprocess.run([*command, "-c", BAO / "print.c", "-o", "print.o"], check=True)
    subprocess.run([*command, out / "config.c", "print.o", "-o", out / "print"], check=True)
    done = subprocess.run([out / "print"], check=True, capture_output=True, text=True)
    print(done.stdout)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def number(text: str) -> int:
    """A number of system.json."""
    return int(text, 16)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["two.yaml", str(ROOT / "vm-configs/linux-smp2.yaml")])
def test_bao_holds_what_system_json_says(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if path != "two.yaml":  # its guest images are built elsewhere: stand-ins of the same names do
        Path("build/guests").mkdir(parents=True)
        Path("build/guests/Image").write_bytes(linux_image())
        Path("build/guests/initrd.cpio.gz").write_bytes(b"initrd")
    checked = export("bao", tmp_path / "out", path)
    report = checked.report()
    board = checked.system.platform
    assert board.uart
    for vm, told in zip(report["vms"], config(tmp_path / "out"), strict=True):
        assert told["file"] == f"{vm['name']}.bin"
        assert (told["separately_loaded"], told["inplace"]) == (0, 0)
        assert told["cpus"] == len(vm["vcpus"])
        assert told["affinity"] == sum(1 << vcpu["pcpu"] for vcpu in vm["vcpus"])
        assert [(r["base"], r["size"], r["phys"], r["place_phys"]) for r in told["regions"]] == [
            (number(r["ipa"]), number(r["size"]), number(r["pa"]), 1) for r in vm["ram"]]
        assert told["gicd"] == number(vm["gic"]["distributor"]["base"])
        assert told["gicr"] == number(vm["gic"]["redistributors"]["base"])
        assert told["intids"] == 32 * vm["gic"]["banks"]
        wanted = [(board.uart.mmio.base, number(d["mmio"]["base"]), number(d["mmio"]["size"]), [d["irq"]["intid"]])
                  for d in vm["emulated"]]
        wanted += [(number(m["base"]), number(m["base"]), number(m["size"]), [i["intid"] for i in d["irqs"]])
                   for d in vm["passed"] for m in d["mmio"]]
        wanted.append((0, 0, 0, [27, 30]))
        assert [(d["pa"], d["va"], d["size"], d["interrupts"]) for d in told["devs"]] == wanted


def intids(nodes: Tree) -> Iterator[int]:
    """The INTIDs of all nodes of a guest's tree."""
    for node in nodes.values():
        numbers = cells(node.properties.get("interrupts", b""))
        yield from (number + (16 if ppi else 32) for ppi, number, _ in zip(*[iter(numbers)] * 3))


@pytest.mark.slow
@pytest.mark.parametrize("address", ["", "0x40200000", "0x40400000", "0x40402000", "0x40800000", "0x40ff0000"])
def test_bao_starts_the_image_with_the_tree_in_x0(address: str, tmp_path: Path) -> None:
    """Of a VM of 16 MiB, which makes the image small; the kernel takes two."""
    Path("small").write_bytes(linux_image(image_size=2 << 20))
    placed = f"    dtb: {{address: {address}}}\n    devices:" if address else "    devices:"
    text = TWO.replace("kernel: Image", "kernel: small").replace("16MiB", "4MiB").replace("64MiB", "16MiB")
    Path("placed.yaml").write_text(text.replace("    devices:", placed, 1))
    checked = export("bao", tmp_path / "out", "placed.yaml")
    assert not address or checked.system.vms[0].dtb == int(address, 16)
    for vm, told in zip(checked.system.vms, config(tmp_path / "out")):
        image, tree = (tmp_path / f"out/{vm.name}.bin").read_bytes(), (tmp_path / f"out/{vm.name}.dtb").read_bytes()
        at = told["entry"] - told["base"]
        *_, where, entry = struct.unpack_from("<6IQQ", image, at)
        assert image[at:].startswith(bao.boot_code(where, entry)) and entry == vm.entry
        assert image[where - told["base"]:].startswith(tree) and where % 8 == 0
        for payload in (p for p in vm.payloads if p.what not in ("dtb", "initrd")):
            data = payload.path.read_bytes()[payload.offset:payload.offset + payload.file_size]
            assert image[payload.ipa - told["base"]:].startswith(data)
        nodes = read(tree)
        assert nodes["/psci"].properties["method"] == b"smc\0"
        given = {intid for device in told["devs"] for intid in device["interrupts"]}
        # The binding of the timer has four interrupts, of which two are never a guest's.
        assert set(intids(nodes)) - given == {26, 29}
        if vm.initrd:
            start = cells(nodes["/chosen"].properties["linux,initrd-start"])[0] - told["base"]
            assert image[start:].startswith(Path("hello.bin").read_bytes())


def test_bao_boot_code_is_what_the_assembler_makes(tmp_path: Path) -> None:
    source = tmp_path / "boot.S"
    source.write_text("ldr x0, tree\nmov x1, xzr\nmov x2, xzr\nmov x3, xzr\nldr x4, entry\nbr x4\n"
                      "tree: .quad 0x123456789abcdef0\nentry: .quad 0x40000000\n")
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", source, "-o", tmp_path / "boot.o"], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", tmp_path / "boot.o", tmp_path / "boot.bin"],
                   check=True)
    assert (tmp_path / "boot.bin").read_bytes() == bao.boot_code(0x123456789ABCDEF0, 0x40000000)


# ---------------------------------------------------------------- all of them


@pytest.mark.slow
@pytest.mark.parametrize("target, path", [("qemu", "qemu/sound.yaml"), ("xen", "xen/sound.yaml"), ("bao", "two.yaml")])
def test_same_bytes_every_time_and_everywhere(target: str, path: str, tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    export(target, tmp_path / "a", path, host_tree=Path("host.dtb").resolve())
    there = tmp_path / "elsewhere"
    shutil.copytree(Path.cwd(), there)
    monkeypatch.chdir(there / "platforms")
    for name in ("Image", "hello.bin", "hello.elf"):  # found beside the description now
        shutil.copy(there / name, (there / path).parent / name) if (there / path).parent != there else None
    export(target, tmp_path / "b", str(there / path), host_tree=there / "host.dtb")
    names = [path.name for path in sorted((tmp_path / "a").iterdir())]
    assert names == [path.name for path in sorted((tmp_path / "b").iterdir())]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_what_is_the_same_is_left_alone(tmp_path: Path) -> None:
    export("qemu", tmp_path / "out", "qemu/sound.yaml")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    export("qemu", tmp_path / "out", "qemu/sound.yaml")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}


def test_keys_that_a_target_does_not_know_are_listed() -> None:
    checked = gen.load("qemu/sound.yaml").check()
    description, vm = checked.system.description, checked.system.vms[0]
    assert vm.source.boot
    for thing, key in ((description, "console"), (description, "telepathy"), (vm.source, "on_crash"),
                       (vm.source, "soul"), (vm.source.boot, "twice"), (vm.source.memory[0], "colour"),
                       (vm.source.devices["console"], "log")):
        thing.keys[key] = thing.at
    with pytest.raises(gen.Rejected) as rejected:
        checked.export("qemu", "out")
    said = {(f.severity, f.message) for f in rejected.value.findings if f.code == "P131"}
    assert said == {
        ("warning", "qemu: console says what Pinion does, and is left out"),
        ("warning", "qemu: vm 'rt' on_crash says what Pinion does, and is left out"),
        *(("error", f"qemu: {key} is something that the target is not told of")
          for key in ("telepathy", "vm 'rt' soul", "vm 'rt' twice", "vm 'rt' colour", "vm 'rt' log"))}


@pytest.mark.parametrize("part", [part for part in keys.CARRIED if part != "device"])
def test_every_key_of_the_format_is_thought_of(part: str) -> None:
    """A key that is new: exports carry it over, or gen/export/keys.py says that they do not."""
    root = schema("description")
    place = root if part == "description" else root["$defs"][part]
    assert set(place["properties"]) <= keys.CARRIED[part] | keys.UNSEEN.get(part, set()) | LOST


# ---------------------------------------------------------------- templates of the user's own


OWN = """{% for vm in vms %}
==> {{ vm.name }}.txt <==
{{ vm.name }}: {{ vm.vcpus|length }} vCPUs, RAM {{ vm.ram[0].ipa|hex }}, {{ vm.images|map(attribute='file')|join(' ') }}
{% endfor %}
==> tree.dts <==
/dts-v1/;
/ { name-of = {{ name|c_string }}; };
"""


def own(folder: Path, text: str, name: str = "mine") -> list[str]:
    """What an export with a template of one's own says."""
    folder.mkdir()
    (folder / f"{name}.j2").write_text(text)
    checked = gen.load("two.yaml").check()
    try:
        checked.export(name, folder / "out", templates=folder)
        findings = checked.findings
    except gen.Rejected as rejected:
        findings = rejected.findings
    return [str(finding).replace(f"{folder}/", "") for finding in findings if finding.code in ("P132", "P133")]


def test_a_template_of_ones_own_makes_files(tmp_path: Path) -> None:
    said = own(tmp_path / "t", OWN)
    assert said == ["two.yaml:1:1: warning P133: mine: nothing here knows what this target cannot say, so nothing was "
                    "checked against it; read what the template makes"]
    out = tmp_path / "t/out"
    assert (out / "first.txt").read_text() == "first: 2 vCPUs, RAM 0x40000000, first.kernel first.initrd\n"
    assert (out / "second-vm.txt").read_text() == "second-vm: 1 vCPUs, RAM 0x40000000, second-vm.elf\n"
    assert read((out / "tree.dtb").read_bytes())["/"].properties["name-of"] == b"two\0"
    assert (out / "second-vm.elf").read_bytes() == Path("hello.elf").read_bytes()


def test_the_template_of_the_document(tmp_path: Path) -> None:
    text = (ROOT / "docs/export.md").read_text(encoding="utf-8")
    quoted = text.split("An undefined name is an error.\n")[1].split("\nA new target")[0]
    example = [line[4:] for line in quoted.splitlines()]
    assert own(tmp_path / "t", "\n".join(example) + "\n", "kvmtool")[0].startswith("two.yaml:1:1: warning P133")
    made = (tmp_path / "t/out/first.kvmtool.sh").read_text()
    assert "--cpus 2 --mem 64 " in made and "--kernel first.kernel --initrd first.initrd" in made
    assert """--params 'console=ttyAMA0 "quiet"' "$@"\n""" in made


def test_every_name_of_the_document_is_told(tmp_path: Path) -> None:
    text = (ROOT / "docs/export.md").read_text(encoding="utf-8")
    table = text.split("A new target is told")[1].split("\nFiles that")[0]
    rows = [row for row in table.splitlines() if row.startswith("| `")]
    checked = gen.load("two.yaml").check()
    job = Job(checked.system, "mine", Findings(), None)
    own_target.prepare(job)
    vm = job.context["vms"][0]
    told = {"name", "platform", "vms", *(f"vm.{key}" for key in vm)}
    assert {name for row in rows for name in re.findall(r"`([a-z.]+)`", row.split("|")[1])} == told
    assert {f"`{key}`" for rows in (vm["vcpus"], vm["ram"], vm["images"], vm["emulated"], vm["passed"])
            for key in rows[0]} <= set(re.findall(r"`[a-z_]+`", text))


def test_a_template_of_ones_own_is_told_of_disks(tmp_path: Path) -> None:
    """With an image, read-only or not, and empty; none of them is an image in RAM."""
    devices = """      a: {kind: virtio-blk, mmio: 0x0a000000, irq: {spi: 16}, image: hello.bin}
      b: {kind: virtio-blk, mmio: 0x0a001000, irq: {spi: 17}, image: hello.bin, read_only: true, serial: x}
      c: {kind: virtio-blk, mmio: 0x0a002000, irq: {spi: 18}, size: 1MiB}
"""
    Path("disks.yaml").write_text(TWO.replace("      rtc:", f"{devices}      rtc:", 1))
    (tmp_path / "t").mkdir()
    (tmp_path / "t/mine.j2").write_text("==> all <==\n{{ vms[0].disks|tojson }}{{ vms[0].images|length }}\n")
    export("mine", tmp_path / "out", "disks.yaml", templates=tmp_path / "t")
    disk = {"name": "a", "file": "first.a.img", "size": 16384, "read_only": False, "serial": "a"}
    told = (tmp_path / "out/all").read_text()
    assert told.endswith("]2\n") and json.loads(told[:-2]) == [
        disk, {**disk, "name": "b", "file": "first.b.img", "read_only": True, "serial": "x"},
        {**disk, "name": "c", "file": "", "size": 1 << 20, "serial": "c"}]
    assert (tmp_path / "out/first.b.img").read_bytes() == Path("hello.bin").read_bytes()


def test_a_template_of_ones_own_replaces_a_known_one(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t/bao.j2").write_text("==> n <==\n{{ vms[0].affinity }}\n")
    export("bao", tmp_path / "out", templates=tmp_path / "t")
    assert (tmp_path / "out/n").read_text() == "10\n"


@pytest.mark.parametrize("text, said", [
    ("x\n{{ nothing }}", "mine.j2:2:1: error P132: template: 'nothing' is undefined"),
    ("{% for %}", "mine.j2:1:1: error P132: template: Expected an expression, got 'end of statement block'"),
    ("\n{% include 'gone' %}", "mine.j2:2:1: error P132: template: gone"),
    ("{% macro again() %}\n{{ again() }}{% endmacro %}{{ again() }}",
     "mine.j2:2:1: error P132: template: it calls itself without end"),
    ("\n{{ 'x' * 10**18 }}", "mine.j2:2:1: error P132: template: it needs more memory than there is"),
    ("\n{% for i in range(100000000) %}{% endfor %}",
     "mine.j2:2:1: error P132: template: a range of 100000000 numbers, of 100000 at most"),
    ("==> a <==\n{{ 1 / 0 }}", "mine.j2:2:1: error P132: template: division by zero"),
    ("x\n==> a <==\n", "mine.j2:1:1: error P132: template: there is text before the first line '==> NAME <=='"),
    ("", "mine.j2:1:1: error P132: template: it makes no file: a line '==> NAME <==' begins each"),
    ("==> ../a <==\n", "mine.j2:1:1: error P132: template: '../a' is no plain file name"),
    ("==> a <==\n==> a <==\n", "mine.j2:1:1: error P132: template: it makes 'a' twice"),
    ("==> a.dts <==\nx\n", "mine.j2:1:1: error P132: dtc refuses 'a.dts', which the template made: Error: "
     "<stdin>:1.1-2 syntax error"),
])
def test_mistakes_of_a_template(text: str, said: str, tmp_path: Path) -> None:
    assert [line.split("; correct the template")[0] for line in own(tmp_path / "t", text) if "P132" in line] == [said]
    assert not (tmp_path / "t/out").exists()


def test_a_target_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "kvm", "two.yaml", "-o", "out"]) == 2
    assert "there is no target 'kvm', only bao, qemu, xen" in capsys.readouterr().err
    with pytest.raises(ValueError, match="there is no target 'kvm'"):
        gen.load("two.yaml").check().export("kvm", "out")


def test_the_corpus_is_checked_by_the_same_rules_as_a_build() -> None:
    findings = Findings()
    assert steps.load_platform(Path("platforms/virt.yaml"), findings)
    assert findings.text() == ""
