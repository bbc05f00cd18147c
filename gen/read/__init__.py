# SPDX-License-Identifier: Apache-2.0
"""Reads a description or a platform file: YAML with the position of every value, the check against
the schema, the findings, and then the typed model of gen/model.py."""
