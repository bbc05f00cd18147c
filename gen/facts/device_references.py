# SPDX-License-Identifier: Apache-2.0
"""References between the board's devices. For a device, this file finds the devices that it refers
to, those that its VM must own as well, those that the generator copies into the guest's device
tree, and the other users of each provider."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ..model import Device, Platform, Reference

# Devices without registers that only state facts, such as a fixed clock. The generator can copy
# such a node into the tree of any guest. The value is the property that the copy cannot do without,
# if any.
PORTABLE = {"fixed-clock": "", "regulator-fixed": "", "usb-nop-xceiv": "", "mmc-pwrseq-simple": "",
            "mmc-pwrseq-emmc": "", "operating-points-v2": "", "fixed-factor-clock": "clocks"}

# The kind of provider that a property refers to. "-x" stands for all names that end in it, and "x-"
# for all that begin with it.
_KINDS = (("clock", ("clocks", "assigned-clocks", "assigned-clock-parents")), ("pin controller", ("pinctrl-",)),
          ("power domain", ("power-domains",)), ("reset", ("resets",)), ("GPIO", ("gpios", "gpio", "-gpios", "-gpio")),
          ("regulator", ("-supply",)), ("DMA channel", ("dmas",)), ("IOMMU", ("iommus", "iommu-map")),
          ("PHY", ("phys", "phy", "phy-handle", "usb-phy")), ("mailbox", ("mboxes",)),
          ("interrupt", ("interrupts", "interrupt-map")), ("interconnect", ("interconnects",)))


# Properties that name the device which holds registers of the node itself.
_REGISTERS = re.compile(r"(.*[,-])?(syscon|grf|pmu|regmap)(-[0-9a-z-]+)?")


def reference_kind(name: str) -> str:
    """The kind of provider that a property refers to, in a word. `name` may also be "PROPERTY of
    COPY" (see `_references`)."""
    name = name.partition(" of ")[0]
    for word, names in _KINDS:
        if any(name == one or one[0] == "-" and name.endswith(one) or one[-1] == "-" and name.startswith(one)
               for one in names):
            return word
    return "device"


def names_of(name: str) -> str:
    """The property that names the entries of another: `clock-names` for `clocks`."""
    if name.startswith("pinctrl-"):
        return "pinctrl-names"
    if name == "assigned-clocks":
        return "assigned-clock-rates"
    return {"mboxes": "mbox-names"}.get(name, f"{name.removesuffix('s')}-names")


def uses(device: Device) -> dict[str, list[Reference]]:
    """The references of a device, by property. Those of its children are listed under the same
    names. If the platform file gives the device fixed clocks, they replace its own `clocks`."""
    found: dict[str, list[Reference]] = {}
    for node in device.whole():
        for name, refs in node.uses.items():
            if not (node is device and name == "clocks" and device.clocks):
                found.setdefault(name, []).extend(refs)
    return found


def portable(platform: Platform, name: str) -> bool:
    """True if the generator can copy the device's node into a guest's tree, so that no VM needs to
    own the device."""
    seen: set[str] = set()
    while name not in seen and (device := platform.devices.get(name)) is not None:
        seen.add(name)
        word = next((word for word in device.compatible if word in PORTABLE), None)
        if word is None or device.mmio or device.irqs:
            return False
        refs = device.uses.get(PORTABLE[word], [])
        if not PORTABLE[word] or device.clocks:
            return True
        if len(refs) != 1:
            return False
        name = refs[0].owner
    return False


def reaches(platform: Platform, ref: Reference, given: Collection[str]) -> bool:
    """True if a VM that owns the devices `given` has the provider that a reference names, or can
    have a copy of it."""
    return ref.device in ("", "gic") or ref.owner in given or portable(platform, ref.owner)


def _references(platform: Platform, device: Device, given: Collection[str] = ()) -> Iterator[tuple[str, Reference]]:
    """The references of a device, each with its property. Then follow the references of the nodes
    that the generator copies along with it, under names such as `gpio of vcc`. Devices in `given`
    are not copied."""
    known = {device.name, *given}
    waiting = [device]
    for part in waiting:
        for name, refs in uses(part).items():
            for ref in refs:
                yield name if part is device else f"{name} of {part.name}", ref
                if ref.owner not in known and portable(platform, ref.owner):
                    known.add(ref.owner)
                    waiting.append(platform.devices[ref.owner])


