# SPDX-License-Identifier: Apache-2.0
"""What every stage that makes files uses: Jinja2 with our settings, and writing what has changed."""
