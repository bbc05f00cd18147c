# SPDX-License-Identifier: Apache-2.0
"""The image as it is shipped: its translation tables, read back from the ELF by other code than
made them."""

from __future__ import annotations

from gen.api import steps
import pytest
import yaml
from machine import ROOT, WORK, description, guest, linux, make
from test_walker import compare


def two_vms() -> dict[str, object]:
    """Linux beside a guest of ours, neither on pCPU 0, one with RAM in two pieces."""
    content = description(2, boot=linux(), affinity=[3, 1])
    pieces = [{"ipa": 0x40000000, "size": "4MiB"}, {"ipa": 0x80000000, "size": "12KiB"}]
    other = description(1, boot=guest("psci"), affinity=[2], memory=pieces)["vms"]["guest"]
    del other["devices"]["rtc"]
    content["vms"]["other"] = other
    return content


def neighbours() -> dict[str, object]:
    """Two VMs with transports in one page, which EL2 forwards, one with a page of registers as
    well."""
    content = description(1, boot=guest("psci"), memory=[{"ipa": 0x50000000, "size": "4MiB", "pa": "same"}])
    other = description(1, boot=guest("psci"), affinity=[1], memory=[{"ipa": 0x60000000, "size": "4MiB", "pa": "same"}])
    content["vms"]["other"] = other["vms"]["guest"]
    del content["vms"]["other"]["devices"]["rtc"]
    for number, vm in enumerate(content["vms"].values()):
        vm["devices"]["net"] = {"kind": "passthrough", "device": f"virtio{number}", "dma": "unconfined"}
    return content


SHIPPED = ["linux-smp4", "linux-smp4-direct", "linux-2x2-direct", "linux-disk", "linux-rt", "eight"]


@pytest.mark.parametrize("name, content", [
    *((name, None) for name in SHIPPED), ("image-two-vms", two_vms()), ("image-neighbours", neighbours())],
    ids=[*SHIPPED, "two-vms", "neighbours"])
def test_the_image_maps_what_the_description_says(name: str, content: dict[str, object] | None) -> None:
    """Every view and stage 2 of the linked image, byte for byte."""
    path = ROOT / "vm-configs" / f"{name}.yaml"
    if content is not None:
        path = WORK / f"{name}.yaml"
        WORK.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    make(f"CONFIG={path.relative_to(ROOT)}")
    system, findings = steps.resolved(path)
    assert system is not None, findings.text()
    build = ROOT / "build" / name
    compare(system, build, build / "pinion.elf")
