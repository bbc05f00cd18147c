# SPDX-License-Identifier: Apache-2.0
"""What hangs on a device: the devices that its references lead to, which of those a VM has to be given, which come
along by themselves, and what else hangs on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..model import Device, Platform, Reference

# Devices without registers that say something and do nothing: a copy in a guest's tree is as good as the original. With
# the properties that they are nothing without.
PORTABLE = {"fixed-clock": "", "regulator-fixed": "", "usb-nop-xceiv": "", "mmc-pwrseq-simple": "",
            "mmc-pwrseq-emmc": "", "operating-points-v2": "", "fixed-factor-clock": "clocks"}

# What a reference is to, by the property that has it, and what may stand in for it.
_KINDS = (("clock", ("clocks", "assigned-clocks", "assigned-clock-parents")), ("pin controller", ("pinctrl-",)),
          ("power domain", ("power-domains",)), ("reset", ("resets",)), ("GPIO", ("gpios", "gpio", "-gpios", "-gpio")),
          ("regulator", ("-supply",)), ("DMA channel", ("dmas",)), ("IOMMU", ("iommus", "iommu-map")),
          ("PHY", ("phys", "phy", "phy-handle", "usb-phy")), ("mailbox", ("mboxes",)),
          ("interrupt", ("interrupts", "interrupt-map")), ("interconnect", ("interconnects",)))


def reference_kind(name: str) -> str:
    """What a property refers to, in a word; it may be a copy's (see `_references`)."""
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
    """The references of a device, those of its children under the same names; fixed clocks that the platform file gives
    it stand in for its own."""
    found: dict[str, list[Reference]] = {}
    for node in device.whole():
        for name, refs in node.uses.items():
            if not (node is device and name == "clocks" and device.clocks):
                found.setdefault(name, []).extend(refs)
    return found


def portable(platform: Platform, name: str) -> bool:
    """True if a copy of the device does for a guest."""
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
    """True if a VM that is given the devices `given` has what a reference leads to."""
    return ref.device in ("", "gic") or ref.owner in given or portable(platform, ref.owner)


def _references(platform: Platform, device: Device, given: Collection[str] = ()) -> Iterator[tuple[str, Reference]]:
    """The references of a device, each with its property, and after them those of the copies that come along with it,
    `gpio of vcc`; what is in `given` is no copy."""
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
    """The properties that the node of a device, and the copies that come along with it, lose in the tree of a VM that
    is given the devices `given`, with the reference that leads to what the VM does not have."""
    found: dict[str, Reference] = {}
    for name, ref in _references(platform, device, given):
        if not reaches(platform, ref, given):
            found.setdefault(name, ref)
    return found


def around(platform: Platform, device: Device) -> list[Device]:
    """What a device is a part of, nearest first, up to the first bus that is no more than that."""
    found: list[Device] = []
    above = platform.devices.get(device.parent)
    while above is not None and above not in found and "simple-bus" not in above.compatible:
        found.append(above)
        above = platform.devices.get(above.parent)
    return found


def closure(platform: Platform, name: str) -> dict[str, str]:
    """Everything that a device's references lead to, nearest first, with the device and the property that do. The
    device that it is a part of is one of them."""
    found: dict[str, str] = {}
    waiting = [name]
    for current in waiting:
        device = platform.devices.get(current)
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
    """What a device uses of others, each by provider and specifier, with the property that says so; without what can be
    copied, of which what it uses itself counts, the GIC (whose interrupts have owners of their own) and the nodes below
    a device."""
    found: dict[Line, str] = {}
    for name, ref in _references(platform, device):
        if name.partition(" of ")[0] not in ("interrupt-map", "remote-endpoint") and ref.owner in platform.devices \
                and ref.owner != device.name and not portable(platform, ref.owner):
            found.setdefault((ref.device, ref.cells), name)
    return found


def needs(platform: Platform, device: Device) -> dict[str, str]:
    """The devices that a device is at the mercy of, with what they are for it: those of its lines, those of its clocks
    even where fixed ones stand in for them in the guest's tree, and those that it is a part of and that have registers.
    """
    found: dict[str, str] = {}
    used = [(provider.partition("/")[0], prop) for (provider, _), prop in lines(platform, device).items()]
    used += [(ref.owner, "clocks") for ref in device.uses.get("clocks", []) if not portable(platform, ref.owner)]
    for owner, prop in used:
        found.setdefault(owner, f"its {reference_kind(prop)} ({prop})")
    for above in around(platform, device):
        if above.mmio:
            found.setdefault(above.name, "what it is a part of")
    return found


def users(platform: Platform) -> dict[str, list[str]]:
    """Devices by the provider that they use."""
    found: dict[str, list[str]] = {}
    for device in platform.devices.values():
        owners = {ref.owner for refs in uses(device).values() for ref in refs} - {device.name, ""}
        for owner in sorted(owners):
            if owner in platform.devices:
                found.setdefault(owner, []).append(device.name)
    return found
