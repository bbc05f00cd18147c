# SPDX-License-Identifier: Apache-2.0
"""The hypervisor when something is wrong: with the machine, or, by a debugger's hand, with
itself."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
import gen
from machine import BUSY, ROOT, WORK, Machine, build, description, guest, make, start

QEMU = ["-nodefaults", "-m", "2048", "-cpu", "cortex-a53", "-smp", "4"]
VIRT = ["-machine", "virt,gic-version=3,virtualization=on"]
SECURE = [*VIRT, "-machine", "secure=on"]


def two_vms(name: str) -> dict[str, object]:
    """A guest that calls PSCI all the time on pCPUs 0 and 1, and guest `name` on 2 and 3."""
    content = description(2, boot=guest("psci"))
    other = description(2, boot=guest(name), affinity=[2, 3])["vms"]["guest"]
    del other["devices"]["rtc"]
    content["vms"]["other"] = other
    return content


def interfere(machine_name: str, content: dict[str, object], commands: list[str]) -> Machine:
    """Start a description stopped, and let gdb do `commands` on pCPU 0 (first where to stop) before
    it goes on."""
    socket = WORK / f"{machine_name}.gdb"
    socket.unlink(missing_ok=True)
    machine = start(machine_name, content, more=["-S", "-gdb", f"unix:{socket},server=on,wait=off"])
    elf = ROOT / "build" / machine_name / "pinion.elf"
    while not socket.exists() and machine.process.isalive():
        time.sleep(0.01)
    script = [f"target remote {socket}", f"hbreak {commands[0]} thread 1", "continue", *commands[1:], "delete",
              "detach"]
    words = [word for line in script for word in ("-ex", line)]
    done = subprocess.run(["gdb-multiarch", "-nx", "-batch", *words, elf], check=False, capture_output=True, text=True,
                          timeout=60 * BUSY)
    assert done.returncode == 0, done.stdout + done.stderr
    return machine


def section(name: str, elf: Path) -> int:
    """Address of a section of the image."""
    done = subprocess.run(["aarch64-linux-gnu-readelf", "-SW", str(elf)], check=True, capture_output=True, text=True)
    match = re.search(rf"{re.escape(name)}\s+PROGBITS\s+([0-9a-f]+)", done.stdout)
    assert match, done.stdout
    return int(match[1], 16)


def test_another_vms_state_is_out_of_reach() -> None:
    """EL2, serving one VM, touches the private state of the other: the access faults, the other VM
    does not notice."""
    name = "el2-view"
    content = two_vms("wfi")
    (WORK / f"{name}.yaml").parent.mkdir(parents=True, exist_ok=True)
    with start(name, content):
        pass  # built
    state = section(".vm1.state", ROOT / "build" / name / "pinion.elf")
    with interfere(name, content, ["hvc_handle", f"set $x2 = {state:#x}"]) as machine:
        machine.complaints = []
        machine.expect(r"PANIC: exception in EL2")
        machine.expect(r"which runs vCPU \d of guest")
        machine.expect(r"data abort, read")
        machine.expect(rf"FAR 0*{state:x}\b")
        machine.expect(r"backtrace:")
        machine.expect(r"other\| # \d+ passed, 0 failed")


def test_a_stack_overflow_is_reported() -> None:
    """The stack runs into its guard page: the report comes from the emergency stack."""
    overflow = ["hvc_handle", "tbreak irq_handle", "continue", "set $sp = $sp + 256 - 8192"]
    with interfere("el2-stack", description(1, boot=guest("psci")), overflow) as machine:
        machine.complaints = []
        machine.expect(r"PANIC: exception in EL2")
        machine.expect(r"data abort, write")
        machine.expect(r"the stack has run into its guard page")


@pytest.mark.parametrize("arguments, message", [
    ([*VIRT, *QEMU, "-m", "1024"], r"platform: there is no RAM at 40000000..bfffffff"),
    ([*VIRT, *QEMU, "-smp", "3"], r"platform: there is no CPU with affinity 3 \(pCPU 3\)"),
    (["-machine", "virt,gic-version=2,virtualization=on", *QEMU], r"platform: the CPU has no GICv3 system registers"),
], ids=["ram", "cpus", "gic"])
def test_another_machine_is_refused(arguments: list[str], message: str) -> None:
    """The machine is not that of the description: Pinion says what differs and starts nothing."""
    make("CONFIG=linux-smp4.yaml")
    name = "el2-machine"
    with Machine(name, [*arguments, "-kernel", "build/linux-smp4/pinion.bin"]) as machine:
        machine.expect(rf"Pinion {re.escape(gen.__version__)}: linux-smp4 on qemu-virt\r")
        machine.expect(message)
        machine.expect(r"nothing was started")


def load_at(address: int) -> list[str]:
    """QEMU arguments: the image at an address, entered without a device tree."""
    image = "build/linux-smp4/pinion.bin"
    return [*VIRT, *QEMU, "-device", f"loader,file={image},addr={address:#x},force-raw=on",
            "-device", f"loader,addr={address:#x},cpu-num=0"]


def test_a_missing_device_tree_is_said() -> None:
    """x0 is no device tree."""
    make("CONFIG=linux-smp4.yaml")
    with Machine("el2-no-tree", load_at(0x40200000)) as machine:
        machine.expect(r"platform: the firmware passed no device tree")
        machine.expect(r"nothing was started")


def test_a_misplaced_image_is_said() -> None:
    """The image is somewhere else than it was linked for, and no device tree says what is free."""
    make("CONFIG=linux-smp4.yaml")
    with Machine("el2-misplaced", load_at(0x44000000)) as machine:
        machine.expect(r"Pinion was loaded to 44000000 and belongs at 40200000\.\.[0-9a-f]+: the firmware passed no "
                       r"device tree \(x0 = 0x0\)")
        machine.expect(r"nothing was started")


def test_a_cpu_that_does_not_start_is_said() -> None:
    """The firmware is asked for a CPU that is not there. Its VM is not started; the other one
    works, and its console does, though the boot CPU, which takes the UART's interrupt, is the first
    VM's."""
    name = "el2-absent"
    content = description(2, boot=guest("psci"), devices={})
    content["vms"]["other"] = description(2, boot=guest("victim"), affinity=[2, 3])["vms"]["guest"]
    content["console"] = {"pcpu": 0}
    elf = build(name, content) / "pinion.elf"
    code = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--disassemble=boot_main", elf], check=True,
                          capture_output=True, text=True).stdout
    call = re.search(r"^ +([0-9a-f]+):.*\tsmc\t", code, re.MULTILINE)
    assert call, "the first of them is CPU_ON of the first VM's last CPU"
    with interfere(name, content, [f"*0x{call[1]}", "set $x1 = 99"]) as machine:
        machine.expect(r"pCPU 1 \(affinity 1\) does not start: PSCI error -2\r")
        machine.expect(r"guest: not started\r")
        machine.expect(r"other. right - round 1:")
        machine.process.send("x")
        machine.expect(r"other. # typed: x")
        assert "input to other" not in machine.text, "Pinion's second line has said so"
        machine.process.send("\x1dm")
        machine.type("start guest")
        machine.type("vms")
        machine.expect(r"0 guest: not started, ")
        assert "guest| " not in machine.text


