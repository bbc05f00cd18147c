# SPDX-License-Identifier: Apache-2.0
"""Draws map.svg. All text is monospaced, so that the width of a text is known and nothing overlaps,
whatever the names are."""

from __future__ import annotations

import colorsys
import textwrap
import unicodedata
from dataclasses import dataclass
from html import escape

from ..model import Range
from .machine_map import FREE, HYPERVISOR, RESERVED, UNUSED, Area, Cluster, Map, Space, Tile, size

FONT = 12
CHARACTER = 0.62  # width, in font sizes, in the widest of the fonts below
LINE = 16
MARGIN = 16
GAP = 12
BAR = 64  # width of the bar of physical memory
BAR_HEIGHT = 420, 1400  # as high as the VMs beside it, within these limits
WIDTH = 2600  # of the page, unless one VM needs more
RAM_HEIGHT = 64  # of the largest memory region of all VMs
SPACE = 6  # between tiles
INDENT = "  "
WRAP = 58  # characters of a line of prose
FONTS = "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
INK, FAINT, FRAME = "#1f2430", "#6b7280", "#f6f7f9"
OTHERS = {HYPERVISOR: "#c3c7cf", RESERVED: "#7d828c", UNUSED: "#e6e8ec", FREE: "#ffffff"}
COLOURS = ["#a9cdf0", "#f6c98f", "#abdcae", "#eeb0c4", "#cdbdf0", "#efe08a", "#9adbd6", "#dcc0a4"]


def colour(owner: int) -> str:
    """The colour of an owner. The first VMs have colours chosen by eye. The others take them from
    the colour circle in steps of the golden angle."""
    if owner < 0:
        return OTHERS[owner]
    if owner < len(COLOURS):
        return COLOURS[owner]
    red, green, blue = colorsys.hls_to_rgb(owner * 0.61803 % 1, 0.74 + owner % 3 * 0.05, 0.6)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"


