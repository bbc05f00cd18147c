# SPDX-License-Identifier: Apache-2.0
"""Shows what was described and decided, to people and to tools: the map, system.json, explanations,
differences, and the reference of the file formats."""
