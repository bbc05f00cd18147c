# SPDX-License-Identifier: Apache-2.0
"""What follows from the description and the platform alone, with nothing decided: where a VM sees its GIC, which
pages hold a device's registers, which devices a device refers to, what the kinds of emulated devices are."""
