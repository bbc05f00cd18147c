# SPDX-License-Identifier: Apache-2.0
"""`import`: a board's device tree becomes a platform; what could not be carried over and what was
assumed is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import boards
from gen.api import steps
from gen.api.cli import main
from gen.board_import import BlobError, Board, import_board, writer
from gen.model import TIMERS, Interrupt, Platform, Range, Reference
from gen.read.findings import Findings


@pytest.fixture(scope="module")
def board() -> Board:
    """The board with a bit of everything."""
    return import_board(boards.blob(), "board")


def changed(*pairs: tuple[str, str]) -> Board:
    """The board with pieces of its source replaced."""
    text = boards.BOARD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return import_board(boards.blob(text), "board")


def losses(imported: Board) -> list[str]:
    """What could not be carried over."""
    return [str(loss) for loss in imported.lost]


def reread(imported: Board, folder: Path) -> Platform:
    """The platform as the written file says it."""
    path = folder / "board.yaml"
    path.write_text(writer.text(imported))
    findings = Findings()
    platform = steps.load_platform(path, findings)
    assert platform is not None and findings.text() == ""
    return platform


def test_cpus_have_their_kind_and_cluster(board: Board) -> None:
    assert [(cpu.mpidr, cpu.compatible, cpu.cluster) for cpu in board.platform.cpus] == [
        (0, "", 0), (0x100, "arm,cortex-a72", 1)]
    assert board.platform.cpu_compatible == "arm,cortex-a53"
    assert board.platform.pa_bits == 40


@pytest.mark.parametrize("ppis, found, said", [
    ((9, 8, 10, 7), (9, 8, 10, 7), []),  # each where another timer usually is
    ((14, 13, 10, 11), (14, 13, 10, 11), []),
    ((13, 10, 11), (13, 10, 11, 0), ["/: the hypervisor timer has PPI 0: the usual one is another timer's"]),
    ((13, 14, 14, 10), (13, 14, 11, 10), ["/timer: the virtual timer's interrupt, which is another timer's"])])
def test_timers_have_the_ppis_of_the_tree(ppis: tuple[int, ...], found: tuple[int, ...], said: list[str]) -> None:
    old = "<1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>"
    imported = changed((old, ", ".join(f"<1 {ppi} 4>" for ppi in ppis)))
    assert tuple(imported.platform.timer[name].number for name in TIMERS) == found
    assert [text for text in map(str, [*imported.lost, *imported.assumed]) if "timer" in text] == said


def test_memory_is_joined_and_reserved_memory_whole_pages(board: Board) -> None:
    assert [region.range for region in board.platform.memory] == [Range(0x40000000, 0x40000000)]
    assert [region.range for region in board.platform.reserved] == [Range(0x50000000, 0x2000),
                                                                    Range(0x40000000, 0x1000)]


def test_memory_ends_where_devices_begin() -> None:
    imported = changed(("<0 0x40000000 0 0x20000000>", "<0 0 0 0x20000000>"),
                       ("0x8000000 0 0x10000>, <0 0x80a0000", "0xf8000000 0 0x10000>, <0 0xf80a0000"))
    assert [region.range for region in imported.platform.memory] == [Range(0, 0x3000000), Range(0x60000000, 0x20000000)]
    assert "/: RAM from 0x3000000 to 0x1fffffff: device registers begin there" in losses(imported)


def test_gic_with_its_its(board: Board) -> None:
    gic = board.platform.gic
    assert gic and (gic.version, gic.distributor, gic.stride) == (3, Range(0x8000000, 0x10000), 0x20000)
    assert gic.redistributors == [Range(0x80A0000, 0x100000)] and gic.its == [Range(0x8080000, 0x20000)]
    assert gic.spis == 64  # the highest in use is 51


@pytest.mark.parametrize("frame, other", [
    ("0x8000000 0 0x10000>", "0x8000000 0 0x10100>"),
    ("0x80a0000 0 0x100000>", "0x80a0000 0 0x100100>")])
def test_a_gic_with_frames_that_end_within_a_page_is_none(frame: str, other: str) -> None:
    imported = changed((frame, other))
    assert imported.platform.gic is None
    assert "/interrupt-controller@8000000: the GIC: frames that are not whole pages at multiples of 64KiB" in losses(
        imported)


def test_an_its_in_ram_is_lost() -> None:
    imported = changed(("reg = <0 0x8080000 0 0x20000>", "reg = <0 0x7fff0000 0 0x20000>"))
    assert imported.platform.gic and imported.platform.gic.its == []
    assert ("/interrupt-controller@8000000/its@8080000: message-signalled interrupts: registers "
            "0x7fff0000..0x8000ffff, which overlap RAM 0x40000000..0x7fffffff") in losses(imported)


def test_no_device_lies_in_an_its() -> None:
    imported = changed(("reg = <0 0x8080000 0 0x20000>", "reg = <0 0x8080000 0 0xf90000>"),
                       ("stdout-path", "no-path"), ("serial0 = &uart", "other = &uart"))
    assert ("/soc/serial@7e000000: registers 0x9000000..0x9000fff, which overlap the GIC at 0x8080000..0x900ffff"
            ) in losses(imported)


@pytest.mark.parametrize("reg", ["0x7e000000 0x1", "0x7e000002 0x1000"])
def test_a_console_whose_registers_are_not_those_of_a_pl011_is_no_uart(reg: str) -> None:
    imported = changed(("reg = <0x7e000000 0x1000>", f"reg = <{reg}>"))
    assert imported.platform.uart is None
    assert any("are not those of a pl011" in loss.text for loss in imported.assumed)


def test_ram_ends_where_the_uart_begins() -> None:
    imported = changed(("<0x7e000000 0 0x9000000", "<0x7e000000 0 0x50000000"))
    assert imported.platform.uart and imported.platform.uart.mmio.base == 0x50000000
    assert [region.range for region in imported.platform.memory] == [Range(0x40000000, 0x10000000)]


def test_a_stride_of_256_kib_is_a_gicv4() -> None:
    cells = "#interrupt-cells = <3>;"
    gic = changed((cells, f"{cells} redistributor-stride = <0 0x40000>;")).platform.gic
    assert gic and (gic.version, gic.stride) == (4, 0x40000)


def test_gicv2() -> None:
    imported = changed(("arm,gic-v3\"", "arm,gic-400\""), ("<0 0x80a0000 0 0x100000>", "<0 0x8020000 0 0x2000>"))
    gic = imported.platform.gic
    assert gic and gic.version == 2 and gic.cpu_interface == Range(0x8020000, 0x2000) and gic.redistributors == []


def test_too_few_redistributors_are_no_gic(tmp_path: Path) -> None:
    imported = changed(("<0 0x80a0000 0 0x100000>", "<0 0x80a0000 0 0x20000>"))
    assert imported.platform.gic is None and imported.platform.uart is None
    assert any("2 CPUs, but redistributors for 1" in loss for loss in losses(imported))


@pytest.mark.parametrize("source, method", [
    ('method = "smc"', "psci-smc"), ('method = "hvc"', "psci-hvc")])
def test_psci_by_smc_or_hvc(source: str, method: str) -> None:
    assert changed(('method = "smc"', source)).platform.cpu_start == method


def spinning(first: str, second: str) -> Board:
    """The board with CPUs that poll."""
    return changed(*((f'reg = <{reg}>; enable-method = "psci";',
                      f'reg = <{reg}>; enable-method = "spin-table"; {words}')
                     for reg, words in (("0", first), ("0x100", second))))


def test_spin_tables(tmp_path: Path) -> None:
    """The page that CPUs poll is nobody's: it is reserved, unless it is already or is no RAM."""
    imported = spinning("cpu-release-addr = <0 0x40002ff8>;", "cpu-release-addr = <0 0x7fff8>;")
    assert imported.platform.cpu_start == "spin-table"
    assert [cpu.release for cpu in imported.platform.cpus] == [0x40002FF8, 0x7FFF8]
    assert [(region.name, region.range) for region in imported.platform.reserved[2:]] == [
        ("spin table", Range(0x40002000, 0x1000))]
    assert [cpu.release for cpu in reread(imported, tmp_path).cpus] == [0x40002FF8, 0x7FFF8]
    assert len(spinning("cpu-release-addr = <0 0x50000008>;", "cpu-release-addr = <0 0x8>;").platform.reserved) == 2


