# SPDX-License-Identifier: Apache-2.0
"""The Python API as docs/api.md has it, and the generator as a package that pip installs."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import boards
import forked
import sound
import gen
from gen.decide.vm_interrupts import interrupt_masks
from gen.devicetree.tree import read
from gen.devicetree.values import cells

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("qemu", "xen", "bao")
SOUND = sound.SOUND.replace("kernel: Image", "kernel: Image, initrd: hello.bin")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a sound description."""
    sound.fill(tmp_path, SOUND)
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_example_of_the_document_runs(tool: Path) -> None:
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example
    (Path.cwd() / "mine.yaml").write_text(SOUND.replace("rt:", "linux:"))
    done = subprocess.run([tool.parent / "python", "-c", example[1]], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("linux ")
    assert read(Path("linux.dtb").read_bytes())["/"]


def test_a_document_for_every_name() -> None:
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    assert all(f"pinion_gen.{name}" in text for name in gen.__all__)
    for thing in (gen.Loaded, gen.Checked, gen.Rejected, gen.Finding, gen.Findings, gen.Imported):
        assert f"pinion_gen.{thing.__name__}" in text
        for name in vars(thing):
            if not name.startswith("_") and name not in ("error", "warning", "merge", "count_errors"):
                assert f"`{name}" in text or f".{name}" in text, f"{thing.__name__}.{name}"


def test_findings_are_values() -> None:
    with pytest.raises(gen.Rejected) as rejected:
        gen.load("broken.yaml").check()
    finding = next(iter(rejected.value.findings))
    assert (finding.code, finding.severity, finding.at.line, finding.at.column) == ("P021", "error", 6, 16)
    assert str(rejected.value) == rejected.value.findings.text().rstrip("\n")
    assert gen.load("broken.yaml").findings.errors


def test_build_and_products_are_the_same_bytes() -> None:
    checked = gen.load("sound.yaml").check()
    checked.build(".")
    made = checked.products()
    assert "tables.c" in made
    assert {name: Path(name).read_bytes() for name in made} == made
    assert made["rt.dtb"] == checked.dtb("rt") and made["rt.dts"].decode() == checked.dts("rt")
    assert checked.report() == json.loads(made["system.json"])
    assert checked.map().startswith("<svg") and checked.vms == ["rt"]


def test_devices_of_the_board_on_one_line_go_to_one_vm() -> None:
    Path("sound.yaml").write_text(SOUND + """    devices:
      first: {kind: passthrough, device: timer-a}
      second: {kind: passthrough, device: timer-b}
""")
    checked = gen.load("sound.yaml").check()
    assert checked.findings.text() == ""
    tree = read(checked.dtb("rt"))
    for path in ("/timer-a@9020000", "/timer-b@9021000"):
        assert cells(tree[path].properties["interrupts"]) == [0, 20, 4]
    hardware, _ = interrupt_masks(checked.system, checked.system.vms[0])
    assert hardware[1] == 1 << 20
    checked.build("out")


def test_a_vm_that_does_not_exist() -> None:
    checked = gen.load("sound.yaml").check()
    with pytest.raises(KeyError, match="there is no vm 'linux', only rt"):
        checked.dtb("linux")


def test_what_one_target_rejects_is_nothing_to_another() -> None:
    Path("sound.yaml").write_text(SOUND.replace("kernel: Image", "binary: hello.bin"))
    checked = gen.load("sound.yaml").check()
    with pytest.raises(gen.Rejected, match="xen: vm 'rt' boot binary"):
        checked.export("xen", "xen")
    assert checked.findings.text() == ""
    checked.build("out")
    assert checked.export("bao", "bao")
    assert "P127: bao" in checked.findings.text() and not checked.findings.errors


def test_trees_without_images() -> None:
    whole = gen.load("sound.yaml").check().dtb("rt")
    assert gen.load("sound.yaml", images=False).check().dtb("rt") == whole
    Path("Image").unlink()
    with pytest.raises(gen.Rejected, match="P050"):
        gen.load("sound.yaml").check()
    checked = gen.load("sound.yaml", images=False).check()
    assert checked.dtb("rt") == whole
    assert [finding.code for finding in checked.findings] == ["P085"]
    Path("hello.bin").unlink()
    checked = gen.load("sound.yaml", images=False).check()
    assert "linux,initrd-start" in read(whole)["/chosen"].properties
    assert "linux,initrd-start" not in read(checked.dtb("rt"))["/chosen"].properties
    for use in (lambda: checked.build("out"), checked.products, lambda: checked.export("qemu", "out")):
        with pytest.raises(ValueError, match="images=False"):
            use()


def test_same_bytes_wherever_the_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = gen.load("sound.yaml").check()
    shutil.copytree(tmp_path, tmp_path / "there/deep")
    monkeypatch.chdir("/")
    there = gen.load(tmp_path / "there/deep/sound.yaml").check()
    assert (here.dtb("rt"), here.dts("rt")) == (there.dtb("rt"), there.dts("rt"))
    assert cells(read(here.dtb("rt"))["/cpus/cpu@0"].properties["reg"]) == [0]


@pytest.mark.slow
def test_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    digests = set()
    for seed in ("0", "1", "12345"):
        command = [sys.executable, "-m", "gen", "build", str(tmp_path / "sound.yaml"), "-o", str(tmp_path / "out")]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)})
        files = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
        digests.add(hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest())
    assert len(digests) == 1


