# SPDX-License-Identifier: Apache-2.0
"""Takes every decision that the description leaves to the generator: addresses in memory, what each
VM boots, disks, how interrupts reach each VM, and who has the UART. The result is the resolved
system."""
