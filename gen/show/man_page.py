# SPDX-License-Identifier: Apache-2.0
"""Makes the manual page of the command from its argument parser, in the macros of man(7) as groff
and mandoc read them."""

from __future__ import annotations

import argparse

from .argument_parser import arguments, commands, takes_value


def page(parser: argparse.ArgumentParser, version: str) -> str:
    """The source of the manual page."""
    name = parser.prog
    lines = [f'.TH "{_text(name.upper())}" 1 "" "{_text(f"{name} {version}")}" "Pinion"', ".nh", ".ad l",
             ".SH NAME", f"{_text(name)} \\- check descriptions of VMs, and make device trees and tables of them",
             ".SH SYNOPSIS", f".B {_text(name)}", ".I COMMAND", ".RI [ ARGUMENT ...]",
             ".SH DESCRIPTION", _text(parser.description or ""), *_options(parser), ".SH COMMANDS"]
    for command, its in commands(parser).items():
        lines += [f".SS {_text(' '.join([command, *map(_usage, arguments(its))]))}",
                  _text(its.description or ""), *_options(its)]
    lines += [".SH ENVIRONMENT", ".TP", ".B NO_COLOR", "If it is set, findings on a terminal are not coloured.",
              ".SH EXIT STATUS", _text((parser.epilog or "").removeprefix("Exit status: ")),
              ".SH SEE ALSO", ".BR dtc (1)"]
    return "\n".join(lines) + "\n"


def _value(action: argparse.Action) -> str:
    """The placeholder for the value of an argument. Empty if the argument takes none."""
    if not takes_value(action):
        return ""
    if action.metavar is None and action.choices:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _usage(action: argparse.Action) -> str:
    """An argument as the synopsis shows it."""
    words = " ".join(filter(None, [*action.option_strings[:1], _value(action)]))
    optional = not action.required if action.option_strings else action.nargs == "?"
    return f"[{words}]" if optional else words


def _options(parser: argparse.ArgumentParser) -> list[str]:
    lines = []
    for action in arguments(parser):
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in action.option_strings)
        value = f"\\fI{_text(_value(action))}\\fR" if _value(action) else ""
        lines += [".TP", f"{names} {value}".strip(), _text(action.help or "")]
    return lines


def _text(text: str) -> str:
    """A text in which groff sees no requests and no escapes."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain
