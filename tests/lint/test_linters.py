# SPDX-License-Identifier: Apache-2.0
"""The linters of tests/lint find what they are there for."""

from pathlib import Path

from core_graph import by_folder, cycles, included_folders, only_types, upward
from repeats import repeated


def test_a_cycle_is_found_with_its_members():
    graph = {"a": {"b": ["f"]}, "b": {"c": ["g"]}, "c": {"a": ["h"]}, "d": {"a": ["i"]}}
    assert cycles(graph) == [["a", "b", "c"]]


def test_no_cycle_in_a_tree():
    assert cycles({"a": {"b": ["f"], "c": ["g"]}, "b": {"c": ["h"]}}) == []


def test_a_header_with_a_function_is_more_than_types():
    assert only_types("/* f(); */\n#define F(x) \\\n\tg(x);\nstruct s {\n\tint (*f)(void);\n};\nenum e { A };\n")
    assert only_types("struct s { int a; };\nstatic inline int f(struct s *s)\n{\n\treturn g(s);\n}\n")
    assert not only_types("struct s { int a; };\nint f(struct s *s);\n")
    assert not only_types("_Noreturn void f(void);\n")
    assert only_types("typedef int (*callback)(void);\ntypedef int read_fn(int x);\n")
    assert not only_types("mmio_read_fn a_read, b_read;\n")
    assert not only_types("extern struct s { int a; } s;\n")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_folders_that_include_each_other(tmp_path):
    write(tmp_path / "hyp/arch.h", "void arch(void);\n")
    write(tmp_path / "hyp/a/a.h", "void a(void);\n")
    write(tmp_path / "hyp/a/a.c", '#include "arch.h"\n#include "b/b.h"\n')
    write(tmp_path / "hyp/b/b.h", "void b(void);\n")
    write(tmp_path / "hyp/b/types.h", "struct b { int c; };\n")
    write(tmp_path / "hyp/b/b.c", '#include "a/a.h"\n')
    graph = included_folders(tmp_path, "gicv3")
    assert graph == {"hyp/a": {"hyp/b": ["a.c includes b/b.h"]}, "hyp/b": {"hyp/a": ["b.c includes a/a.h"]}}
    assert cycles(graph) == [["hyp/a", "hyp/b"]]
    write(tmp_path / "hyp/a/a.c", '#include "b/types.h"\n')
    assert cycles(included_folders(tmp_path, "gicv3")) == []


def test_headers_of_each_version_of_the_gic(tmp_path):
    write(tmp_path / "arch/arm64/gicv3/face.h", "void three(void);\n")
    write(tmp_path / "arch/arm64/gicv2/face.h", "void two(void);\n")
    write(tmp_path / "arch/arm64/vgic/a.c", '#include "face.h"\n')
    write(tmp_path / "arch/arm64/vgicv2/b.c", '#include "face.h"\n')
    assert included_folders(tmp_path, "gicv3") == {"arch/arm64/vgic": {"arch/arm64/gicv3": ["a.c includes face.h"]}}
    assert included_folders(tmp_path, "gicv2") == {"arch/arm64/vgic": {"arch/arm64/gicv2": ["a.c includes face.h"]},
                                                   "arch/arm64/vgicv2": {"arch/arm64/gicv2": ["b.c includes face.h"]}}


def test_who_needs_what_is_above():
    assert upward({"hyp/vm": {"hyp/lib": ["f"], "hyp/monitor": ["g"], "arch/arm64/boot": ["arch_h"]}}) == [
        "hyp/vm -> hyp/monitor: g"]
    assert upward({"hyp/monitor": {"hyp/unheard-of": ["f"]}}) == ["hyp/monitor -> hyp/unheard-of: f"]
    calls = by_folder({"arch/arm64/vcpu/a": {"arch/arm64/trap/b": ["vcpu_wait"], "arch/arm64/vcpu/c": ["f"]}})
    assert calls == {"arch/arm64/vcpu": {"arch/arm64/trap": ["vcpu_wait"], "arch/arm64/vcpu": ["f"]}}
    assert upward(calls) == []


def test_eight_lines_that_occur_twice():
    run = "".join(f"\tcall({i});\n" for i in range(8))
    one = f"/* one */\nvoid f(void)\n{{\n{run}}}\n"
    two = f"void g(void)\n{{\n\tint x = 0;\n{run.replace('call(4);', 'call(4); /* why */')}\n}}\n"
    assert repeated({"one.c": one, "two.c": two}) == [("one.c", 4, "two.c", 4, 9)]
    assert repeated({"one.c": one, "two.c": two.replace("call(3)", "call(30)")}) == []
