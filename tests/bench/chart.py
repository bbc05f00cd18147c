# SPDX-License-Identifier: Apache-2.0
"""The chart of the bench: EL2 instructions per operation, Pinion beside its peers, on a logarithmic axis."""

from __future__ import annotations

import math
from html import escape
from typing import Any

COLOURS = ["#0b6e4f", "#c9a227", "#7a8ca3", "#b5523b"]
LEFT, WIDTH, BAR, GAP, TOP = 190, 560, 13, 14, 62
RIGHT = 90  # room for the figure at the end of the longest bar


def draw(operations: dict[str, Any], peers: dict[str, dict[str, float]]) -> str:
    """The SVG: a group of bars for each operation that a peer was measured for."""
    names = [name for name in operations if any(name in figures for figures in peers.values())]
    series = {"Pinion": {name: operations[name]["instructions"] for name in names}, **peers}
    most = max(value for figures in series.values() for name, value in figures.items() if name in names)
    top = math.ceil(math.log10(most))

    def length(value: float) -> float:
        return WIDTH * (math.log10(max(value, 10)) - 1) / (top - 1)

    group = BAR * len(series) + GAP
    height = TOP + group * len(names) + 30
    width = LEFT + WIDTH + RIGHT
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
           f'height="{height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           '<text x="14" y="24" font-size="16" font-weight="bold">EL2 instructions per operation</text>']
    at = 14
    for colour, name in zip(COLOURS, series):
        out.append(f'<rect x="{at}" y="36" width="11" height="11" fill="{colour}"/>'
                   f'<text x="{at + 16}" y="46">{escape(name)}</text>')
        at += 34 + 8 * len(name)
    for power in range(1, top + 1):
        x = LEFT + length(10 ** power)
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 24}" stroke="#ddd"/>'
                   f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle" fill="#666">{10 ** power}</text>')
    for index, name in enumerate(names):
        y = TOP + group * index
        out.append(f'<text x="{LEFT - 10}" y="{y + (group - GAP) / 2 + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        for number, (colour, figures) in enumerate(zip(COLOURS, series.values())):
            if name not in figures:
                continue
            bar, value = y + BAR * number, figures[name]
            out.append(f'<rect x="{LEFT}" y="{bar + 1}" width="{length(value):.1f}" height="{BAR - 2}" '
                       f'fill="{colour}"/><text x="{LEFT + length(value) + 5:.1f}" y="{bar + BAR - 2}" '
                       f'font-size="11">{value:.0f}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
