# SPDX-License-Identifier: Apache-2.0
"""User overlays: what may be added, and what each contradiction is called."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import systems
from gen.api import products
from gen.devicetree import tree
from gen.model import DtbOptions, Position, Range, System, SystemVm
from gen.read.findings import Findings

WHERE = Position("mine.yaml", 7, 9)


def system_with(*overlays: Path) -> tuple[System, SystemVm]:
    """A VM of two vCPUs with console, RTC and these overlays."""
    board = systems.platform()
    guest = systems.vm(0, [0, 1], [systems.ram(0x40000000, 0x50000000, 1 << 28)], passed=[systems.passed(board, "rtc")])
    guest.overlays = list(overlays)
    guest.source.dtb = DtbOptions(systems.AT, overlays=list(overlays), overlay_positions=[WHERE] * len(overlays))
    return systems.system(board, [guest]), guest


def merge(tmp_path: Path, *texts: str) -> tuple[tree.Tree | None, Findings]:
    """The tree of the VM with overlays of these texts; None if there are errors."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"overlay{number}.dtso")
        paths[-1].write_text(text)
    system, guest = system_with(*paths)
    return generate(system, guest, tmp_path)


def generate(system: System, guest: SystemVm, tmp_path: Path) -> tuple[tree.Tree | None, Findings]:
    """Products, and the VM's tree read back."""
    findings = Findings()
    products.write(system, tmp_path / "out", findings)
    blob = tmp_path / "out" / f"{guest.name}.dtb"
    return (tree.read(blob.read_bytes()) if blob.exists() else None), findings


def overlay(body: str) -> str:
    """An overlay source."""
    return f"/dts-v1/;\n/plugin/;\n{body}\n"


def test_harmless_overlay_is_merged(tmp_path: Path) -> None:
    """Boot arguments, an alias, a reserved region, a property of a device, a node; no labels
    remain."""
    made, findings = merge(tmp_path, overlay("""
        &{/chosen} { bootargs = "mine"; };
        &{/aliases} { rtc0 = "/rtc@9010000"; };
        &rtc { vendor,trim = <3>; clock-frequency = <1>; interrupt-names = "alarm"; assigned-clocks; };
        &{/timer} { arm,no-tick-in-suspend; };
        &cpu0 { cpu-idle-states; clock-frequency = <1>; };
        &{/} {
            reserved-memory {
                #address-cells = <2>; #size-cells = <2>; ranges;
                pool@41000000 { reg = <0 0x41000000 0 0x100000>; no-map; };
            };
            gpio-keys { compatible = "gpio-keys"; };
            expander { interrupt-controller; #interrupt-cells = <3>; button { interrupts = <0 77 4>; }; };
            nexus: nexus { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <77 &gic 0 0 0 1 4>; };
            behind { interrupt-parent = <&nexus>; interrupts = <77>; };
            off@9000000 { compatible = "vendor,off"; reg = <0 0x9000000 0 0x1000>; status = "disabled"; };
        };"""))
    assert len(findings) == 0, findings.text()
    assert made is not None
    assert made["/chosen"].properties["bootargs"] == b"mine\0"
    assert made["/rtc@9010000"].properties["vendor,trim"] == b"\0\0\0\3"
    assert "vendor,trim" in (tmp_path / "out" / "guest0.dts").read_text()
    assert "/reserved-memory/pool@41000000" in made and "/__symbols__" not in made


def test_second_overlay_builds_on_the_first(tmp_path: Path) -> None:
    """In the order of the description, labels of the first included."""
    made, findings = merge(
        tmp_path,
        overlay("&{/} { mine: keys { compatible = \"gpio-keys\"; }; };"),
        overlay("&mine { label = \"k\"; };"),
    )
    assert not findings.errors and made is not None
    assert made["/keys"].properties["label"] == b"k\0"


def test_binary_overlay(tmp_path: Path) -> None:
    """A .dtbo is merged as it is."""
    source = overlay("&rtc { vendor,trim = <3>; };")
    path = tmp_path / "mine.dtbo"
    subprocess.run(["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", path, "-"], input=source.encode(), check=True)
    made, findings = generate(*system_with(path), tmp_path)
    assert not findings.errors and made is not None
    assert made["/rtc@9010000"].properties["vendor,trim"] == b"\0\0\0\3"


