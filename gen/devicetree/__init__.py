# SPDX-License-Identifier: Apache-2.0
"""Device trees from any source: reads blobs as plain data, and runs dtc to compile and decompile
them."""