def test_differences() -> None:
    assert gen.diff("sound.yaml", "sound.yaml") == []
    assert gen.diff("sound.yaml", "broken.yaml") == ["vm 'rt': affinity [0] -> [4]"]
    with pytest.raises(gen.Rejected, match="P001"):
        gen.diff("sound.yaml", "platforms")
    with pytest.raises(OSError):
        gen.diff("sound.yaml", "nothing.yaml")


def test_an_imported_board() -> None:
    Path("board.dtb").write_bytes(boards.blob())
    imported = gen.import_board("board.dtb")
    assert imported.text.startswith("# ") and "\ncpus:\n" in imported.text
    assert imported.devices["seen"] >= imported.devices["whole"] > 0
    assert all(set(loss) == {"node", "what"} for loss in imported.lost + imported.assumed) and imported.lost
    with pytest.raises(gen.Rejected, match="P110"):
        gen.import_board("sound.yaml")


def test_explanations() -> None:
    assert gen.explain("p014")["code"] == "P014"
    assert gen.explain("memory.size")["key"] == "vms.NAME.memory.N.size" and "vms" in gen.explain()["keys"]
    assert gen.explain("gic.stride", "platform")["default"] == "128KiB"
    for word in ("P999", "colour"):
        with pytest.raises(KeyError, match="there is no"):
            gen.explain(word)
    with pytest.raises(ValueError, match="there is no kind 'board', only description and platform"):
        gen.explain("", "board")


def test_schemas_are_copies() -> None:
    gen.schema()["properties"].clear()
    assert "vms" in gen.schema()["properties"] and "cpus" in gen.schema("platform")["properties"]
    with pytest.raises(ValueError, match="there is no kind 'board'"):
        gen.schema("board")


# ---------------------------------------------------------------- installed by pip


@pytest.fixture(scope="module", name="tool")
def fixture_tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pinion-gen in an environment of its own, installed without network and without a compiler."""
    folder: Path = tmp_path_factory.mktemp("pip")
    source = folder / "source"
    source.mkdir()
    for name in ("gen", "vm-configs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", folder / "venv"]
    subprocess.run(command, check=True)
    environment = {**os.environ, "CC": "false", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([folder / "venv/bin/python", "-m", "pip", "install", "--no-build-isolation", "--no-index",
                           source], check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "venv/bin/pinion-gen"


@pytest.mark.slow
def test_installed_it_has_all_that_it_needs(tool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates, schemas and platforms came along: the same bytes as from the checkout."""
    (tmp_path / "sound.yaml").write_text(SOUND.replace("platform: board", "platform: qemu-virt"))
    inputs = [path for path in tmp_path.iterdir() if path.is_file()]
    commands = [["build", "sound.yaml", "-o", "build"],
                *(["export", target, "sound.yaml", "-o", target] for target in TARGETS)]
    program = f"import sys; from pinion_gen.api.cli import main; sys.exit(any([main(words) for words in {commands}]))"
    for side in ("pip", "checkout"):
        (tmp_path / side).mkdir()
        for path in inputs:
            shutil.copy(path, tmp_path / side)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([tool.parent / "python", "-c", program], check=True, env=environment, cwd=tmp_path / "pip",
                   capture_output=True)
    monkeypatch.chdir(tmp_path / "checkout")
    assert [forked.run(*command).status for command in commands] == [0] * len(commands)
    one, two = ({path.relative_to(tmp_path / side): path.read_bytes() for path in (tmp_path / side).rglob("*")
                 if path.is_file() and path.name != "gen.d"} for side in ("pip", "checkout"))  # gen.d: the generator
    assert len(one) > 20 and one == two


