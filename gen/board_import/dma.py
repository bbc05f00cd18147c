# SPDX-License-Identifier: Apache-2.0
"""Decides which devices read and write memory by themselves. Device trees say so for some devices.
For the others the kind of device decides. A device of unknown kind counts as one with DMA, because
the opposite mistake would be worse."""

from __future__ import annotations

import re

from ..devicetree.tree import TreeNode

# Properties that only a device with DMA has.
KNOWN = ("dma-coherent", "iommus", "iommu-map", "memory-region")

_SLAVES = re.compile(
    r"bus|serial|uart|i2c|spi|gpio|pinctrl|pinmux|pinconf|timer|watchdog|wdt|rtc|clock|clock-controller|cru|"
    r"reset|reset-controller|pwm|interrupt-controller|intc|thermal|tsadc|temperature-sensor|tmu|tsensor|phy|"
    r"usb-phy|usb2-phy|usb3-phy|pcie-phy|syscon|efuse|eeprom|nvmem|ocotp|mailbox|mbox|mailboxes|"
    r"power-controller|regulator|hwspinlock|hwlock|adc|saradc|keypad|rng|trng|hwrng|prng|counter|"
    r"memory-controller|pmu|perf|l2-cache|cache-controller|system-controller|scm-conf|syscon-poweroff|chipid|"
    r"mux|mux-controller|flash|sram|ocm|rom|power-manager|aips|aips-bus|qfprom|tcsr|iomuxc|gpc|src|snvs|anatop|"
    r"ccm|tcsr_mutex|pdc|thermal-sensor|codec-analog|leds|fan|mipi-dphy|csi-phy|dsi-phy|hdmi-phy|qos|"
    r"msi-controller|pl011|pl031|pl061|led")
_SLAVE_KINDS = re.compile(r"fixed-clock|fixed-factor-clock|regulator-.*|register-bit-led|syscon|gpio-.*|"
                          r"arm,(pl011|pl031|pl061|sp804|sp805|sbsa-.*|mhu.*)")


LEAST_REGISTERS = 12  # bytes; a bus master has registers for an address, a size and a command


def judge(node: TreeNode, registers: int) -> tuple[bool, str]:
    """Whether a node has DMA, and how that is known: the property that says so, or `assumed`.
    `registers`: how many bytes it has."""
    for name in KNOWN:
        if name in node.properties:
            return True, name
    if not registers:
        return False, "no registers"
    if "dmas" in node.properties:
        return False, "dmas"  # a DMA engine does it for the device
    word = re.sub(r"[-_]?[0-9]+$", "", node.name.partition("@")[0].lower())
    if registers < LEAST_REGISTERS or any(_SLAVE_KINDS.fullmatch(kind) for kind in node.compatible):
        return False, "assumed"
    if _SLAVES.fullmatch(word) or _SLAVES.fullmatch(word.rpartition("-")[2]):
        return False, "assumed"
    return True, "assumed"
