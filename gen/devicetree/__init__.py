# SPDX-License-Identifier: Apache-2.0
"""Device trees of any origin: blobs read as plain data, and dtc, which compiles and decompiles them."""