@pytest.mark.slow
def test_installed_it_has_a_name_of_its_own(tool: Path) -> None:
    """`gen` is the checkout's folder alone: any other program may have something of that name."""
    version = f"pinion-gen {gen.__version__}\n"
    python = str(tool.parent / "python")
    for command, folder in (([str(tool)], "/"), ([python, "-m", "pinion_gen"], "/"), ([python, "-m", "gen"], ROOT)):
        done = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True, cwd=folder)
        assert done.stdout == version
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, "-c", "import importlib.metadata, importlib.util; "
                           "print(importlib.util.find_spec('gen'), importlib.metadata.version('pinion-gen'))"],
                          check=True, capture_output=True, text=True, cwd="/", env=environment)
    assert done.stdout == f"None {gen.__version__}\n"


@pytest.mark.slow
def test_installed_it_prints_its_schemas(tool: Path) -> None:
    done = subprocess.run([tool, "schema", "platform"], check=True, capture_output=True, text=True, cwd="/")
    assert json.loads(done.stdout)["type"] == "object"


USER = """import pinion_gen

checked: pinion_gen.Checked = pinion_gen.load("mine.yaml").check()
blob: bytes = checked.dtb("rt")
lines: list[str] = pinion_gen.diff("a.yaml", "b.yaml")
lost: list[dict[str, str]] = pinion_gen.import_board("board.dtb").lost
title: str = pinion_gen.explain("P014")["title"]
reveal_type(checked.map)
wrong: int = pinion_gen.load("mine.yaml").path
"""


