# SPDX-License-Identifier: Apache-2.0
"""Properties that refer to other nodes, and the meaning of their cells. A blob does not mark which
cells are phandles. So this file lists the properties of Devicetree's common bindings by name, and
of vendors' own properties those whose names are clear."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from .tree import NO_PHANDLE, Tree, TreeNode, width

# The cells after each phandle, and the properties that have them. Their number is that of the
# provider's property (`#clock-cells`), or a fixed number (`3`), or 0 (an empty text), or all the
# rest (`*`).
_CELLS = {
    "#clock-cells": "clocks assigned-clocks assigned-clock-parents", "#reset-cells": "resets",
    "#power-domain-cells": "power-domains", "#iommu-cells": "iommus", "#dma-cells": "dmas", "#phy-cells": "phys",
    "#mbox-cells": "mboxes", "#io-channel-cells": "io-channels", "#interconnect-cells": "interconnects",
    "#hwlock-cells": "hwlocks", "#pwm-cells": "pwms", "#thermal-sensor-cells": "thermal-sensors",
    "#sound-dai-cells": "sound-dai", "#cooling-cells": "cooling-device", "#gpio-cells": "gpios gpio",
    "#mux-control-cells": "mux-controls", "#msi-cells": "msi-parent", "#qcom,smem-state-cells": "qcom,smem-states",
    "3": "gpio-ranges pinctrl-single,gpio-range",
    "": "nvmem-cells memory-region memory-regions sram operating-points-v2 required-opps phy-handle phy usb-phy "
        "pcs-handle pcsphy-handle backlight panel remote-endpoint extcon leds mmc-pwrseq ddc-i2c-bus ddc i2c-parent "
        "i2c-bus dais ports ethernet sfp next-level-cache l2-cache audio-codec audio-cpu cpu cpus trip wakeup-parent "
        "interrupt-affinity mdio-parent-bus syscon regmap power-supply power-supplies shmem ti,sci firmware "
        "devfreq devfreq-events cpu-idle-states domain-idle-states pm_qos qcom,bcm-voters arm,cs-dev-assoc peer-hub "
        "companion secure-monitor audio-aux-devs simple-audio-card,aux-devs frame-master bitclock-master "
        "simple-audio-card,frame-master simple-audio-card,bitclock-master monitored-battery spdif-controller "
        "slim-ifc-dev playback snps,mtl-tx-config snps,mtl-rx-config snps,axi-config rockchip,pmu rockchip,cpu "
        "rockchip,codec amlogic,ao-sysctrl amlogic,canvas amlogic,ao-secure marvell,system-controller "
        "marvell,usb-misc-reg allwinner,pipelines allwinner,codec-analog-controls qcom,gmu qcom,rpm-msg-ram qcom,acc "
        "qcom,saw qcom,saw-reg qcom,mmio qcom,rproc qcom,rx-device qcom,tx-device renesas,fcp fsl,fman-ports fsl,ddrc "
        "fpga-mgr nvidia,phy nvidia,xusb-padctl ti,ringacc ti,serdes-clk",
    "*": "qcom,freq-domain qcom,halt-regs qcom,ipc fsl,stop-mode fsl,usbmisc allwinner,sram renesas,ipmmu-main "
         "fsl,rcpm-wakeup qcom,spare-regs qcom,dload-mode ti,syscon-pcie-ctrl ti,syscon-pcie-mode intf_mode nvidia,pmc "
         "qcom,ext-regs qcom,qaccept-regs",
}
COUNTED = {name: count for count, names in _CELLS.items() for name in names.split()}
_SUFFIXED = (
    (re.compile(r".+-gpios?"), "#gpio-cells"), (re.compile(r".+-supply"), ""), (re.compile(r"pinctrl-[0-9]{1,3}"), ""),
    (re.compile(r"renesas,(vsps|cmms)"), "*"),
    (re.compile(r"(.*[,-])?syscon(-[0-9a-z-]+)?"), "*"),
    (re.compile(r".*(grf|pmureg|regmap|-phandle|anatop|mdio-bus|smem|qmp)(-[0-9a-z]+)?"), "*"),
)
# these have numbers, although their names fit the patterns above
_NUMBER_OF = re.compile(r"(.*,)?(nr|num)-gpios?|qcom,smem")

OPTIONAL = {"#msi-cells": 0}  # the value if the provider lacks the property


@dataclass(frozen=True)
class Entry:
    """One entry of a property with references. `node`: the node it refers to, or None for an empty
    entry. `cells`: the cells after the phandle."""

    node: TreeNode | None
    cells: tuple[int, ...]


@functools.cache
def counted(name: str) -> str | None:
    """How many cells come after the phandles of property `name`, as in _CELLS. None for a property
    without references."""
    if _NUMBER_OF.fullmatch(name):
        return None
    if name in COUNTED:
        return COUNTED[name]
    return next((count for pattern, count in _SUFFIXED if pattern.fullmatch(name)), None)


def sure(name: str) -> bool:
    """True if a name alone shows that the property refers to other nodes."""
    return name.endswith("-supply") or name.startswith("pinctrl-") or COUNTED.get(name, "")[:1] == "#"


def entries(tree: Tree, node: TreeNode, name: str) -> list[Entry] | None:
    """The entries of a property with references. None if the property cannot be read that way.
    Raises BlobError for a tree that asks for too much work."""
    count = counted(name)
    return None if count is None else read(tree, node.cells(name), count)


def read(tree: Tree, cells: list[int], count: str) -> list[Entry] | None:
    """The entries in the cells of a property. `count`: the number of cells after each phandle, as
    `counted` gives it."""
    if not cells:
        return None
    if count == "*":
        target = tree.phandles.get(cells[0])
        return [Entry(target, tuple(cells[1:]))] if target is not None and len(cells) <= 16 else None
    found, at = [], 0
    while at < len(cells):
        tree.spend()
        if cells[at] in NO_PHANDLE:
            found.append(Entry(None, ()))
            at += 1
            continue
        target = tree.phandles.get(cells[at])
        behind = int(count) if count.isdigit() else width(target, count, OPTIONAL.get(count, -1)) if count else 0
        if target is None or behind < 0 or at + 1 + behind > len(cells):
            return None
        found.append(Entry(target, tuple(cells[at + 1:at + 1 + behind])))
        at += 1 + behind
    return found