@pytest.mark.parametrize("words, lost", [
    ("", "/cpus/cpu@100: how it starts: no cpu-release-addr that is a multiple of 8"),
    ("cpu-release-addr = <0 0xd4>;", "/cpus/cpu@100: how it starts: no cpu-release-addr that is a multiple of 8"),
    ("cpu-release-addr = <0xffffffff 0xd8>;",
     "/cpus/cpu@100: how it starts: no cpu-release-addr that is a multiple of 8"),
    ("cpu-release-addr = <0 0x9000008>;",
     "/: how CPU 1 starts: 0x9000008 is in a page of registers 0x9000000..0x9000fff"),
])
def test_a_word_that_nobody_can_write_to_is_said(tmp_path: Path, words: str, lost: str) -> None:
    imported = spinning("cpu-release-addr = <0 0xd8>;", words)
    assert [cpu.release for cpu in imported.platform.cpus] == [0xD8, None]
    assert lost in losses(imported)
    reread(imported, tmp_path)


def test_an_unknown_way_to_start_is_said() -> None:
    imported = changed(('reg = <0x100>; enable-method = "psci"', 'reg = <0x100>; enable-method = "pinion,other"'))
    assert "/cpus/cpu@100: how it starts: enable-method 'pinion,other'" in losses(imported)


