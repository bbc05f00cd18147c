# SPDX-License-Identifier: Apache-2.0
"""No input makes a traceback: whatever the files hold, the answer is findings or a system, and each
finding can be printed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from gen.api import steps
from gen.read.findings import Findings
from gen.read.schemas import schema
from guest_images import elf, linux_image, write_all

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parent / "corpus"
SOUND = [path.read_bytes() for path in sorted(CORPUS.glob("*.yaml")) + sorted(CORPUS.glob("*/*.yaml"))]
EXAMPLES = examples(500, 50)


@pytest.fixture(scope="module", autouse=True)
def inside(tmp_path_factory: pytest.TempPathFactory, platforms_read_once: None) -> Iterator[None]:
    """A folder with guest images and the corpus' board."""
    folder = tmp_path_factory.mktemp("crash")
    write_all(folder)
    (folder / "platforms").mkdir()
    (folder / "platforms/board.yaml").write_bytes((CORPUS / "platforms/board.yaml").read_bytes())
    before = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(before)


def check(data: bytes) -> None:
    """Both kinds of file are answered."""
    Path("input.yaml").write_bytes(data)
    system, findings = steps.resolved("input.yaml")
    assert (system is None) == findings.errors
    assert findings.text().encode().count(b"\n") == len(findings)
    assert len(json.loads(findings.json())) == len(findings)
    answer = Findings()
    platform = steps.load_platform(Path("input.yaml"), answer)
    assert platform is not None or answer.errors
    assert answer.text().encode().count(b"\n") == len(answer)


@EXAMPLES
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    check(data)


@EXAMPLES
@given(st.text(max_size=200))
def test_text(text: str) -> None:
    check(text.encode("utf-8", errors="surrogatepass"))


@EXAMPLES
@given(st.text(alphabet="[]{}:,-?&*!|>'\"%@`# \n\tax01<=\\", max_size=100))
def test_yaml_punctuation(text: str) -> None:
    check(text.encode())


@EXAMPLES
@given(st.sampled_from(SOUND), st.data())
def test_damaged_files(sound: bytes, data: st.DataObject) -> None:
    """Files of the corpus with pieces cut out, doubled or replaced."""
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(sound)))
        end = data.draw(st.integers(begin, min(len(sound), begin + 40)))
        middle = data.draw(st.one_of(st.just(b""), st.just(sound[begin:end] * 2), st.binary(max_size=4),
                                     st.sampled_from([b"0", b"-1", b"0xffffffffffff", b"null", b"[]", b"{}", b"same"])))
        sound = sound[:begin] + middle + sound[end:]
    check(sound)


def words(kind: str) -> list[str]:
    """All keys of a format."""
    root = schema(kind)
    places = [root, *root["$defs"].values()]
    return sorted({key for place in places for key in place.get("properties", {})})


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 1 << 50), st.integers(0, 40), st.floats(), st.text(max_size=8),
    st.sampled_from(["0x40000000", "64MiB", "2MiB", "1TiB", "same", "pl011", "passthrough", "Image", "hello.elf", "big",
                     "board", "rtc", "dma", "24MHz", "arm64", "platforms", "0x_", "9999999999999999999TiB"]))


def trees(kind: str) -> st.SearchStrategy[Any]:
    keys = st.one_of(st.sampled_from(words(kind)), st.sampled_from(["rt", "gp", "its", "a b", ""]), st.text(max_size=4))
    return st.recursive(SCALARS, lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=6)), max_leaves=25)


@EXAMPLES
@given(st.data())
def test_well_formed_nonsense(data: st.DataObject) -> None:
    """A valid description or platform file with random values at random places."""
    sound = yaml.safe_load((CORPUS / "several-at-once.yaml" if data.draw(st.booleans())
                            else CORPUS / "platforms/board.yaml").read_text())
    kind = "description" if "vms" in sound else "platform"
    for _ in range(data.draw(st.integers(1, 4))):
        place, path = sound, 0
        while isinstance(place, (dict, list)) and place and path < 6:
            step = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
            if not isinstance(place[step], (dict, list)) or data.draw(st.integers(0, 4)) == 0:
                place[step] = data.draw(trees(kind))
                break
            place, path = place[step], path + 1
    check(yaml.safe_dump(sound, allow_unicode=True).encode("utf-8", errors="surrogatepass"))


@EXAMPLES
@given(st.sampled_from(["kernel", "elf", "binary", "initrd"]), st.data())
def test_damaged_images(key: str, data: st.DataObject) -> None:
    """Guest images with headers of any content."""
    whole = data.draw(st.sampled_from([linux_image(), elf([(0x40000000, 64, 4096), (0x41000000, 8, 8)])]))
    image = bytearray(whole[:data.draw(st.sampled_from([len(whole), 0, 10, 64, 70, 150]))])
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, max(0, min(len(image) - 1, 180))))
        image[at:at + 1] = data.draw(st.binary(min_size=1, max_size=8))
    Path("damaged").write_bytes(image)
    other = ", kernel: Image" if key == "initrd" else ""
    check(b"pinion: 1\nplatform: board\nvms:\n  rt:\n    vcpus: 1\n    affinity: [0]\n"
          b"    memory: [{ipa: 0x40000000, size: 64MiB}]\n"
          + f"    boot: {{{key}: damaged{other}}}\n".encode())
