# SPDX-License-Identifier: Apache-2.0
"""vm-configs/linux-smp2.yaml boots Debian's Linux under Pinion, in plain QEMU and under Debian's
own Xen: one description, and nothing but what the generator exports from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from machine import BUSY, ROOT, WORK, Machine, Terminal, make, start

SMP2 = ROOT / "vm-configs" / "linux-smp2.yaml"


class Exported(Machine):
    """A script that an export made. `arguments`: the script, and what is given to it."""

    def spawn(self) -> Terminal:
        return Terminal("timeout", ["--kill-after=5", str(BUSY * self.timeout), *self.arguments], cwd="/",
                        encoding="utf-8", codec_errors="replace", echo=False, logfile=self.log)


def content() -> Any:
    """linux-smp2.yaml, with a test in place of the shell."""
    description = yaml.safe_load(SMP2.read_text(encoding="utf-8"))
    description["vms"]["linux"]["boot"]["cmdline"] += " pinion.test=smp"
    return description


def gen(*arguments: object) -> str:
    """Run the generator: its findings."""
    done = subprocess.run([sys.executable, "-m", "gen", *map(str, arguments)], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module", name="description")
def fixture_description() -> Path:
    """The description in a file, its guest images built."""
    make("build/guests/Image", "build/guests/initrd.cpio.gz")
    path = WORK / "export-smp2.yaml"
    path.write_text(yaml.safe_dump(content(), sort_keys=False), encoding="utf-8")
    return path


def check(text: str) -> None:
    """What the guest shows, wherever it runs."""
    text = text.replace("(XEN) DOM1: ", "")
    brought_up = re.search(r"smp: Brought up 1 node, (\d+) CPU", text)
    assert brought_up and brought_up[1] == "2"
    assert "rtc-pl031 9010000.rtc: registered as rtc0" in text
    assert re.search(r"^ok - ", text, re.MULTILINE) and not re.search(r"^not ok", text, re.MULTILINE)
    assert "# test smp ends with 0" in text


def test_pinion() -> None:
    with start("export-pinion", content()) as machine:
        check(machine.wait_end())


def test_plain_qemu(description: Path) -> None:
    out = WORK / "export-qemu"
    findings = gen("export", "qemu", description, "-o", out)
    assert re.findall(r"(\w+) (P\d+):", findings) == [("warning", "P127"), ("warning", "P126")]
    with Exported("export-qemu", [str(out / "linux.sh")]) as machine:
        check(machine.wait_end())


def test_xen(description: Path) -> None:
    """Without a dom0, in QEMU: its boot loader puts Xen, the modules and the host's tree where the
    export says."""
    make("build/deps/xen")
    out = WORK / "export-xen"
    gen("build", description, "-o", WORK / "export-smp2")
    arguments = (WORK / "export-smp2" / "qemu.args").read_text(encoding="utf-8").split()
    host_tree = WORK / "export-host.dtb"
    subprocess.run(["qemu-system-aarch64", *arguments, "-machine", f"dumpdtb={host_tree}"], check=True,
                   capture_output=True)
    findings = gen("export", "xen", description, "-o", out, "--host-tree", host_tree)
    assert " error " not in findings and "under Xen at 0x22000000, and the guest is told so" in findings
    command = ["env", f"XEN={ROOT / 'build/deps/xen'}", str(out / "xen.sh")]
    with Exported("export-xen", command, timeout=240) as machine:
        machine.expect(r"Xen version 4\.17")
        machine.expect(r"\(XEN\) DOM1: \[ *[0-9.]+\] reboot: Power down")
        check(machine.text)


def test_image_for_bao() -> None:
    """What Bao would load and start, on plain QEMU: one flat image, all registers zero, PSCI by
    SMC. RAM is elsewhere than in the other tests, as QEMU's own device tree is at the start of its
    RAM."""
    make("build/guests/Image", "build/guests/initrd.cpio.gz")
    description = content()
    description["vms"]["linux"]["memory"] = [{"ipa": 0x50000000, "size": "256MiB"}]
    path, out = WORK / "export-bao.yaml", WORK / "export-bao"
    path.write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")
    gen("export", "bao", path, "-o", out)
    config = (out / "config.c").read_text(encoding="utf-8")
    places = dict(re.findall(r"\.(base_addr|entry) = (0x[0-9a-f]+)", config))
    arguments = ["-machine", "virt,gic-version=3,virtualization=on", "-cpu", "cortex-a53", "-smp", "2", "-m", "1G",
                 "-nodefaults", "-device", f"loader,file={out}/linux.bin,addr={places['base_addr']},force-raw=on",
                 "-device", f"loader,addr={places['entry']},cpu-num=0"]
    with Machine("export-bao", arguments) as machine:
        check(machine.wait_end())
