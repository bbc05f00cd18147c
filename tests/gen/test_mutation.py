# SPDX-License-Identifier: Apache-2.0
"""One edit anywhere in a sound description or its platform file: either a finding names the edited
line, or there is a system whose linked image, device trees and report agree with each other and
with what is written.

    pytest tests/gen/test_mutation.py --mutations 5000      # for as long as you like
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import linked
from agreement import Agreement
from examples import examples
from gen.model import Position
from guest_images import linux_image, write_all
from test_walker import compare

pytestmark = pytest.mark.slow

BOARD = """pinion: 1
compatible: ["pinion,mutation"]
pa_bits: 40
cpus:
  - {mpidr: 0x0}
  - {mpidr: 0x1}
  - {mpidr: 0x100}
  - {mpidr: 0x101}
  - {mpidr: 0x200}
cpu_compatible: arm,cortex-a53
boot_cpu: 0
memory:
  - {name: low, base: 0x40000000, size: 1GiB}
  - {name: high, base: 0x880000000, size: 512MiB}
hypervisor: {base: 0x40200000, size: 30MiB}
reserved:
  - {name: firmware, base: 0x48000000, size: 2MiB}
gic:
  distributor: {base: 0x08000000, size: 64KiB}
  redistributors:
    - {base: 0x080a0000, size: 768KiB}
  spis: 96
  list_registers: 4
  security_states: 1
timer:
  virtual: {ppi: 11}
  physical: {ppi: 14}
  hypervisor: {ppi: 10}
  secure: {ppi: 13}
pmu: {ppi: 7}
maintenance: {ppi: 9}
uart: {kind: pl011, mmio: {base: 0x09000000, size: 4KiB}, irq: {spi: 1}, clock: 24MHz}
devices:
  rtc:
    mmio: [{base: 0x09010000, size: 4KiB}]
    irqs: [{spi: 2}]
    compatible: ["arm,pl031", "arm,primecell"]
    clocks: {apb_pclk: 24MHz}
  gpio:
    mmio: [{base: 0x09030000, size: 4KiB}]
    irqs: [{spi: 7}]
    compatible: ["arm,pl061", "arm,primecell"]
    properties: {gpio-controller: true, "#gpio-cells": 2}
  counter:
    mmio: [{base: 0x0a000000, size: 8KiB}, {base: 0x0b000000, size: 4KiB}]
    irqs: [{spi: 20}, {spi: 21}]
    compatible: [arm,sp804]
"""

SOUND = {
    "one": """pinion: 1
platform: board
vms:
  linux:
    vcpus: 4
    affinity: [0, 1, 2, 3]
    memory:
      - {ipa: 0x40000000, size: 64MiB}
    boot:
      kernel: Image
      initrd: hello.bin
      cmdline: "console=ttyAMA0"
    devices:
      console: {kind: pl011, mmio: 0x09000000, irq: {spi: 1}}
      rtc: {kind: passthrough, device: rtc}
""",
    "three": """pinion: 1
platform: board
vms:
  linux:
    vcpus: 2
    affinity: [1, 0]
    mpidrs: [0x0, 0x100]
    memory:
      - {ipa: 0x50000000, size: 64MiB, pa: same}
      - {ipa: 0x80000000, size: 2MiB, pa: 0x880000000}
    boot: {kernel: Image, cmdline: quiet}
    devices:
      console:
        kind: pl011
        mmio: 0x09000000
        irq: {spi: 1}
      clock: {kind: passthrough, device: rtc}
    gic: {distributor: 0x10000000, redistributors: 0x11000000}
  flat:
    vcpus: 1
    affinity: [2]
    memory:
      - {ipa: 0x40000000, size: 2052KiB}
    boot: {binary: hello.bin, load: 0x40001000, entry: 0x40001004}
    dtb: {address: 0x40010000}
  real-time:
    vcpus: 1
    affinity: [4]
    memory:
      - {ipa: 0x40000000, size: 4MiB}
    boot: {elf: hello.elf}
    devices:
      console: {kind: pl011, mmio: 0x0c000000, irq: {intid: 40}}
      counter: {kind: passthrough, device: counter}
""",
    "sole": """pinion: 1
