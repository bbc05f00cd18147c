# SPDX-License-Identifier: Apache-2.0
"""The command line, thin over the Python API. Exit status: 0 clean (warnings are printed and do not count), 1 errors
found or, for `diff`, differences, 2 wrong usage."""

from __future__ import annotations

import argparse
import difflib
import io
import json
import os
import sys
from pathlib import Path
from typing import TextIO

from .. import __version__
from ..export import Targets
from ..guest_tree import dtschema
from ..image import runnable
from ..model import Position
from ..read import timings
from ..read.findings import Findings
from ..read.yaml_tree import shown
from ..show import explain_device, explain_interrupts, reference
from . import depfile, steps, terminal
from .boards import read_board
from .diff import diff
from .explain import explain, schema
from .loaded import Checked, Rejected, load


class Usage(Exception):
    """The command line asks for what there is not; the text says so."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    if sys.stdout is None:  # closed: what is to be written there cannot be
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what the terminal's encoding lacks is no reason to fail
    try:
        status = _answered(options)
    except Usage as error:
        sys.stderr.write(f"pinion-gen: {error}\n")
        return 2
    except BrokenPipeError:
        _give_up_output()  # whoever read it has seen enough
        return 1
    except OSError as error:
        if not error.filename:
            _give_up_output()
        return _print(_trouble(error, options), options, None if error.filename else sys.stderr)
    if getattr(options, "timings", False):
        sys.stderr.write(timings.text())
    return status


def _give_up_output() -> None:
    """Python would try again, and complain, when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _answered(options: argparse.Namespace) -> int:
    try:
        status: int = options.run(options)
    except Rejected as rejected:
        status = _print(rejected.findings, options)
    sys.stdout.flush()
    return status


def _trouble(error: OSError, options: argparse.Namespace) -> Findings:
    """A file that cannot be read, or written, as a finding."""
    findings = Findings()
    name = shown(Path(error.filename)) if error.filename else "output"
    at = Position(name, 1, 1)
    if error.filename and Path(error.filename) in [getattr(options, key, None) for key in ("old", "new", "host_tree")]:
        findings.error("P001", at, f"cannot read '{name}': {error.strerror}", cure="correct the path")
    else:
        findings.error("P146", at, f"cannot write '{name}': {error.strerror}",
                       cure="make room and rights for it, or name another place with -o")
    return findings


