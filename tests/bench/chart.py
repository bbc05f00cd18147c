# SPDX-License-Identifier: Apache-2.0
"""The chart of the bench: Pinion beside its peers, a bar each, on logarithmic axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

from modes import MODES

OURS = {mode.name: mode.title for mode in MODES}
PINION = ["#0b6e4f", "#35a37b", "#8fd0b5"]  # the modes
PEERS = ["#c98a1b", "#7a8ca3", "#b5523b"]
TITLES = {  # of operations that a peer was measured for
    "PSCI_VERSION by HVC": "hypercall (PSCI_VERSION)", "GICD_CTLR read": "emulated GICD read",
    "GICD_ICENABLER write": "GICD_ICENABLER write", "timer, spinning": "timer interrupt",
    "SGI to a CPU that spins": "IPI, both CPUs", "CPU_ON": "CPU_ON, both CPUs",
}
LEFT, WIDTH, RIGHT = 210, 560, 110  # RIGHT: room for the figure at the end of the longest bar
BAR, GAP, HEAD, FOOT = 13, 13, 48, 34
MARGIN, LEGEND = 18, 84
INK, PALE, LINE = "#1d2327", "#6b747b", "#e3e6e8"


@dataclass
class Panel:
    """A title, and for each group of bars its title and a value for each series that has one."""

    title: str
    groups: list[tuple[str, dict[str, float]]]

    @property
    def most(self) -> float:
        """The longest bar."""
        return max(value for _, values in self.groups for value in values.values())

    @property
    def least(self) -> float:
        """The shortest bar but for those of nothing at all."""
        return min(value for _, values in self.groups for value in values.values() if value >= 1)

    def height(self) -> int:
        """In pixels."""
        return HEAD + FOOT + sum(BAR * len(values) + GAP for _, values in self.groups)


def figure(value: float) -> str:
    """At the end of a bar."""
    if value >= 10_000_000:
        return f"{value / 1e6:,.1f} million"
    return f"{value:,.0f}"


def power(exponent: int) -> str:
    """At the end of a line of the grid."""
    return {6: "1 million", 7: "10 million", 8: "100 million", 9: "1 billion"}.get(exponent, f"{10 ** exponent:,}")


def panels(result: dict[str, Any], peers: dict[str, Any]) -> list[Panel]:
    """What the chart shows: operations, whole runs, Linux's exits."""
    operations = [(title, {**{called: result["operations"][name][mode]["instructions"]
                              for mode, called in OURS.items()},
                           **{peer: peers[peer]["operations"][name] for peer in peers}})
                  for name, title in TITLES.items()]

    def linux(name: str, what: str, title: str) -> tuple[str, dict[str, float]]:
        values: dict[str, float] = {}
        for mode, called in OURS.items():
            phase = result["linux"][mode][name]
            values[called] = phase[what] / phase.get("seconds", 1)
        for peer, known in peers.items():
            if f"{name}: {what}" in known.get("linux", {}):
                values[peer] = known["linux"][f"{name}: {what}"]
        return title, values

    start = {called: sum(result["boot"][mode]["parts"].values()) for mode, called in OURS.items()}
    start.update({peer: known["boot"] for peer, known in peers.items()})
    whole = [("reset to first instruction", start), linux("to /init", "instructions", "Linux up to /init"),
             linux("fork and pipe", "instructions", "Linux under load, a second")]
    exits = [linux("to /init", "exits", "up to /init"), linux("fork and pipe", "exits", "under load, a second"),
             linux("idle", "exits", "idle, a second")]
    return [Panel("EL2 instructions per operation", operations), Panel("EL2 instructions of whole runs", whole),
            Panel("Exits of Linux on four CPUs", exits)]


def draw_panel(panel: Panel, top: int, colours: dict[str, str]) -> list[str]:
    """The elements of a panel that begins at `top`."""
    first = math.floor(math.log10(panel.least))
    last = max(first + 1, math.ceil(math.log10(panel.most) - 1e-9))
    bottom = top + panel.height() - FOOT + 4
    out = [f'<text x="{MARGIN}" y="{top + 22}" font-size="15" font-weight="bold" fill="{INK}">'
           f'{escape(panel.title)}</text>']

    def length(value: float) -> float:
        return WIDTH * max(math.log10(max(value, 1)) - first, 0) / (last - first)

    for exponent in range(first, last + 1):
        x = LEFT + length(10 ** exponent)
        out.append(f'<line x1="{x:.1f}" y1="{top + HEAD - 8}" x2="{x:.1f}" y2="{bottom}" stroke="{LINE}"/>'
                   f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle" font-size="10.5" fill="{PALE}">'
                   f'{power(exponent)}</text>')
    y = top + HEAD
    for title, values in panel.groups:
        middle = y + BAR * len(values) / 2 + 4
        out.append(f'<text x="{LEFT - 12}" y="{middle:.1f}" text-anchor="end" fill="{INK}">{escape(title)}</text>')
        for name, value in values.items():
            width = max(length(value), 2)
            weight = ' font-weight="bold"' if name in OURS.values() else ""
            out.append(f'<rect x="{LEFT}" y="{y + 1}" width="{width:.1f}" height="{BAR - 2}" rx="1.5" '
                       f'fill="{colours[name]}"><title>{escape(title)}, {escape(name)}: {figure(value)}</title></rect>'
                       f'<text x="{LEFT + width + 6:.1f}" y="{y + BAR - 2.5}" font-size="10.5" fill="{INK}" '
                       f'stroke="white" stroke-width="3" paint-order="stroke"{weight}>'
                       f'{figure(value)}</text>')
            y += BAR
        y += GAP
    return out


def draw(result: dict[str, Any], peers: dict[str, Any]) -> str:
    """The SVG."""
    shown = panels(result, peers)
    colours = {**dict(zip(OURS.values(), PINION)), **dict(zip(peers, PEERS))}
    height = LEGEND + sum(panel.height() for panel in shown) + 26
    width = LEFT + WIDTH + RIGHT
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
           f'height="{height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{MARGIN}" y="32" font-size="19" font-weight="bold" fill="{INK}">'
           'What a hypervisor does, counted</text>']
    at = MARGIN
    for name, colour in colours.items():
        out.append(f'<rect x="{at}" y="52" width="12" height="12" rx="1.5" fill="{colour}"/>'
                   f'<text x="{at + 18}" y="62.5" fill="{INK}">{escape(name)}</text>')
        at += 40 + round(6.3 * len(name))
    top = LEGEND
    for panel in shown:
        out += draw_panel(panel, top, colours)
        top += panel.height()
    out.append(f'<text x="{MARGIN}" y="{height - 12}" font-size="10.5" fill="{PALE}">QEMU, cortex-a53, -icount '
               'shift=0. Logarithmic axes. A peer without a bar was not measured there.</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