def test_damaged_binary_overlay(tmp_path: Path) -> None:
    """Any prefix of a good one, and noise: a finding, no exception."""
    good = subprocess.run(
        ["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", "-", "-"], input=overlay("&rtc { x; };").encode(), check=True,
        capture_output=True).stdout
    path = tmp_path / "mine.dtbo"
    for damaged in (good[:20], good[:60], good[:-4], b"noise" * 50, good.replace(b"__overlay__", b"__overlaz__")):
        path.write_bytes(damaged)
        _, findings = generate(*system_with(path), tmp_path)
        assert [finding.code for finding in findings] == ["P081"]


# By what is added to them generated nodes come to mean something else.
TOLD = {
    "/cpus": "enable-method cpu-release-addr reg",
    "/cpus/cpu@0": "cpu-release-addr status",
    "/memory@40000000": "linux,usable-memory hotpluggable status",
    "/psci": "cpu_on device_type reg interrupts interrupts-extended",
    "/timer": "interrupt-names clock-frequency arm,cpu-registers-not-fw-configured",
    "/interrupt-controller@8000000": "mbi-ranges msi-controller redistributor-stride interrupts interrupt-map",
    "/apb-pclk": "reg interrupts",
    "/serial@9000000": "arm,primecell-periphid interrupt-map-mask device_type",
    "/rtc@9010000": "ranges dma-ranges interrupts",
}


