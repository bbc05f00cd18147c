# SPDX-License-Identifier: Apache-2.0
"""A QEMU machine with Pinion on it, driven from Python: build a description, start it, read and
type, see how it ends.

Descriptions made here stay in build/system, so that `make CONFIG=build/system/NAME.yaml run`
repeats a test by hand; the console's output of each run is beside it as NAME.log.
"""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import pexpect
import pytest
import yaml
from clock import Clock

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "system"
QEMU = "qemu-system-aarch64"
NEWER_QEMU = ROOT / "build" / "deps" / QEMU
PROMPT = "pinion# "

# A QEMU that outlives its test is ended after so many times as long as it may take, however busy
# the machine is.
BUSY = 20
POLL = 2  # seconds between two looks at how much of its time is over

# QEMU arguments: its clock counts instructions, and jumps where all CPUs sleep; one CPU runs at a
# time. It is for a guest that has to be on time, however busy the machine is, and for many CPUs
# that would only wait for each other.
VIRTUAL_TIME = ["-icount", "shift=4,sleep=off"]

# None of this may ever be on a console.
COMPLAINTS = ["PANIC", "Bail out!", "Kernel panic", "rcu: INFO", "soft lockup", "Internal error: "]


def make(*arguments: str) -> None:
    """Run make in the tree; one at a time, as tests run side by side and share what is built."""
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"make {' '.join(arguments)}:\n{done.stdout[-4000:]}"


def description(vcpus: int = 4, **changes: Any) -> dict[str, Any]:
    """A description of one VM with a console and a clock; `changes` replace keys of the VM."""
    vm: dict[str, Any] = {
        "vcpus": vcpus,
        "affinity": list(range(vcpus)),
        "memory": [{"ipa": 0x40000000, "size": "256MiB"}],
        "devices": {
            "console": {"kind": "pl011", "mmio": 0x09000000, "irq": {"spi": 1}},
            "rtc": {"kind": "passthrough", "device": "rtc"},
        },
    }
    vm.update(changes)
    return {"pinion": 1, "platform": "qemu-virt", "vms": {"guest": vm}}


def guest(name: str) -> dict[str, str]:
    """`boot` of one of our bare-metal guests."""
    return {"kernel": f"build/guests/{name}.bin"}


def linux(words: str = "") -> dict[str, str]:
    """`boot` of Debian's Linux; `words` join its command line."""
    return {"kernel": "build/guests/Image", "initrd": "build/guests/initrd.cpio.gz",
            "cmdline": f"console=ttyAMA0 {words}".strip()}


@dataclass
class Cpu:
    """What QEMU emulates: CPU model, whether there is a secure world (GICD_CTLR.DS = 0 then), and
    the version of the GIC."""

    model: str = "cortex-a53"
    secure: bool = False
    gic: int = 3

    @property
    def axes(self) -> dict[str, object]:
        """What a sample of tests has all values of (tests/conftest.py)."""
        return {"model": self.model, "secure": self.secure, "gic": self.gic}

    @property
    def arguments(self) -> list[str]:
        """QEMU arguments that say so; a later -machine adds to an earlier one, a later -cpu
        replaces it."""
        return ["-cpu", self.model, *(["-machine", "secure=on"] if self.secure else [])]

    @property
    def has_atomics(self) -> bool:
        """FEAT_LSE: CAS and the like are instructions."""
        return self.model.startswith("max")

    def __str__(self) -> str:
        return (self.model.split(",")[0] + ("-gicv2" if self.gic == 2 else "")
                + ("-secure" if self.secure else ""))

    @property
    def platform(self) -> str:
        """QEMU's machine as a platform."""
        return "qemu-virt-gicv2" if self.gic == 2 else "qemu-virt"


A53, A53_SECURE = Cpu(), Cpu(secure=True)
A53_GICV2, A53_GICV2_SECURE = Cpu(gic=2), Cpu(secure=True, gic=2)
A57, A57_SECURE = Cpu("cortex-a57"), Cpu("cortex-a57", secure=True)
MAX = Cpu("max,pauth-impdef=on")
MAX_GICV2 = Cpu("max,pauth-impdef=on", gic=2)
# With a secure world QEMU's secondary CPUs come to EL2 without what firmware sets in EL3: there SME
# and pointer authentication would trap to an EL3 in which nobody is.
MAX_SECURE = Cpu("max,pauth=off,sme=off", secure=True)

# What pytest's --long, --cpu and --interrupts make of every test (conftest.py).
long = False
the_cpu: Cpu | None = None
changed: Callable[[dict[str, Any]], dict[str, Any]] = dict


def length(full: int, sample: int) -> int:
    """How often, or for how many seconds, a test does what --long makes it do at full length."""
    return full if long else sample


def lengths() -> str:
    """Words for the tests of the initramfs that take their time: how often a CPU goes off and on,
    and writes to disks, and seconds of load."""
    return f"pinion.times={length(25, 1)} pinion.rounds={length(3, 1)} pinion.seconds={length(60, 3)}"


