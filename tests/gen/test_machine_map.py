# SPDX-License-Identifier: Apache-2.0
"""The map of the machine can be read: no text lies on another or leaves its box or the page; memory
is to scale."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest

import large
from gen.api.cli import main
from gen.show.map_svg import colour

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
ADVANCE = 0.6021  # of the font size: DejaVu Sans Mono, the widest of the fonts that the drawing names


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing."""

    left: float
    top: float
    right: float
    bottom: float
    what: str = ""

    def meets(self, other: Box) -> bool:
        """True if the two share more than an edge."""
        return (self.left < other.right and other.left < self.right and self.top < other.bottom
                and other.top < self.bottom)

    def holds(self, other: Box) -> bool:
        """True if `other` does not reach out of this one."""
        return (self.left <= other.left and other.right <= self.right and self.top <= other.top
                and other.bottom <= self.bottom)


class Drawing:
    """Texts and rectangles of an SVG file, translated to the page."""

    def __init__(self, text: str) -> None:
        root = ElementTree.fromstring(text)
        self.page = Box(*map(float, root.get("viewBox", "").split()))
        self.texts: list[Box] = []
        self.boxes: list[Box] = []
        self.colours: dict[Box, str] = {}
        self._collect(root, 0.0)

    def _collect(self, parent: ElementTree.Element, down: float) -> None:
        for element in parent:
            if element.tag == f"{SVG}g":
                moved = re.fullmatch(r"translate\(0 ([0-9.]+)\)", element.get("transform", ""))
                assert moved
                self._collect(element, down + float(moved[1]))
            elif element.tag == f"{SVG}text":
                font, text = float(element.get("font-size", "12")), element.text or ""
                x, y = float(element.get("x", "")), float(element.get("y", "")) + down
                self.texts.append(Box(x, y - 0.76 * font, x + ADVANCE * font * len(text), y + 0.24 * font, text))
            elif element.tag == f"{SVG}rect" and element.get("x"):
                x, y, w, h = (float(element.get(key, "")) for key in ("x", "y", "width", "height"))
                box = Box(x, y + down, x + w, y + down + h)
                self.boxes.append(box)
                self.colours[box] = element.get("fill", "")


def drawn(path: Path, *options: str) -> str:
    """What `map` writes for a description."""
    out = path.parent / "map"
    assert main(["map", str(path), *options, "-o", str(out)]) == 0
    return out.read_text(encoding="utf-8")


def check(text: str) -> Drawing:
    """Nothing lies on anything else, nothing is cut."""
    drawing = Drawing(text)
    texts = sorted(drawing.texts, key=lambda box: box.top)
    open_: list[Box] = []
    for box in texts:
        open_ = [other for other in open_ if other.bottom > box.top]
        assert not [(box.what, other.what) for other in open_ if box.meets(other)]
        open_.append(box)
        assert drawing.page.holds(box), box
        start = Box(box.left, box.top, box.left + 1, box.bottom)
        for outer in drawing.boxes:
            assert not outer.meets(start) or outer.holds(box), (box.what, outer)
    assert all(drawing.page.holds(box) for box in drawing.boxes)
    return drawing


@pytest.mark.matrix
@pytest.mark.parametrize("vms", [1, 2, 16, 64])
@pytest.mark.parametrize("name", ["vm", "a-name-as-long-as-any-may-be-"])
def test_nothing_overlaps_and_nothing_is_cut(vms: int, name: str, tmp_path: Path) -> None:
    check(drawn(large.write(tmp_path, vms, 3, name)))


def test_odd_boards_and_names(tmp_path: Path) -> None:
    """Banks far apart, reserved memory with a long name, a VM in pieces on pCPUs out of order, wide
    characters."""
    path = large.write(tmp_path, 2, 40)
    board = tmp_path / "platforms/large.yaml"
    text = board.read_text().replace("memory: [{base: 0x40000000, size: 32GiB}]", f"""memory:
  - {{base: 0x40000000, size: 1GiB}}
  - {{base: 0x800000000, size: 4KiB}}
  - {{base: 0x900000000, size: 3GiB}}
reserved:
  - {{name: x, base: 0x48000000, size: 4KiB}}
  - {{name: {"long " * 12}, base: 0x48001000, size: 4KiB}}
  - {{name: "\u30d5\u30a1\u30fc\u30e0 <&>", base: 0x48002000, size: 4KiB}}
""").replace("cpus: [", "cpus: [" + "".join(f"{{mpidr: {i:#x}}}, " for i in range(0x1000, 0x1010)))
    board.write_text(text.replace("size: 0x40000}]", "size: 0x800000}]"), encoding="utf-8")
    text = path.read_text().replace("vcpus: 1", "vcpus: 9", 1).replace("[0]", "[17, 2, 4, 6, 8, 10, 12, 14, 16]")
    path.write_text(text.replace("memory: [", "memory: [{ipa: 0x900000000, size: 1GiB}, ", 1))
    shown = check(drawn(path))
    assert any("gap of 30GiB" in box.what for box in shown.texts)


