# SPDX-License-Identifier: Apache-2.0
"""The lint of how wide documents and comments are."""

from __future__ import annotations

import pytest
from document_width import long_comments, too_long

LONG = "a word and another one " * 5


@pytest.mark.parametrize("text, found", [
    ("short\n", []),
    (f"{LONG}\n", [1]),
    (f"- {LONG}\n", [1]),
    (f"|{LONG}|\n", []),
    (f"```sh\n{LONG}\n```\n{LONG}\n", [4]),
    (f"text\n\n    {LONG}\n    {LONG}\n{LONG}\n", [5]),
    (f"- item\n    {LONG}\n", [2]),
    (f"  `{LONG}`\n- `{LONG}`.\n", []),
    (f"see `{LONG}`\n", [1]),
    (f"[{LONG}](there.md).\n", []),
    (f"1. https://example.org/{'a' * 100}\n", []),
], ids=["short", "paragraph", "item", "table", "fence", "indented", "item goes on", "code", "code in a line", "link",
        "address"])
def test_lines_that_are_too_long_are_found(text: str, found: list[int]) -> None:
    assert too_long(text) == found


@pytest.mark.parametrize("text, found", [
    (f"\t/* {LONG}*/\n", [1]),
    (f"/*\n * {LONG}\n */\n", [2]),
    (f"call({LONG});\n", []),
    ("\t" * 12 + "/* tab */\n", [1]),
    (f"\tadd x0, x1 // {LONG}\n", [1]),
], ids=["comment", "in a block", "code", "tabs", "assembly"])
def test_comments_that_are_too_long_are_found(text: str, found: list[int]) -> None:
    assert long_comments(text) == found
