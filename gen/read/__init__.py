# SPDX-License-Identifier: Apache-2.0
"""Reads a description or a platform file: YAML with the place of every value, the schemas, the findings about what
is wrong, and last the typed model of gen/model.py."""
