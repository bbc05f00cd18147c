# SPDX-License-Identifier: Apache-2.0
"""Descriptions of any size: so many VMs, each on a pCPU of its own, and so many devices passed to
each."""

from __future__ import annotations

from pathlib import Path

SPIS = 950  # devices beyond have no interrupt


def board(cpus: int, devices: int) -> str:
    """A platform file."""
    text = f"""pinion: 1
compatible: ["pinion,large"]
pa_bits: 40
cpus: [{", ".join(f"{{mpidr: {i // 16 << 8 | i % 16:#x}}}" for i in range(cpus))}]
memory: [{{base: 0x40000000, size: 32GiB}}]
hypervisor: {{base: 0x40200000, size: 126MiB}}
gic:
  distributor: {{base: 0x08000000, size: 64KiB}}
  redistributors: [{{base: 0x080a0000, size: {0x20000 * cpus:#x}}}]
  spis: 988
uart: {{kind: pl011, mmio: {{base: 0x0f000000, size: 4KiB}}, irq: {{spi: 1}}}}
devices:{"" if devices else " {}"}
"""
    for i in range(devices):
        irqs = f"{{spi: {2 + i}}}" if i < SPIS else ""
        text += f"  p{i}: {{mmio: [{{base: {0x20000000 + i * 0x1000:#x}, size: 4KiB}}], irqs: [{irqs}], "
        text += "compatible: [\"pinion,device\"]}\n"
    return text


def description(vms: int, passed: int, name: str = "vm") -> str:
    """A description of `vms` VMs with a console and `passed` devices each."""
    text = "pinion: 1\nplatform: large\nvms:\n"
    for index in range(vms):
        text += f"""  {name}{index}:
    vcpus: 1
    affinity: [{index}]
    memory: [{{ipa: 0x40000000, size: {2 + index % 7 * 30}MiB}}]
    boot: {{binary: hello.bin}}
    devices:
      console: {{kind: pl011, mmio: 0x09000000, irq: {{spi: 0}}}}
"""
        for number in range(index * passed, (index + 1) * passed):
            text += f"      d{number}: {{kind: passthrough, device: p{number}}}\n"
    return text


def write(folder: Path, vms: int, passed: int, name: str = "vm") -> Path:
    """Both files, and the image that the VMs start. Returns the description's path."""
    (folder / "platforms").mkdir(parents=True, exist_ok=True)
    (folder / "platforms/large.yaml").write_text(board(vms, vms * passed))
    (folder / "hello.bin").write_bytes(b"\x1f\x20\x03\xd5" * 4096)
    path = folder / "large.yaml"
    path.write_text(description(vms, passed, name))
    return path