def test_clusters_are_drawn_around_their_cpus(tmp_path: Path) -> None:
    """Four small CPUs, numbered apart, and two large ones."""
    path = large.write(tmp_path, 6, 1)
    board = tmp_path / "platforms/large.yaml"
    cpus = ", ".join(f"{{mpidr: {i}, compatible: 'arm,cortex-{'a72' if i in (1, 3) else 'a53'}', "
                     f"cluster: {int(i in (1, 3))}}}" for i in range(6))
    board.write_text(re.sub(r"(?m)^cpus: .*", f"cpus: [{cpus}]", board.read_text()))
    shown = check(drawn(path))
    for number, kind, members in ((0, "a53", {0, 2, 4, 5}), (1, "a72", {1, 3})):
        label = next(box for box in shown.texts if box.what == f"cluster {number}: arm,cortex-{kind}")
        frame = min((box for box in shown.boxes if box.holds(label)), key=lambda box: box.right - box.left)
        assert {int(box.what[5]) for box in shown.texts if box.what.startswith("pCPU ") and frame.holds(box)} == members
    assert ("\npCPUs, cluster 1: arm,cortex-a72\n  pCPU 1  MPIDR 0x1  vm1 vCPU 0\n  pCPU 3  MPIDR 0x3  vm3 vCPU 0\n\n"
            in drawn(path, "--text"))


def test_devices_that_nobody_has_are_one_line(tmp_path: Path) -> None:
    path = large.write(tmp_path, 1, 5)
    board = tmp_path / "platforms/large.yaml"
    more = [*(f"virtio{n}" for n in (0, 1, 2, 3, 10, 11, 12)), "serial@7e201000", "serial@7e201001", "x01", "x02"]
    board.write_text(board.read_text() + "".join(
        f"  {name}: {{mmio: [{{base: {0x30000000 + n * 0x1000:#x}, size: 4KiB}}], irqs: [], "
        "compatible: [\"pinion,device\"]}\n" for n, name in enumerate(more)))
    line = ("11 devices given to no VM: virtio0 to virtio3, virtio10 to virtio12, serial@7e201000, serial@7e201001, "
            "x01, x02")
    assert " ".join(drawn(path, "--text").split()).find(line) > 0
    shown = check(drawn(path))
    assert line in " ".join(box.what for box in shown.texts)
    assert {"p0: vm0", "p4: vm0"} <= {box.what for box in shown.texts}


def test_nothing_is_cut_off(tmp_path: Path) -> None:
    """As long as names may be, and a device with more ranges and interrupts than a line has room
    for."""
    path = large.write(tmp_path, 1, 1)
    board = tmp_path / "platforms/large.yaml"
    name, kind = "reserved for the secure world and its friends " + "x" * 18, "arm," + "k" * 300
    spis = ", ".join(f"{{spi: {n}}}" for n in range(2, 40))
    ranges = ", ".join(f"{{base: {0x20000000 + n * 0x1000:#x}, size: 4KiB}}" for n in range(10))
    text = board.read_text().replace("gic:", f"cpu_compatible: {kind!r}\nreserved: [{{name: {name}, base: 0x48000000, "
                                     "size: 4KiB}]\ngic:")
    board.write_text(re.sub(r"(?m)^  p0: .*irqs: \[[^]]*\]", f"  p0: {{mmio: [{ranges}], irqs: [{spis}]", text))
    shown = check(drawn(path))
    assert not any("..." in box.what for box in shown.texts) and "..." not in drawn(path, "--text")
    words = " ".join(box.what for box in shown.texts)
    assert f"reserved: {name}" in words and kind in words.replace(" ", "")
    assert "0x20009000..0x20009fff," in words and "SPI 39 (INTID 71)" in words


def test_memory_is_to_scale(tmp_path: Path) -> None:
    """Heights in the bar are as sizes in memory; what would be too thin to see is drawn all the
    same."""
    path = large.write(tmp_path, 6, 0)
    board = tmp_path / "platforms/large.yaml"
    board.write_text(board.read_text().replace("32GiB", "1GiB"))
    shown = Drawing(drawn(path))
    bar = [box for box in shown.boxes if box.left == 16 and box.right == 80]
    heights = {shown.colours[box]: box.bottom - box.top for box in bar}
    scale = heights[colour(5)] / 152
    assert scale > 0.2
    for vm, mebibytes in enumerate([2, 32, 62, 92, 122, 152]):
        wanted = mebibytes * scale
        assert abs(heights[colour(vm)] - wanted) < 0.2 or wanted < 3 and heights[colour(vm)] == 1.5
    # Top to bottom it is the 1 GiB of the board, and nothing is missing in between.
    bar = sorted((box for box in bar if box.bottom - box.top >= 3), key=lambda box: box.top)
    assert abs(bar[-1].bottom - min(box.top for box in bar) - 1024 * scale) < 8 * scale + 1
    assert all(after.top - before.bottom < 8 * scale + 1 for before, after in zip(bar, bar[1:]))


