# SPDX-License-Identifier: Apache-2.0
"""Whatever the files are, the command ends with findings: a process for each, with 1 GiB of memory
and a limit to its CPU time. A traceback, a signal, an answer of a mile are failures."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

import forked
import sound
from gen.devicetree import dtc
from gen.read.yaml_tree import MAX_BYTES
from guest_images import elf, linux_image, write_all

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parent / "corpus"
GIB = 1 << 30

SOUND = sound.SOUND + """\
    devices:
      console: {kind: pl011, mmio: 0x09000000, irq: {spi: 1}}
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a board and guest images."""
    write_all(tmp_path)
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms/board.yaml").write_bytes((CORPUS / "platforms/board.yaml").read_bytes())
    (tmp_path / "sound.yaml").write_text(SOUND)
    monkeypatch.chdir(tmp_path)


def answer(*arguments: str | bytes) -> str:
    """What a run that has to fail says: findings, a line each."""
    done = forked.run(*arguments)
    assert done.status == 1, (done.status, done.cpu, done.said[-3000:])
    odd = [line for line in done.said.splitlines()
           if not (": error P" in line or ": warning P" in line or line.startswith("pinion-gen: "))]
    assert done.said and not odd, odd[-20:]
    assert len(done.said) < 100_000
    return done.said


def check_file(content: bytes | str | Callable[[Path], object]) -> str:
    """The answer to a description that is written, or made by a function."""
    path = Path("hostile.yaml")
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return answer("build", "hostile.yaml", "-o", "out")


def sparse(path: Path, size: int = 20 * GIB) -> None:
    """A file of holes."""
    with open(path, "wb") as file:
        file.truncate(size)


# What stands where a file is wanted.
THINGS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "fifo": os.mkfifo,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/stdin"),
    "symlink to itself": lambda path: path.symlink_to(path.name),
    "file in a file": lambda path: path.symlink_to("Image/file"),
    "unreadable": lambda path: path.symlink_to("/proc/self/mem"),
    "giant": sparse,
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 600),
    "empty": lambda path: path.write_bytes(b""),
}

TEXTS: dict[str, bytes | str] = {
    "aliases of aliases": "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)),
    "alias of itself": "pinion: &x [*x]",
    "alias of itself in a mapping": "vms: &x {rt: *x}",
    "aliases a quarter of a megabyte long": "a: &a x\nb: [" + "*a, " * 60000 + "]",
    "brackets": "[" * (MAX_BYTES - 1),
    "braces": "{a: " * (MAX_BYTES // 4 - 1),
    "dashes": "- " * (MAX_BYTES // 2 - 1),
    "questions": "? " * (MAX_BYTES // 2 - 1),
    "colons": "a: " * (MAX_BYTES // 3 - 1),
    "steps": "".join(" " * i + "a:\n" for i in range(700)),
    "a long word": "a" * (MAX_BYTES - 1),
    "a long value": SOUND.replace("board", "b" * 200_000),
    "a long key": SOUND.replace("vcpus", "v" * 200_000),
    "a long number": SOUND.replace("vcpus: 1", "vcpus: " + "9" * 200_000),
    "a long hexadecimal number": SOUND.replace("0x40000000", "0x" + "f" * 200_000),
    "a long fraction": SOUND.replace("vcpus: 1", "vcpus: 0." + "3" * 200_000),
    "a large exponent": SOUND.replace("vcpus: 1", "vcpus: 1.0e999999999"),
    "a long path": SOUND.replace("Image", "x/" * 100_000),
    "a path of parents": SOUND.replace("kernel: Image", "kernel: " + "../" * 2000 + "Image"),
    "a long quoted string": "a: \"" + "\\n" * 100_000,
    "many keys": "pinion: 1\n" + "".join(f"k{i}: 1\n" for i in range(15000)),
    "many equal keys": "pinion: 1\n" * 20000,
    "many documents": "---\n" * 60000,
    "many anchors": "".join(f"a{i}: &a{i} x\n" for i in range(9000)),
    "many comments": "#\n" * 100_000,
    "many directives": "%TAG ! !\n" * 20_000,
    "many VMs": SOUND.split("  rt:")[0] + "".join(f"  vm{i}: {{vcpus: 1, affinity: [0]}}\n" for i in range(4000)),
    "many vCPUs": SOUND.replace("affinity: [0]", f"affinity: [{'0, ' * 15000}]").replace("vcpus: 1", "vcpus: 15000"),
    "much memory": SOUND.replace("size: 64MiB}", "size: 64MiB}" + ", {ipa: 0x40000000, size: 4KiB}" * 4000),
    "all of memory": SOUND.replace("64MiB", "256TiB"),
    "the end of memory": SOUND.replace("0x40000000", "0xfffffffff000"),
    "invalid UTF-8": b"pinion: \xff\xfe\xfd\n",
    "half a character": SOUND.encode() + b"\xe2\x82",
    "UTF-16": SOUND.encode("utf-16"),
    "UTF-32": SOUND.encode("utf-32"),
    "surrogates": b"pinion: \xed\xa0\x80\n",
    "zeros": bytes(100_000),
    "zeros in the middle": SOUND.encode().replace(b"Image", b"Im\0age"),
    "an escaped zero": SOUND.replace("Image", '"Im\\0age"'),
    "an escape beyond Unicode": SOUND.replace("Image", '"\\Uffffffff"'),
    "line separators": SOUND.replace("Image", "Im\u2028age\u2029\x85"),
    "a Python object": SOUND.replace("Image", "!!python/object/apply:os.system [reboot]"),
    "nothing but an alias": "*a",
    "a merge of itself": "vms: &a {<<: *a}",
}


@pytest.mark.parametrize("thing", THINGS)
def test_description(thing: str) -> None:
    check_file(THINGS[thing])


@pytest.mark.parametrize("text", TEXTS)
def test_text(text: str) -> None:
    check_file(TEXTS[text])


@pytest.mark.parametrize("thing", THINGS)
def test_platform_file(thing: str) -> None:
    THINGS[thing](Path("board.yaml"))
    check_file(SOUND.replace("platform: board", "platform: board.yaml"))


@pytest.mark.parametrize("text", ["aliases of aliases", "brackets", "many keys", "a long number", "zeros"])
def test_text_of_a_platform_file(text: str) -> None:
    content = TEXTS[text]
    Path("platforms/board.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
    answer("check", "--platform", "platforms/board.yaml")
    answer("check", "sound.yaml")


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("key", ["kernel", "elf", "initrd", "overlay"])
def test_image(key: str, thing: str) -> None:
    name = "thing.dtso" if key == "overlay" else "thing"
    THINGS[thing](Path(name))
    boot = {"overlay": "kernel: Image", "initrd": "kernel: Image, initrd: thing"}.get(key, f"{key}: thing")
    text = SOUND.replace("kernel: Image", boot)
    if key == "overlay":
        text += "    dtb: {overlays: [thing.dtso]}\n"
    if (key, thing) == ("initrd", "binary"):
        return  # an initrd is what the guest makes of it
    assert "hostile.yaml:" in check_file(text)


def damaged_elf(offset: int, form: str, value: int) -> bytes:
    """An ELF file with a field of its header replaced."""
    data = bytearray(elf([(0x40000000, 64, 4096)]))
    struct.pack_into(form, data, offset, value % (1 << 8 * struct.calcsize(form)))
    return bytes(data)


@pytest.mark.parametrize("offset, form, value", [(32, "<Q", -1), (56, "<H", -1), (64 + 40, "<Q", -1),
                                                 (64 + 24, "<Q", -1), (24, "<Q", -1)],
                         ids=["table at the end of the world", "many segments", "segment of all memory",
                              "segment at the last byte", "entry nowhere"])
def test_damaged_elf(offset: int, form: str, value: int) -> None:
    Path("thing").write_bytes(damaged_elf(offset, form, value))
    check_file(SOUND.replace("kernel: Image", "elf: thing"))


@pytest.mark.parametrize("data", [
    linux_image((1 << 64) - 1), linux_image(1 << 47), linux_image(text_offset=(1 << 64) - 1), linux_image()[:60],
], ids=["endless", "as large as can be", "far away", "cut"])
def test_damaged_kernel(data: bytes) -> None:
    Path("thing").write_bytes(data)
    check_file(SOUND.replace("kernel: Image", "kernel: thing"))


def nested(depth: int) -> str:
    """An overlay of nodes in nodes."""
    return "/dts-v1/; /plugin/; &{/} { " + "a { " * depth + "}; " * depth + "};"


OVERLAYS: dict[str, str] = {
    "includes itself": '/include/ "thing.dtso"',
    "includes an endless file": '/dts-v1/; /plugin/; &{/} { x = /incbin/("/dev/zero"); };',
    "includes what never comes": '/dts-v1/; /plugin/; &{/} { x = /incbin/("fifo"); };',
    "reads the terminal": '/include/ "/dev/stdin"',
    "nested": nested(1500),
    "nested beyond dtc": nested(100_000),
    "a large fill": "/dts-v1/; /plugin/; &{/} { x = <" + "1 " * 1_000_000 + ">; };",
    "many nodes": "/dts-v1/; /plugin/; &{/} { " + "".join(f"n{i} {{}}; " for i in range(60_000)) + " };",
    "labels of nothing": "/dts-v1/; /plugin/; &nothing { x = <&nowhere>; };",
    "binary digits": "\x01\x02\x03",
    "a division by zero": "/dts-v1/; /plugin/; &{/} { x = <(1 / 0)>; };",
    "a string without end": "/dts-v1/; /plugin/; &{/} { x = \"",
}


@pytest.mark.parametrize("name", OVERLAYS)
def test_overlay(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "fifo" in OVERLAYS[name]:
        monkeypatch.setattr(dtc, "SECONDS", 1)  # of the 20 that dtc may wait
    os.mkfifo("fifo")
    Path("thing.dtso").write_text(OVERLAYS[name])
    Path("hostile.yaml").write_text(SOUND + "    dtb: {overlays: [thing.dtso]}\n")
    assert ": error P0" in answer("build", "hostile.yaml", "-o", "out")


def blob(depth: int) -> bytes:
    """A device tree blob of nodes in nodes."""
    tags = (b"\0\0\0\1a\0\0\0" * depth + b"\0\0\0\2" * depth).replace(b"a", b"\0", 1) + b"\0\0\0\x09"
    header = struct.pack(">10I", 0xD00DFEED, 56 + len(tags), 56, 56 + len(tags), 40, 17, 16, 0, 0, len(tags))
    return header + bytes(16) + tags


BLOBS = {
    "deep": blob(100), "deeper": blob(20_000), "deepest": blob(150_000), "cut": blob(100)[:200],
    "huge sizes": struct.pack(">10I", 0xD00DFEED, *[0xFFFFFFFF] * 9),
    "sizes of nothing": struct.pack(">10I", 0xD00DFEED, *[0] * 9),
}


@pytest.mark.parametrize("name", BLOBS)
def test_overlay_blob(name: str) -> None:
    Path("thing.dtbo").write_bytes(BLOBS[name])
    Path("hostile.yaml").write_text(SOUND + "    dtb: {overlays: [thing.dtbo]}\n")
    assert ": error P0" in answer("build", "hostile.yaml", "-o", "out")


def blob_of_holes(path: Path) -> None:
    """The magic number, and many zeros."""
    path.write_bytes(b"\xd0\x0d\xfe\xed")
    os.truncate(path, 20 * GIB)


@pytest.mark.parametrize("thing", [*THINGS, "blob"])
@pytest.mark.parametrize("command", ["diff hostile hostile", "import hostile",
                                     "export xen sound.yaml -o out --host-tree hostile"])
def test_where_a_device_tree_is_wanted(command: str, thing: str) -> None:
    {**THINGS, "blob": blob_of_holes}[thing](Path("hostile"))
    answer(*command.split())


@pytest.mark.parametrize("thing", THINGS)
def test_where_a_template_is_wanted(thing: str) -> None:
    Path("templates").mkdir()
    THINGS[thing](Path("templates/hostile.j2"))
    done = forked.run("export", "hostile", "sound.yaml", "-o", "out", "--template", "templates")
    assert done.status in (1, 2) and "Traceback" not in done.said, done


@pytest.mark.parametrize("name", [b"\xff\xfe.yaml", b"two\nlines.yaml", b"a*" + b"/b.yaml", b"quote'\".yaml",
                                  b"\x1b[31m.yaml", b"$(HOME) #.yaml", b"-.yaml", b"x" * 240 + b".yaml"])
def test_odd_names_of_files_are_names(name: bytes) -> None:
    """A sound description is sound, whatever its name."""
    text = SOUND.replace("kernel: Image", "binary: hello.bin").replace("board", "platforms/board.yaml")
    path = b"./" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(os.fsdecode(path)).write_text(text)
    done = forked.run("build", path, "-o", "out")
    assert done.status == 0 and done.said == "", done.said[-3000:]
    Path(os.fsdecode(path)).write_text(text.replace("vcpus: 1", "vcpus: 2"))
    assert len(answer("build", path, "-o", "out").splitlines()) == 1


@pytest.mark.parametrize("thing", ["fifo", "endless device", "giant", "binary", "nothing"])
def test_on_a_terminal_too(thing: str) -> None:
    """Where findings come with excerpts of the files that they are about."""
    THINGS[thing](Path("hostile.yaml"))
    terminal, end = os.openpty()
    try:
        done = forked.run("check", "hostile.yaml", err=end)
        said = os.read(terminal, 100_000).decode(errors="replace")
    finally:
        os.close(terminal)
        os.close(end)
    assert done.status == 1 and "P001" in said and "Traceback" not in said, said[-3000:]


@pytest.mark.parametrize("output", ["Image/out", "/proc/nothing", "/dev/full"])
def test_output_that_cannot_be(output: str) -> None:
    for command in ("build", "map", "dts"):
        assert ": error P146: cannot write '" in answer(command, "sound.yaml", "-o", output)


@pytest.mark.parametrize("command", [["explain"], ["schema"], ["docs"], ["dts", "sound.yaml"], ["map", "sound.yaml"],
                                     ["check", "--format", "json", "bad.yaml"]])
def test_a_reader_that_went_away_is_told_nothing(command: list[str]) -> None:
    Path("bad.yaml").write_text("k: 1\n" * 5000)
    reader, writer = os.pipe()
    os.close(reader)
    done = forked.run(*command, out=writer)
    os.close(writer)
    assert (done.status, done.said) == (1, "")
