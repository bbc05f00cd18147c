# SPDX-License-Identifier: Apache-2.0
"""gen/ is in folders by stage, and no folder imports from a later one."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

GEN = Path(__file__).resolve().parents[2] / "gen"
TOP = {"__init__", "__main__", "model", "units"}
# Each may import from those before it, and from the model and the units.
STAGES = ("read", "render", "devicetree", "facts", "decide", "rules", "board_import", "guest_tree", "image", "show",
          "export", "api")


def imported(path: Path, root: Path) -> Iterator[tuple[str, ...]]:
    """The modules that a file imports from the package in `root`, in functions too, each as its
    parts below that."""
    inside = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            yield from (tuple(name[1:]) for name in names if name[0] == root.name)
        elif isinstance(node, ast.ImportFrom):
            module = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                package = inside[:len(inside) - node.level + 1]
            elif module[:1] == (root.name,):
                package, module = (), module[1:]
            else:
                continue
            yield from ((*package, *module, alias.name) for alias in node.names)


def backward(root: Path) -> list[str]:
    """The imports from a later folder, or from another module at the top than model and units."""
    found = []
    for path in sorted(root.glob("*/**/*.py")):
        stage = path.relative_to(root).parts[0]
        for module in imported(path, root):
            earlier = STAGES[:STAGES.index(stage) + 1]
            if module[0] not in ("model", "units", "__version__", *earlier):
                found.append(f"{path.relative_to(root)}: {'.'.join(module)}")
    return found


def test_no_folder_imports_from_a_later_one() -> None:
    assert not backward(GEN)


def test_the_top_has_the_model_the_units_and_folders_alone() -> None:
    assert {path.stem for path in GEN.glob("*.py")} == TOP
    assert {path.parent.name for path in GEN.glob("*/__init__.py")} == set(STAGES)
    assert {path.parent.name for path in GEN.glob("**/*.py")} == {GEN.name, *STAGES}


def test_all_folders_are_installed() -> None:
    packages = tomllib.loads((GEN.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert set(packages) == {"pinion_gen", "pinion_gen.platforms", *(f"pinion_gen.{stage}" for stage in STAGES)}


@pytest.mark.parametrize("stage", STAGES)
def test_each_folder_says_what_it_does(stage: str) -> None:
    assert ast.get_docstring(ast.parse((GEN / stage / "__init__.py").read_text()))


@pytest.mark.parametrize("statement, module", [
    ("from ..show import machine_map", "show.machine_map"),
    ("from ..show.machine_map import text", "show.machine_map.text"),
    ("def late():\n    from ..show import machine_map", "show.machine_map"),
    ("from .. import show", "show"),
    ("import gen.show.machine_map", "show.machine_map"),
    ("from gen.show import machine_map", "show.machine_map"),
    ("from .. import missing", "missing"),
])
def test_an_import_from_a_later_folder_is_found(tmp_path: Path, statement: str, module: str) -> None:
    path = tmp_path / "gen/read/words.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"from .. import units\nfrom ..model import Position\nimport re\n{statement}\n")
    assert backward(tmp_path / "gen") == [f"read/words.py: {module}"]
