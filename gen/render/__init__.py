# SPDX-License-Identifier: Apache-2.0
"""What every stage that makes text uses: Jinja2 with our settings."""
