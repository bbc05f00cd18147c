# SPDX-License-Identifier: Apache-2.0
"""Makes the device tree of each guest, with the user's overlays merged in and checked."""
