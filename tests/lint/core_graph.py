#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How the files of the core depend on each other. Prints what it finds; status 1 if a limit is
broken.

usage: tests/lint/core_graph.py [OBJECTS]     OBJECTS: where the cores were built, build/obj-gcc

It looks at the core for each version of the GIC, without the folders of the other versions.

- Folders of hyp/ and arch/arm64/ include each other without a cycle, and include and call only
  those below them (LAYERS). Headers directly in hyp/ and arch/arm64/, and headers that only define
  types, belong to no folder: everybody may include them. hyp/ calls arch/arm64/ by hyp/arch.h,
  whatever the folder.
- Modules (files of C or assembly) call each other in cycles of fewer than 10. The calls are those
  of the linked objects. What the compiler itself calls (the stack protector) is no call of the
  source.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = (Path("hyp"), Path("arch/arm64"))
LAYERS = {"hyp": ["lib", "cpu", "uart", "console", "report", "vm", "device", "monitor"],
          "arch/arm64": ["hw", "gic", "gicv3", "gicv2", "vgic", "vgicv3", "vgicv2", "direct", "sole", "vcpu", "trap",
                         "boot"]}  # from the lowest up
# The folders that only the core for one version of the GIC has, by version. The first two have
# headers of the same names.
ALONE = {version: tuple(folders.split()) for version, folders in
         re.findall(r"^alone_(\w+) := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)}
UPWARD = {"vcpu_wait"}  # a vCPU that waits in EL2 serves whoever comes
LARGEST_CYCLE = 9
COMPILERS_OWN = {"__stack_chk_fail", "__stack_chk_guard"}

Graph = dict[str, dict[str, list[str]]]
"""From whom, to whom, and why: names of files or functions."""


def without_comments(text: str) -> str:
    """C without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)


def only_types(header: str) -> bool:
    """True if a header declares nothing that a C or assembly file defines, as `int f(void);` or
    `mmio_read_fn f;`."""
    text = re.sub(r"^\s*#.*?(?<!\\)$", "", without_comments(header), flags=re.MULTILINE | re.DOTALL)
    while "{" in text:
        shorter = re.sub(r"\{[^{}]*\}", " ", text)
        if shorter == text:
            break
        text = shorter
    return not any(re.search(r"\w\s*\([^;]*\)$|^\w+_fn\s+\w|^extern\s", part.strip()) and "typedef" not in part
                   for part in text.split(";")[:-1])


def cycles(graph: Graph) -> list[list[str]]:
    """Sets of nodes that reach each other, the largest first (Tarjan's strongly connected
    components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, {}):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in list(graph):
        if node not in index:
            visit(node)
    return sorted(found, key=len, reverse=True)


def is_in(path: Path, version: str) -> bool:
    """True if a source is part of the core for a version of the GIC."""
    others = {folder for other, folders in ALONE.items() if other != version for folder in folders}
    return not others.intersection(path.parts)


def included_folders(root: Path, version: str) -> Graph:
    """Folder to folder, and the includes that lead there."""
    graph: Graph = {}
    faces = [Path("arch/arm64") / folder for folder in ALONE[version][:2]]
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.[chS]")):
            own = path.parent.relative_to(root)
            if own in ROOMS or not is_in(own, version):
                continue
            for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE):
                places = (own, *ROOMS, *faces)
                header = next((root / place / name for place in places if (root / place / name).exists()), None)
                if header is None:
                    continue  # generated
                other = header.parent.relative_to(root)
                if other in ROOMS or other == own or only_types(header.read_text(encoding="utf-8")):
                    continue
                graph.setdefault(str(own), {}).setdefault(str(other), []).append(f"{path.name} includes {name}")
    return graph


def calls(objects: Path, version: str) -> Graph:
    """Module to module, and the functions that are called there."""
    defined: dict[str, str] = {}
    wanted: list[tuple[str, str]] = []
    # Of files that are there still: what a file has left behind that was moved is no part of the
    # core.
    paths = sorted(str(path.relative_to(ROOT).with_suffix(".o")) for room in ROOMS
                   for kind in ("*/*.c", "*/*.S") for path in (ROOT / room).glob(kind)
                   if is_in(path.relative_to(ROOT), version))
    listing = subprocess.run(["aarch64-linux-gnu-nm", "-A", *paths], cwd=objects, check=True, capture_output=True,
                             text=True).stdout
    for module, kind, symbol in re.findall(r"^(\S+)\.o:\s*[0-9a-f]*\s+(\w)\s+(\S+)$", listing, re.MULTILINE):
        if kind == "U":
            wanted.append((module, symbol))
        elif kind.isupper():
            defined[symbol] = module
    graph: Graph = {}
    for module, symbol in wanted:
        target = defined.get(symbol, module)
        if target != module and symbol not in COMPILERS_OWN:
            graph.setdefault(module, {}).setdefault(target, []).append(symbol)
    return graph


def layer(folder: str) -> tuple[str, int]:
    """In which tree a folder lies, and how high; one that is in no list is above all."""
    room, _, name = folder.rpartition("/")
    names = LAYERS[room]
    return room, names.index(name) if name in names else len(names)


def upward(graph: Graph) -> list[str]:
    """What folders need of others above them in the same tree."""
    found = []
    for one, others in graph.items():
        for other, why in others.items():
            (room, height), (other_room, other_height) = layer(one), layer(other)
            if room == other_room and height < other_height and not UPWARD.issuperset(why):
                found.append(f"{one} -> {other}: {', '.join(sorted(set(why)))}")
    return found


def by_folder(modules: Graph) -> Graph:
    """The calls between folders."""
    graph: Graph = {}
    for module, others in modules.items():
        for other, why in others.items():
            graph.setdefault(module.rpartition("/")[0], {}).setdefault(other.rpartition("/")[0], []).extend(why)
    return graph


def show(cycle: list[str], graph: Graph) -> None:
    """A cycle, and why each of its members needs which other."""
    print(f"cycle of {len(cycle)}:")
    for node in cycle:
        for other, why in graph[node].items():
            if other in cycle:
                print(f"  {node} -> {other}: {', '.join(sorted(set(why)))}")


def check(version: str, objects: Path) -> int:
    """Print all cycles of the core for one version of the GIC; 1 if one is not allowed."""
    if not (objects / "libpinion.a").exists():
        print(f"no objects in {objects}: 'make core' makes them")
        return 1
    folders, modules = included_folders(ROOT, version), calls(objects, version)
    print(f"== {version}: folders, by their includes")
    between = cycles(folders)
    for cycle in between:
        show(cycle, folders)
    above = upward(folders) + upward(by_folder(modules))
    print("== what folders need of those above them")
    print("".join(f"{way}\n" for way in above), end="")
    print("== modules, by their calls")
    within = cycles(modules)
    for cycle in within:
        show(cycle, modules)
    largest = max(map(len, within), default=0)
    print(f"{len(between)} cycles of folders, {len(above)} ways up (none may be), largest cycle of modules: {largest} "
          f"(at most {LARGEST_CYCLE})")
    return 1 if between or above or largest > LARGEST_CYCLE else 0


def main() -> int:
    """Print all cycles; 1 if one is not allowed."""
    objects = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/obj-gcc")
    return max(check(version, objects / version) for version in ALONE)


if __name__ == "__main__":
    sys.exit(main())
