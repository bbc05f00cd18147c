# SPDX-License-Identifier: Apache-2.0
"""Plans the hypervisor's image: its layout, the translation tables, what each EL2 view maps, and
the C tables."""