def test_an_serror_is_charged_to_the_vm_that_was_running() -> None:
    """The VM crashes with a report, the other goes on. QEMU raises no SError: gdb takes an exit to
    that vector."""
    serror = ["*(char *)&vectors + 0x400", "set $pc = (unsigned long)&vectors + 0x580"]
    with interfere("el2-serror", two_vms("wfi"), serror) as machine:
        machine.expect(r"guest: vCPU \d on pCPU \d: SError while it was running")
        machine.expect(r"ESR_EL2 [0-9a-f]+: ")
        machine.expect(r"PC [0-9a-f]{16}  PSTATE [0-9a-f]+  FAR [0-9a-f]+")
        machine.expect(r"x28 +[0-9a-f]{16}")
        machine.expect(r"guest: crashed")
        machine.expect(r"other\| # \d+ passed, 0 failed")
        text = machine.wait_end()
    assert "other: off" in text


def test_debug_prints_the_command_for_gdb() -> None:
    """`make debug` starts QEMU stopped and says what to type; that command gets to EL2's first C
    function."""
    make("CONFIG=linux-smp4.yaml")
    with subprocess.Popen(["timeout", str(60 * BUSY), "make", "--no-print-directory", "debug"], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "gdb-multiarch" in line)
        command = line[line.index("gdb-multiarch"):].strip()
        script = f"{command} -batch -nx -ex 'hbreak boot_main' -ex continue -ex kill"
        done = subprocess.run(script, shell=True, cwd=ROOT, check=False, capture_output=True, text=True,
                              timeout=60 * BUSY)
        assert "boot_main" in done.stdout and "Breakpoint 1," in done.stdout, done.stdout + done.stderr
        process.wait(timeout=60 * BUSY)
