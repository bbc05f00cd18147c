# SPDX-License-Identifier: Apache-2.0
"""The Python API and the command line. They call the steps of all other folders in order."""