def test_psci_0_1_has_the_numbers_of_the_tree(tmp_path: Path) -> None:
    old = ('compatible = "arm,psci-1.0"', 'compatible = "arm,psci"; cpu_on = <0x95c1ba60>; cpu_off = <0x95c1ba5f>')
    imported = changed(old)
    psci = reread(imported, tmp_path).psci
    assert psci and (psci.cpu_on, psci.cpu_off) == (0x95C1BA60, 0x95C1BA5F)
    later = changed((old[0], old[1].replace('"arm,psci"', '"arm,psci-0.2", "arm,psci"')))
    assert later.platform.psci is None and later.platform.cpu_start == "psci-smc"
    without = changed((old[0], 'compatible = "arm,psci"'))
    assert "/psci: a PSCI 0.1 without the number of cpu_on" in losses(without)
    assert without.platform.cpu_start == "psci-hvc", "which `build` refuses"


def test_the_console_becomes_the_hypervisors_uart_and_no_device(board: Board) -> None:
    uart = board.platform.uart
    assert uart and (uart.mmio, uart.irq, uart.clock) == (Range(0x9000000, 0x1000), Interrupt(33), 24000000)
    assert not any("arm,pl011" in device.compatible for device in board.platform.devices.values())


def test_another_console_is_a_device_like_others() -> None:
    imported = changed(('"arm,pl011", "arm,primecell"', '"acme,uart"'))
    assert imported.platform.uart is None
    device = imported.platform.devices["serial@7e000000"]
    assert device.irqs == [Interrupt(33)] and device.clocks == {"uartclk": 24000000, "apb_pclk": 24000000}


def test_registers_are_translated_by_every_bus(board: Board) -> None:
    devices = board.platform.devices
    assert devices["gpio@7e002000"].mmio == [Range(0x9002000, 0x1000)]
    assert devices["part@800"].mmio == [Range(0x100000800, 0x100)]
    assert "/soc/mmc@7e003000: registers 0x7f000000..0x7f0000ff of its bus, which the CPUs do not see" in losses(board)


def test_a_device_in_a_device_is_a_part_of_it(board: Board) -> None:
    assert board.platform.devices["part@800"].parent == "block@10000000"
    assert list(board.platform.devices["block@10000000"].children) == ["reset"]


def test_interrupts_have_their_kind_and_trigger(board: Board) -> None:
    assert board.platform.devices["gpio@7e002000"].irqs == [Interrupt(34, level=False)]


def test_interrupts_go_through_an_interrupt_map(board: Board) -> None:
    assert board.platform.devices["i2c@7e004200"].irqs == [Interrupt(72)]
    assert "/soc/i2c@7e004300: an interrupt that leads to no controller" in losses(board)


def test_interrupts_of_other_controllers_are_listed_with_them(board: Board) -> None:
    device = board.platform.devices["mmc@7e003000"]
    assert device.irqs == [Interrupt(35)]
    assert device.uses["interrupts"] == [Reference("gic", (0, 3, 4)), Reference("gpio@7e002000", (9, 8))]
    child = board.platform.devices["i2c@7e004200"].children["rtc@68"]
    assert child.uses["interrupts"] == [Reference("gpio@7e002000", (1, 2))]


