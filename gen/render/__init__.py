# SPDX-License-Identifier: Apache-2.0
"""Helpers for every stage that makes files: Jinja2 with the generator's settings, and writing files
only if they change."""
