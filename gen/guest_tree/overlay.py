# SPDX-License-Identifier: Apache-2.0
"""Merges the user's overlays into a guest's device tree, one after the other, and checks each
against the VM."""

from __future__ import annotations

import os
import re
from pathlib import Path

import libfdt

from ..devicetree import dtc, tree
from ..devicetree.blob import BlobError
from ..model import Position, System, SystemVm
from ..read.findings import Findings
from ..read.words import shorten
from ..read.yaml_tree import shown
from . import overlay_check

ROOM = 4096  # bytes that merging may add besides the overlay itself
SYMBOLS = "__symbols__"


class OverlayError(Exception):
    """An overlay that cannot be merged: the text, the cure, and the position in the overlay's own
    file if it is known."""

    def __init__(self, message: str, cure: str = "", at: Position | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.at = at


def _dtc(path: Path) -> bytes:
    """An overlay as a blob. Source is compiled. A blob is read and written again, so that dtc
    refuses a damaged one. Raises OverlayError."""
    form = "dtb" if path.suffix == ".dtbo" else "dts"
    try:
        return dtc.run("-@", "-I", form, "-O", "dtb", "-o", "-", os.path.abspath(path))
    except dtc.DtcError as error:
        line = str(error).splitlines()[0]
    place = re.match(r"(?:\w+: )?(.+?):(\d+)\.(\d+)[-0-9. ]*:? ?(.*)", line)
    if place:
        at = Position(shown(Path(place[1])), int(place[2]), int(place[3]))
        raise OverlayError(f"dtc says '{shorten(place[4])}'", _cure(path), at)
    raise OverlayError(f"dtc says '{shorten(line)}'", "correct the overlay, or build it again")


def _cure(path: Path) -> str:
    """The cure for an overlay that does not compile."""
    if form := re.search(rb"(?m)^[ \t]*#(?:include|define|if)", path.read_bytes()):
        return (f"dtc knows no '{form[0].decode().strip()}': run it through the preprocessor first, with cpp -P "
                "-undef -x assembler-with-cpp")
    return "correct the overlay"


def compiled(path: Path) -> bytes:
    """The blob of one overlay. Raises OverlayError and BlobError."""
    blob = _dtc(path)
    if not any(node.name == "__overlay__" for node in tree.read(blob).values()):
        raise OverlayError("it is a whole device tree, not an overlay", "begin it with '/dts-v1/; /plugin/;'")
    return blob


def applied(base: bytes, blob: bytes) -> bytes:
    """The blob `base` with the overlay `blob` merged in. Raises OverlayError."""
    fdt = libfdt.Fdt(base)
    fdt.resize(len(base) + len(blob) + ROOM)
    target = fdt.as_bytearray()
    error = libfdt.fdt_overlay_apply(target, bytearray(blob))
    if error == -libfdt.FDT_ERR_NOTFOUND:
        symbols = tree.read(base).get(f"/{SYMBOLS}")
        labels = ", ".join(sorted(symbols.properties)) if symbols else "not in the blob"
        raise OverlayError("it refers to a label or a path that the tree does not have", f"the labels are {labels}")
    if error:
        raise OverlayError(f"libfdt says {libfdt.fdt_strerror(error)}", "correct the overlay")
    return bytes(target)


def _without_symbols(blob: bytes) -> bytes:
    """A blob without the labels that merging needed, which a guest has no use for."""
    fdt = libfdt.Fdt(blob)
    node = fdt.path_offset(f"/{SYMBOLS}", (libfdt.NOTFOUND,))
    if node >= 0:
        fdt.del_node(node)
    return packed(bytes(fdt.as_bytearray()))


def packed(blob: bytes) -> bytes:
    """A blob without free space."""
    fdt = libfdt.Fdt(blob)
    fdt.pack()
    return bytes(fdt.as_bytearray()[:fdt.totalsize()])


def merged(system: System, vm: SystemVm, text: str, findings: Findings) -> bytes:
    """The blob of the source `text` with the overlays of `vm` merged in. An overlay that
    contradicts the VM becomes a finding."""
    blob = dtc.compile_source(text, "-@")
    try:
        original = tree.read(blob)
    except BlobError as error:
        findings.error("P081", vm.source.where("dtb"), f"vm '{vm.name}' cannot have overlays: {error}",
                       cure="pass fewer devices through")
        return blob
    options = vm.source.dtb
    places = options.overlay_positions if options else []
    for number, path in enumerate(vm.overlays):
        at = places[number] if number < len(places) else vm.source.where("dtb")
        before = tree.read(blob)
        what = f"vm '{vm.name}' overlay '{path}' cannot be merged"
        try:
            with_it = applied(blob, compiled(path))
            overlay_check.check(system, vm, original, before, tree.read(with_it), path, at, findings)
            blob = with_it
        except OverlayError as error:
            findings.error("P081", at, f"{what}: {error.message}", error.at, error.cure)
        except BlobError as error:
            findings.error("P081", at, f"{what}: {error}", cure="correct the overlay")
    return _without_symbols(blob)