def many(vcpus: int) -> list[str]:
    """QEMU arguments for so many vCPUs with Linux: side by side, more than four keep a small host
    busy for a minute."""
    return VIRTUAL_TIME if vcpus > 4 and not long else []


def lonely(content: dict[str, Any], cpu: Cpu | None) -> list[str]:
    """QEMU arguments for one CPU on a GICv2. When a guest ends an interrupt there, QEMU does not
    see that it is pending again (hw/intc/arm_gic.c: gic_complete_irq() looks at the virtual
    interface alone), until another interrupt changes. Without a second CPU there may never be one.
    In virtual time no timer expires anew before the guest has ended its interrupt."""
    vcpus = sum(vm["vcpus"] for vm in content["vms"].values())
    return VIRTUAL_TIME if cpu and actual(cpu).gic == 2 and vcpus == 1 else []


def actual(cpu: Cpu) -> Cpu:
    """What a test that asks for `cpu` runs on."""
    return the_cpu or cpu


def timer_exits() -> bool:
    """True unless --interrupts gives VMs their timers' interrupts without an exit."""
    return changed is dict


class Terminal(pexpect.spawn):  # type: ignore[misc]
    """A terminal that leaves `hidden` out where it begins a line."""

    hidden = ""
    matched = 0

    def read_nonblocking(self, size: int = 1, timeout: int | None = -1) -> str:
        """Characters as they come, but for those that may be the begin of `hidden`."""
        shown = ""
        while not shown:
            for character in super().read_nonblocking(size, timeout):
                if 0 <= self.matched < len(self.hidden) and character == self.hidden[self.matched]:
                    self.matched += 1
                    if self.matched == len(self.hidden):
                        self.matched = -1
                    continue
                if self.matched > 0:
                    shown += self.hidden[:self.matched]
                shown += character
                self.matched = 0 if character == "\n" else -1
        return shown


@dataclass
class Machine:
    """One run of QEMU. `arguments` start it; the name is that of its log. `timeout` is how long
    what is waited for may take, in seconds by its Clock. Lines of the VM `alone` are shown without
    its name. `serial`: QEMU's arguments that connect the machine's UARTs."""

    name: str
    arguments: list[str]
    timeout: int = 60
    alone: str | None = None
    output: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=lambda: list(COMPLAINTS))
    program: str = QEMU
    serial: list[str] = field(default_factory=lambda: ["-serial", "mon:stdio"])

    def __post_init__(self) -> None:
        self.log = open(WORK / f"{self.name}.log", "w", encoding="utf-8")  # pylint: disable=consider-using-with
        self.process = self.spawn()
        self.process.delaybeforesend = None
        if self.alone:
            self.process.hidden = f"{self.alone}| "

    def spawn(self) -> Terminal:
        """Start it."""
        return Terminal("timeout", ["--kill-after=5", str(BUSY * self.timeout), self.program,
                                    "-display", "none", *self.arguments, *self.serial],
                        cwd=str(ROOT), encoding="utf-8", codec_errors="replace", echo=False, logfile=self.log)

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.close(force=True)
        self.log.close()

    @property
    def text(self) -> str:
        """All of the console so far, with plain line ends."""
        return "".join(self.output).replace("\r", "")

    def _expect(self, pattern: Any, timeout: int | None) -> None:
        bad = [re.escape(text) for text in self.complaints]
        wanted = [pattern] if isinstance(pattern, type) else [pattern, pexpect.EOF]
        clock, nothing = Clock(self.process.pid), len(wanted)
        found = nothing
        while found == nothing and clock.seconds() < (timeout or self.timeout):
            found = self.process.expect([*wanted, pexpect.TIMEOUT, *bad], timeout=POLL)
        self.output.append(self.process.before or "")
        if isinstance(self.process.after, str):
            self.output.append(self.process.after)
        if found != 0:
            seen = ["it", "the end", "nothing", *COMPLAINTS] if len(wanted) == 2 else ["it", "nothing", *COMPLAINTS]
            raise AssertionError(f"{self.name}: waited for {pattern!r}, saw {seen[found]}; the last of {self.log.name}:"
                                 f"\n{self.text[-3000:]}")

    def expect(self, pattern: str, timeout: int | None = None) -> re.Match[str]:
        """Wait until the console shows `pattern` (a regular expression), or fail with the last
        lines."""
        self._expect(pattern, timeout)
        match = self.process.match
        assert isinstance(match, re.Match)
        return match

    def type(self, line: str) -> None:
        """Type a line, as somebody at the terminal would."""
        self.process.send(line + "\r")

    def shell(self, command: str, timeout: int | None = None) -> str:
        """Run a command at the guest's prompt: what it printed."""
        # The quotes keep the markers out of what the terminal echoes.
        self.type(f"echo BEG''IN; {command}; echo EN''D $?")
        self.expect(r"BEGIN\s+\n", timeout)
        match = self.expect(r"END (\d+)\s", timeout)
        text = str(self.process.before).replace("\r", "")
        assert match[1] == "0", f"{command}: status {match[1]}\n{text}"
        self.expect(re.escape(PROMPT))
        return text

    def wait_end(self, timeout: int | None = None) -> str:
        """Wait until QEMU ends by itself with status 0: the console's text."""
        self._expect(pexpect.EOF, timeout)
        self.process.close()
        status = self.process.exitstatus
        assert status == 0, f"{self.name}: QEMU ended with status {status}\n{self.text[-2000:]}"
        return self.text


