# SPDX-License-Identifier: Apache-2.0
"""The arguments of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Protocol

from .. import __version__

_DESCRIPTION = ("Pinion's generator: a description in YAML becomes the tables of a hypervisor, the device trees of its "
                "guests, and configurations of other hypervisors.")
_STATUS = "Exit status: 0 clean, 1 errors found (diff: differences), 2 wrong usage."


class _Command(Protocol):
    """Adds commands to the parser."""

    def __call__(self, name: str, text: str) -> argparse.ArgumentParser:
        """Add a command. `text` says what it does."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line. In its result, `command` is the name of the command."""
    whole = argparse.ArgumentParser(prog="pinion-gen", description=_DESCRIPTION, epilog=_STATUS)
    whole.add_argument("--version", action="version", version=f"pinion-gen {__version__}")
    commands = whole.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    _of_a_description(command)
    _of_other_files(command)
    _of_no_file(command)
    return whole


def file_or_output(name: str) -> Path | None:
    """The path of a file to write, or None for `-`, which means standard output."""
    return None if name == "-" else Path(name)


def _takes_description(command: argparse.ArgumentParser) -> None:
    command.add_argument("description", type=Path, help="description file (YAML)")
    command.add_argument("--format", choices=("text", "json"), default="text", help="how findings are printed")
    command.add_argument("--timings", action="store_true", help="print what each stage takes")


def _of_a_description(command: _Command) -> None:
    check = command("check", "check a description and print all findings")
    _takes_description(check)
    check.add_argument("--platform", action="store_true", help="the file is a platform file")
    check.add_argument("--without-images", action="store_true",
                       help="guest images that do not exist are warnings, as for dtb and dts")
    build = command("build", "write all products of a description")
    _takes_description(build)
    build.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the products")
    for form, text in (("dts", "device trees as source"), ("dtb", "device trees as blobs")):
        tree = command(form, f"write the guests' {text}; guest images need not exist")
        _takes_description(tree)
        tree.add_argument("vm", nargs="?", help="name of the VM; all of them if left out")
        tree.add_argument("-o", "--output", type=file_or_output, metavar="PATH",
                          help="file to write instead of standard output; a folder for several VMs, or if it is one")
        tree.add_argument("--depfile", type=Path, metavar="FILE",
                          help="also write what the files of -o are made of, as rules for make")
    drawing = command("map", "draw who owns which part of the machine, as SVG")
    _takes_description(drawing)
    drawing.add_argument("--text", action="store_true", help="as text")
    _takes_output(drawing)
    export = command("export", "write what another hypervisor needs to run the VMs")
    export.add_argument("target", metavar="TARGET", help="qemu, xen, bao, or the name of a template of your own")
    _takes_description(export)
    export.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the files")
    export.add_argument("--template", type=Path, metavar="DIR", help="folder with a template TARGET.j2 of your own")
    export.add_argument("--host-tree", type=Path, metavar="FILE", help="the board's own device tree, for xen")


def _takes_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", type=file_or_output, metavar="FILE",
                         help="file to write instead of standard output")


def _of_other_files(command: _Command) -> None:
    diff = command("diff", "say what differs between two descriptions or two device tree blobs")
    diff.add_argument("old", type=Path, metavar="A", help="a description or a blob")
    diff.add_argument("new", type=Path, metavar="B", help="another of the same kind")
    diff.add_argument("--format", choices=("text", "json"), default="text", help="json: a list of strings")
    importing = command("import", "make a platform file of a board's device tree")
    importing.add_argument("blob", type=Path, metavar="BOARD.dtb", help="the device tree blob")
    _takes_output(importing)
    importing.add_argument("--format", choices=("text", "json"), default="text",
                           help="how it is printed what could not be carried over")
    explain = command("explain", "explain a key (memory.size), a code (P014), what giving a device of a board to a VM "
                      "takes along (device NAME FILE), or how interrupts reach the VMs of a description and why "
                      "(interrupts FILE [VM])")
    explain.add_argument("key", nargs="?", default="",
                         help="key or code; the whole file if left out; 'device', 'interrupts'")
    explain.add_argument("device", nargs="?", metavar="NAME",
                         help="after 'device': its name in the platform file; after 'interrupts': a description")
    explain.add_argument("file", nargs="?", metavar="FILE",
                         help="the platform file, its name, or a description; after 'interrupts FILE': a VM")
    explain.add_argument("--format", choices=("text", "json"), default="text", help="how the answer is printed")
    explain.add_argument("--platform", action="store_true", help="a key of a platform file")


def _of_no_file(command: _Command) -> None:
    schema = command("schema", "print a JSON Schema, for editors")
    schema.add_argument("kind", nargs="?", choices=("description", "platform"), default="description",
                        help="kind of file; a description if left out")
    command("docs", "print the reference of the formats as Markdown")
    completion = command("completion", "print what makes a shell complete this command")
    completion.add_argument("shell", choices=("bash",), help="the shell")
    command("man", "print the manual page of this command, for man")
