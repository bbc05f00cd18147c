# SPDX-License-Identifier: Apache-2.0
"""One mistake, one file, one exact text: corpus/*.yaml are descriptions, corpus/boards/*.yaml
platform files. The lines of a file that begin with `#= ` hold all that the generator has to say
about it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen.api import products, steps
from gen.image import runnable
from gen.read.codes import CODES
from gen.read.findings import Findings
from guest_images import write_all

CORPUS = Path(__file__).parent / "corpus"
DESCRIPTIONS = sorted(path.stem for path in CORPUS.glob("*.yaml"))
PLATFORMS = sorted(path.stem for path in CORPUS.glob("boards/*.yaml"))
TREES = sorted(path.stem for path in CORPUS.glob("trees/*.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the corpus with the guest images that it names."""
    path: Path = tmp_path_factory.mktemp("corpus") / "corpus"
    shutil.copytree(CORPUS, path)
    write_all(path)
    return path


@pytest.fixture(autouse=True)
def inside(folder: Path, platforms_read_once: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The corpus is the working directory, so that messages hold no paths of the machine."""
    monkeypatch.chdir(folder)
    yield


def expected(path: str) -> str:
    """What a file says about itself. SHIPPED stands for the names of all platforms, those of the
    corpus among them."""
    folders = (CORPUS / "platforms", CORPUS.parents[2] / "vm-configs/platforms")
    shipped = ", ".join(sorted(path.stem for folder in folders for path in folder.glob("*.yaml")))
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    return "".join(line.removeprefix("#= ") for line in lines if line.startswith("#= ")).replace("SHIPPED", shipped)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_description_is_answered_with_exactly_this(name: str) -> None:
    system, findings = steps.resolved(f"{name}.yaml")
    if system:
        runnable.check(system, findings)
    if system and not findings.errors:
        products.products(system, products.guest_trees(system, findings), Path("out"), findings)
    assert findings.text() == expected(f"{name}.yaml")
    assert all(finding.cure for finding in findings)
    assert system is not None or findings.errors


@pytest.mark.parametrize("name", PLATFORMS)
def test_platform_is_answered_with_exactly_this(name: str) -> None:
    findings = Findings()
    platform = steps.load_platform(Path(f"boards/{name}.yaml"), findings)
    assert findings.text() == expected(f"boards/{name}.yaml")
    assert all(finding.cure for finding in findings)
    assert platform is not None or findings.errors


@pytest.mark.parametrize("name", TREES)
def test_tree_without_images_is_answered_with_exactly_this(name: str) -> None:
    _, findings = steps.resolved(f"trees/{name}.yaml", images_needed=False)
    assert findings.text() == expected(f"trees/{name}.yaml")


def test_every_mistake_has_its_finding() -> None:
    assert all(expected(f"{name}.yaml") for name in DESCRIPTIONS)
    assert all(expected(f"boards/{name}.yaml") for name in PLATFORMS)


def test_findings_are_short() -> None:
    """One clause each for what, where and cure; the reasons are in `explain`."""
    texts = {re.sub(r" \([^ ]+:\d+:\d+\)", "", line.split(": ", 2)[2]) for name in DESCRIPTIONS + TREES + PLATFORMS
             for folder in ("", "trees/", "boards/") if Path(f"{folder}{name}.yaml").exists()
             for line in expected(f"{folder}{name}.yaml").splitlines()}
    long = [text for text in texts if len(text) > 160]
    assert len(long) * 20 < len(texts), "\n".join(long)
    assert max(map(len, texts)) < 250


def test_every_code_occurs_in_the_corpus() -> None:
    text = "".join(map(expected, [f"{name}.yaml" for name in DESCRIPTIONS]))
    text += "".join(map(expected, [f"boards/{name}.yaml" for name in PLATFORMS]))
    text += "".join(map(expected, [f"trees/{name}.yaml" for name in TREES]))
    text += "".join(expected(str(path)) for path in Path("exports").glob("*/*.yaml"))
    # P080 needs a machine without dtc: test_products.py has it. test_import.py has that of blobs,
    # test_export.py those of templates, test_diff.py that of files that cannot be compared,
    # test_dtschema.py those of dt-schema, test_large.py that of 1,023 devices, test_cli.py that of
    # files that cannot be written.
    assert [code for code in CODES if f" {code}: " not in text] == [
        "P080", "P087", "P088", "P110", "P092", "P132", "P133", "P135", "P146"]