platform: board
vms:
  linux:
    vcpus: 2
    affinity: [0, 1]
    memory:
      - {ipa: 0x40000000, size: 64MiB}
    boot: {kernel: Image}
    interrupts: direct
    devices:
      serial: {kind: passthrough, device: uart}
      kept: {kind: virtio-blk, mmio: 0x0c000000, irq: {spi: 40}, size: 2MiB}
      moved: {kind: virtio-blk, mmio: 0x0c001000, irq: {spi: 2}, size: 4KiB, read_only: false}
""",
    "direct": """pinion: 1
platform: board
vms:
  left:
    vcpus: 2
    affinity: [0, 1]
    memory:
      - {ipa: 0x40000000, size: 6MiB}
    boot: {kernel: Image}
    interrupts: direct
    unconfined_interrupts: true
    devices:
      console: {kind: pl011, mmio: 0x09000000, irq: {spi: 1}}
      dog: {kind: watchdog, mmio: 0x0c000000, irq: {spi: 41}}
      rtc: {kind: passthrough, device: rtc}
  right:
    vcpus: 1
    affinity: [3]
    memory:
      - {ipa: 0x40000000, size: 4MiB}
    boot: {elf: hello.elf}
    devices:
      console: {kind: pl011, mmio: 0x0c000000, irq: {intid: 33}}
""",
}

WORDS = ["pl011", "passthrough", "rtc", "counter", "gpio", "same", "Image", "hello.bin", "hello.elf", "board", "arm64",
         "null", "true", "'0'", "[]", "{}", "", "linux", "flat", "edge", "level", "level}", "nothing", "firmware"]
SIZES = ["4KiB", "2MiB", "6MiB", "64MiB", "2GiB", "1TiB", "0", "64MB", "4097", "0x1000"]
TOKEN = re.compile(r"0x[0-9a-fA-F]+|[0-9]+[KMGT]iB|[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Edit:
    """A file with one line changed. `lines`: numbers of the lines that a finding about it may
    name."""

    text: str
    lines: set[int]


def parent(lines: list[str], index: int) -> int:
    """The line that holds line `index`: the nearest above it that is indented less."""
    own = len(lines[index]) - len(lines[index].lstrip())
    above = (i for i in reversed(range(index)) if len(lines[i]) - len(lines[i].lstrip()) < own)
    return next(above, 0)


@st.composite
def token(draw: st.DrawFn, old: str) -> str:
    """Something else in the place of a word or number."""
    if old.startswith("0x"):
        value = int(old, 16)
        near = [value + step for step in (1, 8, 0x100, 0x1000, -0x1000, 0x10000, 1 << 20, 1 << 21, 1 << 24, -1 << 20)]
        far = [0, 0x40000000, 0x40200000, 0x48000000, 0x09000000, 0x9030000, 1 << 39, 1 << 48]
        return hex(max(0, draw(st.sampled_from(near + far))))
    if old.isdigit():
        return str(max(0, int(old) + draw(st.sampled_from([1, -1, 2, 5, 32, 100, 960]))))
    if re.fullmatch(r"[0-9]+[KMGT]iB", old):
        return draw(st.sampled_from(SIZES))
    return draw(st.one_of(st.sampled_from(WORDS), st.sampled_from([old[:-1], old + "x", old.upper(), f"{old} {old}"])))


@st.composite
def edits(draw: st.DrawFn, text: str) -> Edit:
    """One edit of one line."""
    lines = text.splitlines()
    index = draw(st.integers(0, len(lines) - 1))
    line, above = lines[index], parent(lines, index) + 1
    # The line, what holds it, and where that begins: a list or a mapping stands where its first
    # element does.
    named = {index + 1, above, above + 1}
    kind = draw(st.sampled_from(["token", "token", "token", "token", "delete", "double", "character", "indent", "cut"]))
    if kind == "token":
        found = draw(st.sampled_from(list(TOKEN.finditer(line))))
        lines[index] = line[:found.start()] + draw(token(found[0])) + line[found.end():]
    elif kind == "delete":
        # What is gone has no line: what held it does, and what stands there now.
        named |= {index}
        del lines[index]
    elif kind == "double":
        named |= {index + 2}
        lines.insert(index, line)
    elif kind == "character":
        at = draw(st.integers(0, len(line)))
        other = draw(st.sampled_from(list("[]{}:,-#\"'&*!|>%@ \t0x")))
        lines[index] = line[:at] + other + line[at + draw(st.integers(0, 1)):]
        named |= {index + 2}
    elif kind == "indent":
        lines[index] = draw(st.sampled_from(["", " ", "  ", "    ", "      ", "        "])) + line.lstrip()
        named |= {index + 2}
    else:
        lines[index] = line[:draw(st.integers(0, len(line)))]
        named |= {index + 2} if lines[index].strip() else {index, index + 2}
    return Edit("".join(f"{one}\n" for one in lines), named)


@pytest.fixture(scope="module", name="folder")
def fixture_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a board and images, small ones: they are linked a hundred times."""
    path: Path = tmp_path_factory.mktemp("mutation")
    write_all(path)
    (path / "Image").write_bytes(linux_image(image_size=1 << 20))
    (path / "platforms").mkdir()
    return path