def test_an_interrupt_that_no_vm_can_have_takes_only_its_own_name_with_it() -> None:
    imported = changed(("interrupts = <0 2 1>;",
                        'interrupts = <0 2 1>, <2 3 4>, <0 6 4>, <2 4 4>; interrupt-names = "a", "b", "c", "d";'),
                       ("interrupts = <1 2>;", 'interrupts-extended = <&gic 2 5 4>; interrupt-names = "e";'))
    devices = imported.platform.devices
    assert devices["gpio@7e002000"].irqs == [Interrupt(34, level=False), Interrupt(38)]
    assert devices["gpio@7e002000"].properties["interrupt-names"] == ["a", "c"]
    rtc = devices["i2c@7e004200"].children["rtc@68"]
    assert "interrupts" not in rtc.uses and "interrupt-names" not in rtc.properties
    assert [text for text in losses(imported) if "1020" in text and "part@" not in text] == [
        "/soc/gpio@7e002000: an interrupt of the GIC: <2 3 4> is none of its first 1020",
        "/soc/gpio@7e002000: an interrupt of the GIC: <2 4 4> is none of its first 1020",
        "/soc/i2c@7e004200/rtc@68: an interrupt of the GIC: <2 5 4> is none of its first 1020"]


def test_interrupts_of_children_are_the_devices_too() -> None:
    imported = changed(("reset: reset {", "reset: reset { interrupts = <0 70 1>;"),
                       ("hog { gpio-hog;", "hog { gpio-hog; interrupts-extended = <&gic 0 2 1>, <&gic 0 6 4>;"))
    devices = imported.platform.devices
    block, gpio = devices["block@10000000"], devices["gpio@7e002000"]
    assert block.irqs == [Interrupt(102, level=False)] and "interrupts" not in block.uses
    assert block.children["reset"].uses["interrupts"] == [Reference("gic", (0, 70, 1))]
    assert gpio.irqs == [Interrupt(34, level=False), Interrupt(38)]
    assert gpio.uses["interrupts"] == [Reference("gic", (0, 2, 1))]  # and not the other
    assert imported.platform.gic and imported.platform.gic.spis == 96


def test_an_interrupt_map_of_a_device_gives_it_interrupts(board: Board) -> None:
    device = board.platform.devices["pcie@3000000"]
    assert device.irqs == [Interrupt(82), Interrupt(83)] and "interrupts" not in device.uses
    assert device.uses["interrupt-map"][1] == Reference("gic", (0, 51, 4), (0, 0, 0, 2))
    assert device.uses["msi-map"] == [Reference("its", (0, 65536), (0,))]


def test_references_name_devices_and_children_with_their_specifiers(board: Board) -> None:
    uses = board.platform.devices["mmc@7e003000"].uses
    assert uses["clocks"] == [Reference("clock@7e001000", (5,)), Reference("osc")]
    assert uses["pinctrl-0"] == [Reference("gpio@7e002000/pins")]
    assert uses["resets"] == [Reference("block@10000000/reset", (1,))]
    assert uses["memory-region"] == [Reference("reserved/firmware@50000000")]


def test_a_provider_without_its_count_of_cells_is_none(board: Board) -> None:
    assert "dmas" not in board.platform.devices["mmc@7e003000"].uses
    assert "/soc/mmc@7e003000: dmas: it leads to no node, or its cells do not add up" in losses(board)


def test_the_gpio_of_a_hog_is_a_number(board: Board) -> None:
    hog = board.platform.devices["gpio@7e002000"].children["hog"]
    assert hog.uses == {} and hog.properties["gpios"] == [7, 0]


@pytest.mark.parametrize("name", ["offset", "qcom,smem"])
def test_a_number_that_happens_to_be_a_phandle_is_a_number(name: str) -> None:
    imported = changed(("reset: reset {", f"reset: reset {{ {name} = <1>;"))
    assert 1 in imported.tree.phandles
    reset = imported.platform.devices["block@10000000"].children["reset"]
    assert reset.uses == {} and reset.properties[name] == 1


