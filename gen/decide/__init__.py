# SPDX-License-Identifier: Apache-2.0
"""Takes every decision that the description leaves to the generator: places in memory, boot, disks, how interrupts
reach each VM, and who has the UART. The result is the resolved system."""