def _file(name: str) -> Path | None:
    """A file to write; none for `-`, which is standard output."""
    return None if name == "-" else Path(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pinion-gen", description="Pinion's generator: a description in YAML becomes "
                                     "the tables of a hypervisor, the device trees of its guests, and configurations "
                                     "of other hypervisors.",
                                     epilog="Exit status: 0 clean, 1 errors found (diff: differences), 2 wrong usage.")
    parser.add_argument("--version", action="version", version=f"pinion-gen {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, description: bool = True,
                target: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        if target:
            sub.add_argument("target", metavar="TARGET", help=target)
        if description:
            sub.add_argument("description", type=Path, help="description file (YAML)")
            sub.add_argument("--format", choices=("text", "json"), default="text", help="how findings are printed")
            sub.add_argument("--timings", action="store_true", help="print what each stage takes")
        return sub

    check = command("check", _check, "check a description and print all findings")
    check.add_argument("--platform", action="store_true", help="the file is a platform file")
    check.add_argument("--without-images", action="store_true",
                       help="guest images that do not exist are warnings, as for dtb and dts")
    build = command("build", _build, "write all products of a description")
    build.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the products")
    for form, text in (("dts", "device trees as source"), ("dtb", "device trees as blobs")):
        tree = command(form, _tree, f"write the guests' {text}; guest images need not exist")
        tree.add_argument("vm", nargs="?", help="name of the VM; all of them if left out")
        tree.add_argument("-o", "--output", type=_file, metavar="PATH",
                          help="file to write instead of standard output; a folder for several VMs, or if it is one")
        tree.add_argument("--depfile", type=Path, metavar="FILE",
                          help="also write what the files of -o are made of, as rules for make")
        tree.set_defaults(form=form)
    drawing = command("map", _map, "draw who owns which part of the machine, as SVG")
    drawing.add_argument("--text", action="store_true", help="as text")
    drawing.add_argument("-o", "--output", type=_file, metavar="FILE", help="file to write instead of standard output")
    export = command("export", _export, "write what another hypervisor needs to run the VMs",
                     target="qemu, xen, bao, or the name of a template of your own")
    export.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the files")
    export.add_argument("--template", type=Path, metavar="DIR", help="folder with a template TARGET.j2 of your own")
    export.add_argument("--host-tree", type=Path, metavar="FILE", help="the board's own device tree, for xen")
    diff = command("diff", _diff, "say what differs between two descriptions or two device tree blobs", False)
    diff.add_argument("old", type=Path, metavar="A")
    diff.add_argument("new", type=Path, metavar="B")
    diff.add_argument("--format", choices=("text", "json"), default="text", help="json: a list of strings")
    schemas = command("schema", _schema, "print a JSON Schema, for editors", description=False)
    schemas.add_argument("kind", nargs="?", choices=("description", "platform"), default="description")
    importing = command("import", _import, "make a platform file of a board's device tree", description=False)
    importing.add_argument("blob", type=Path, metavar="BOARD.dtb", help="the device tree blob")
    importing.add_argument("-o", "--output", type=_file, metavar="FILE",
                           help="file to write instead of standard output")
    importing.add_argument("--format", choices=("text", "json"), default="text",
                           help="how it is printed what could not be carried over")
    explain = command("explain", _explain, "explain a key (memory.size), a code (P014), what giving a device of a "
                      "board to a VM takes along (device NAME FILE), or how interrupts reach the VMs of a description "
                      "and why (interrupts FILE [VM])", description=False)
    explain.add_argument("key", nargs="?", default="",
                         help="key or code; the whole file if left out; 'device', 'interrupts'")
    explain.add_argument("device", nargs="?", metavar="NAME",
                         help="after 'device': its name in the platform file; after 'interrupts': a description")
    explain.add_argument("file", nargs="?", metavar="FILE",
                         help="the platform file, its name, or a description; after 'interrupts FILE': a VM")
    explain.add_argument("--format", choices=("text", "json"), default="text")
    explain.add_argument("--platform", action="store_true", help="a key of a platform file")
    command("docs", _docs, "print the reference of the formats as Markdown", description=False)
    return parser


def _print(findings: Findings, options: argparse.Namespace, json_to: TextIO | None = None) -> int:
    """Print findings: text to standard error, JSON to standard output unless that holds a product. Returns the exit
    status."""
    if getattr(options, "format", "text") == "json":
        (json_to or sys.stdout).write(findings.json())
    else:
        terminal.show(findings, sys.stderr)
    return 1 if findings.errors else 0


def _check(options: argparse.Namespace) -> int:
    if options.platform:
        findings = Findings()
        platform = steps.load_platform(options.description, findings)
        if platform:
            runnable.note(platform, findings)
        return _print(findings, options)
    checked = load(options.description, images=not options.without_images).check()
    runnable.note(checked.system.platform, checked.findings)
    if not options.without_images and runnable.runs(checked.system.platform):
        checked.products()
    dtschema.check(checked.system, {name: checked.dtb(name) for name in checked.vms}, checked.findings)
    return _print(checked.findings, options)


def _build(options: argparse.Namespace) -> int:
    checked = load(options.description).check()
    checked.build(options.output)
    return _print(checked.findings, options)


def _output(data: bytes, path: Path | None) -> None:
    if path:
        path.write_bytes(data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def _product(checked: Checked, options: argparse.Namespace) -> int:
    return _print(checked.findings, options, None if options.output else sys.stderr)


def _tree(options: argparse.Namespace) -> int:
    checked = load(options.description, images=False).check()
    if options.vm is not None and options.vm not in checked.vms:
        raise Usage(f"there is no vm '{options.vm}', only {', '.join(checked.vms)}")
    if options.depfile and not options.output:
        raise Usage("--depfile says what files are made of: name them with -o")
    names = [options.vm] if options.vm else checked.vms
    trees = {name: checked.dtb(name) if options.form == "dtb" else checked.dts(name).encode() for name in names}
    paths = {name: options.output for name in names}
    if options.output and (len(names) > 1 or options.output.is_dir()):
        options.output.mkdir(parents=True, exist_ok=True)
        paths = {name: options.output / f"{name}.{options.form}" for name in names}
    elif len(names) > 1:
        raise Usage(f"name one of the VMs ({', '.join(names)}), or a folder for all of them with -o")
    elif options.form == "dtb" and not options.output and sys.stdout.isatty():
        raise Usage("a device tree blob is nothing for a terminal: name a file with -o, or use dts")
    for name, data in trees.items():
        _output(data, paths[name])
    if options.depfile:
        options.depfile.write_text(depfile.tree_rules(checked.system, list(paths.values())), errors="surrogateescape")
    return _product(checked, options)


def _map(options: argparse.Namespace) -> int:
    checked = load(options.description).check()
    _output(checked.map(options.text).encode(), options.output)
    return _product(checked, options)


def _export(options: argparse.Namespace) -> int:
    if options.template and not options.template.is_dir():
        raise Usage(f"--template: there is no folder '{options.template}'")
    if options.target not in (known := Targets(options.template).names()):
        raise Usage(f"there is no target '{options.target}', only {', '.join(known)}; --template names a folder with "
                    f"templates of your own")
    checked = load(options.description).check()
    checked.export(options.target, options.output, options.host_tree, options.template)
    return _print(checked.findings, options)


def _diff(options: argparse.Namespace) -> int:
    lines = diff(options.old, options.new)
    sys.stdout.write(json.dumps(lines, indent=2) + "\n" if options.format == "json"
                     else "".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


def _schema(options: argparse.Namespace) -> int:
    sys.stdout.write(json.dumps(schema(options.kind), indent=2) + "\n")
    return 0


def _import(options: argparse.Namespace) -> int:
    board = read_board(options.blob)
    from ..board_import import command as boards, writer  # need libfdt, which nothing else here does

    _output(writer.text(board).encode(), options.output)
    if options.format == "json":
        (sys.stdout if options.output else sys.stderr).write(boards.summary_json(board))
    else:
        sys.stderr.write(boards.summary_text(board))
    return 0


def _explain_device(options: argparse.Namespace) -> int:
    if options.file is None:
        raise Usage("explain device NAME FILE: name a platform file or a description as well")
    findings = Findings()
    platform = steps.platform_of(options.file, findings)
    if platform is None:
        return _print(findings, options)
    device = explain_device.find(platform, options.device)
    if device is None:
        close = difflib.get_close_matches(options.device, list(platform.devices), 3, 0.4)
        raise Usage(f"platform '{platform.name}' has no device '{options.device}'"
                    + (f"; did you mean {', '.join(close)}?" if close else ""))
    found = explain_device.facts(platform, device)
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.format == "json" else explain_device.text(found))
    return 0


def _explain_interrupts(options: argparse.Namespace) -> int:
    checked = load(options.device, images=False).check()
    if options.file is not None and options.file not in checked.vms:
        raise Usage(f"there is no vm '{options.file}', only {', '.join(checked.vms)}")
    found = explain_interrupts.facts(checked.system, options.file or "")
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.format == "json" else explain_interrupts.text(found))
    return 0


def _explain(options: argparse.Namespace) -> int:
    if options.device is not None:
        if options.key == "interrupts":
            return _explain_interrupts(options)
        if options.key != "device":
            raise Usage("explain takes one key or code, 'device NAME FILE', or 'interrupts FILE [VM]'")
        return _explain_device(options)
    try:
        found = explain(options.key, "platform" if options.platform else "description")
    except KeyError as error:
        raise Usage(error.args[0]) from error
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.format == "json" else reference.text(found))
    return 0


def _docs(_options: argparse.Namespace) -> int:
    sys.stdout.write(reference.reference())
    return 0