def test_what_is_left_out_is_said() -> None:
    imported = changed(('compatible = "arm,armv8-timer";', 'compatible = "arm,armv8-timer"; clock-frequency = <1>;'),
                       ("\tosc: osc {", "\tzones { cpu { trips { }; }; };\n"
                        '\topp { compatible = "operating-points-v2"; };\n\tosc: osc {'),
                       ("aliases { serial0 = &uart; };", 'aliases { serial0 = &uart; i2c7 = "/nothing"; };'))
    found = losses(imported)
    assert "/timer: clock-frequency: guests see what firmware wrote to CNTFRQ_EL0" in found
    assert "/aliases: i2c7: names of what is no device by itself; an overlay may give some" in found
    assert "/opp: operating points that no device uses" in found and "opp" not in imported.platform.devices
    assert [loss for loss in found if "neither a device" in loss] == ["/zones: neither a device nor a part of one"]


def test_properties_are_typed_by_their_bytes(board: Board) -> None:
    properties = board.platform.devices["mmc@7e003000"].properties
    assert properties["mac"] == bytes([0, 0x11, 0x22, 0x33, 0x44]) and properties["clock-names"] == ["core", "bus"]
    assert board.platform.devices["gpio@7e002000"].properties["gpio-controller"] is True


def test_status(board: Board) -> None:
    assert [device.name for device in board.platform.devices.values() if device.disabled] == ["mmc@7e003000"]


def test_dma_is_known_or_assumed(board: Board) -> None:
    assert board.reasons["mmc@7e003000"] == "memory-region" and board.platform.devices["mmc@7e003000"].dma
    assert board.reasons["gpio@7e002000"] == "assumed" and not board.platform.devices["gpio@7e002000"].dma
    assert board.reasons["part@800"] == "assumed" and board.platform.devices["part@800"].dma


def test_a_bus_makes_the_dma_of_its_devices_coherent(board: Board) -> None:
    assert board.platform.devices["mmc@7e003000"].properties["dma-coherent"] is True
    assert "dma-coherent" not in board.platform.devices["pcie@3000000"].properties


def test_the_file_says_the_same_platform(board: Board, tmp_path: Path) -> None:
    platform = reread(board, tmp_path)
    assert writer.platform_text(platform) == writer.platform_text(board.platform)


def test_importing_twice_gives_the_same_bytes(board: Board) -> None:
    assert writer.text(import_board(boards.blob(), "board")) == writer.text(board)


@pytest.mark.parametrize("data, text", [
    (b"", "does not begin with the magic number"), (b"pinion: 1\n" * 10, "does not begin with the magic number"),
    (boards.blob()[:200], "cut off"), (b"\xd0\x0d\xfe\xed" + bytes(60), "damaged"),
    (b"\xd0\x0d\xfe\xed\x00\x40\x00\x00" + bytes(4 << 20), "none above"),
])
def test_what_is_no_blob_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(BlobError, match=text):
        import_board(data, "board")


def test_a_property_that_no_tree_can_have_is_lost() -> None:
    blob = boards.blob().replace(b"\0pinctrl-0\0", b"\0pinctr\1-0\0")
    imported = import_board(blob, "board")
    assert "/soc/mmc@7e003000: property 'pinctr\\x01-0': no tree has such a name" in losses(imported)


def test_long_names_of_nodes_are_no_damage() -> None:
    changed(("reset: reset {", f"reset: {'r' * 63} {{"))
    with pytest.raises(BlobError, match="^the name of a node has 64 characters, and none above 63 is read: 'r"):
        changed(("reset: reset {", f"reset: {'r' * 64} {{"))
    with pytest.raises(BlobError, match="^the blob is damaged: a node is called 'res.t'$"):
        import_board(boards.blob().replace(b"\1reset\0", b"\1res!t\0"), "board")


# ---------------------------------------------------------------- the command line


