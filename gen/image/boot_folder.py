# SPDX-License-Identifier: Apache-2.0
"""Makes what the board's loader needs besides the image: boot/ of a build, with a README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import __version__
from ..render.jinja import environment
from ..units import MIB, PAGE, align_up
from .plan import Planned

ENVIRONMENT = environment(Path(__file__).parent / "templates" / "boot")
RASPBERRY_PI = "raspberrypi,"  # how `compatible` of such a board begins


def _context(planned: Planned) -> dict[str, Any]:
    system, image = planned.system, planned.layout.image
    platform = system.platform
    pi = any(word.startswith(RASPBERRY_PI) for word in platform.compatible)
    return {
        "system": system,
        "platform": platform,
        "version": __version__,
        "raspberry_pi": pi,
        "image_file": "kernel8.img" if pi else "pinion.bin",  # the one that a Raspberry Pi looks for
        "start": image.base,
        "size": image.size,
        "end": image.end,
        "tree": align_up(image.end, 2 * MIB if pi else PAGE),  # behind the image
        "boot_cpu": platform.cpus[platform.boot_cpu],
        "uart": platform.uart,
    }


def files(planned: Planned) -> dict[str, bytes]:
    """Name and bytes of the files of boot/. The image joins them when it is linked."""
    told = _context(planned)
    names = ["README", "boot.cmd", *(["config.txt"] if told["raspberry_pi"] else [])]
    return {f"boot/{name}": ENVIRONMENT.get_template(f"{name}.j2").render(**told).encode() for name in names}
