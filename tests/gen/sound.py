# SPDX-License-Identifier: Apache-2.0
"""A folder with a sound description, for tests of the command and of the API."""

from __future__ import annotations

import shutil
from pathlib import Path

from guest_images import write_all

CORPUS = Path(__file__).parent / "corpus"
SOUND = """pinion: 1
platform: board
vms:
  rt:
    vcpus: 1
    affinity: [0]
    memory: [{ipa: 0x40000000, size: 64MiB}]
    boot: {kernel: Image}
"""


def fill(folder: Path, text: str) -> None:
    """Put `text` there as sound.yaml, with a mistake as broken.yaml, and what they name."""
    write_all(folder)
    shutil.copytree(CORPUS / "platforms", folder / "platforms")
    (folder / "sound.yaml").write_text(text)
    (folder / "broken.yaml").write_text(text.replace("affinity: [0]", "affinity: [4]"))
