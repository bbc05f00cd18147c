# SPDX-License-Identifier: Apache-2.0
"""Shows to people and tools what was described and decided: the map, system.json, explanations, differences and the
reference of the formats."""