def left_out(platform: Platform, device: Device, given: Collection[str]) -> dict[str, Reference]:
    """The properties that a VM's tree has to leave out, each with the reference that cannot be
    kept. They are properties of the device's node and of the nodes copied along with it. `given`
    names the devices of that VM."""
    found: dict[str, Reference] = {}
    for name, ref in _references(platform, device, given):
        if not reaches(platform, ref, given):
            found.setdefault(name, ref)
    return found


def around(platform: Platform, device: Device) -> list[Device]:
    """The devices that contain a device, from the inside out, up to the first plain bus
    ("simple-bus")."""
    found: list[Device] = []
    above = platform.devices.get(device.parent)
    while above is not None and above not in found and "simple-bus" not in above.compatible:
        found.append(above)
        above = platform.devices.get(above.parent)
    return found


def closure(platform: Platform, name: str) -> dict[str, str]:
    """Every device that a device refers to, directly or by way of others, nearest first. The value
    says which property of which device refers to it. The device around it counts as one that it
    refers to."""
    found: dict[str, str] = {}
    waiting = [name]
    for current in waiting:
        device = platform.device(current)
        if device is None:
            continue
        steps = [(above.name, f"{current} is a part of it") for above in around(platform, device)[:1]]
        steps += [(ref.owner, f"{prop} of {current}") for prop, refs in uses(device).items() for ref in refs]
        for owner, why in steps:
            if owner in platform.devices and owner != name and owner not in found:
                found[owner] = why
                waiting.append(owner)
    return found


Line = tuple[str, tuple[int, ...]]


def lines(platform: Platform, device: Device) -> dict[Line, str]:
    """The lines of other devices that a device uses: a line is a provider and a specifier, such as
    one clock of a clock controller. The value is the property that names it. Left out are nodes
    that can be copied (the lines that these use themselves count), the GIC (its interrupts have
    owners of their own), and the device's own child nodes."""
    found: dict[Line, str] = {}
    for name, ref in _references(platform, device):
        if name.partition(" of ")[0] not in ("interrupt-map", "remote-endpoint") and ref.owner in platform.devices \
                and ref.owner != device.name and not portable(platform, ref.owner):
            found.setdefault((ref.device, ref.cells), name)
    return found


def needs(platform: Platform, device: Device) -> dict[str, str]:
    """The devices that can stop a device from working, each with what it provides. They are the
    providers of its lines, the providers of its clocks even if the guest's tree has fixed clocks
    instead, and the devices with registers that contain it."""
    return {name: f"its {reference_kind(prop)} ({prop})" if prop else "what it is a part of"
            for name, prop in _providers(platform, device).items()}


def _providers(platform: Platform, device: Device) -> dict[str, str]:
    """The devices that needs() lists, each with the property that names it. That is empty if the
    device is a part of it."""
    found: dict[str, str] = {}
    used = [(provider.partition("/")[0], prop) for (provider, _), prop in lines(platform, device).items()]
    used += [(ref.owner, "clocks") for ref in device.uses.get("clocks", []) if not portable(platform, ref.owner)]
    for owner, prop in used:
        found.setdefault(owner, prop)
    for above in around(platform, device):
        if above.mmio:
            found.setdefault(above.name, "")
    return found


def console_needs(platform: Platform) -> dict[str, str]:
    """The devices that can stop the hypervisor's UART, each with what it is to it. They are those
    that the UART needs, and what these are a part of, have their registers in, or have their power
    from. Beyond that nobody knows which of a controller's inputs the UART's line goes back to."""
    if platform.uart is None:
        return {}
    found = {name: what.replace("its ", "the UART's ", 1).replace("it is", "the UART is", 1)
             for name, what in needs(platform, platform.uart.device).items()}
    waiting = list(found)
    for current in waiting:
        for name, prop in _providers(platform, platform.devices[current]).items():
            if name not in found and (not prop or _REGISTERS.fullmatch(prop) or prop == "power-domains"):
                found[name] = f"what '{current}' {f'needs ({prop})' if prop else 'is a part of'}"
                waiting.append(name)
    return found


def users(platform: Platform) -> dict[str, list[str]]:
    """The devices that refer to each provider, by the provider's name. One of them is the
    hypervisor's UART."""
    found: dict[str, list[str]] = {}
    for device in [*platform.devices.values(), *([platform.uart.device] if platform.uart else [])]:
        owners = {ref.owner for refs in uses(device).values() for ref in refs} - {device.name, ""}
        for owner in sorted(owners):
            if owner in platform.devices:
                found.setdefault(owner, []).append(device.name)
    return found