def test_import_writes_a_file_and_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "board.dtb").write_bytes(boards.blob())
    assert main(["import", str(tmp_path / "board.dtb"), "-o", str(tmp_path / "board.yaml")]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "not carried over: /soc/i2c@7e004300: an interrupt that leads to no controller\n" in err
    assert err.splitlines()[-2].endswith("devices carried over whole (69.2 %)")
    assert main(["check", "--platform", str(tmp_path / "board.yaml")]) == 0


@pytest.mark.parametrize("pairs, said", [
    ([], "Pinion can run here, with 'hypervisor' added to the file"),
    ([('device_type = "memory"', 'device_type = "other"')],
     "Pinion can run here, with 'memory' and 'hypervisor' added to the file"),
    ([('"arm,pl011", "arm,primecell"', '"acme,uart"'), ('enable-method = "psci"', 'enable-method = "acme"')],
     "Pinion cannot run here: the board has no 'release' for cpu 1; it has no 'uart' (the console is a "
     "'acme,uart', for which there is no driver)")])
def test_import_ends_with_whether_pinion_can_run(pairs: list[tuple[str, str]], said: str, tmp_path: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    text = boards.BOARD
    for old, new in pairs:
        text = text.replace(old, new)
    (tmp_path / "board.dtb").write_bytes(boards.blob(text))
    assert main(["import", str(tmp_path / "board.dtb"), "-o", str(tmp_path / "board.yaml")]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == said
    assert main(["import", str(tmp_path / "board.dtb"), "-o", str(tmp_path / "board.yaml"), "--format", "json"]) == 0
    missing = json.loads(capsys.readouterr().out)["missing"]
    assert len(missing) == (said.count(";") + 1 if "cannot run" in said else 0)


def test_import_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "board.dtb").write_bytes(boards.blob())
    assert main(["import", str(tmp_path / "board.dtb"), "-o", str(tmp_path / "board.yaml"), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["devices"] == {"seen": 13, "whole": 9, "written": 11}
    assert {"node": "/soc/i2c@7e004300", "what": "an interrupt that leads to no controller"} in said["lost"]


def test_what_is_no_blob_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("board.dts").write_text(boards.BOARD)
    Path("cut.dtb").write_bytes(boards.blob()[:100])
    assert main(["import", "board.dts"]) == main(["import", "cut.dtb"]) == main(["import", "missing.dtb"]) == 1
    assert main(["import", "."]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "board.dts:1:1: error P110: this is no device tree blob: it does not begin with the magic number 0xd00dfeed; "
        "give the device tree blob that the board boots with",
        f"cut.dtb:1:1: error P110: the blob is cut off: it has 100 bytes of {len(boards.blob())}; "
        "give the device tree blob that the board boots with",
        "missing.dtb:1:1: error P001: cannot read 'missing.dtb': No such file or directory; correct the path",
        ".:1:1: error P110: this is not a regular file; give the device tree blob that the board boots with"]


def test_explain_says_what_a_device_takes_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "board.yaml"
    path.write_text(writer.text(import_board(boards.blob(), "board")))
    assert main(["explain", "device", "mmc@7e003000", str(path)]) == 0
    text = capsys.readouterr().out
    for line in ("  clocks: clock@7e001000 5; instead: a fixed clock, with its frequency in 'clocks' of the platform "
                 "file",
                 "  vmmc-supply: vcc; instead: a copy of it, which the VM's tree gets by itself",
                 "  block@10000000, resets of mmc@7e003000", "  osc, clocks of mmc@7e003000 (as a copy)",
                 "  GPIO gpio@7e002000 3 0: vcc", "  controller gpio@7e002000: keys, i2c@7e004200"):
        assert line in text.splitlines()
    assert main(["explain", "device", "/soc/mmc@7e003000", str(path), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["device"] == "mmc@7e003000" and said["interrupts"] == ["SPI 3 (INTID 35)"]


def test_explain_takes_a_description_or_a_platforms_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "device", "rtc", "qemu-virt"]) == 0
    (tmp_path / "vms.yaml").write_text("pinion: 1\nplatform: qemu-virt\n")
    assert main(["explain", "device", "rtc", str(tmp_path / "vms.yaml")]) == 0
    first, second = capsys.readouterr().out.split("rtc (")[1:]
    assert first == second


@pytest.mark.parametrize("arguments, status", [
    (["device", "rtcc", "qemu-virt"], 2), (["device", "rtc"], 2), (["memory", "rtc", "qemu-virt"], 2),
    (["device", "rtc", "no-such-platform"], 1)])
def test_explain_of_what_is_not_there(arguments: list[str], status: int) -> None:
    assert main(["explain", *arguments]) == status