def build(name: str, content: dict[str, Any], llvm: bool = False) -> Path:
    """Build a description, with clang and lld if `llvm`: the folder of its products."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{name}.yaml"
    text = yaml.safe_dump(changed(content), sort_keys=False)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    make(f"CONFIG={path.relative_to(ROOT)}", *(["LLVM=1"] if llvm else []))
    return ROOT / "build" / name


def qemu(folder: Path) -> str:
    """The QEMU for what build() has made. Skips the test if it wants a newer one than there is."""
    report = json.loads((folder / "system.json").read_text(encoding="utf-8"))
    release = report.get("qemu", {}).get("release", 7)  # bench-diff runs revisions that say nothing
    if release <= 7:  # Debian 12's
        return QEMU
    if not NEWER_QEMU.exists():
        pytest.skip(f"needs QEMU {release}, which 'make deps' could not get")
    return str(NEWER_QEMU)


def start_built(name: str, folder: Path, cpu: Cpu | None = Cpu(), timeout: int = 60,
                more: list[str] | None = None, alone: str | None = None) -> Machine:
    """Start what build() has made, with `more` QEMU arguments. Without a `cpu` it is the one that
    the platform file names, or the board's."""
    arguments = (folder / "qemu.args").read_text(encoding="utf-8").split("\n")
    return Machine(name, [*filter(None, arguments), *(actual(cpu).arguments if cpu else []), *(more or []),
                          "-kernel", str(folder / "pinion.bin")], timeout, alone, program=qemu(folder))


def on_machine(content: dict[str, Any], cpu: Cpu | None) -> dict[str, Any]:
    """A description for QEMU's machine as one for the machine with that CPU."""
    if cpu and content["platform"] == "qemu-virt":
        return {**content, "platform": actual(cpu).platform}
    return content


def start(name: str, content: dict[str, Any], cpu: Cpu | None = Cpu(), timeout: int = 60,
          more: list[str] | None = None, llvm: bool = False) -> Machine:
    """Build a description, with clang and lld if `llvm`, and start it, with `more` QEMU
    arguments."""
    content = on_machine(content, cpu)
    # Another VM that --interrupts has put beside the only one is nothing to a test.
    alone = next(iter(content["vms"])) if len(changed(content)["vms"]) > len(content["vms"]) else None
    return start_built(name, build(name, content, llvm), cpu, timeout, [*lonely(content, cpu), *(more or [])], alone)


def start_plain(name: str, kernel: str, arguments: list[str], cpu: Cpu = Cpu(), vcpus: int = 4,
                timeout: int = 60) -> Machine:
    """Start a guest of ours without Pinion: the machine that a VM should not differ from."""
    make(kernel)
    return Machine(name, ["-machine", f"virt,gic-version={cpu.gic}", "-nodefaults", "-m", "256", "-smp", str(vcpus),
                          *cpu.arguments, "-kernel", kernel, *arguments], timeout)


def check_tap(text: str) -> int:
    """Check a guest's results against their plan: how many there are."""
    results = re.findall(r"^(ok|not ok) (\d+) - (.*)$", text, re.MULTILINE)
    plan = re.search(r"^1\.\.(\d+)$", text, re.MULTILINE)
    bad = re.findall(r"^not ok .*(?:\n#   .*)*", text, re.MULTILINE)
    assert not bad, "\n".join(bad)
    assert plan, f"no plan; the last lines:\n{text[-2000:]}"
    assert [int(number) for _, number, _ in results] == list(range(1, int(plan[1]) + 1)), "results are missing"
    assert results, "no results"
    return len(results)


def of_vm(text: str, name: str = "guest") -> str:
    """The console of a VM, without its name where there are several."""
    if f"{name}| " not in text:
        return text
    return "".join(re.findall(rf"^{name}\| (.*\n)", text, re.MULTILINE))


def check_last_life(text: str, restarts: int) -> None:
    """The results of a VM `guest` in its last life, after so many others; in none of them anything
    was wrong."""
    lives = re.split(r"^guest: .*, restarts$", text, flags=re.MULTILINE)
    assert len(lives) == restarts + 1, text[-2000:]
    assert "not ok" not in text
    check_tap(of_vm(lives[-1]))


def reasons(text: str) -> dict[str, int]:
    """Counts by reason, of "reason count reason count ..."."""
    return {reason: int(count) for reason, count in re.findall(r"(\w+) (\d+)", text)}


def show_exits(text: str) -> None:
    """Print what Pinion counted; pytest -s or a failure shows it."""
    for line in re.findall(r"^\S+: vCPU \d+ exits:.*$", text, re.MULTILINE):
        print(line, file=sys.stderr)
