# SPDX-License-Identifier: Apache-2.0
"""Makes the bash completion of the command from its argument parser. bash completes a word as a
file name if the parser lists no choices for it."""

from __future__ import annotations

import argparse

from .argument_parser import arguments, commands, takes_value

_SCRIPT = """\
# Completion of {name} for bash, made by `{name} completion bash`.
{function}()
{{
    local word=${{COMP_WORDS[COMP_CWORD]}} command='' option='' index=0 i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [ -n "$option" ] && [ "${{COMP_WORDS[i]}}" = = ]; then
            continue # --option=value is three words here
        elif [ -n "$option" ]; then
            option=
        elif [[ ${{COMP_WORDS[i]}} == -* ]]; then
            case "$command ${{COMP_WORDS[i]}}" in
            {valued}) option=${{COMP_WORDS[i]}} ;;
            esac
        elif [ -z "$command" ]; then
            command=${{COMP_WORDS[i]}}
        else
            index=$((index + 1))
        fi
    done
    [ -z "$option" ] || [ "$word" != = ] || word=
    if [ -n "$option" ]; then
        case "$command $option" in
{values}
        *) set -- ;;
        esac
    elif [[ $word == -* ]]; then
        case "$command" in
{options}
        *) set -- ;;
        esac
    else
        case "$command $index" in
{positions}
        *) set -- ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$*" -- "$word")
}}
complete -o default -F {function} {name}
"""


def script(parser: argparse.ArgumentParser, suggested: dict[str, list[str]]) -> str:
    """The completion script for bash. `suggested`: words to offer for arguments that also accept
    other words, by command and argument: "export target"."""
    known = {"": parser, **commands(parser)}
    valued, values, options, positions = [], [], [], [_case("' 0'", list(commands(parser)))]
    for command, its in known.items():
        options.append(_case(f"'{command}'", ["--help", *(n for a in arguments(its) for n in a.option_strings)]))
        index = 0
        for action in arguments(its):
            words = suggested.get(f"{command} {action.dest}", list(map(str, action.choices or ())))
            names = [f"'{command} {name}'" for name in action.option_strings]
            if names and takes_value(action):
                valued += names
                values += [_case(" | ".join(names), words)] if words else []
            elif not names:
                positions += [_case(f"'{command} {index}'", words)] if words else []
                index += 1
    return _SCRIPT.format(name=parser.prog, function=f"_{parser.prog.replace('-', '_')}", valued=" | ".join(valued),
                          values="\n".join(values), options="\n".join(options), positions="\n".join(positions))


def _case(pattern: str, words: list[str]) -> str:
    """A branch of `case` that offers words."""
    return f"        {pattern}) set -- {' '.join(words)} ;;"
