# SPDX-License-Identifier: Apache-2.0
"""What a parser of arguments knows: its commands, and the arguments of each. argparse has no public way to ask."""

from __future__ import annotations

import argparse


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands that a parser knows, with the parser of each."""
    for action in parser._actions:  # pylint: disable=protected-access
        if isinstance(action, argparse._SubParsersAction):  # pylint: disable=protected-access
            return dict(action.choices)
    return {}


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Options and positional arguments that a parser knows, but for commands and --help."""
    return [action for action in parser._actions  # pylint: disable=protected-access
            if not isinstance(action, (argparse._SubParsersAction, argparse._HelpAction))]


def takes_value(action: argparse.Action) -> bool:
    """True for an argument that has a value."""
    return action.nargs != 0
