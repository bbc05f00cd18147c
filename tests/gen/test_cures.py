# SPDX-License-Identifier: Apache-2.0
"""What a finding says to write instead, written: the finding is gone and no other has come. For all
descriptions of the corpus with one finding whose cure can be followed without thinking."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gen.api import products, steps
from gen.image import runnable
from gen.read.findings import Finding, Findings
from guest_images import write_all

CORPUS = Path(__file__).parent / "corpus"
DESCRIPTIONS = sorted(path.stem for path in CORPUS.glob("*.yaml"))


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, platforms_read_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the corpus with the guest images that it names."""
    shutil.copytree(CORPUS, tmp_path / "corpus")
    write_all(tmp_path / "corpus")
    monkeypatch.chdir(tmp_path / "corpus")


def value_at(line: str, column: int) -> str:
    """The word, or what a bracket holds, at a column."""
    text = line[column - 1:]
    if text[:1] in "[{":
        depth = 0
        for index, character in enumerate(text):
            depth += (character in "[{") - (character in "]}")
            if depth == 0:
                return text[:index + 1]
    match = re.match(r"\"[^\"]*\"|'[^']*'|[^,\]}:]*", text)
    return match[0].rstrip() if match else ""


def instead(cure: str) -> str | None:
    """What a cure says to write in the place of the value; None if it takes thought."""
    if match := re.match(r"use SPI (\d+) to", cure):
        return f"{{spi: {match[1]}}}"
    for pattern in (r"(?:use|place it at or above|load it at or above) (0x[0-9a-f]+)",
                    r"use an address from (0x[0-9a-f]+)",
                    r"use one of pCPU (\d+)", r"did you mean '?([^'?]+)'?\?", r"write (\d+) to ",
                    r"write (\{\w+: \d+\})", r"write it as .*, as in (\w+)", r"write (arm64|level|3)"):
        if match := re.match(pattern, cure):
            return match[1]
    return None


def without(line: str, column: int) -> str:
    """A line without the key of a flow mapping at a column, or the key whose value is there."""
    for match in re.finditer(r"(, )?[\w-]+: ", line):
        end = match.end() + len(value_at(line, match.end() + 1))
        if match.start() < column <= end and column - 1 in (match.start() + len(match[1] or ""), match.end()):
            return (line[:match.start()] + line[end:]).replace("{, ", "{")
    return line


def cured(lines: list[str], finding: Finding) -> list[str] | None:
    """The file with a cure carried out; None if it takes thought."""
    index, column = finding.at.line - 1, finding.at.column
    if index >= len(lines):
        return None
    line, lines = lines[index], list(lines)
    if example := re.match(r"add '[\w-]+', as in (.*)", finding.cure):
        if brace := re.match(r"\s*[\w-]+: \{", line) or re.match(r".*\{", line[:column]):
            lines[index] = f"{brace[0]}{example[1]}, {line[brace.end():]}".replace(", }", "}")
        else:
            below = 0 if finding.message.startswith("the file") else 2
            lines.insert(index + below // 2, " " * (column - 1 + below) + example[1])
    elif finding.cure == "remove the trigger":
        lines[index] = re.sub(r", trigger: \w+", "", line)
    elif re.match(r"remove the key|remove one of the two|leave it out|leave 'pa' out", finding.cure):
        lines[index] = without(line, column)
        if lines[index] == line:
            del lines[index]
    elif room := re.match(r"give the VM (\d\w+) or more", finding.cure):
        lines = [re.sub(r"size: \w+", f"size: {room[1]}", line) for line in lines]
    elif base := re.match(r"give the VM RAM at (\w+)", finding.cure):
        lines = [re.sub(r"ipa: \w+", f"ipa: {base[1]}", line) for line in lines]
    elif word := re.search(r"name (?:a flat binary with|it with) '(\w+)'", finding.cure):
        lines[index] = re.sub(r"\b(kernel|elf)(?=:)", word[1], line)
    elif re.match(r"set 'pa: same'", finding.cure):
        lines = [re.sub(r"(ipa: )0x40000000(, size: \w+)", r"\g<1>0x50000000\2, pa: same", line) for line in lines]
    else:
        other = instead(finding.cure)
        if other is None:
            return None
        lines[index] = line[:column - 1] + other + line[column - 1 + len(value_at(line, column)):]
    return lines


def findings_of(name: str) -> Findings:
    """All that there is to say of a description."""
    system, findings = steps.resolved(f"{name}.yaml")
    if system:
        runnable.check(system, findings)
    if system and not findings.errors:
        products.products(system, products.guest_trees(system, findings), Path("out"), findings)
    return findings


# Where to do what the finding says is right and leads to the next decision, which is the user's.
MORE_TO_DECIDE = {
    "boot-initrd-too-large": "the hypervisor's region has no room for it either",
    "boot-initrd-as-kernel": "a kernel is missing then",
    "device-mmio-range": "the example is the start of RAM",
    "dtb-address-word": "the example is the start of RAM, where the kernel is",
    "irq-ppi-out-of-range": "a device has no PPI at all",
    "missing-affinity": "the example is for four vCPUs",
    "missing-vms": "the example's kernel has to be fetched",
    "unit-pa-word": "the example is the start of RAM, where the hypervisor is",
    "unknown-key-boot": "there is no such initrd",
}


@pytest.mark.slow
def test_what_a_cure_says_is_a_cure() -> None:
    followed = []
    wrong = {}
    for name in DESCRIPTIONS:
        found = list(findings_of(name))
        if len(found) != 1 or not found[0].at.file.endswith(f"{name}.yaml"):
            continue
        path = Path(f"{name}.yaml")
        lines = cured(path.read_text(encoding="utf-8", errors="replace").splitlines(), found[0])
        if lines is None:
            continue
        followed.append(name)
        path.write_text("".join(f"{line}\n" for line in lines))
        left = findings_of(name)
        if left.errors != (name in MORE_TO_DECIDE):
            wrong[name] = f"{found[0]}\n{left.text()}" + "".join(f"    {line}\n" for line in lines[2:])
    assert not wrong, "\n".join(f"{name}: {text}" for name, text in wrong.items())
    assert len(followed) > 75, len(followed)
