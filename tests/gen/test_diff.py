# SPDX-License-Identifier: Apache-2.0
"""`diff`: in words, for descriptions and for device tree blobs; what means the same is no
difference."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from gen.api import steps
from gen.api.cli import main
from gen.read.findings import Findings
from gen.show import differences
from guest_images import write_all

ROOT = Path(__file__).resolve().parents[2]
BOARD = Path(__file__).parent / "corpus/platforms/board.yaml"
FIRST = """pinion: 1
platform: platforms/board.yaml
vms:
  linux:
    vcpus: 2
    affinity: [0, 1]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: Image, cmdline: quiet}
    devices:
      console: {kind: pl011, mmio: 0x09000000, irq: {spi: 1}}
  rt:
    vcpus: 1
    affinity: [2]
    memory: [{ipa: 0x40000000, size: 4MiB}]
    boot: {binary: hello.bin}
"""
TREE = """/dts-v1/;
/ {
    #address-cells = <2>;
    #size-cells = <2>;
    interrupt-parent = <&gic>;
    chosen { bootargs = "quiet"; };
    gic: intc@8000000 {
        compatible = "arm,gic-v3";
        interrupt-controller;
        #interrupt-cells = <3>;
        reg = <0 0x8000000 0 0x10000>;
    };
    clk: clock { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
    other: other { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <1>; };
    uart: serial@9000000 {
        compatible = "arm,pl011", "arm,primecell";
        reg = <0 0x9000000 0 0x1000>;
        interrupts = <0 1 4>;
        clocks = <&clk>, <&clk>;
        vendor-supply = <&clk>;
        local-mac-address = [00 11 22 33 44 55];
    };
    bus { compatible = "simple-bus"; one { }; two { three { }; }; };
};
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a description and a board."""
    write_all(tmp_path)
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms/board.yaml").write_bytes(BOARD.read_bytes())
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(FIRST)
    blob(TREE, "a.dtb")


def blob(text: str, name: str) -> None:
    """Compile a tree."""
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", name], input=text.encode(), check=True)


def differ(text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What differs between the first description and another."""
    Path("b.yaml").write_text(text)
    status = main(["diff", "a.yaml", "b.yaml"])
    out, err = capsys.readouterr()
    assert err == "" and status == (1 if out else 0)
    return out.splitlines()


@pytest.mark.parametrize("old, new, said", [
    ("vcpus: 2\n    affinity: [0, 1]", "vcpus: 3\n    affinity: [0, 1, 3]",
     ["vm 'linux': vcpus 2 -> 3", "vm 'linux': affinity [0, 1] -> [0, 1, 3]",
      "vm 'linux': mpidrs [0x0, 0x1] -> [0x0, 0x1, 0x2]"]),
    ("64MiB", "0x04000000", []),
    ("64MiB", "128MiB", ["vm 'linux' memory 0: size 64MiB -> 128MiB"]),
    ("size: 64MiB}", "size: 64MiB, pa: same}", ["vm 'linux' memory 0: pa none -> 0x40000000"]),
    ("size: 64MiB}", "size: 64MiB}, {ipa: 0x80000000, size: 2MiB}",
     ["vm 'linux' memory 1: added (ipa 0x80000000, size 2MiB)"]),
    ("irq: {spi: 1}", "irq: {intid: 33}", []),
    ("irq: {spi: 1}", "irq: {intid: 34}",
     ["vm 'linux' device 'console': irq SPI 1 (INTID 33) -> SPI 2 (INTID 34)"]),
    ("mmio: 0x09000000", "mmio: 0x1c090000", ["vm 'linux' device 'console': mmio 0x9000000 -> 0x1c090000"]),
    ("cmdline: quiet", "cmdline: 'console=ttyAMA0'", ["vm 'linux': boot cmdline 'quiet' -> 'console=ttyAMA0'"]),
    ("    devices:\n      console:", "    gic: {distributor: 0x03000000}\n    devices:\n      uart:",
     ["vm 'linux' device 'console': removed",
      "vm 'linux' device 'uart': added (kind 'pl011', mmio 0x9000000, irq SPI 1 (INTID 33))",
      "vm 'linux': gic distributor none -> 0x3000000"]),
    ("  rt:", "  rtos:", ["vm 'rt': removed", "vm 'rtos': added (vcpus 1, affinity [2], mpidrs [0x0])"]),
    ("vcpus: 1", "vcpus: 1 # a comment", []),
])
def test_descriptions(old: str, new: str, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert old in FIRST
    assert differ(FIRST.replace(old, new, 1), capsys) == said


def test_order_of_vms(capsys: pytest.CaptureFixture[str]) -> None:
    head, rest = FIRST.split("vms:\n")
    linux, rt = rest.split("  rt:")
    assert differ(f"{head}vms:\n  rt:{rt}{linux}", capsys) == ["the VMs are in another order: rt, linux"]


def test_platforms(capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("platforms/board.yaml").read_text()
    assert "spis: 96" in text
    text = text.replace("spis: 96", "spis: 64").replace("{mpidr: 0x101}", "{mpidr: 0x102}")
    Path("platforms/new.yaml").write_text(text)
    assert differ(FIRST.replace("board.yaml", "new.yaml"), capsys) == [
        "platform board -> new", "platform: cpu 3: mpidr 0x101 -> 0x102", "platform: gic spis 96 -> 64"]


SHIPPED = sorted((ROOT / "vm-configs/platforms").glob("*.yaml"), key=lambda path: (path.stem != "qemu-virt", path))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_where_a_board_says_something_is_no_difference(path: Path) -> None:
    """Two copies, every line of the second one line further down."""
    Path("copy.yaml").write_text("# another line\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    findings = Findings()
    old, new = (steps.load_platform(name, findings) for name in (path, Path("copy.yaml")))
    assert old and new and not differences.platforms(old, new)


@pytest.mark.parametrize("old, new, said", [
    ("version: 3", "version: 4", ["gic version 3 -> 4"]),
    ("{offset: 0x70, value: 0}", "{offset: 0x74, value: 1}",
     ["device 'virtio0' quiesce write 0: offset 0x70 -> 0x74", "device 'virtio0' quiesce write 0: value 0x0 -> 0x1"]),
    ("rtc:\n", "rtc:\n    children: {slot: {properties: {reg: 0}}}\n", ["device 'rtc' child 'slot': added"]),
])
def test_parts_of_a_board(old: str, new: str, said: list[str]) -> None:
    text = SHIPPED[0].read_text(encoding="utf-8")
    assert old in text
    Path("copy.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    findings = Findings()
    boards = [steps.load_platform(name, findings) for name in (SHIPPED[0], Path("copy.yaml"))]
    assert boards[0] and boards[1], findings.text()
    lines = differences.platforms(boards[0], boards[1])
    assert lines[:len(said)] == [f"platform: {line}" for line in said]


def test_console(capsys: pytest.CaptureFixture[str]) -> None:
    assert differ(FIRST + "console: {pcpu: 3}\n", capsys) == ["console pcpu none -> 3"]


@pytest.mark.parametrize("old, new, said", [
    ("", "", []),
    ('"quiet"', '"loud"', ["/chosen: bootargs 'quiet' -> 'loud'"]),
    ("<0 1 4>", "<0 2 1>",
     ["/serial@9000000: interrupts SPI 1 (INTID 33) level high -> SPI 2 (INTID 34) rising edge"]),
    ("<0 0x9000000 0 0x1000>", "<0 0x9010000 0 0x1000>",
     ["/serial@9000000: reg 0x9000000..0x9000fff (0x1000 bytes) -> 0x9010000..0x9010fff (0x1000 bytes)"]),
    ("<24000000>", "<25000000>", ["/clock: clock-frequency <0x16e3600> -> <0x17d7840>"]),
    ("<&clk>, <&clk>", "<&clk>, <&other>", ["/serial@9000000: clocks /clock, /clock -> /clock, /other"]),
    ("vendor-supply = <&clk>", "vendor-supply = <&other>", ["/serial@9000000: vendor-supply /clock -> /other"]),
    ("[00 11 22 33 44 55]", "[00 11 22 33 44 56]",
     ["/serial@9000000: local-mac-address [00 11 22 33 44 55] -> [00 11 22 33 44 56]"]),
    ('compatible = "arm,pl011", "arm,primecell"', 'compatible = "arm,pl011"; wakeup-source',
     ["/serial@9000000: compatible 'arm,pl011', 'arm,primecell' -> 'arm,pl011'",
      "/serial@9000000: wakeup-source added, present"]),
    ("bus {", "bass {", ["/bus: removed, with 3 nodes below it", "/bass: added, with 3 nodes below it"]),
    ("two { three { }; };", "", ["/bus/two: removed, with 1 node below it"]),
    # Another phandle for each, but the same meaning.
    ("    clk: clock {", "    first: first { phandle = <1>; };\n    clk: clock {", ["/first: added"]),
])
def test_blobs(old: str, new: str, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert old in TREE
    blob(TREE.replace(old, new, 1), "b.dtb")
    status = main(["diff", "a.dtb", "b.dtb"])
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in said), "") and status == bool(said)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    blob(TREE.replace("quiet", "loud"), "b.dtb")
    assert main(["diff", "a.dtb", "b.dtb", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == ["/chosen: bootargs 'quiet' -> 'loud'"]


@pytest.mark.parametrize("first, second, said", [
    ("a.yaml", "a.dtb", "a.yaml:1:1: error P135: one of the two is a device tree blob, and this is not; compare two of "
     "a kind: pinion-gen dtb makes the blobs of a description\n"),
    ("cut.dtb", "a.dtb", "cut.dtb:1:1: error P135: the blob is cut off: it has 200 bytes of SIZE; build it again\n"),
    ("short.dtb", "a.dtb", "short.dtb:1:1: error P135: the blob is cut off: it has 20 bytes of SIZE; build it again\n"),
    ("a.yaml", "bad.yaml", "bad.yaml:5:5: error P005: vm 'linux': unknown key 'vcpu'; did you mean 'vcpus'?\n"),
    ("a.yaml", "nothing",
     "nothing:1:1: error P001: cannot read 'nothing': No such file or directory; correct the path\n"),
])
def test_what_cannot_be_compared(first: str, second: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("cut.dtb").write_bytes(Path("a.dtb").read_bytes()[:200])
    Path("short.dtb").write_bytes(Path("a.dtb").read_bytes()[:20])
    Path("bad.yaml").write_text(FIRST.replace("vcpus: 2", "vcpu: 2"))
    assert main(["diff", first, second]) == 1
    out, err = capsys.readouterr()
    assert out == "" and said.replace("SIZE", str(Path("a.dtb").stat().st_size)) in err


@examples(600, 60)
@given(st.data())
def test_damaged_blobs_make_no_traceback(data: st.DataObject) -> None:
    """Whatever a blob holds, it is compared or refused."""
    blob_bytes = bytearray(Path("a.dtb").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(blob_bytes) - 4))
        blob_bytes[at:at + 4] = data.draw(st.one_of(st.binary(min_size=4, max_size=4), st.sampled_from(
            [b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\3", b"\0\0\0\x09", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"])))
    Path("damaged.dtb").write_bytes(blob_bytes)
    assert main(["diff", "a.dtb", "damaged.dtb"]) in (0, 1)
