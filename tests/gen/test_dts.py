# SPDX-License-Identifier: Apache-2.0
"""Guest device trees: no warning of dtc, no complaint of dt-validate, and the numbers that libfdt
reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import systems
from gen.devicetree import dtc, tree
from gen.devicetree.addresses import Addresses
from gen.devicetree.interrupts import Interrupts, Line
from gen.devicetree.values import cells, strings
from gen.guest_tree import dts
from gen.model import Device, Interrupt, Range, Reference, System, SystemVm, VmPsci


def alone(**changes: object) -> tuple[System, SystemVm]:
    """A system of one VM."""
    board = systems.platform()
    ram = [systems.ram(0x40000000, 0x50000000, 1 << 28), systems.ram(0x100000000, 0x60000000, 1 << 28)]
    vm = systems.vm(0, [0, 1], ram, passed=[systems.passed(board, "rtc")], cmdline='quoted "\\" text')
    for name, value in changes.items():
        setattr(vm, name, value)
    return systems.system(board, [vm]), vm


def board_device(system: System, name: str, **values: object) -> None:
    """Gives the first VM one more device."""
    system.platform.devices[name] = Device(systems.AT, name=name, **values)  # type: ignore[arg-type]
    system.vms[0].passed.append(systems.passed(system.platform, name))


def everything() -> tuple[System, SystemVm]:
    """A VM with something of each kind."""
    consoles = [systems.console(), systems.console(0x09040000, 40, "second"), systems.console(0x09050000, 41, "gic"),
                systems.watchdog()]
    system, vm = alone(emulated=consoles, mpidrs=[0x0, 0x1], initrd=Range(0x48000000, 0x123456))
    board_device(
        system, "gpio", mmio=[Range(0x09030000, 0x1000)], irqs=[Interrupt(39)],
        compatible=["arm,pl061", "arm,primecell"],
        properties={"gpio-controller": True, "#gpio-cells": 2, "wakeup-source": False}, clocks={"apb_pclk": 24000000},
    )
    board_device(
        system, "a_b", mmio=[Range(0x0A000000, 0x1000), Range(0x0A100000, 0x2000)],
        irqs=[Interrupt(50, level=False), Interrupt(51)], compatible=["vendor,device"],
        properties={"vendor,list": [1, 2], "vendor,names": ["x", "y"], "vendor,text": "t"},
        clocks={"core": 100000000, "bus": 50000000},
    )
    board_device(system, "a-b", mmio=[Range(0x0B000000, 0x1000)], compatible=["vendor,device"])
    return system, vm


def wide() -> tuple[System, SystemVm]:
    """MPIDRs with all affinity fields, and an initrd above 4 GiB."""
    return alone(affinity=[0, 1, 2], mpidrs=[0x0, 0x100000201, 0x100000200])


def compiled(system: System, vm: SystemVm) -> tree.Tree:
    """The tree of a VM."""
    return tree.read(dtc.compile_source(dts.source(system, vm)))


def test_root_and_cpus_are_of_the_boards_kind() -> None:
    system, vm = alone(affinity=[1, 2], mpidrs=[0x0, 0x1])
    system.platform.compatible = ["acme,board", "acme,chip"]
    system.platform.cpus[2].compatible = "arm,cortex-a72"
    found = compiled(system, vm)
    assert found["/"].compatible == ["pinion,vm", "acme,board", "acme,chip"]
    assert [found[f"/cpus/cpu@{n}"].compatible for n in (0, 1)] == [["arm,cortex-a53"], ["arm,cortex-a72"]]


@pytest.mark.parametrize("make", [alone, everything, wide])
def test_dtc_has_nothing_to_say(make: object) -> None:
    """No warning, with or without labels."""
    system, vm = make()  # type: ignore[operator]
    for options in ([], ["-@"]):
        done = subprocess.run(
            ["dtc", *options, "-I", "dts", "-O", "dtb", "-o", "/dev/null", "-"], input=dts.source(system, vm),
            capture_output=True, text=True, check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_dt_validate_has_nothing_to_say(tmp_path: Path) -> None:
    """The binding schemas that dt-schema brings."""
    assert shutil.which("dt-validate"), "dt-validate is missing: apt-get install dt-schema"
    for make in (alone, everything, wide):
        system, vm = make()
        (tmp_path / f"{make.__name__}.dtb").write_bytes(dtc.compile_source(dts.source(system, vm)))
    for blob in sorted(tmp_path.glob("*.dtb")):
        done = subprocess.run(["dt-validate", str(blob)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_the_guest_reads() -> None:
    """CPUs, memory, interrupts, GIC, PSCI, chosen."""
    nodes = compiled(*everything())
    addresses, interrupts = Addresses(nodes), Interrupts(nodes)
    assert [nodes[f"/cpus/cpu@{i}"].properties["reg"] for i in range(2)] == [bytes(4), bytes(3) + b"\1"]
    assert addresses.registers(nodes["/memory@40000000"]).known == [Range(0x40000000, 1 << 28)]
    assert addresses.registers(nodes["/memory@100000000"]).known == [Range(0x100000000, 1 << 28)]
    assert addresses.registers(nodes["/interrupt-controller@8000000"]).known == [
        Range(0x08000000, 0x10000), Range(0x080A0000, 0x40000),
    ]
    timer = [line.specifier[:2] for line in interrupts.of(nodes["/timer"]) if line]
    assert timer == [(1, 13), (1, 14), (1, 11), (1, 10)]
    assert interrupts.of(nodes["/serial@9000000"]) == [Line("/interrupt-controller@8000000", (0, 1, 4))]
    assert [line.specifier for line in interrupts.of(nodes["/a_b@a000000"]) if line] == [(0, 18, 1), (0, 19, 4)]
    assert nodes["/psci"].compatible == ["arm,psci-1.0", "arm,psci-0.2"]
    assert nodes["/psci"].properties["method"] == b"hvc\0"
    chosen = nodes["/chosen"].properties
    assert chosen["bootargs"] == b'quoted "\\" text\0'
    assert cells(chosen["linux,initrd-start"]) == [0x48000000]
    assert cells(chosen["linux,initrd-end"]) == [0x48123456]
    assert nodes["/aliases"].properties["serial0"] == b"/serial@9000000\0"
    assert {"/cpus/cpu-map/cluster0/core0", "/cpus/cpu-map/cluster0/core1"} <= set(nodes)


@pytest.mark.parametrize("method", ["hvc", "smc"])
def test_the_guest_calls_psci_as_the_description_says(method: str) -> None:
    system, vm = alone()
    vm.source.psci = VmPsci(systems.AT, method=method)
    assert compiled(system, vm)["/psci"].text("method") == method


def test_watchdog() -> None:
    """Control frame first, then the refresh frame (the binding of arm,sbsa-gwdt)."""
    text = dts.source(*everything())
    node = re.search(r"dog: watchdog@9070000 \{(.*?)\};", text, re.DOTALL)
    assert node and 'compatible = "arm,sbsa-gwdt";' in node[1]
    frames = re.findall(r"<(0x\S+ 0x\S+ 0x\S+ 0x\S+)>", node[1])
    assert frames == ["0x0 0x9070000 0x0 0x1000", "0x0 0x9071000 0x0 0x1000"]
    assert "interrupts = <0 12 4>;" in node[1]


def test_properties_of_the_platform_file() -> None:
    """Each type as the binding language has it."""
    nodes = compiled(*everything())
    device = nodes["/a_b@a000000"].properties
    assert cells(device["vendor,list"]) == [1, 2]
    assert strings(device["vendor,names"]) == ["x", "y"] and strings(device["vendor,text"]) == ["t"]
    assert strings(device["clock-names"]) == ["core", "bus"] and len(cells(device["clocks"])) == 2
    gpio = nodes["/gpio@9030000"].properties
    assert gpio["gpio-controller"] == b"" and "wakeup-source" not in gpio


def test_clocks_of_the_generators_own_make_way_for_devices_of_their_names() -> None:
    """Of devices that are passed through, and of those that are copied; names that nobody else has
    stay."""
    system, vm = alone()
    board_device(system, "clock-0-0", compatible=["vendor,device"], uses={"clocks": [Reference("apb-pclk")]})
    system.platform.devices["apb-pclk"] = Device(systems.AT, name="apb-pclk", compatible=["fixed-clock"], properties={
        "#clock-cells": 0, "clock-frequency": 5})
    nodes = compiled(system, vm)

    def clock(path: str) -> str:
        """The node that the first clock of another is."""
        cell = cells(nodes[path].properties["clocks"])[0]
        return next(node.path for node in nodes.values() if node.cell("phandle", 0) == cell)

    assert clock("/clock-0-0") == "/apb-pclk" and nodes["/apb-pclk"].cell("clock-frequency", 0) == 5
    assert (clock("/serial@9000000"), clock("/rtc@9010000")) == ("/apb-pclk-", "/clock-0-0-")
    partial, extra = dts.passed_nodes(system.platform, vm, dts.labels(vm))
    assert [node["node"] for node in [*partial, *extra]] == ["rtc@9010000", "clock-0-0", "clock-0-0-", "apb-pclk"]
    del vm.passed[1]
    assert "apb_pclk: apb-pclk {" in dts.source(system, vm) and ": clock-0-0 {" in dts.source(system, vm)


def test_wide_affinities() -> None:
    """Two cells where Aff3 is used, and a cluster per group above Aff0."""
    nodes = compiled(*wide())
    assert cells(nodes["/cpus/cpu@100000201"].properties["reg"]) == [1, 0x201]
    assert {path for path in nodes if path.startswith("/cpus/cpu-map/cluster1/")} == {
        "/cpus/cpu-map/cluster1/core0", "/cpus/cpu-map/cluster1/core1",
    }


def test_initrd_above_4_gib() -> None:
    """Two cells, as there is no other way."""
    nodes = compiled(*alone(initrd=Range(0x108000000, 0x1000)))
    assert cells(nodes["/chosen"].properties["linux,initrd-start"]) == [1, 0x08000000]


def test_one_cpu_has_no_cpu_map() -> None:
    """A map of one CPU says nothing."""
    assert "cpu-map" not in dts.source(*alone(affinity=[0], mpidrs=[0]))


def test_same_system_same_bytes() -> None:
    """Deterministic."""
    assert dts.source(*everything()) == dts.source(*everything())


def test_errors_of_dtc_are_told() -> None:
    """The exception carries dtc's own text."""
    with pytest.raises(dtc.DtcError, match=re.escape("syntax error")):
        dtc.compile_source("/dts-v1/; / { nonsense")
