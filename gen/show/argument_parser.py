# SPDX-License-Identifier: Apache-2.0
"""Lists the commands of an argument parser and the arguments of each. argparse has no public way to
ask for them."""

from __future__ import annotations

import argparse


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of a parser, each with its own parser."""
    for action in parser._actions:  # pylint: disable=protected-access
        if isinstance(action, argparse._SubParsersAction):  # pylint: disable=protected-access
            return dict(action.choices)
    return {}


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options and positional arguments of a parser, except commands and --help."""
    return [action for action in parser._actions  # pylint: disable=protected-access
            if not isinstance(action, (argparse._SubParsersAction, argparse._HelpAction))]


def takes_value(action: argparse.Action) -> bool:
    """True if an argument takes a value."""
    return action.nargs != 0