@pytest.mark.slow
def test_installed_it_has_types_for_the_programs_of_others(tool: Path, tmp_path: Path) -> None:
    """In an environment without what else Debian has, whose types mypy would read as well."""
    (tmp_path / "user.py").write_text(USER)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    inside, installed = (next(folder.glob("lib/*/site-packages")) for folder in (tmp_path / "venv", tool.parents[1]))
    (inside / "pinion_gen").symlink_to(installed / "pinion_gen")
    done = subprocess.run(["mypy", "--strict", "--python-executable", tmp_path / "venv/bin/python", "--cache-dir",
                           "/dev/null", "user.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        'user.py:8: note: Revealed type is "def (text: builtins.bool =) -> builtins.str"',
        'user.py:9: error: Incompatible types in assignment (expression has type "Path", variable has type "int")  '
        "[assignment]", "Found 1 error in 1 file (checked 1 source file)"], done.stdout + done.stderr


class Project:
    """Another project's folder, with docs/examples/guest-trees.mk: trees of two VMs, one with an
    overlay."""

    def __init__(self, folder: Path, tool: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"}
        (folder / "platforms").mkdir(parents=True)
        shutil.copy(ROOT / "docs/examples/guest-trees.mk", folder)
        shutil.copy(ROOT / "vm-configs/platforms/qemu-virt.yaml", folder / "platforms/board.yaml")
        (folder / "leds.dtso").write_text('/dts-v1/;\n/plugin/;\n&{/} { leds { compatible = "gpio-leds"; }; };\n')
        text = SOUND.replace("Image", "out/vmlinux").replace("hello.bin", "out/initrd")
        second = text.split("vms:\n")[1].replace("rt:", "gp-2:").replace("[0]", "[1]")
        (folder / "vms.yaml").write_text(f"{text}{second}    dtb: {{overlays: [leds.dtso]}}\n")

    def make(self, *arguments: str) -> str:
        """One make that succeeds: what it says."""
        done = subprocess.run(["make", "-f", "guest-trees.mk", *arguments], cwd=self.folder, capture_output=True,
                              text=True, check=False, env=self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def made(self) -> set[str]:
        """The VMs whose trees one make makes."""
        return set(re.findall(r"^pinion-gen dtb vms.yaml (\S+) ", self.make(), re.MULTILINE))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a piece of a file."""
        path = self.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))


@pytest.fixture(name="project")
def fixture_project(tool: Path, tmp_path: Path) -> Project:
    """Its trees are made."""
    project = Project(tmp_path / "project", tool)
    assert project.made() == {"rt", "gp-2"} and project.made() == set()
    return project


@pytest.mark.slow
def test_the_makefile_of_another_project(project: Project) -> None:
    """It says what a change of the description means for the guests."""
    trees = project.folder / "build/trees"
    assert sorted(path.name for path in trees.glob("*.dtb")) == ["gp-2.dtb", "rt.dtb"]
    assert "Nothing to be done" in project.make()
    shutil.copytree(trees, project.folder / "old")
    project.edit("vms.yaml", "vcpus: 1\n    affinity: [1]", "vcpus: 2\n    affinity: [1, 2]")
    changed = project.make("diff", "OLD=old").splitlines()
    assert "/cpus/cpu@1: added" in changed and not any("0x9000000" in line for line in changed)
    assert (trees / "rt.dtb").read_bytes() == (project.folder / "old/rt.dtb").read_bytes()


@pytest.mark.slow
def test_the_makefile_of_another_project_knows_all_that_trees_are_made_of(project: Project, tool: Path) -> None:
    trees = project.folder / "build/trees"
    project.edit("platforms/board.yaml", "arm,cortex-a53", "arm,cortex-a57")
    assert project.made() == {"rt", "gp-2"}
    assert b"arm,cortex-a57" in (trees / "rt.dtb").read_bytes()
    project.edit("leds.dtso", "gpio-leds", "pwm-leds")
    assert project.made() == {"rt", "gp-2"} and b"pwm-leds" in (trees / "gp-2.dtb").read_bytes()
    assert b"linux,initrd-start" not in (trees / "rt.dtb").read_bytes()
    (project.folder / "out").mkdir()
    (project.folder / "out/initrd").write_bytes(b"initrd")  # it was not there, which is no error for a tree
    assert project.made() == {"rt", "gp-2"} and b"linux,initrd-start" in (trees / "rt.dtb").read_bytes()
    next(tool.parents[1].glob("lib/*/site-packages/pinion_gen/units.py")).touch()  # another version of pinion-gen
    assert project.made() == {"rt", "gp-2"} and project.made() == set()
    (project.folder / "leds.dtso").unlink()
    done = subprocess.run(["make", "-f", "guest-trees.mk"], cwd=project.folder, capture_output=True, text=True,
                          check=False, env=project.environment)
    assert "error P" in done.stderr and "leds.dtso" in done.stderr


# ---------------------------------------------------------------- without its modules


def test_missing_modules_are_one_sentence() -> None:
    """An interpreter that sees no site packages, as one of the user's own often does."""
    done = subprocess.run([sys.executable, "-S", "-m", "gen", "check", "sound.yaml"], capture_output=True, text=True,
                          check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "pinion-gen: this Python lacks yaml, jsonschema, jinja2: apt-get install python3-yaml python3-jsonschema "
        "python3-jinja2 and use /usr/bin/python3, or install the package with pip\n")


def test_missing_modules_are_an_import_error_for_a_program() -> None:
    done = subprocess.run([sys.executable, "-S", "-c", "import gen; gen.load('sound.yaml')"], capture_output=True,
                          text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 1 and "ImportError: this Python lacks yaml" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments, status, said", [
    (["check", "sound.yaml"], 0, ""),
    (["dtb", "sound.yaml", "-o", "rt.dtb"], 0, ""),
    (["export", "qemu", "sound.yaml", "-o", "out"], 0, "P126"),
    (["diff", "virt.dtb", "virt.dtb"], 1, "virt.dtb:1:1: error P080: Python's module libfdt, which reads device tree "
     "blobs, is not installed; apt-get install python3-libfdt, and use /usr/bin/python3\n"),
    (["import", "virt.dtb"], 1, "virt.dtb:1:1: error P080: Python's module libfdt, which reads device tree blobs, is "
     "not installed; apt-get install python3-libfdt, and use /usr/bin/python3\n"),
    (["export", "xen", "passed.yaml", "-o", "out", "--host-tree", "virt.dtb"], 1, "error P080: Python's module libfdt, "
     "which reads the board's device tree, is not installed; apt-get install python3-libfdt"),
])
def test_without_libfdt_all_goes_but_what_reads_blobs(arguments: list[str], status: int, said: str) -> None:
    Path("virt.dtb").write_bytes(gen.load("sound.yaml").check().dtb("rt"))
    text = SOUND.replace("platform: board", "platform: qemu-virt")
    Path("sound.yaml").write_text(text)
    Path("passed.yaml").write_text(text + "    devices: {rtc: {kind: passthrough, device: rtc}}\n")

    def without_libfdt() -> int:
        for name in [name for name in sys.modules if name.split(".")[0] == "gen"]:
            del sys.modules[name]
        sys.modules["libfdt"] = None  # type: ignore[assignment]
        return int(importlib.import_module("gen.api.cli").main(arguments))

    done = forked.call(without_libfdt)
    assert (done.status, said in done.said, "Traceback" in done.said) == (status, True, False), done.said
