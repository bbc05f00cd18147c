# SPDX-License-Identifier: Apache-2.0
"""Reads the headers of guest images: the arm64 Linux Image and AArch64 ELF executables. All reads
have a bounded size. A damaged file raises ImageError and nothing else."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

MAX_SEGMENTS = 64
ADDRESS_LIMIT = 1 << 48


class ImageError(Exception):
    """An image that cannot be used: finding code, text, and cure. `missing`: the file does not
    exist."""

    def __init__(self, code: str, message: str, cure: str = "", missing: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.cure = cure
        self.missing = missing


@dataclass(frozen=True)
class LinuxImage:
    """The header of an arm64 Image (Linux, Documentation/arm64/booting.rst). `image_size` includes
    the bss."""

    text_offset: int
    image_size: int


@dataclass(frozen=True)
class Segment:
    """A loadable segment of an ELF file."""

    offset: int
    file_size: int
    memory_size: int
    address: int


@dataclass(frozen=True)
class Elf:
    """An ELF executable: its segments at their physical addresses and the physical address of its
    entry point."""

    entry: int
    segments: tuple[Segment, ...]


def file_size(path: Path) -> int:
    """Size of an image. Raises ImageError if it cannot be used at all."""
    try:
        if not path.is_file():
            if path.exists():
                raise ImageError("P050", f"'{path}' is not a regular file", "name a file")
            raise ImageError("P050", f"'{path}' does not exist", "build or fetch it, or correct the path", True)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError("P050", f"cannot read '{path}': {reason}", "correct the path") from error
    if size == 0:
        raise ImageError("P050", f"'{path}' is empty", "build or fetch it again")
    return size


def _read(path: Path, offset: int, size: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise ImageError("P050", f"cannot read '{path}': {error.strerror}", "correct the path") from error


def begin(path: Path, size: int) -> bytes:
    """The first `size` bytes of an image. Raises ImageError."""
    return _read(path, 0, size)


def linux_image(path: Path) -> LinuxImage:
    """The header of an arm64 Image. Raises ImageError."""
    size = file_size(path)
    header = _read(path, 0, 64)
    if header[56:60] != b"ARM\x64":
        raise _not_an_image(path, header)
    whole = max(64, _pe_size(path, header))
    if size < whole:
        raise ImageError("P051", f"'{path}' is cut short: it has {size} bytes, and its header counts {whole}",
                         "fetch or copy it again")
    text_offset, image_size, flags = struct.unpack_from("<QQQ", header, 8)
    if flags & 1:
        raise ImageError("P051", f"'{path}' is a big-endian kernel", "use a little-endian one")
    if image_size == 0:
        text_offset, image_size = 0x80000, size  # a kernel before Linux 3.17
    if text_offset >= ADDRESS_LIMIT or image_size >= ADDRESS_LIMIT:
        raise ImageError("P051", f"'{path}' has an arm64 Image header with impossible sizes", "build or fetch it again")
    if text_offset % 4:
        raise ImageError("P051", f"'{path}' has an arm64 Image header with text_offset {text_offset:#x}, where no "
                         "instruction can be", "build or fetch it again")
    return LinuxImage(text_offset, max(image_size, size))


def _pe_size(path: Path, header: bytes) -> int:
    """The least number of bytes that an Image with an EFI stub must have, computed from the
    sections in its PE header. 0 if the file has no PE header."""
    start = struct.unpack_from("<I", header, 60)[0] if len(header) == 64 else 0
    header = _read(path, start, 4096) if header[:2] == b"MZ" else b""
    if header[:4] != b"PE\0\0" or len(header) < 24:
        return 0
    count, optional = struct.unpack_from("<H", header, 6)[0], struct.unpack_from("<H", header, 20)[0]
    table = header[24 + optional:24 + optional + 40 * count]
    parts = (struct.unpack_from("<II", table, at + 16) for at in range(0, len(table) - 39, 40))
    return max((size + offset for size, offset in parts), default=0)


# The first bytes of files that users mistake for a kernel: what such a file is, and the cure.
_OTHERS = {
    b"\x1f\x8b": ("is compressed by gzip", "decompress it: gunzip gives the arm64 Image"),
    b"\xfd7zXZ\0": ("is compressed by xz", "decompress it: unxz gives the arm64 Image"),
    b"\x28\xb5\x2f\xfd": ("is compressed by zstd", "decompress it: unzstd gives the arm64 Image"),
    b"\x02\x21\x4c\x18": ("is compressed by lz4", "decompress it: unlz4 gives the arm64 Image"),
    b"\x27\x05\x19\x56": ("is a uImage of U-Boot", "use the Image inside it"),
    b"\xd0\x0d\xfe\xed": ("is a device tree blob or a FIT image", "use the Image itself"),
    b"070701": ("is a cpio archive", "name it with 'initrd'"),
}


def _not_an_image(path: Path, header: bytes) -> ImageError:
    for magic, (what, cure) in _OTHERS.items():
        if header.startswith(magic):
            return ImageError("P051", f"'{path}' {what}", cure)
    if header[:4] == b"\x7fELF":
        return ImageError("P051", f"'{path}' is an ELF file, not an arm64 Image", "name it with 'elf'")
    if header[0x24:0x28] == b"\x18\x28\x6f\x01":
        return ImageError("P074", f"'{path}' is a zImage of 32-bit Arm: 32-bit guests are not supported",
                          "use an arm64 Image")
    if header[4:8] == b"zimg":
        return ImageError("P051", f"'{path}' is a compressed EFI image", "use the Image inside it")
    return ImageError("P051", f"'{path}' is not an arm64 Image: no magic number at offset 56",
                      "give the uncompressed Image, or name a flat binary with 'binary'")


def elf(path: Path) -> Elf:
    """The program headers of an AArch64 executable. Raises ImageError."""
    size = file_size(path)
    header = _read(path, 0, 64)
    _check_elf_header(path, header)
    entry, table = struct.unpack_from("<QQ", header, 24)
    entry_size, count = struct.unpack_from("<HH", header, 54)
    if entry_size != 56 or count > MAX_SEGMENTS or table + count * 56 > size:
        raise ImageError("P054", f"'{path}' has a damaged table of program headers", "link it again")
    data = _read(path, table, count * 56)
    segments, physical = [], entry
    for kind, _flags, offset, virtual, address, in_file, in_memory, _align in struct.iter_unpack("<IIQQQQQQ", data):
        if kind != 1 or in_memory == 0:  # PT_LOAD
            continue
        if in_file > in_memory or offset + in_file > size or address + in_memory > ADDRESS_LIMIT:
            raise ImageError("P054", f"'{path}' has a damaged segment at {address:#x}", "link it again")
        if virtual <= entry < virtual + in_memory:
            physical = entry - virtual + address
        segments.append(Segment(offset, in_file, in_memory, address))
    if not segments:
        raise ImageError("P054", f"'{path}' has no loadable segment", "link it as an executable")
    return Elf(physical, tuple(segments))


def _check_elf_header(path: Path, header: bytes) -> None:
    if header[:4] != b"\x7fELF" or len(header) < 64:
        raise ImageError("P054", f"'{path}' is not an ELF file", "name a flat binary with 'binary'")
    kind, machine = struct.unpack_from("<HH", header, 16)
    if header[4] == 1:
        raise ImageError("P074", f"'{path}' is a 32-bit ELF file: 32-bit guests are not supported",
                         "link it for AArch64")
    if header[4] != 2 or header[5] != 1:
        raise ImageError("P054", f"'{path}' is not a little-endian 64-bit ELF file", "link it for AArch64")
    if machine != 183:  # EM_AARCH64
        raise ImageError("P054", f"'{path}' is for ELF machine {machine}, not for AArch64 (183)", "link it for AArch64")
    if kind not in (2, 3):  # ET_EXEC, ET_DYN
        raise ImageError("P054", f"'{path}' is not an executable (ELF type {kind})", "link it as an executable")
