# SPDX-License-Identifier: Apache-2.0
"""Properties that refer to other nodes, and what their cells mean. A blob does not say which cells are phandles: the
properties of Devicetree's common bindings are known by name, of vendors' own those whose names say so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..tree import TreeNode, strings
from .source import Source, numbers, width

# Property -> the provider's property with the number of cells behind the phandle; "" if there are none.
COUNTED = {
    "clocks": "#clock-cells", "assigned-clocks": "#clock-cells", "assigned-clock-parents": "#clock-cells",
    "resets": "#reset-cells", "power-domains": "#power-domain-cells", "iommus": "#iommu-cells", "dmas": "#dma-cells",
    "phys": "#phy-cells", "mboxes": "#mbox-cells", "io-channels": "#io-channel-cells",
    "interconnects": "#interconnect-cells", "hwlocks": "#hwlock-cells", "pwms": "#pwm-cells",
    "thermal-sensors": "#thermal-sensor-cells", "sound-dai": "#sound-dai-cells", "cooling-device": "#cooling-cells",
    "gpios": "#gpio-cells", "gpio": "#gpio-cells", "mux-controls": "#mux-control-cells",
    "msi-parent": "#msi-cells", "nvmem-cells": "", "memory-region": "", "sram": "", "operating-points-v2": "",
    "required-opps": "", "phy-handle": "", "phy": "", "usb-phy": "", "pcs-handle": "", "backlight": "", "panel": "",
    "remote-endpoint": "", "extcon": "", "leds": "", "mmc-pwrseq": "", "ddc-i2c-bus": "", "i2c-parent": "",
    "i2c-bus": "", "dais": "", "ports": "", "ethernet": "", "sfp": "", "fsl,magic-packet": "",
    "next-level-cache": "", "audio-codec": "", "cpu": "", "trip": "", "wakeup-parent": "", "interrupt-affinity": "",
    "sound-dais": "", "mdio-parent-bus": "", "syscon": "", "regmap": "", "offset-syscon": "", "memory-regions": "",
    "power-supply": "", "ahci-supply": "", "iommu-parents": "", "shmem": "", "ti,sci": "", "firmware": "",
    "devfreq": "", "devfreq-events": "", "dmamux": "", "link": "", "interrupt-parent": "", "dsa,member-of": "",
}
_SUFFIXED = (
    (re.compile(r".+-gpios?"), "#gpio-cells"), (re.compile(r".+-supply"), ""), (re.compile(r"pinctrl-[0-9]{1,3}"), ""),
    (re.compile(r".*(syscon|grf|pmureg|regmap|-phandle|anatop|scu|mdio-bus|gpr|src|smem|rpm|qmp)(-[0-9a-z]+)?"), ""),
)
_NO_REFERENCE = {"ngpios", "nr-gpios", "gpio-controller", "simple-audio-card,bitclock-master", "gpio-ranges"}
_NUMBER_OF = re.compile(r"(.*,)?(nr|num)-gpios?|.*-src|.*,gpr")  # numbers in spite of their names

MAX_ENTRIES = 64  # of one property


@dataclass(frozen=True)
class Entry:
    """One entry of such a property: a node, None for an entry left empty, and the cells behind it."""

    node: TreeNode | None
    cells: tuple[int, ...]


def counted(name: str) -> str | None:
    """The provider's property that counts the cells of property `name`; None for a property without references."""
    if name in _NO_REFERENCE or _NUMBER_OF.fullmatch(name):
        return None
    if name in COUNTED:
        return COUNTED[name]
    return next((count for pattern, count in _SUFFIXED if pattern.fullmatch(name)), None)


def entries(source: Source, node: TreeNode, name: str) -> list[Entry] | None:
    """The entries of a property with references; None for what does not read as such."""
    count = counted(name)
    cells = numbers(node, name)
    if count is None or not cells:
        return None
    if name not in COUNTED and not count and not name.endswith("-supply") and not name.startswith("pinctrl-"):
        # A vendor's own: a phandle, and numbers behind it that nobody counts.
        target = source.phandles.get(cells[0])
        return [Entry(target, tuple(cells[1:]))] if target is not None and len(cells) <= 8 else None
    found, at = [], 0
    while at < len(cells):
        source.spend()
        if cells[at] in (0, 0xFFFFFFFF):
            found.append(Entry(None, ()))
            at += 1
            continue
        target = source.phandles.get(cells[at])
        behind = 0 if target is None or not count else width(target, count, 0)
        if name == "msi-parent" and target is not None:
            behind = max(behind, 0)
        if target is None or behind < 0 or at + 1 + behind > len(cells) or len(found) == MAX_ENTRIES:
            return None
        found.append(Entry(target, tuple(cells[at + 1:at + 1 + behind])))
        at += 1 + behind
    return found


def names_of(name: str) -> str:
    """The property that names the entries of another: `clock-names` for `clocks`."""
    if name.startswith("pinctrl-"):
        return "pinctrl-names"
    if name == "assigned-clocks":
        return "assigned-clock-rates"
    return {"nvmem-cells": "nvmem-cell-names"}.get(name, f"{name.removesuffix('s')}-names")


def fixed_clocks(source: Source, node: TreeNode) -> dict[str, int] | None:
    """Name and frequency of the clocks of a node, where all are fixed and have names of their own."""
    found = entries(source, node, "clocks")
    labels = strings(node.properties.get("clock-names", b""))
    if not found or len(labels) != len(found) or len(set(labels)) != len(labels):
        return None
    rates = {}
    for label, entry in zip(labels, found):
        clock = entry.node
        if clock is None or "fixed-clock" not in clock.compatible or not clock.cell("clock-frequency", 0):
            return None
        rates[label] = clock.cell("clock-frequency", 0)
    return rates
