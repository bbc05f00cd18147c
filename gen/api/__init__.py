# SPDX-License-Identifier: Apache-2.0
"""The Python API and the command line, over the steps of all other folders in their order."""
