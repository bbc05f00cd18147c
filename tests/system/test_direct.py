# SPDX-License-Identifier: Apache-2.0
"""VMs that take their interrupts without the hypervisor: what passes with virtual ones passes with direct ones."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from machine import ROOT, WORK, Cpu, check_tap, description, guest, show_exits, start

A53 = Cpu()
A53_SECURE = Cpu(secure=True)
MAX, MAX_SECURE = Cpu("max,pauth-impdef=on"), Cpu("max,pauth=off", secure=True)
NAMES = ["psci", "gic-registers", "gic-delivery", "gic-cpus", "gic-spi", "timer", "ipi", "traps", "wfi"]
TIMEOUT = 30


def board(cpu: Cpu) -> str:
    """The platform: QEMU's, whose GIC has two security states where there is a secure world."""
    if not cpu.secure:
        return "qemu-virt"
    content = yaml.safe_load((ROOT / "vm-configs/platforms/qemu-virt.yaml").read_text(encoding="utf-8"))
    content["gic"]["security_states"] = 2
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "qemu-virt-secure.yaml"
    text = yaml.safe_dump(content, sort_keys=False)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return str(path)


def words(kind: str, cpu: Cpu, *more: str) -> str:
    """What a bare-metal guest excuses (tests/guests/lib/test.h), and `more` of its command line."""
    return " ".join(["direct", *(["sole"] if kind == "sole" else []), *(["halved"] if cpu.secure else []), *more])


def sole(cpu: Cpu, vcpus: int = 4, **changes: Any) -> dict[str, Any]:
    """One VM that has the machine for itself, its UART included."""
    devices = {"console": {"kind": "passthrough", "device": "uart"}, "rtc": {"kind": "passthrough", "device": "rtc"}}
    content = description(vcpus, interrupts="direct", **{"devices": devices, **changes})
    content["platform"] = board(cpu)
    return content


def shared(cpu: Cpu, vcpus: int = 4, **changes: Any) -> dict[str, Any]:
    """A VM with direct interrupts and an emulated console. Where EL2 has no Group 0, a VM beside it whose pCPU takes the
    UART's interrupt."""
    content = description(vcpus, interrupts="direct", unconfined_interrupts=True, **changes)
    content["platform"] = board(cpu)
    if cpu.secure:
        content["vms"]["other"] = {"vcpus": 1, "affinity": [vcpus], "memory": [{"ipa": 0x40000000, "size": "4MiB"}],
                                   "boot": {**guest("neighbour"), "cmdline": "silent"}}
    return content


@pytest.mark.parametrize("cpu", [A53, A53_SECURE], ids=str)
@pytest.mark.parametrize("kind", [sole, shared])
@pytest.mark.parametrize("name", NAMES)
def test_guest(name: str, kind: Any, cpu: Cpu) -> None:
    """Four vCPUs."""
    boot = {**guest(name), "cmdline": words(kind.__name__, cpu)}
    with start(f"direct-{name}-{kind.__name__}-{cpu}", kind(cpu, boot=boot), cpu, TIMEOUT) as machine:
        text = machine.wait_end()
    check_tap(text)
    show_exits(text)


def test_uart_of_a_virtual_vm() -> None:
    """The interrupt of a UART that is given away is that of the VM, also where interrupts are virtual."""
    content = sole(A53, 1, boot={**guest("direct-lives"), "cmdline": "uart"})
    content["vms"]["guest"]["interrupts"] = "virtual"
    with start("direct-uart-virtual", content, A53, TIMEOUT) as machine:
        check_tap(machine.wait_end())


@pytest.mark.parametrize("how", ["active0", "kicked", "asleep"])
def test_restart_of_a_sole_owner(how: str) -> None:
    """Whatever the last life has left in the CPU interface, the next one starts."""
    with start(f"direct-restart-{how}", sole(A53, 2, boot={**guest("direct-lives"), "cmdline": how}), A53,
               TIMEOUT) as machine:
        check_tap(machine.wait_end())


def test_restart_beside_another() -> None:
    """No interrupt of a console's is pending in the next life because somebody has rung for the last one."""
    content = shared(A53_SECURE, 2, boot={**guest("direct-lives"), "cmdline": "idle"})
    with start("direct-restart-idle", content, A53_SECURE, TIMEOUT) as machine:
        machine.expect("guest: off")
        check_tap(machine.text.replace("guest| ", ""))
