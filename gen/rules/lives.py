# SPDX-License-Identifier: Apache-2.0
"""What follows the end of a VM's life."""

from __future__ import annotations

from ..findings import Findings
from ..model import Description


def check(description: Description, findings: Findings) -> None:
    """A limit of restarts limits something."""
    for vm in description.vms:
        if vm.restart_limit is not None and vm.on_crash != "restart" and "on_crash" not in vm.spoiled:
            findings.error("P048", vm.where("restart_limit"),
                           f"vm '{vm.name}' restart_limit has no meaning without 'on_crash: restart'",
                           cure="write 'on_crash: restart', or remove the key")