@pytest.mark.parametrize("code, text, body", [
    ("P081", "dtc says 'syntax error'", "&rtc { nonsense"),
    ("P081", "a label or a path that the tree does not have", "&nothing { a; };"),
    ("P081", "a label or a path that the tree does not have", "&{/nowhere} { a; };"),
    ("P082", "changes reg of /cpus/cpu@1", "&cpu1 { reg = <5>; };"),
    ("P082", "changes enable-method of /cpus/cpu@0", "&cpu0 { enable-method = \"spin-table\"; };"),
    ("P082", "changes status of /cpus/cpu@0", "&cpu0 { status = \"disabled\"; };"),
    ("P082", "adds /cpus/cpu@9, of device_type 'cpu'", "&{/cpus} { cpu@9 { device_type = \"cpu\"; reg = <9>; }; };"),
    ("P082", "changes reg of /memory@40000000", "&{/memory@40000000} { reg = <0 0x40000000 0 0x40000000>; };"),
    ("P082", "adds /memory@80000000, of device_type 'memory'",
     "&{/} { memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x1000000>; }; };"),
    ("P082", "changes reg of /interrupt-controller@8000000",
     "&gic { reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0xf60000>; };"),
    ("P082", "changes method of /psci", "&{/psci} { method = \"smc\"; };"),
    ("P082", "changes interrupts of /timer", "&{/timer} { interrupts = <1 1 4>, <1 2 4>, <1 3 4>, <1 4 4>; };"),
    ("P082", "changes interrupts of /serial@9000000", "&console { interrupts = <0 5 4>; };"),
    ("P082", "changes reg of /rtc@9010000", "&rtc { reg = <0 0x9020000 0 0x1000>; };"),
    ("P082", "changes linux,initrd-start of /chosen", "&{/chosen} { linux,initrd-start = <1>; };"),
    ("P082", "changes linux,usable-memory-range of /chosen",
     "&{/chosen} { linux,usable-memory-range = <0 0x80000000 0 0x1000>; };"),
    ("P082", "changes #interrupt-cells of /", "&{/} { #interrupt-cells = <3>; };"),
    ("P082", "changes interrupt-map of /", "&{/} { interrupt-map; };"),
    *[("P082", f"changes {name} of {path};", f"&{{{path}}} {{ {name}; }};") for path, names in TOLD.items()
      for name in names.split()],
    ("P082", "changes #address-cells of /", "&{/} { #address-cells = <1>; };"),
    ("P082", "a second arm,gic-v3", "&{/} { more { compatible = \"arm,gic-v3\"; }; };"),
    ("P083", "where 'console' is", "&{/} { twin@9000800 { reg = <0 0x9000800 0 0x100>; }; };"),
    ("P083", "where 'rtc' is", "&{/} { twin@9010000 { reg = <0 0x9010000 0 0x1000>; }; };"),
    ("P083", "where RAM is", "&{/} { twin@40000000 { reg = <0 0x40000000 0 0x1000>; }; };"),
    ("P083", "where the GIC is",
     "&{/} { bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x8000000 0x100000>;"
     " a@0 { reg = <0 16>; }; }; };"),
    ("P083", "at 0x8000000..0x801ffff, where the GIC is",
     "&{/} { bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x8000000 0x1000>;"
     " d@0 { reg = <0 0x20000>; }; }; };"),
    ("P084", "with SPI 5 (INTID 37)", "&{/} { keys { interrupts = <0 5 4>; }; };"),
    ("P084", "with SPI 5 (INTID 37)", "&{/} { keys { interrupts-extended = <&gic 0 1 4>, <&gic 0 5 4>; }; };"),
    ("P084", "with SPI 5 (INTID 37)", "&{/} { keys { interrupts-extended; interrupts = <0 5 4>; }; };"),
    ("P084", "adds /nexus with SPI 5 (INTID 37)", "&{/} { nexus { #address-cells = <0>; #interrupt-cells = <1>;"
     " interrupt-map = <1 &gic 0 0 0 1 4>, <2 &gic 0 0 0 5 4>; }; };"),
    ("P084", "adds /nexus with SPI 5 (INTID 37)",
     "&{/} { nexus { #interrupt-cells = <1>; interrupt-map = <0 0 2 &gic 0 0 0 5 4>; }; };"),
    ("P084", "adds /keys with SPI 5 (INTID 37)", "&{/} { nexus: nexus { #address-cells = <0>; #interrupt-cells = <1>;"
     " interrupt-map = <2 &gic 0 0 0 5 4>; status = \"disabled\"; };"
     " keys { interrupt-parent = <&nexus>; interrupts = <2>; }; };"),
    ("P084", "adds /keys with SPI 5 (INTID 37)",
     "&{/} { other: other { }; keys { interrupt-parent = <&other>; interrupts = <0 5 4>; }; };"),
    ("P084", "with interrupt <2 1 4>, which no GIC of a VM has", "&{/} { keys { interrupts = <2 1 4>; }; };"),
    ("P084", "with interrupt <3 11 4>, which no GIC of a VM has", "&{/} { keys { interrupts = <3 11 4>; }; };"),
    ("P084", "with interrupt <1 17 4>, which no GIC of a VM has", "&{/} { keys { interrupts = <1 17 4>; }; };"),
    ("P084", "with interrupt <0 988 4>, which no GIC of a VM has", "&{/} { keys { interrupts = <0 988 4>; }; };"),
    ("P084", "with SPI 5 (INTID 37)", "&{/} { keys { interrupts = <0 5 4>; status = \"okay\", \"x\"; }; };"),
])
def test_contradictions(tmp_path: Path, code: str, text: str, body: str) -> None:
    """One mistake each: its code, its text, its place in the description; and no product is
    written."""
    system, guest = system_with(tmp_path / "mine.dtso")
    guest.initrd = Range(0x48000000, 0x1000)
    (tmp_path / "mine.dtso").write_text(overlay(body))
    made, findings = generate(system, guest, tmp_path)
    assert made is None
    assert [(finding.code, finding.at) for finding in findings] == [(code, WHERE)], findings.text()
    assert text in findings.text()


@pytest.mark.parametrize("mode, states, pmr, found", [
    ("virtual", 1, False, []), ("direct", 1, False, ["P144"]), ("direct", 2, False, ["P144"]), ("sole", 1, False, []),
    ("sole", 2, False, ["P144"]), ("direct", 1, True, []),
])
def test_pseudo_nmis_in_bootargs(tmp_path: Path, mode: str, states: int, pmr: bool, found: list[str]) -> None:
    """They are to an overlay what they are to the description; said once."""
    system, guest = system_with(tmp_path / "first.dtso", tmp_path / "second.dtso")
    (tmp_path / "first.dtso").write_text(overlay("&{/chosen} { bootargs = \"quiet irqchip.gicv3_pseudo_nmi=1\"; };"))
    (tmp_path / "second.dtso").write_text(overlay("&{/} { a; };"))
    assert system.platform.gic
    system.platform.gic.security_states = states
    guest.interrupt_mode = mode
    guest.source.uses_pmr = pmr
    _, findings = generate(system, guest, tmp_path)
    assert [finding.code for finding in findings] == found, findings.text()


