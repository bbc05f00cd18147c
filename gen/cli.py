# SPDX-License-Identifier: Apache-2.0
"""The command line, thin over the Python API. Exit status: 0 clean, 1 errors found, 2 wrong usage."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from . import api, docs, timings
from .codes import CODES
from .findings import Findings
from .model import System
from .schemas import schema


MOST = 200  # findings that anybody reads at once


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except OSError as error:
        sys.stderr.write(f"pinion-gen: {error.filename or 'output'}: {error.strerror}\n")
        return 1
    if getattr(options, "timings", False):
        sys.stderr.write(timings.text())
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pinion-gen", description="Pinion's generator: a description in YAML becomes "
                                     "the tables of a hypervisor and the device trees of its guests.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, description: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        if description:
            sub.add_argument("description", type=Path, help="description file (YAML)")
            sub.add_argument("--format", choices=("text", "json"), default="text", help="how findings are printed")
            sub.add_argument("--timings", action="store_true", help="print what each stage takes")
        return sub

    check = command("check", _check, "check a description and print all findings")
    check.add_argument("--platform", action="store_true", help="the file is a platform file")
    build = command("build", _build, "write all products of a description")
    build.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the products")
    for form, text in (("dts", "print the device tree of a VM as source"), ("dtb", "write the device tree of a VM")):
        tree = command(form, _tree, text)
        tree.add_argument("vm", nargs="?", help="name of the VM; may be left out if there is only one")
        tree.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write instead of standard output")
        tree.set_defaults(form=form)
    drawing = command("map", _map, "draw who owns which part of the machine, as SVG")
    drawing.add_argument("--text", action="store_true", help="as text")
    drawing.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write instead of standard output")
    schemas = command("schema", _schema, "print a JSON Schema, for editors", description=False)
    schemas.add_argument("kind", nargs="?", choices=("description", "platform"), default="description")
    explain = command("explain", _explain, "explain a key (memory.size) or a code (P014)", description=False)
    explain.add_argument("key", nargs="?", default="", help="key or code; the whole file if left out")
    explain.add_argument("--platform", action="store_true", help="a key of a platform file")
    command("docs", _docs, "print the reference of the formats as Markdown", description=False)
    return parser


def _print(findings: Findings, form: str) -> int:
    """Print findings: JSON goes to standard output, text to standard error. Returns the exit status."""
    if form == "json":
        sys.stdout.write(findings.json())
    else:
        sys.stderr.write(findings.text(MOST))
    return 1 if findings.errors else 0


def _check(options: argparse.Namespace) -> int:
    if options.platform:
        findings = Findings()
        api.load_platform(options.description, findings)
    else:
        system, findings = api.load(options.description)
        if system:
            api.check_products(system, findings)
    return _print(findings, options.format)


def _build(options: argparse.Namespace) -> int:
    system, findings = api.load(options.description)
    if system:
        api.build(system, options.output, findings)
    return _print(findings, options.format)


def _tree(options: argparse.Namespace) -> int:
    system, findings = api.load(options.description)
    if not system:
        return _print(findings, options.format)
    name = _vm_name(system, options.vm)
    if name is None:
        return 2
    with tempfile.TemporaryDirectory() as folder:
        api.build(system, Path(folder), findings)
        if findings.errors:
            return _print(findings, options.format)
        data = (Path(folder) / f"{name}.{options.form}").read_bytes()
    if options.output:
        options.output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    sys.stderr.write(findings.text())
    return 0


def _vm_name(system: System, wanted: str | None) -> str | None:
    names = [vm.name for vm in system.vms]
    if wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    sys.stderr.write(f"pinion-gen: name one of the VMs: {', '.join(names)}\n")
    return None


def _map(options: argparse.Namespace) -> int:
    system, findings = api.load(options.description)
    with tempfile.TemporaryDirectory() as folder:
        if system:
            api.build(system, Path(folder), findings)
        if findings.errors:
            return _print(findings, options.format)
        data = (Path(folder) / ("map.txt" if options.text else "map.svg")).read_bytes()
    if options.output:
        options.output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    sys.stderr.write(findings.text())
    return 0


def _schema(options: argparse.Namespace) -> int:
    sys.stdout.write(json.dumps(schema(options.kind), indent=2) + "\n")
    return 0


def _explain(options: argparse.Namespace) -> int:
    if options.key in CODES:
        code = CODES[options.key]
        sys.stdout.write(f"{options.key}: {code.title}\n\n{code.cause}\n{code.cure}\n")
        return 0
    text = docs.explain("platform" if options.platform else "description", options.key)
    if text is None:
        sys.stderr.write(f"pinion-gen: there is no key '{options.key}'; `pinion-gen explain` lists the keys\n")
        return 2
    sys.stdout.write(text)
    return 0


def _docs(_options: argparse.Namespace) -> int:
    sys.stdout.write(docs.reference())
    return 0