def width(text: str, font: int = FONT) -> float:
    """The most that a text can take. Letters that East Asian scripts draw wide count twice."""
    return font * CHARACTER * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class _Drawing:
    """SVG elements, and the right and bottom edge of all of them."""

    def __init__(self) -> None:
        self.elements: list[str] = []
        self.right = self.bottom = 0.0

    def _reach(self, right: float, bottom: float) -> None:
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)

    def text(self, x: float, y: float, text: str, fill: str = INK, font: int = FONT, bold: bool = False) -> None:
        """Add a line of text. `y` is its middle."""
        more = f' font-size="{font}"' if font != FONT else ""
        more += ' font-weight="bold"' if bold else ""
        more += f' fill="{fill}"' if fill != INK else ""
        self.elements.append(f'<text x="{x:.1f}" y="{y + font * 0.35:.1f}"{more}>{escape(text, quote=False)}</text>')
        self._reach(x + width(text, font), y + font * 0.6)

    def box(self, x: float, y: float, w: float, h: float, fill: str, stroke: str = "#4b5563",
            at: int | None = None) -> None:
        """Add a rectangle. It goes behind the elements from index `at` on, or in front of all."""
        self.elements.insert(len(self.elements) if at is None else at,
                             f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{fill}" '
                             f'stroke="{stroke}"/>')
        self._reach(x + w, y + h)

    def line(self, points: list[tuple[float, float]], dashed: bool = False) -> None:
        """Add a thin line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        more = ' stroke-dasharray="2 3"' if dashed else ""
        self.elements.append(f'<polyline points="{path}" fill="none" stroke="{FAINT}" stroke-width="0.8"{more}/>')
        self._reach(max(x for x, _ in points), max(y for _, y in points))

    def svg(self, title: str) -> str:
        """The text of the whole file."""
        w, h = self.right + MARGIN, self.bottom + MARGIN
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" '
                f'viewBox="0 0 {w:.0f} {h:.0f}" font-family="{FONTS}" font-size="{FONT}" fill="{INK}">\n'
                f'<title>{escape(title, quote=False)}</title>\n'
                f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(self.elements) + "\n</svg>\n")


def _heading(drawing: _Drawing, x: float, y: float, text: str) -> float:
    """Draw a heading. Returns the `y` below it."""
    drawing.text(x, y + 8, text, font=14, bold=True)
    return y + 26


def _wrapped(text: str, room: float) -> list[str]:
    """A text in lines that fit into `room`. A word that is longer than a line is broken."""
    return textwrap.wrap(text, max(8, int(room / (FONT * CHARACTER))), break_on_hyphens=False)


def _tile_lines(tile: Tile) -> list[str]:
    return [f"{tile.name}: {tile.holder}", *textwrap.wrap(tile.text, WRAP, break_on_hyphens=False)]


def _tiles(drawing: _Drawing, left: float, y: float, right: float, tiles: list[Tile]) -> float:
    """Draw tiles of one width, in as many columns as fit but at least one. Returns the `y` below
    them."""
    lines = list(map(_tile_lines, tiles))
    w = _tile_width(tiles)
    columns = max(1, int((right - left + SPACE) // (w + SPACE)))
    for first in range(0, len(tiles), columns):
        row = lines[first:first + columns]
        h = LINE * max(map(len, row)) + 6
        for column, (tile, texts) in enumerate(zip(tiles[first:], row)):
            x = left + column * (w + SPACE)
            drawing.box(x, y, w, h, colour(tile.owner))
            for number, text in enumerate(texts):
                drawing.text(x + 6, y + 11 + LINE * number, text, bold=tile.owner >= 0 and number == 0)
        y += h + SPACE
    return y


def _tile_width(tiles: list[Tile]) -> float:
    return max(width(line) for tile in tiles for line in _tile_lines(tile)) + GAP


def _clusters(drawing: _Drawing, y: float, right: float, clusters: list[Cluster]) -> float:
    """Draw a frame for each cluster, as many side by side as fit. Returns the `y` below them."""
    x, bottom = float(MARGIN), y
    for cluster in clusters:
        w = _tile_width(cluster.cpus) + SPACE
        columns = max(1, min(len(cluster.cpus), int((right - MARGIN - SPACE) // w)))
        inner = max(columns * w - SPACE, width(cluster.text[:2 * WRAP // 3]))
        lines = _wrapped(cluster.text, inner)
        if x > MARGIN and x + inner + 2 * SPACE > right:
            x, y = float(MARGIN), bottom
        frame = len(drawing.elements)
        end = _tiles(drawing, x + SPACE, y + 6 + LINE * len(lines), x + SPACE + inner, cluster.cpus)
        for number, line in enumerate(lines):
            drawing.text(x + SPACE, y + 12 + LINE * number, line, fill=FAINT)
        drawing.box(x, y, inner + 2 * SPACE, end - y, FRAME, stroke="#c3c7cf", at=frame)
        x, bottom = x + inner + 2 * SPACE + GAP, max(bottom, end + SPACE)
    return bottom + SPACE


def _note(drawing: _Drawing, y: float, right: float, text: str) -> float:
    """Draw a sentence as wide as the page. Returns the `y` below it."""
    for line in _wrapped(text, right - MARGIN):
        drawing.text(MARGIN, y + 10, line, fill=FAINT)
        y += LINE
    return y + SPACE


@dataclass(frozen=True)
class _Columns:
    """The offsets of size and text from the addresses of an area, and the width of all three."""

    size: float
    text: float
    width: float

    @staticmethod
    def of(areas: list[Area]) -> _Columns:
        """Columns that are wide enough for all `areas` and the gaps between them."""
        ranges = [str(area.range) for area in areas] + [_gap(row) for row in _rows(areas) if isinstance(row, Range)]
        texts = [text for area in areas for text in (area.text, *(INDENT + line for line in area.inside))]
        first = max(map(width, ranges)) + GAP
        second = first + max(width(size(area.range)) for area in areas) + GAP
        return _Columns(first, second, second + max(map(width, texts)))

    def label(self, drawing: _Drawing, x: float, y: float, area: Area, fill: str = INK) -> None:
        """Draw an area as a line, with a line for each thing inside it."""
        drawing.text(x, y, str(area.range), fill)
        drawing.text(x + self.size, y, size(area.range), fill)
        drawing.text(x + self.text, y, area.text, fill)
        for number, line in enumerate(area.inside):
            drawing.text(x + self.text + width(INDENT), y + LINE * (number + 1), line, fill)


def _rows(areas: list[Area]) -> list[Area | Range]:
    """Areas, and the gaps between them, by address."""
    rows: list[Area | Range] = []
    at = areas[0].range.base
    for area in areas:
        if area.range.base > at:
            rows.append(Range(at, area.range.base - at))
        rows.append(area)
        at = max(at, area.range.end)
    return rows


def _gap(gap: Range) -> str:
    return f"gap of {size(gap)}"


def _spread(wanted: list[float], top: float, bottom: float) -> list[float]:
    """The heights of labels, in order, each as near to the one in `wanted` as lines of text allow.
    There is room for all."""
    found: list[float] = []
    for y in wanted:
        found.append(max(y, found[-1] + LINE if found else top + LINE / 2))
    limit = bottom - LINE / 2
    for index in reversed(range(len(found))):
        found[index] = min(found[index], limit)
        limit = found[index] - LINE
    return found


def _lead(shown: Map) -> int:
    """The length of the lines from the bar to the labels. Many labels need longer lines, because
    they lie farther away from their areas."""
    return 32 if len(shown.memory) <= 24 else 80


def _memory_width(shown: Map) -> float:
    return BAR + _lead(shown) + 4 + GAP + _Columns.of(shown.memory).width


def _memory(drawing: _Drawing, y: float, height: float, shown: Map) -> None:
    """Draw a bar to scale, with gaps cut short, and a label for each area. `height`: the room on
    the page."""
    rows = _rows(shown.memory)
    gaps = sum(isinstance(row, Range) for row in rows)
    height = max(BAR_HEIGHT[0], LINE * len(rows), min(BAR_HEIGHT[1], height))
    scale = (height - gaps * LINE) / sum(area.range.size for area in shown.memory)
    wanted, small, at = [], [], y
    for row in rows:
        h = LINE if isinstance(row, Range) else row.range.size * scale
        if isinstance(row, Range):
            for x in (MARGIN, MARGIN + BAR):
                drawing.line([(x, at), (x, at + h)], dashed=True)
        elif h < 3:
            small.append((at, row))
        else:
            drawing.box(MARGIN, at, BAR, h, colour(row.owner))
        wanted.append(at + h / 2)
        at += h
    for top, area in small:  # too small to scale, but visible
        drawing.box(MARGIN, top, BAR, 1.5, colour(area.owner))
    x, columns, lead = MARGIN + BAR, _Columns.of(shown.memory), _lead(shown)
    for row, begin, end in zip(rows, wanted, _spread(wanted, y, y + height)):
        if isinstance(row, Range):
            drawing.text(x + lead + 4 + GAP, end, _gap(row), fill=FAINT)
            continue
        drawing.line([(x, begin), (x + 8, begin), (x + lead - 8, end), (x + lead, end)])
        drawing.box(x + lead, end - 5, 10, 10, colour(row.owner))
        columns.label(drawing, x + lead + 4 + GAP, end, row, FAINT if row.owner in (FREE, UNUSED) else INK)


def _space_lines(space: Space) -> list[str]:
    return textwrap.wrap(space.text, WRAP)


def _space_width(space: Space) -> float:
    heading = max(map(width, _space_lines(space)))
    return max(heading, width(space.name, 14), _Columns.of(space.areas).width + GAP)


def _area_height(area: Area, largest: int) -> float:
    """The height of an area. All registers have one height, and RAM is in proportion to its size.
    """
    least = LINE * (1 + len(area.inside)) + 4
    return max(least, RAM_HEIGHT * area.range.size / largest) if area.text.startswith("RAM") else least


def _space_height(space: Space, largest: int) -> float:
    rows = _rows(space.areas)
    return 24 + LINE * len(_space_lines(space)) + sum(
        LINE if isinstance(row, Range) else _area_height(row, largest) for row in rows)


def _space(drawing: _Drawing, x: float, y: float, w: float, space: Space, largest: int) -> None:
    """Draw a VM: what it is, and its addresses from low to high."""
    drawing.text(x, y + 8, space.name, font=14, bold=True)
    y += 20
    for line in _space_lines(space):
        drawing.text(x, y + 6, line, fill=FAINT)
        y += LINE
    y += 4
    columns = _Columns.of(space.areas)
    for row in _rows(space.areas):
        if isinstance(row, Range):
            for side in (x, x + w):
                drawing.line([(side, y), (side, y + LINE)], dashed=True)
            drawing.text(x + 6, y + LINE / 2, _gap(row), fill=FAINT)
            y += LINE
            continue
        h = _area_height(row, largest)
        drawing.box(x, y, w, h, colour(row.owner))
        columns.label(drawing, x + 6, y + 10, row)
        y += h


def _spaces(drawing: _Drawing, x: float, y: float, shown: Map) -> float:
    """Draw the VMs in order, in rows. Returns the `y` below them."""
    w = max(map(_space_width, shown.spaces)) + 2 * GAP
    columns = max(1, min(2 if len(shown.spaces) <= 4 else 4, int((WIDTH - x) // w)))
    largest = max(area.range.size for space in shown.spaces for area in space.areas)
    for first in range(0, len(shown.spaces), columns):
        row = shown.spaces[first:first + columns]
        for column, space in enumerate(row):
            _space(drawing, x + column * w, y, w - 2 * GAP, space, largest)
        y += max(_space_height(space, largest) for space in row) + 2 * GAP
    return y - 2 * GAP


def svg(shown: Map) -> str:
    """The text of map.svg."""
    # Memory and VMs decide the width of the page. The parts above and below fill that width.
    body = _Drawing()
    left = MARGIN + _memory_width(shown) + 3 * GAP
    _heading(body, MARGIN, 0, "Physical memory, to scale")
    _heading(body, left, 0, "What each VM sees at its own addresses (IPA)")
    _memory(body, 32, _spaces(body, left, 32, shown) - 32, shown)
    drawing = _Drawing()
    drawing.text(MARGIN, MARGIN + 10, shown.title, font=18, bold=True)
    drawing.text(MARGIN, MARGIN + 32, shown.text, fill=FAINT)
    whole = max(body.right, drawing.right)
    y = _clusters(drawing, _heading(drawing, MARGIN, MARGIN + 52, "pCPUs"), whole, shown.clusters)
    drawing.elements.append(f'<g transform="translate(0 {y:.1f})">')
    drawing.elements += body.elements
    drawing.elements.append("</g>")
    drawing.right, drawing.bottom = max(drawing.right, body.right), y + body.bottom
    y = _heading(drawing, MARGIN, drawing.bottom + 2 * GAP, "Devices of the board")
    y = _tiles(drawing, MARGIN, y, whole, shown.devices)
    y = _note(drawing, y, whole, shown.unused) + SPACE
    _tiles(drawing, MARGIN, _heading(drawing, MARGIN, y, "Private interrupts of every pCPU"), whole, shown.interrupts)
    return drawing.svg(shown.title)
