# SPDX-License-Identifier: Apache-2.0
"""The typed model of a system: what the board has, what the description wants, what the generator
decided.

It has three layers, each with its dataclasses. `Platform` is a platform file as written.
`Description` is a description as written, with defaults filled in. `System` is the resolved whole:
nothing in it is optional or automatic any more, and every product is rendered from it alone.

Addresses and sizes are integers in bytes. Interrupts are architectural INTIDs (0 to 1019) wrapped
in `Interrupt`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator, NamedTuple


class Position(NamedTuple):
    """A position in an input file. `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Range:
    """Half-open range of addresses [base, base + size)."""

    base: int
    size: int

    @property
    def end(self) -> int:
        """First address after the range."""
        return self.base + self.size

    def overlaps(self, other: "Range") -> bool:
        """True if the two share at least one byte."""
        return self.base < other.end and other.base < self.end

    def contains(self, other: "Range") -> bool:
        """True if every byte of `other` is in this range."""
        return self.base <= other.base and other.end <= self.end

    def __str__(self) -> str:
        return f"{self.base:#x}..{self.end - 1:#x}"


def subtract(area: Range, holes: list[Range]) -> list[Range]:
    """The parts of `area` that are outside all `holes`."""
    left = []
    at = area.base
    for hole in sorted((h for h in holes if h.overlaps(area)), key=lambda h: h.base):
        if hole.base > at:
            left.append(Range(at, hole.base - at))
        at = max(at, hole.end)
    if at < area.end:
        left.append(Range(at, area.end - at))
    return left


@dataclass(frozen=True)
class Interrupt:
    """An interrupt by its architectural number; written as {spi: n}, {ppi: n} or {intid: n}."""

    intid: int
    level: bool = True

    @property
    def kind(self) -> str:
        """'sgi', 'ppi' or 'spi' (GICv3 architecture specification, section 2.2.1)."""
        if self.intid < 16:
            return "sgi"
        return "ppi" if self.intid < 32 else "spi"

    @property
    def number(self) -> int:
        """The number within its kind, as device trees write it: SPI n is INTID 32 + n, PPI n is
        INTID 16 + n."""
        return self.intid - {"sgi": 0, "ppi": 16, "spi": 32}[self.kind]

    def __str__(self) -> str:
        return f"{self.kind.upper()} {self.number} (INTID {self.intid})"


@dataclass
class Positioned:
    """Base of everything that is read from a file. `at`: its position. `keys`: the position of each
    key. `spoiled`: the keys that violate the schema and were removed, completely or in part. Rules
    that need one of them report nothing."""

    at: Position
    keys: dict[str, Position] = field(default_factory=dict)
    spoiled: frozenset[str] = frozenset()

    def where(self, key: str) -> Position:
        """Position of a key's value. If the key was not written, position of the whole mapping."""
        return self.keys.get(key, self.at)


# ---------------------------------------------------------------- what the board has


AFFINITY_MASK = 0xFF00FFFFFF  # Aff3 to Aff0 of MPIDR_EL1
TIMERS = ("secure", "physical", "virtual", "hypervisor")  # in the order of the binding of arm,armv8-timer
MAX_ERRATA = 8  # errata of a board's timer
TIMER_INTIDS = {"virtual": 27, "physical": 30, "hypervisor": 26, "secure": 29}  # of the Base System Architecture


@dataclass
class Cpu(Positioned):
    """A physical CPU. `mpidr`: affinity fields of MPIDR_EL1. `compatible`: empty if it is the
    board's `cpu_compatible`. `cluster`: number of its cluster, if the board has several. `release`:
    the address that it polls for its entry, if it starts by a spin table."""

    mpidr: int = 0
    compatible: str = ""
    cluster: int | None = None
    release: int | None = None


@dataclass
class Psci(Positioned):
    """The function ids of a PSCI 0.1, which a board's device tree gives. 0: there is no such
    function."""

    cpu_on: int = 0
    cpu_off: int = 0


@dataclass
class Region(Positioned):
    """A named range of physical memory: RAM, memory that firmware reserves, or the hypervisor's
    own. `no_map`: of reserved memory, EL2 may not even read it."""

    name: str = ""
    range: Range = Range(0, 0)
    no_map: bool = False


# What a GIC is called in device trees if the platform file says nothing else, by version.
GIC_COMPATIBLES = {2: "arm,gic-400", 3: "arm,gic-v3", 4: "arm,gic-v3"}


@dataclass
class Gic(Positioned):
    """A GIC of version 2, 3 or 4. Each redistributor region (versions 3 and 4) holds frames of
    `stride` bytes, in the order of `Platform.cpus`. The interfaces are those of a GICv2. The ITSs
    are recorded, but Pinion does not drive them. `security_states`: 1 if GICD_CTLR.DS reads 1; if
    it is not known, 2. `compatible`: by what EL2 finds the GIC in the board's own tree."""

    version: int = 3
    compatible: str = "arm,gic-v3"
    distributor: Range = Range(0, 0)
    redistributors: list[Range] = field(default_factory=list)
    stride: int = 0x20000
    cpu_interface: Range | None = None
    hypervisor_interface: Range | None = None
    virtual_interface: Range | None = None
    its: list[Range] = field(default_factory=list)
    spis: int = 0
    list_registers: int = 4
    security_states: int = 2

    @property
    def group0(self) -> bool:
        """True if EL2 can use Group 0, because no secure world uses it."""
        return self.security_states == 1


# The device name by which a description passes the hypervisor's UART through to a VM.
UART = "uart"


@dataclass
class Uart(Positioned):
    """The UART of the hypervisor, of a kind from gen/read/uart_kinds.py. `clock` is in Hz; with 0,
    EL2 leaves the baud rate as the firmware set it. The registers begin `register_offset` into
    `mmio`; register n is n << `register_shift` further, and accessed by `access_width` bytes.
    `compatible`, `clock_names`, `properties`: what its node says, with registers and interrupt.
    `uses`, `parent`: what it depends on, as a device does. `aliases`: its names in /aliases."""

    kind: str = "pl011"
    mmio: Range = Range(0, 0)
    irq: Interrupt = Interrupt(0)
    clock: int = 0
    baud: int = 115200
    register_offset: int = 0
    register_shift: int = 0
    access_width: int = 4
    compatible: list[str] = field(default_factory=lambda: ["arm,pl011", "arm,primecell"])
    clock_names: list[str] = field(default_factory=lambda: ["uartclk", "apb_pclk"])
    properties: dict[str, Any] = field(default_factory=dict)
    uses: dict[str, list[Reference]] = field(default_factory=dict)
    parent: str = ""
    aliases: list[str] = field(default_factory=list)

    @cached_property
    def device(self) -> Device:
        """The UART as a device that can be passed through to a VM. Its node says how the registers
        lie if that differs from board to board."""
        layout = {"reg-offset": self.register_offset, "reg-shift": self.register_shift,
                  "reg-io-width": self.access_width} if self.access_width == 1 or self.register_shift else {}
        return Device(self.at, self.keys, name=UART, mmio=[self.mmio], irqs=[self.irq],
                      compatible=self.compatible, uses=self.uses, parent=self.parent, aliases=self.aliases,
                      properties={**{name: value for name, value in layout.items() if value}, **self.properties},
                      clocks={name: self.clock for name in self.clock_names} if self.clock else {})


# First words of references that do not refer to a device.
RESERVED = re.compile(r"gic|its|reserved|cpu[0-9]{1,3}")


@dataclass(frozen=True)
class Reference:
    """An entry of a property that refers to another node. `before`: the cells before the reference,
    which interrupt and MSI maps have. `device`: the device, with the path of a child if that is
    meant (`gpio/uart0-pins`). `cells`: the cells after it, which are the provider's specifier. Some
    values of `device` are special: empty for an empty entry, `gic` for the GIC, `its` for one of
    its ITSs, `reserved/NAME` for reserved memory, `cpuN` for CPU N."""

    device: str
    cells: tuple[int, ...] = ()
    before: tuple[int, ...] = ()

    @property
    def owner(self) -> str:
        """The name of the device itself, without the path of a child."""
        return self.device.partition("/")[0]

    def __str__(self) -> str:
        return " ".join([*map(str, self.before), self.device or "0", *map(str, self.cells)])


@dataclass
class RegisterWrite(Positioned):
    """A write of `value`, `size` bytes wide, at `offset` into range number `region` of a device's
    registers."""

    region: int = 0
    offset: int = 0
    size: int = 4
    value: int = 0


MAX_ALIASES = 8  # of a device
MAX_DMA_RANGES = 16


@dataclass(frozen=True)
class DmaWindow:
    """A range of addresses at which a device reaches memory. The device counts from `bus` what the
    CPUs count from `base`."""

    bus: int
    base: int
    size: int

    @property
    def range(self) -> Range:
        """The memory, at the addresses of the CPUs."""
        return Range(self.base, self.size)


@dataclass
class CallRange(Positioned):
    """Function ids of the SMC Calling Convention, `last` included."""

    first: int = 0
    last: int = 0

    @classmethod
    def of(cls, first: int, last: int) -> "CallRange":
        """A range that stands in no file."""
        return cls(Position("", 0, 0), first=first, last=last)

    def overlaps(self, other: "CallRange") -> bool:
        """True if the two have a function in common."""
        return self.first <= other.last and other.first <= self.last

    def contains(self, other: "CallRange") -> bool:
        """True if every function of `other` is in this range."""
        return self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        return f"{self.first:#x}" + (f"..{self.last:#x}" if self.last != self.first else "")


@dataclass
class DeviceNode(Positioned):
    """What a device tree node says besides registers and interrupts. `properties` are copied into
    the guest's node: str, int (one cell), list of int (cells), list of str, bytes, bool (true:
    empty property). `uses`: the properties that refer to other devices."""

    name: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    uses: dict[str, list[Reference]] = field(default_factory=dict)
    children: dict[str, DeviceNode] = field(default_factory=dict)

    def whole(self) -> Iterator[DeviceNode]:
        """The node and all nodes below it."""
        yield self
        for child in self.children.values():
            yield from child.whole()


@dataclass
class Device(DeviceNode):
    """A device of the board that can be passed through to a VM. `node`: its path in the board's own
    device tree. `parent`: the device that contains it. `disabled`: the board's tree disables it.
    `aliases`: its names in /aliases there. `dma_ranges`: the memory that it reaches by DMA; empty
    if that is all memory, at the addresses of the CPUs. `quiesce` ends what it does by itself;
    `poweroff` and `reset` are for the whole machine."""

    node: str = ""
    mmio: list[Range] = field(default_factory=list)
    irqs: list[Interrupt] = field(default_factory=list)
    dma: bool = False
    dma_ranges: list[DmaWindow] = field(default_factory=list)
    compatible: list[str] = field(default_factory=list)
    clocks: dict[str, int] = field(default_factory=dict)  # clock-names entry -> Hz, fixed clocks in the guest
    parent: str = ""
    aliases: list[str] = field(default_factory=list)
    disabled: bool = False
    quiesce: list[RegisterWrite] = field(default_factory=list)
    poweroff: list[RegisterWrite] = field(default_factory=list)
    reset: list[RegisterWrite] = field(default_factory=list)
    firmware_calls: list[CallRange] = field(default_factory=list)  # that its driver makes

    @property
    def cannot_quiesce(self) -> bool:
        """True if the device has DMA and nothing stops it."""
        return self.dma and not self.quiesce


@dataclass
class Qemu(Positioned):
    """How QEMU is started. `arguments` are passed on as they are. The generator adds CPU count,
    memory and image. `cpu`: "" if the file names none. `release`: the
    oldest major release that has the machine."""

    cpu: str = ""
    release: int = 7
    serial: int = 0
    arguments: list[str] = field(default_factory=list)


@dataclass
class Platform(Positioned):
    """A board. The timers' interrupts are PPIs. `pa_bits` is the size of the physical address
    space."""

    name: str = ""
    path: Path = Path()
    compatible: list[str] = field(default_factory=list)
    pa_bits: int = 40
    cpus: list[Cpu] = field(default_factory=list)
    cpu_compatible: str = "arm,armv8"
    cpu_start: str = "psci-smc"  # or 'spin-table', 'all'. Pinion cannot start CPUs by 'psci-hvc'
    psci: Psci | None = None  # None: with psci-smc, PSCI 0.2 or later
    hcrx: bool = True  # EL2 may write HCRX_EL2
    clean_caches: bool = False  # the firmware leaves no modified line in a cache
    boot_cpu: int = 0
    memory: list[Region] = field(default_factory=list)
    reserved: list[Region] = field(default_factory=list)
    hypervisor: Region | None = None
    gic: Gic | None = None
    # 'virtual' 27, 'physical' 30, 'hypervisor' 26, 'secure' 29
    timer: dict[str, Interrupt] = field(default_factory=dict)
    timer_errata: list[str] = field(default_factory=list)  # properties of the timer's node
    pmu: Interrupt | None = None
    maintenance: Interrupt = Interrupt(25)
    uart: Uart | None = None
    devices: dict[str, Device] = field(default_factory=dict)
    qemu: Qemu | None = None

    def ender(self, end: str) -> Device | None:
        """The device that switches the machine off (`end` is 'poweroff') or resets it ('reset')."""
        return self._enders.get(end)

    @cached_property
    def _enders(self) -> dict[str, Device]:
        """The first device that does each, found once, as rules ask for it at every device."""
        found: dict[str, Device] = {}
        for device in self.devices.values():
            for end in (end for end in ("poweroff", "reset") if getattr(device, end)):
                found.setdefault(end, device)
        return found

    def device(self, name: str) -> Device | None:
        """The device that a VM means by this name: a device of the board, or the hypervisor's own
        UART."""
        own = self.uart.device if self.uart and name == UART else None
        return self.devices.get(name) or own


# ---------------------------------------------------------------- what the description wants


@dataclass
class Memory(Positioned):
    """A memory region of a VM. If `pa` is None, the generator chooses the address. `pa: same` has
    been replaced by the value of `ipa`."""

    ipa: int = 0
    size: int = 0
    pa: int | None = None


BOOT_IMAGES = ("kernel", "binary", "elf")  # a VM starts one of these


@dataclass
class Boot(Positioned):
    """What a VM starts. Exactly one of `kernel` (arm64 Image), `binary` (flat, with `load` and
    `entry`) and `elf` is given. Paths are absolute, or relative to the working directory."""

    kernel: Path | None = None
    initrd: Path | None = None
    cmdline: str = ""
    binary: Path | None = None
    load: int | None = None
    entry: int | None = None
    elf: Path | None = None


@dataclass
class VmDevice(Positioned):
    """A device of a VM. `kind`: 'passthrough', or an emulated kind. A passed-through device is
    `device` of the platform, and its addresses and interrupts are the machine's own; `dma` is
    'unconfined' if the description accepts its DMA. An emulated device has `mmio` (base IPA, a
    multiple of 4 KiB) and `irq`. 'virtio-blk' has an `image`, whose path is resolved, or the `size`
    of an empty disk."""

    name: str = ""
    kind: str = ""
    mmio: int | None = None
    irq: Interrupt | None = None
    device: str = ""
    dma: str = ""
    image: Path | None = None
    size: int | None = None
    read_only: bool = False
    persist: bool = False
    serial: str = ""


@dataclass
class DtbOptions(Positioned):
    """Options of the guest's device tree: the user's overlays (dts source or dtbo), and the IPA of
    the tree. If `address` is None, the generator chooses it."""

    overlays: list[Path] = field(default_factory=list)
    overlay_positions: list[Position] = field(default_factory=list)
    address: int | None = None


@dataclass
class VmGic(Positioned):
    """The version and the IPAs of the GIC that the guest sees. None: as on the platform."""

    version: int | None = None
    distributor: int | None = None
    redistributors: int | None = None
    cpu_interface: int | None = None


@dataclass
class VmPsci(Positioned):
    """How the guest calls PSCI. EL2 answers both ways; this is what the guest's tree says."""

    method: str = "hvc"  # or 'smc'


@dataclass
class Vm(Positioned):
    """A VM as described. `affinity[i]` is the pCPU (index into Platform.cpus) of vCPU i.
    `mpidrs[i]` has the affinity fields of the MPIDR that vCPU i reads. If `vcpus` is spoiled, it is
    1, the least possible number. If `devices` is spoiled, a device is missing."""

    name: str = ""
    vcpus: int = 0
    affinity: list[int] = field(default_factory=list)
    affinity_positions: list[Position] = field(default_factory=list)
    mpidrs: list[int] = field(default_factory=list)
    interrupts: str = "auto"  # or 'virtual', 'direct'
    unconfined_interrupts: bool = False
    uses_pmr: bool = False
    firmware_calls: list[CallRange] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    boot: Boot | None = None
    devices: dict[str, VmDevice] = field(default_factory=dict)
    on_crash: str = "stop"  # or 'restart'
    restart_limit: int | None = None  # None: no limit
    clear: bool = False
    dtb: DtbOptions | None = None
    gic: VmGic | None = None
    psci: VmPsci | None = None


@dataclass
class ConsoleOptions(Positioned):
    """Options of the hypervisor's UART. `pcpu`: the pCPU that takes its interrupt. None: the
    generator chooses it."""

    pcpu: int | None = None


@dataclass
class Description(Positioned):
    """A description file, and the platform that it names. `platform` is None if there are errors in
    it."""

    path: Path = Path()
    version: int = 1
    platform: Platform | None = None
    vms: list[Vm] = field(default_factory=list)
    console: ConsoleOptions | None = None


# ---------------------------------------------------------------- what the generator decided


@dataclass
class RamRegion:
    """A memory region of a guest: IPAs [ipa, ipa + size) are backed by physical addresses [pa, pa +
    size). `source`: the region in the description."""

    ipa: int
    pa: int
    size: int
    source: Memory


@dataclass
class Payload:
    """A file that EL2 copies into guest RAM before the VM starts. Bytes [offset, offset +
    file_size) of `path` go to IPA `ipa`, followed by zeros up to `memory_size`. `what`: 'kernel',
    'initrd', 'dtb', 'binary', 'elf segment', 'disk'. The generator writes the device tree itself,
    so that path is relative to the build folder; its `file_size` is 0 until the tree is made, and
    its `memory_size` is the most that it may take. A disk has no `ipa`: see class Disk."""

    what: str
    path: Path
    offset: int
    file_size: int
    memory_size: int
    ipa: int


@dataclass
class Disk:
    """The contents of a virtio-blk: `size` bytes of memory at `pa`. EL2 fills them with `payload`,
    or with zeros if there is none. It does that before each life of the VM, or with `persist`
    before the first life only. A read-only disk has no `pa`: the guest reads its payload in the
    hypervisor's image."""

    size: int
    pa: int | None
    payload: Payload | None
    persist: bool
    serial: str


@dataclass
class Emulated:
    """An emulated device, of a kind from gen/facts/emulated_devices.py. `mmio` (IPA) and `irq` are
    what the guest sees. With direct interrupts, `irq` may differ from that of `source`."""

    name: str
    kind: str
    mmio: Range
    irq: Interrupt
    source: VmDevice
    disk: Disk | None = None


@dataclass
class Passed:
    """A passed-through device. The VM has each range of its registers at IPA = PA;
    gen/facts/passthrough.py says how."""

    name: str
    device: Device
    source: VmDevice


@dataclass
class SystemVm:
    """A VM with every decision taken. `vmid` counts from 1."""

    index: int
    name: str
    vmid: int
    affinity: list[int]
    mpidrs: list[int]
    ram: list[RamRegion]
    payloads: list[Payload]
    entry: int
    dtb: int  # IPA of the device tree
    cmdline: str
    initrd: Range | None  # IPA
    emulated: list[Emulated]
    passed: list[Passed]
    distributor: Range  # IPA of the emulated GIC
    redistributors: Range  # empty for a GICv2
    overlays: list[Path]
    source: Vm
    cpu_interface: Range | None = None  # of a GICv2
    interrupt_mode: str = "virtual"  # or 'direct', 'sole': gen/decide/interrupt_mode.py
    why: list[str] = field(default_factory=list)  # the reasons for the mode


@dataclass
class System:
    """The resolved system, from which every product is made."""

    name: str  # name of the description, without .yaml
    description: Description
    platform: Platform
    vms: list[SystemVm]
    inputs: list[Path] = field(default_factory=list)  # every file that was read; make needs them
