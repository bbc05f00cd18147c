# SPDX-License-Identifier: Apache-2.0
"""Facts that follow from the description and the platform alone, before the generator decides
anything: where a VM sees its GIC, which pages hold a device's registers, which devices a device
refers to, and which kinds of emulated devices there are."""