def test_as_text_it_names_everybody(tmp_path: Path) -> None:
    text = drawn(large.write(tmp_path, 3, 2), "--text")
    assert text.startswith("large on large\n3 VMs on 3 of 3 pCPUs, with 96MiB of 32GiB RAM\n")
    assert all(line == line.rstrip() for line in text.splitlines())
    for row in (r"pCPUs, arm,armv8", r"  pCPU 2  MPIDR 0x2  vm2 vCPU 0",
                r"  0x\w+..0x\w+ +62MiB +#+ +vm2, IPA 0x40000000",
                r"  0x\w+..0x\w+ +31.8GiB +#+ +free",
                r"vm1: 1 vCPU on pCPU 1; VMID 2; entry 0x40000000",
                r"  p3 +0x20003000\.\.0x20003fff, SPI 5 \(INTID 37\) +vm1",
                r"  PPI 11 \(INTID 27\)  virtual timer +each VM on its pCPUs"):
        assert re.search(f"^{row}$", text, re.MULTILINE), (row, text)


def test_disks_lie_in_physical_memory_alone(tmp_path: Path) -> None:
    """Also where a VM has RAM at address 0, which is what an image that goes nowhere in it would
    have."""
    path = large.write(tmp_path, 2, 1)
    devices = """devices:
      disk: {kind: virtio-blk, mmio: 0x0a000000, irq: {spi: 16}, image: hello.bin}
      fixed: {kind: virtio-blk, mmio: 0x0a001000, irq: {spi: 17}, image: hello.bin, read_only: true}
      empty: {kind: virtio-blk, mmio: 0x0a002000, irq: {spi: 18}, size: 300MiB}
      dog: {kind: watchdog, mmio: 0x0a010000, irq: {spi: 19}}
"""
    text = path.read_text().replace("devices:\n", devices, 1)
    path.write_text(text.replace("memory: [", "memory: [{ipa: 0x0, size: 2MiB}, ", 1))
    shown = check(drawn(path))
    assert {"vm0, disk disk", "vm0, disk empty", "fixed: virtio-blk, SPI 17 (INTID 49)",
            "dog: watchdog, SPI 19 (INTID 51)"} <= {box.what for box in shown.texts}
    inside = [line.split() for line in drawn(path, "--text").splitlines() if re.match(" +0x[0-9a-f]+ ", line)]
    assert {row[1].rstrip(",") for row in inside} == {"binary", "dtb"}


@pytest.mark.parametrize("board", ["gicv2", "controllers"])
def test_a_board_is_drawn_whatever_the_hypervisor_needs(board: str, tmp_path: Path) -> None:
    """A board with a GICv2, without a UART or a region for the hypervisor; and one that has it all,
    but a device in it whose registers the core cannot trap."""
    odd = "      odd: {kind: passthrough, device: both@90301fc}\n"
    path = large.write(tmp_path, 1, 0)
    text = path.read_text().replace("platform: large", f"platform: {ROOT}/tests/gen/corpus/imported/{board}.yaml")
    path.write_text(text + (odd if board == "controllers" else ""))
    check(drawn(path))
    shown = drawn(path, "--text")
    assert "Pinion: code" not in shown
    if board == "gicv2":
        assert re.search(r"0x8002000..0x8003fff +8KiB +#+ +GIC CPU interface", shown) and "UART" not in shown
        assert "  GIC  0x8000000..0x8000fff, 0x8002000..0x8003fff  the hypervisor\n" in shown
        assert "kept for Pinion" not in shown
    else:
        assert re.search(r"0x40200000..0x41ffffff +30MiB +#+ +kept for Pinion, not used", shown)
    assert main(["build", str(path), "-o", str(tmp_path / "out")]) == 1


def test_an_image_that_does_not_fit_is_not_drawn(tmp_path: Path) -> None:
    path = large.write(tmp_path, 1, 0)
    board = tmp_path / "platforms/large.yaml"
    board.write_text(board.read_text().replace("size: 126MiB", "size: 64KiB"))
    shown = drawn(path, "--text")
    assert re.search(r"0x40200000..0x4020ffff +64KiB +#+ +kept for Pinion, not used", shown)
    assert main(["build", str(path), "-o", str(tmp_path / "out")]) == 1


def test_the_drawing_is_the_same_every_time(tmp_path: Path) -> None:
    path = large.write(tmp_path, 4, 2)
    assert drawn(path) == drawn(path)


def test_no_map_of_a_broken_description(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = large.write(tmp_path, 1, 0)
    path.write_text(path.read_text().replace("vcpus: 1", "vcpus: 2"))
    assert main(["map", str(path), "-o", str(tmp_path / "map.svg")]) == 1
    assert "error P020" in capsys.readouterr().err and not (tmp_path / "map.svg").exists()
