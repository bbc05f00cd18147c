# SPDX-License-Identifier: Apache-2.0
"""Descriptions of VMs with direct interrupts, as sole owners of the machine and beside others, and
what guests of ours excuse there (tests/guests/lib/test.h)."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from machine import (A53, A53_SECURE, A57, A57_SECURE, MAX, MAX_SECURE, ROOT, WORK, Cpu, Machine, check_tap,
                     description, guest, make, of_vm, reasons, show_exits)

CPUS = {False: [A53, A57, MAX], True: [A53_SECURE, A57_SECURE, MAX_SECURE]}

UART = {"kind": "passthrough", "device": "uart"}
RTC = {"kind": "passthrough", "device": "rtc"}

Kind = Callable[..., dict[str, Any]]


def board(cpu: Cpu, platform: str = "qemu-virt") -> str:
    """The platform, QEMU's or one made of it: its GIC has two security states where there is a
    secure world."""
    if not cpu.secure:
        return platform
    file = Path("vm-configs/platforms/qemu-virt.yaml" if platform == "qemu-virt" else platform)
    content = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
    content["gic"]["security_states"] = 2
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{file.stem}-secure.yaml"
    text = yaml.safe_dump(content, sort_keys=False)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return str(path.relative_to(ROOT))


def sole(cpu: Cpu, vcpus: int = 4, **changes: Any) -> dict[str, Any]:
    """One VM that has the machine for itself, its UART included; `changes` replace keys of the
    VM."""
    devices = {**changes.pop("devices", {"console": UART, "rtc": RTC}), **changes.pop("more", {})}
    content = description(vcpus, interrupts="direct", devices=devices, **changes)
    content["platform"] = board(cpu)
    return content


def shared(cpu: Cpu, vcpus: int = 4, **changes: Any) -> dict[str, Any]:
    """A VM with direct interrupts and an emulated console. Where EL2 has no Group 0, another is
    beside it whose pCPU takes the UART's interrupt."""
    more = changes.pop("more", {})
    content = description(vcpus, interrupts="direct", unconfined_interrupts=True, **changes)
    content["vms"]["guest"]["devices"].update(more)
    content["platform"] = board(cpu)
    if cpu.secure:
        content["vms"]["other"] = {"vcpus": 1, "affinity": [max(vcpus, 4)], "boot": silent(),
                                   "memory": [{"ipa": 0x40000000, "size": "4MiB"}]}
    return content


def in_mode(content: dict[str, Any], mode: str, cpu: Cpu) -> dict[str, Any]:
    """Any description with direct interrupts; the test is skipped where that cannot be. `mode` is
    "sole": for the only VM, with the UART in the place of its console. "direct": all VMs, but for
    the one whose pCPU takes the UART's interrupt where EL2 has no Group 0: where there is one VM,
    another that goes off at once is beside it for that."""
    content = copy.deepcopy(content)
    vms, pcpu = content["vms"], content.get("console", {}).get("pcpu")
    if mode == "sole" and len(vms) > 1:
        pytest.skip(f"{len(vms)} VMs are not for {mode}")
    if mode == "direct" and cpu.secure and len(vms) == 1:
        free = sorted(set(range(8)).difference(next(iter(vms.values()))["affinity"]))
        if not free:
            pytest.skip(f"no pCPU is left to take the UART's interrupt on {cpu}")
        vms["other"] = {"vcpus": 1, "affinity": free[:1],
                        "boot": {**guest("neighbour"), "cmdline": "off"},
                        "memory": [{"ipa": 0x40000000, "size": "4MiB"}]}
    content["platform"] = board(cpu, content["platform"])
    takes_uart = ([name for name, vm in vms.items() if pcpu in vm["affinity"]] or list(vms))[-1]
    for name, vm in vms.items():
        watched = any(device["kind"] == "watchdog" for device in vm.get("devices", {}).values())
        if mode == "direct" and cpu.secure and (name == takes_uart or watched):
            continue
        if mode == "sole":
            if watched or pcpu is not None:
                pytest.skip("the hypervisor has interrupts of its own")
            if vm["affinity"] != list(range(vm["vcpus"])) or "gic" in vm:
                pytest.skip("its CPUs, or its GIC, are not those of the machine")
            vm["devices"] = {key: UART if device["kind"] == "pl011" else device
                             for key, device in vm.get("devices", {}).items()}
        vm.update(interrupts="direct", unconfined_interrupts=mode == "direct")
        image = next(iter(vm["boot"].values()))
        if re.fullmatch(r"build/guests/[a-z-]+\.(bin|elf)", image):
            words = ["direct", *(["sole"] if mode == "sole" else []), *(["halved"] if cpu.secure else [])]
            vm["boot"]["cmdline"] = " ".join([vm["boot"].get("cmdline", ""), *words]).strip()
    return content


def silent() -> dict[str, str]:
    """`boot` of a guest that sleeps for ever."""
    return {**guest("neighbour"), "cmdline": "silent"}


def direct_guest(name: str, kind: Kind, cpu: Cpu, words: str = "") -> dict[str, str]:
    """`boot` of a guest of ours that knows of its direct interrupts."""
    own = ["direct", *(["sole"] if kind is sole else []), *(["halved"] if cpu.secure else []), *words.split()]
    make(f"build/guests/{name}.bin")
    return {**guest(name), "cmdline": " ".join(own)}


def wait_off(machine: Machine, name: str = "guest", vcpus: int = 4) -> str:
    """Wait until the VM has ended and said why its vCPUs left their guest how often: all of the
    text."""
    machine.expect(rf"{name}: off\r")
    machine.expect(rf"{name}: vCPU {vcpus - 1} exits:.*\r")
    return machine.text


def check_guest(machine: Machine, vcpus: int) -> str:
    """The guest passes and ends: the text."""
    machine.expect(r"1\.\.\d+\r")
    text = wait_off(machine, vcpus=vcpus)
    check_tap(of_vm(text))
    show_exits(text)
    return text


def exits_of(text: str, name: str = "guest") -> list[dict[str, int]]:
    """What Pinion counted in the end, by vCPU and reason."""
    return [reasons(line) for line in re.findall(rf"^{name}: vCPU \d+ exits:(.*)$", text, re.MULTILINE)]
