# SPDX-License-Identifier: Apache-2.0
"""Guest images for tests, sound and broken: just enough bytes for the readers of their headers."""

from __future__ import annotations

import struct
from pathlib import Path

MIB = 1 << 20


def linux_image(image_size: int = 32 * MIB, text_offset: int = 0, file_size: int = 4096, flags: int = 0xA,
                sections: int = 0) -> bytes:
    """An arm64 Image: the header, then zeros. With `sections`, an EFI stub whose PE header counts
    so many bytes."""
    start = b"MZ\0\0" if sections else bytes(4)
    header = start + struct.pack("<IQQQQQQ4sI", 0, text_offset, image_size, flags, 0, 0, 0, b"ARM\x64", 64)
    if sections:
        header += b"PE\0\0" + struct.pack("<HHIIIHH", 0xAA64, 1, 0, 0, 0, 0, 0) + b".text\0\0\0"
        header += struct.pack("<IIIIIIHHI", 0, 0, sections - 1024, 1024, 0, 0, 0, 0, 0)
    return header.ljust(file_size, b"\0")


def elf(segments: list[tuple[int, int, int]], entry: int = 0x40000000, bits: int = 2, endian: int = 1,
        kind: int = 2, machine: int = 183, virtual: int = 0) -> bytes:
    """An ELF file with segments (address, size in the file, size in memory); `virtual` is added to
    their addresses to make the virtual ones."""
    ident = b"\x7fELF" + bytes([bits, endian, 1]) + bytes(9)
    offset = 64 + 56 * len(segments)
    header = ident + struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, entry, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    table, data = b"", b""
    for address, in_file, in_memory in segments:
        start = offset + len(data)
        table += struct.pack("<IIQQQQQQ", 1, 5, start, address + virtual, address, in_file, in_memory, 4096)
        data += b"\x1f\x20\x03\xd5" * (in_file // 4)
    return header + table + data


def write_all(folder: Path) -> None:
    """The images that the corpus names."""
    files = {
        "Image": linux_image(),
        "Image.cut": linux_image(sections=8192),
        "Image.big-endian": linux_image(flags=1),
        "Image.gz": b"\x1f\x8b\x08\0" + bytes(100),
        "Image.zst": b"\x28\xb5\x2f\xfd" + bytes(100),
        "uImage": b"\x27\x05\x19\x56" + bytes(100),
        "board.dtb": b"\xd0\x0d\xfe\xed" + bytes(100),
        "initrd.cpio": b"070701" + bytes(100),
        "Image.damaged": linux_image(1 << 60),
        "Image.odd": linux_image(text_offset=1),
        "zImage": bytes(0x24) + b"\x18\x28\x6f\x01" + bytes(100),
        "empty": b"",
        "disk.qcow2": b"QFI\xfb" + bytes(508),
        "hello.bin": b"\x1f\x20\x03\xd5" * 4096,
        "hello.elf": elf([(0x40000000, 64, 4096)]),
        "hello.o": elf([], kind=1),
        "empty.elf": elf([]),
        "arm32.elf": elf([(0x40000000, 64, 4096)], bits=1, machine=40),
        "big.elf": elf([(0x40000000, 64, 4096)], endian=2),
        "x86.elf": elf([(0x40000000, 64, 4096)], machine=62),
        "damaged.elf": elf([(0x40000000, 64, 4096)])[:100],
        "segment.elf": elf([(0x40000000, 128, 64)]),
        "overlap.elf": elf([(0x40000000, 64, 4096), (0x40000800, 64, 4096)]),
        "entry.elf": elf([(0x40000000, 64, 4096)], entry=0x40001000),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "folder.yaml").mkdir()
    for name in ("big", "big.dtso"):
        with open(folder / name, "wb") as file:
            file.truncate(40 * MIB)
