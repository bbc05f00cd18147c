# SPDX-License-Identifier: Apache-2.0
"""What is not written has the default that the schema promises, and interrupts are converted the
architecture's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gen.api import steps
from gen.model import Interrupt
from gen.read import irq_notation
from gen.read.findings import Findings
from gen.read.parse import default_mpidr
from gen.read.schemas import schema

CORPUS = Path(__file__).parent / "corpus"


def parsed(tmp_path: Path, board: dict[str, Any]) -> dict[str, Any]:
    """A platform as plain data, without places."""
    path = tmp_path / "board.yaml"
    path.write_text(yaml.safe_dump(board))
    findings = Findings()
    platform = steps.load_platform(path, findings)
    assert platform is not None, findings.text()

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if key not in ("at", "keys")}
        return [bare(item) for item in value] if isinstance(value, list) else value
    result: dict[str, Any] = bare(asdict(platform))
    return result


def defaults(root: dict[str, Any], part: str) -> Iterator[tuple[str, Any]]:
    """The defaults that are values; others say in words what it means that a key is not there."""
    for key, full in root["$defs"][part]["properties"].items():
        whole = {**full, "$defs": root["$defs"]}
        if "$ref" in full and "default" not in full:
            full = root["$defs"][full["$ref"].rsplit("/", 1)[1]]
        if "default" in full and not list(jsonschema.Draft202012Validator(whole).iter_errors(full["default"])):
            yield key, full["default"]


def test_defaults_of_a_platform_are_those_of_its_schema(tmp_path: Path) -> None:
    board = yaml.safe_load((CORPUS / "platforms/board.yaml").read_text())
    del board["pa_bits"]
    short = parsed(tmp_path, board)
    root = schema("platform")
    for key in ("arch", "pa_bits", "cpu_compatible", "cpu_start", "boot_cpu", "maintenance"):
        board[key] = root["properties"][key]["default"]
    board["timer"] = {key: full["default"] for key, full in root["properties"]["timer"]["properties"].items()}
    for part in ("gic", "uart"):
        for key, value in defaults(root, part):
            board[part].setdefault(key, value)
    for device in board["devices"].values():
        for key, value in defaults(root, "device"):
            device.setdefault(key, value)
    assert parsed(tmp_path, board) == short


@pytest.mark.parametrize("written, intid, text", [
    ({"spi": 0}, 32, "SPI 0 (INTID 32)"), ({"spi": 1}, 33, "SPI 1 (INTID 33)"),
    ({"ppi": 11}, 27, "PPI 11 (INTID 27)"), ({"ppi": 14}, 30, "PPI 14 (INTID 30)"),
    ({"intid": 33}, 33, "SPI 1 (INTID 33)"), ({"intid": 15}, 15, "SGI 15 (INTID 15)"),
])
def test_interrupts(written: dict[str, Any], intid: int, text: str) -> None:
    converted = irq_notation.convert(written)
    assert converted == Interrupt(intid, True) and str(converted) == text
    assert irq_notation.convert({**written, "trigger": "edge"}) == Interrupt(intid, False)


def test_mpidrs_fill_aff0_up_to_the_16_of_a_target_list() -> None:
    assert [default_mpidr(index) for index in (0, 15, 16, 17, 63)] == [0, 0xF, 0x100, 0x101, 0x30F]
