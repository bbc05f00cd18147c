# SPDX-License-Identifier: Apache-2.0
"""The command line, a thin layer over the Python API.

Exit status: 0 if there is no error (warnings are printed and do not count), 1 for errors or, with
`diff`, for differences, 2 for wrong usage.
"""

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
from ..read.codes import CODES
from ..read.findings import Findings
from ..read.yaml_tree import shown
from ..show import bash_completion, explain_device, explain_interrupts, man_page, reference
from . import boards, depfile, steps, terminal
from .arguments import parser
from .diff import diff
from .explain import explain, schema
from .loaded import Checked, Rejected, load


class Usage(Exception):
    """The command line asks for something that does not exist. The text says what."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = parser().parse_args(arguments)
    if sys.stdout is None:  # standard output is closed, so nothing can be written to it
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a letter that the encoding lacks must not end the command
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _answered(options)
    except Usage as error:
        sys.stderr.write(f"pinion-gen: {error}\n")
        return 2
    except BrokenPipeError:
        _give_up_output()  # the reader has closed the pipe
        return 1
    except OSError as error:
        if not error.filename:
            _give_up_output()
        return _print(_trouble(error, options), options, None if error.filename else sys.stderr)
    if getattr(options, "timings", False):
        sys.stderr.write(timings.text())
    return status


def _give_up_output() -> None:
    """Send standard output nowhere. Otherwise Python tries to write again when it closes the
    stream, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _answered(options: argparse.Namespace) -> int:
    try:
        status: int = _COMMANDS[options.command](options)
    except Rejected as rejected:
        status = _print(rejected.findings, options)
    sys.stdout.flush()
    return status


def _trouble(error: OSError, options: argparse.Namespace) -> Findings:
    """A finding for a file that cannot be read or written."""
    findings = Findings()
    name = shown(Path(error.filename)) if error.filename else "output"
    at = Position(name, 1, 1)
    if error.filename and Path(error.filename) in [getattr(options, key, None) for key in ("old", "new", "host_tree")]:
        findings.error("P001", at, f"cannot read '{name}': {error.strerror}", cure="correct the path")
    else:
        findings.error("P146", at, f"cannot write '{name}': {error.strerror}",
                       cure="make room and rights for it, or name another place with -o")
    return findings


def _print(findings: Findings, options: argparse.Namespace, json_to: TextIO | None = None) -> int:
    """Print the findings. Text goes to standard error. JSON goes to standard output, unless a
    product goes there. Returns the exit status."""
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
    trees = {name: checked.dtb(name) if options.command == "dtb" else checked.dts(name).encode() for name in names}
    paths = {name: options.output for name in names}
    if options.output and (len(names) > 1 or options.output.is_dir()):
        options.output.mkdir(parents=True, exist_ok=True)
        paths = {name: options.output / f"{name}.{options.command}" for name in names}
    elif len(names) > 1:
        raise Usage(f"name one of the VMs ({', '.join(names)}), or a folder for all of them with -o")
    elif options.command == "dtb" and not options.output and sys.stdout.isatty():
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
    board = boards.read_board(options.blob)
    # imported here, because it needs libfdt
    from ..board_import import command, writer

    _output(writer.text(board).encode(), options.output)
    if options.format == "json":
        (sys.stdout if options.output else sys.stderr).write(json.dumps(boards.summary(board), indent=2) + "\n")
    else:
        sys.stderr.write(command.summary_text(board) + boards.verdict(board) + "\n")
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


def _completion(_options: argparse.Namespace) -> int:
    words = {"export target": Targets().names(), "explain key": ["device", "interrupts", *CODES]}
    sys.stdout.write(bash_completion.script(parser(), words))
    return 0


def _man(_options: argparse.Namespace) -> int:
    sys.stdout.write(man_page.page(parser(), __version__))
    return 0


_COMMANDS = {"check": _check, "build": _build, "dts": _tree, "dtb": _tree, "map": _map, "export": _export,
             "diff": _diff, "schema": _schema, "import": _import, "explain": _explain, "docs": _docs,
             "completion": _completion, "man": _man}