def names(position: Position | None, file: str, lines: set[int]) -> bool:
    """True if a finding's place is one of some lines."""
    return position is not None and position.file.endswith(file) and position.line in lines


def board_device(board: str, lines: set[int]) -> str:
    """The device of the board that one of the lines is about, in the quotes of findings."""
    above = reversed(board.splitlines()[:min(lines, default=0)])
    return next((f"'{match[1]}'" for line in above if (match := re.fullmatch(r"  (rtc|gpio|counter):", line))),
                "no device")


def check(folder: Path, description: str, board: str, edited: str, lines: set[int]) -> bool:
    """True if there was a system; the edit is answered either way."""
    path, platform = folder / "mutation.yaml", folder / "platforms/board.yaml"
    path.write_text(description)
    platform.write_text(board)
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    system, findings = linked.built(path, out)
    # Where the syntax is broken, the line beside may be the one that does not fit.
    beside = lines | {line + step for line in lines for step in (-1, 1)}
    device = board_device(board, lines) if edited == "board.yaml" else "no device"
    told = [finding for finding in findings for near in [beside if finding.code == "P002" else lines]
            if names(finding.at, edited, near)
            or names(finding.related, edited, near)
            or device in finding.message]  # what else it clashes with has the other place
    # P151 says how the machine differs from what the VM sees: any line may be the cause.
    assert told or all(finding.code == "P151" for finding in findings), (
        f"no finding names {edited}:{sorted(lines)}:\n{findings.text()}\n{description}\n{board}")
    if not system:
        assert findings.errors
        return False
    elf = linked.link(out)
    compare(system, out, elf)
    Agreement(path, platform, out, elf).check()
    return True


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_descriptions_agree(name: str, folder: Path) -> None:
    assert check(folder, SOUND[name], BOARD, "mutation.yaml", set())


def test_what_does_not_agree_is_noticed(folder: Path) -> None:
    """The checker itself: what is written and what was made differ by a number."""
    assert check(folder, SOUND["one"], BOARD, "mutation.yaml", set())
    for old, new in (("[0, 1, 2, 3]", "[0, 1, 3, 2]"), ("size: 64MiB", "size: 66MiB"), ("{spi: 1}", "{spi: 3}"),
                     ("0x09000000", "0x09001000"), ("device: rtc", "device: gpio")):
        (folder / "mutation.yaml").write_text(SOUND["one"].replace(old, new))
        with pytest.raises(AssertionError):
            Agreement(folder / "mutation.yaml", folder / "platforms/board.yaml", folder / "out",
                      folder / "out/pinion.elf").check()


def test_one_edit_is_told_or_true(folder: Path, request: pytest.FixtureRequest) -> None:
    """The promise, for as many random edits as `--mutations` says."""
    count = {True: 0, False: 0}
    wanted = request.config.getoption("--mutations")

    @examples(wanted or 1000, wanted or 40)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        description, board = SOUND[data.draw(st.sampled_from(sorted(SOUND)))], BOARD
        if data.draw(st.integers(0, 2)):
            edit = data.draw(edits(description))
            count[check(folder, edit.text, board, "mutation.yaml", edit.lines)] += 1
        else:
            edit = data.draw(edits(board))
            count[check(folder, description, edit.text, "board.yaml", edit.lines)] += 1

    run()
    edited = sum(count.values())
    assert edited < 100 or 20 * min(count.values()) > edited, count  # a few edits may all be rejected
