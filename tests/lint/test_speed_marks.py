# SPDX-License-Identifier: Apache-2.0
"""The marks of hyp/speed.h: each names a row of the bench, and changes nothing but the speed."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = re.compile(r'^(?:HOT|ALWAYS_INLINE|NOINLINE|COLD)\((.*)\)$', re.MULTILINE)

# One function for each option that an attribute could lose: -fno-strict-aliasing (the store of
# other() may change value), -fstack-protector-strong, -fno-omit-frame-pointer, -ffreestanding (no
# call of memset), -ffixed-x18 (more values than registers), -mstrict-align.
SOURCE = """
#include "speed.h"
#include <stdint.h>
#ifndef MARKED
#undef HOT
#define HOT(row)
#endif
void use(void *);
HOT("") int other(int *value, short *store) { *value = 1; *store = 2; return *value; }
HOT("") void array(void) { char text[16]; use(text); use(text); }
HOT("") void clear(char *bytes) { for (int i = 0; i < 100; i++) bytes[i] = 0; }
HOT("") uint64_t load(const char *bytes)
{ uint64_t n; __builtin_memcpy(&n, bytes, 8); return n; }
HOT("") void many(volatile long *p)
{
    long a = p[0], b = p[1], c = p[2], d = p[3], e = p[4], f = p[5], g = p[6], h = p[7], i = p[8],
         j = p[9], k = p[10], l = p[11], m = p[12], n = p[13], o = p[14], q = p[15], r = p[16],
         s = p[17], t = p[18], u = p[19], v = p[20], w = p[21], x = p[22], y = p[23], z = p[24];
    p[0] = a, p[1] = b, p[2] = c, p[3] = d, p[4] = e, p[5] = f, p[6] = g, p[7] = h, p[8] = i;
    p[9] = j, p[10] = k, p[11] = l, p[12] = m, p[13] = n, p[14] = o, p[15] = q, p[16] = r;
    p[17] = s, p[18] = t, p[19] = u, p[20] = v, p[21] = w, p[22] = x, p[23] = y, p[24] = z;
}
"""


def test_each_mark_names_a_row_that_has_a_limit():
    rows = {row for name in ("ceilings", "recorded")
            for mode in json.loads((ROOT / f"tests/bench/{name}.json").read_text()).values()
            for row in mode}
    marks = [(path.name, argument) for folder in ("hyp", "arch")
             for path in sorted((ROOT / folder).rglob("*.[ch]"))
             for argument in MARK.findall(path.read_text(encoding="utf-8"))]
    assert len(marks) > 10
    assert [mark for mark in marks if mark[1].strip('"') not in rows] == []


def make_variable(name: str) -> str:
    """A variable of the Makefile, expanded."""
    database = subprocess.run(["make", "-pn", "help"], cwd=ROOT, check=True, capture_output=True,
                              text=True).stdout
    found = re.search(rf"^{name} :?= (.*)$", database, re.MULTILINE)
    assert found
    return found[1]


def test_a_hot_function_keeps_the_options_of_the_command_line(tmp_path):
    """It is what a build of the whole file for speed gives."""
    source = tmp_path / "marks.c"
    source.write_text(SOURCE, encoding="utf-8")
    command = [*make_variable("CC").split(), *make_variable("CFLAGS").split(), "-g0",
               "-Wno-missing-prototypes"]
    code = [subprocess.run([*command, *more, "-S", "-o", "-", source], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout
            for more in (["-DMARKED"], ["-O2", "-fno-crossjumping"], [])]
    assert code[0] == code[1]
    assert code[0] != code[2], "this compiler knows no such mark"