MEMORY = "memory@90000000 { device_type = \"memory\"; reg = <0 0x90000000 0 0x1000>; status = \"disabled\"; };"
INTO_GIC = "mine: d@8000000 { reg = <0 0x8000000 0 0x1000>; interrupts = <0 77 4>; status = \"disabled\"; };"
OKAY = "status = \"okay\";"


@pytest.mark.parametrize("texts, found", [
    ([f"&{{/}} {{ {MEMORY} }};", f"&{{/memory@90000000}} {{ {OKAY} }};"],
     ["P082: vm 'guest0' overlay '1' enables /memory@90000000, of device_type 'memory'"]),
    ([f"&{{/}} {{ {INTO_GIC} }};", f"&mine {{ {OKAY} }};", "&mine { a; };"],
     ["P083: vm 'guest0' overlay '1' enables /d@8000000 at 0x8000000..0x8000fff, where the GIC is",
      "P084: vm 'guest0' overlay '1' enables /d@8000000 with SPI 77 (INTID 109), which is not the VM's"]),
    (["&{/} { off { status = \"disabled\"; keys { interrupts = <0 77 4>; }; }; };", f"&{{/off}} {{ {OKAY} }};"],
     ["P084: vm 'guest0' overlay '1' enables /off/keys with SPI 77"]),
    (["&{/} { keys { interrupts = <0 1 4>; }; };", "&{/keys} { interrupts = <0 1 4>, <0 77 4>; };"],
     ["P084: vm 'guest0' overlay '1' changes /keys with SPI 77"]),
    (["&{/} { d@b000000 { reg = <0 0xb000000 0 0x1000>; }; };", "&{/d@b000000} { reg = <0 0x8000000 0 0x1000>; };"],
     ["P083: vm 'guest0' has nothing at 0xb000000", "P083: vm 'guest0' overlay '1' changes /d@b000000 at"]),
    (["&{/} { d@b000000 { reg = <0 0xb000000 0 0x1000>; }; };", "&{/d@b000000} { a; };"],
     ["P083: vm 'guest0' has nothing at 0xb000000"]),
    (["&{/} { bus { #address-cells = <1>; #size-cells = <1>; d@0 { reg = <0 4>; }; }; };",
      "&{/bus} { ranges = <0 0 0x8000000 0x1000>; };"],
     ["P083: vm 'guest0' overlay '1' changes /bus/d@0 at 0x8000000..0x8000003"]),
])
def test_overlays_that_contradict_the_vm_together(tmp_path: Path, texts: list[str], found: list[str]) -> None:
    """The overlay is named by which the guest would come to believe it, and no other."""
    _, findings = merge(tmp_path, *map(overlay, texts))
    said = [f"{finding.code}: {finding.message}" for finding in findings]
    said = [re.sub(r"'[^']*overlay(\d)\.dtso'", r"'\1'", text) for text in said]
    assert len(said) == len(found), said
    for text, start in zip(sorted(said), sorted(found)):
        assert text.startswith(start)


def test_position_in_the_overlay_itself(tmp_path: Path) -> None:
    """A syntax error says where it is in the user's file."""
    _, findings = merge(tmp_path, overlay("&rtc {\n  a = <1>\n};"))
    related = next(iter(findings)).related
    assert related is not None and related.file.endswith("overlay0.dtso") and related.line == 5


def test_whole_tree_is_no_overlay(tmp_path: Path) -> None:
    """A source without /plugin/ would merge nothing, silently."""
    _, findings = merge(tmp_path, "/dts-v1/;\n/ { a; };\n")
    assert "not an overlay" in findings.text() and "/plugin/" in findings.text()


def test_registers_that_the_vm_does_not_have(tmp_path: Path) -> None:
    """Only a warning: the node may be right for another build, and an access ends in an abort."""
    made, findings = merge(tmp_path, overlay("&{/} { far@b000000 { reg = <0 0xb000000 0 0x1000>; }; };"))
    assert made is not None and not findings.errors
    assert [finding.severity for finding in findings] == ["warning"] and "has nothing" in findings.text()


def test_deleted_nodes_are_noticed(tmp_path: Path) -> None:
    """Overlays cannot delete in the blob format; what dtc leaves of it has no effect."""
    made, _ = merge(tmp_path, overlay("&{/} { keys { }; /delete-node/ psci; };"))
    assert made is None or "/psci" in made
