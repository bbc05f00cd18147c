# SPDX-License-Identifier: Apache-2.0
"""The descriptions that are shipped, as they are but for command lines that let their VMs end by
themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from direct import board
from machine import A53, A53_SECURE, ROOT, WORK, Cpu, actual, build, start

SECONDS = 5

# Commands for U-Boot in its own device tree, as nobody types them.
UBOOT = """/dts-v1/;
/plugin/;
&{/} {
    config {
        bootcmd = "fdt addr ${fdtcontroladdr}; fdt print /psci method; setexpr sum 30 * c; echo sum $sum; poweroff";
    };
};
"""


def shipped(name: str) -> dict[str, Any]:
    """A description of vm-configs, whose Linux VMs test their CPUs and whose control loops run for
    some seconds."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "vm-configs" / name).read_text(encoding="utf-8"))
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "uboot.dtso").write_text(UBOOT, encoding="utf-8")
    for vm in content["vms"].values():
        image = next(iter(vm["boot"].values()))
        if image.endswith("Image"):
            vm["boot"]["cmdline"] += " pinion.test=smp"
        elif image.endswith("control-loop.bin"):
            vm["boot"]["cmdline"] = f"seconds={SECONDS}"
        else:
            vm["dtb"]["overlays"] = ["build/system/uboot.dtso"]
    return content


def check_linux(name: str, lines: str, vcpus: int) -> None:
    """All its CPUs took timer interrupts, and IPIs."""
    assert f"nproc says {vcpus}\n" in lines, name
    assert len(re.findall(r"^ok - CPU \d+ takes timer interrupts$", lines, re.MULTILINE)) == vcpus, name
    assert "# test smp ends with 0" in lines


def check_control(name: str, lines: str) -> None:
    """Every period is a tick or was missed, none is lost and none counts twice; how late is QEMU's
    affair."""
    seconds = re.findall(r"^(\d+) ticks, (\d+) missed, late by \d+ to \d+ ns, \d+ on average$", lines, re.MULTILINE)
    assert len(seconds) == SECONDS, f"{name}: {lines}"
    assert all(int(ticks) > 0 and int(ticks) + int(missed) >= 1000 for ticks, missed in seconds)
    assert "WRONG" not in lines


def check_uboot(name: str, lines: str) -> None:
    """It has read its device tree, and computes."""
    assert 'method = "hvc"' in lines and "sum 240" in lines, name


@pytest.mark.matrix
@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "vm-configs").glob("*.yaml")))
def test_llvm_builds(name: str) -> None:
    """Each of them is built by clang and lld, too."""
    folder = build(f"llvm-{name}", shipped(f"{name}.yaml"), llvm=True)
    assert (folder / "toolchain").read_text(encoding="utf-8") == "clang\n"


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "cpu", "llvm"), [
    ("linux-rt", A53, False), ("linux-rt", A53_SECURE, False), ("eight", A53, False), ("eight", A53_SECURE, False),
    ("linux-2x2-direct", A53, True)], ids=str)
def test_shipped(name: str, cpu: Cpu, llvm: bool) -> None:
    """Every VM starts on the pCPUs that it was given, works, and ends; the machine goes off with
    the last of them."""
    content = shipped(f"{name}.yaml")
    if name.endswith("-direct"):  # which needs to know of the machine
        content["platform"] = board(actual(cpu))
    with start(f"shipped-{name}-{cpu}", content, cpu, 200, llvm=llvm) as machine:
        text = machine.wait_end()
    for vm, said in content["vms"].items():
        for vcpu, pcpu in enumerate(said["affinity"]):
            assert f"{vm}: vCPU {vcpu} runs on pCPU {pcpu}\n" in text
        assert text.count(f"\n{vm}: off\n") == 1
        lines = "".join(re.findall(rf"^{vm}\| (.*\n)", text, re.MULTILINE))
        assert "not ok" not in lines
        image = next(iter(said["boot"].values()))
        if image.endswith("Image"):
            check_linux(vm, lines, said["vcpus"])
        elif image.endswith("control-loop.bin"):
            check_control(vm, lines)
        else:
            check_uboot(vm, lines)
    assert not re.search(r"crashed|not started", text)
