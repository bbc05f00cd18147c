# SPDX-License-Identifier: Apache-2.0
"""The registry of finding codes. docs/reference.md is rendered from it. A code never changes its
meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """The meaning of a finding's code: a title, why it is a mistake, and the cure."""

    title: str
    cause: str
    cure: str


CODES: dict[str, Code] = {
    # -------------------------------------------------------------------------------- reading a
    # file
    "P001": Code("file cannot be read",
                 "An input file does not exist, is not a regular readable file, is not UTF-8 or is too large.",
                 "Correct the path, or save the file as UTF-8."),
    "P002": Code("not YAML",
                 "The file does not follow the YAML syntax: a tab in the indentation, an unbalanced bracket, a control "
                 "character.",
                 "Correct the text at the position given."),
    "P003": Code("YAML feature not accepted",
                 "Valid YAML that has no place in these files: several documents, tags, merge keys, keys that are not "
                 "plain words, nesting or aliases beyond any real need.",
                 "Write the values out."),
    "P004": Code("key written twice", "A mapping has the same key twice; one of the two would be lost.",
                 "Remove or rename one of them."),
    "P005": Code("unknown key", "The format has no such key at this place.", "Correct the spelling or remove the key."),
    "P006": Code("missing key", "A key that has no default is missing.", "Add the key."),
    "P007": Code("wrong type", "The value is of another type than the key needs.", "Write a value of the type named."),
    "P008": Code("value not accepted",
                 "The type is right, the value is not: out of range, unknown unit, not among the accepted words.",
                 "Write a value as the message says."),
    "P009": Code("format version", "The file is written for another version of the format than this generator reads.",
                 "Write `pinion: 1`, and check the file against the reference of this version."),
    # -------------------------------------------------------------------------------- memory
    "P010": Code("memory not aligned", "Stage 2 maps pages of 4 KiB: an address or a size is not a multiple of it.",
                 "Use multiples of 4 KiB; multiples of 2 MiB make better use of the TLB."),
    "P011": Code("memory of a VM overlaps itself", "Two memory regions of one VM share guest-physical addresses.",
                 "Move or shrink one of them."),
    "P012": Code("memory owned twice", "Two memory regions share physical addresses.",
                 "Move one of them, or leave out `pa` and let the generator choose."),
    "P013": Code("memory outside the board's RAM", "`pa` names addresses where the platform file has no RAM.",
                 "Choose an address inside the RAM, or leave out `pa`."),
    "P014": Code("memory overlaps the hypervisor",
                 "`pa` names addresses inside the region that the platform file keeps for the hypervisor.",
                 "Choose an address outside that region, or leave out `pa`."),
    "P015": Code("memory overlaps firmware",
                 "`pa` names addresses that the platform file reserves for firmware.",
                 "Choose an address outside the reserved region, or leave out `pa`."),
    "P016": Code("memory overlaps a device",
                 "RAM and device registers (a device, the GIC) would lie at the same address.",
                 "Move the RAM or the registers."),
    "P017": Code("address too large", "An address does not fit the address size of the board's CPUs (`pa_bits`).",
                 "Choose a lower address."),
    "P018": Code("no room for memory",
                 "No free physical memory is large enough for a memory region without `pa`.",
                 "Make the VMs smaller, or choose each `pa` yourself."),
    # -------------------------------------------------------------------------------- vCPUs
    "P020": Code("affinity does not match vcpus", "`affinity` needs exactly one pCPU per vCPU.",
                 "List as many pCPUs as `vcpus` says."),
    "P021": Code("no such pCPU", "`affinity` names a pCPU that the platform file does not have.",
                 "Name pCPUs by their index in the platform's `cpus`, from 0."),
    "P022": Code("pCPU owned twice",
                 "Two vCPUs are on one pCPU. Pinion has no scheduler, by design: each pCPU runs the one vCPU pinned to "
                 "it.",
                 "Give each vCPU a pCPU of its own."),
    "P023": Code("MPIDR list does not match vcpus", "`mpidrs` needs exactly one affinity value per vCPU.",
                 "List as many values as `vcpus` says, or leave `mpidrs` out."),
    "P024": Code("bad MPIDR", "A value has bits outside the affinity fields of MPIDR_EL1, or occurs twice.",
                 "Use distinct values with bits in 0xff00ffffff only."),
    "P025": Code("pCPU of the console",
                 "`console.pcpu` takes the UART's interrupt, and only a pCPU that a VM owns runs.",
                 "Name a pCPU that a VM owns, or leave the key out."),
    # -------------------------------------------------------------------------------- interrupts
    "P030": Code("interrupt out of range", "The number is outside what its kind, the GIC or the VM has.",
                 "Check whether SPI n (INTID 32 + n), PPI n (INTID 16 + n) or the INTID itself was meant."),
    "P031": Code("interrupt owned twice in a VM",
                 "Two devices of one VM use the same interrupt. Only devices of the board that signal by level can "
                 "share one.",
                 "Give an emulated device another interrupt."),
    "P032": Code("physical interrupt given twice", "Two VMs are given the same physical interrupt.",
                 "Give the devices that share it to one VM, or pass only one of them through."),
    "P033": Code("reserved interrupt",
                 "The interrupt belongs to the hypervisor or to the CPU itself: timers, PMU, GIC maintenance.",
                 "Use another interrupt."),
    "P034": Code("interrupt of the hypervisor's UART", "The hypervisor owns the UART and its interrupt.",
                 "Use an emulated device of kind pl011."),
    "P035": Code("interrupt of the wrong kind", "A device's interrupt is an SPI, level or edge as the device has it.",
                 "Use an interrupt of the kind named."),
    # -------------------------------------------------------------------------------- devices
    "P039": Code("device cannot be silenced",
                 "The VM restarts when it has crashed, and a device of it with DMA has no `quiesce`: it would go on "
                 "writing to the memory of the VM's next life.",
                 "Add `quiesce` to the device in the platform file, or leave out `on_crash: restart`."),
    "P040": Code("registers not aligned",
                 "A device or GIC frame is not aligned as its mapping needs; where registers are trapped, their "
                 "address and size are multiples of 8 bytes.",
                 "Use an address that is a multiple of the number named."),
    "P041": Code("registers overlap RAM", "A device's registers lie inside RAM of its VM.",
                 "Move the device or the RAM."),
    "P042": Code("registers overlap the GIC", "A device's registers lie inside the GIC that the VM sees.",
                 "Move the device, or the VM's GIC with `gic`."),
    "P043": Code("registers overlap another device", "Two devices of a VM share addresses.", "Move one of the two."),
    "P044": Code("no such device", "`device` names no device of the platform file.", "Use a device of the platform."),
    "P045": Code("device given twice", "A physical device is passed through twice.", "Pass it through once."),
    "P046": Code("device of the hypervisor", "The device is one that the hypervisor drives itself.",
                 "Use an emulated device instead, or give the VM the hypervisor's UART with `device: uart`."),
    "P047": Code("unknown kind of device", "This version has no device of that kind.", "Use one of the kinds listed."),
    "P048": Code("key without meaning here",
                 "The key belongs to another kind of device or disk or to another way to boot, or does "
                 "nothing without another key.",
                 "Remove the key."),
    "P049": Code("DMA is not confined",
                 "The device writes memory by itself, and there is no SMMU support: it addresses physical memory, "
                 "unhindered by stage 2.",
                 "Give the VM only RAM with `pa: same`, and say `dma: unconfined` if you accept the risk."),
    # -------------------------------------------------------------------------------- boot
    "P050": Code("image cannot be read", "An image named in `boot`, of a disk, or an overlay is missing or unreadable.",
                 "Build or fetch it, or correct the path."),
    "P051": Code("not an arm64 Image", "`kernel` has no header of an arm64 Linux Image.",
                 "Give the uncompressed Image, or use `binary` or `elf`."),
    "P052": Code("image does not fit", "An image does not fit into the RAM of its VM.",
                 "Give the VM more RAM or a smaller image."),
    "P053": Code("RAM base of a Linux kernel",
                 "An arm64 Linux kernel is placed relative to an address that is a multiple of 2 MiB.",
                 "Start the first memory region at a multiple of 2 MiB."),
    "P054": Code("not an AArch64 ELF executable",
                 "`elf` is not a 64-bit little-endian AArch64 executable with loadable segments, or it is damaged.",
                 "Link the guest for AArch64."),
    "P055": Code("what to boot is not clear", "`boot` needs exactly one of `kernel`, `binary` and `elf`.",
                 "Keep exactly one of the three."),
    "P056": Code("images overlap", "Two images of a VM would be loaded to the same addresses.", "Move one of them."),
    "P057": Code("bad entry point", "The entry point is not a multiple of 4 or not inside the image.",
                 "Correct `entry`."),
    "P058": Code("image too large",
                 "The hypervisor with all guest images does not fit its region of the platform file.",
                 "Enlarge `hypervisor` in the platform file, or use smaller images."),
    "P059": Code("device tree misplaced",
                 "The device tree's address is not a multiple of 8, outside the RAM, or without enough room.",
                 "Correct `dtb.address`."),
    # -------------------------------------------------------------------------------- platform file
    "P060": Code("no such platform", "No platform file of that name was found.",
                 "Use one of the names listed, or a path to a platform file."),
    "P061": Code("CPUs of the platform",
                 "The list of CPUs contradicts itself: an MPIDR twice, a boot CPU out of range.",
                 "Correct the platform file."),
    "P062": Code("memory map of the platform",
                 "RAM, GIC, UART or devices of the platform file overlap or are not aligned.",
                 "Correct the platform file."),
    "P063": Code("region of the hypervisor",
                 "The hypervisor's region must be 2 MiB-aligned, inside RAM and apart from reserved memory.",
                 "Correct `hypervisor` in the platform file."),
    "P064": Code("GIC of the platform",
                 "The GIC's frames are too small for the CPUs, or its numbers are out of range.",
                 "Correct `gic` in the platform file."),
    "P065": Code("interrupts of the platform",
                 "An interrupt of the platform file has the wrong kind, is out of range or has two owners.",
                 "Correct the platform file."),
    "P066": Code("register write of the platform",
                 "A write of `quiesce`, `poweroff` or `reset` goes to no register of its device, is not aligned, or "
                 "does not fit; or two devices have `poweroff` or `reset`.",
                 "Correct the platform file."),
    "P067": Code("reference to nothing",
                 "`uses` or `parent` of a device names a device that the platform file does not have, or an alias or a "
                 "name means two things.",
                 "Correct the name, or remove the entry."),
    "P068": Code("board without what is needed",
                 "The platform file, as `import` makes it of a board's device tree, lacks something that this use of "
                 "it needs: RAM, a region for the hypervisor, a UART that it drives, a way to start CPUs. Guest trees "
                 "and exports do without most of it.",
                 "Add the key to the platform file."),
    "P069": Code("property of a device that the generator writes itself",
                 "`properties` of a device names what `compatible`, `mmio`, `irqs` or `clocks` stand for; the node "
                 "would have it twice.",
                 "Remove it from `properties`."),
    # -------------------------------------------------------------------------------- not supported
    "P070": Code("another GIC",
                 "Pinion drives a GICv3, or a GICv2 with the Virtualization Extensions. A VM has a GIC of the version "
                 "that its board has.",
                 "Use such a board; leave out what the other version has."),
    "P071": Code("ITS and PCIe are not supported", "Pinion has no ITS, MSI or PCIe support yet.", "Remove the key."),
    "P072": Code("SMMU is not supported", "Pinion has no SMMU support yet, so DMA cannot be confined.",
                 "Remove the key; devices with DMA need RAM with `pa: same`."),
    "P073": Code("cache colouring is not supported", "Pinion does not colour caches yet.", "Remove the key."),
    "P074": Code("32-bit guests are not supported", "Guests run in AArch64 at EL1.", "Use a 64-bit guest."),
    "P075": Code("architecture not supported", "Pinion runs on AArch64 (`arm64`) only.", "Use an arm64 board."),
    "P076": Code("no scheduler", "Pinion has no scheduler, by design: each pCPU runs the one vCPU pinned to it.",
                 "Give each vCPU a pCPU of its own with `affinity`."),
    "P077": Code("secure world is not supported", "FF-A, secure partitions and TEEs are out of scope.",
                 "Remove the key."),
    "P078": Code("nested virtualisation is not supported", "Guests run at EL1; nested virtualisation is out of scope.",
                 "Remove the key."),
    "P079": Code("live migration is not supported", "VMs are static; live migration is out of scope.",
                 "Remove the key."),
    # -------------------------------------------------------------------------------- products
    "P080": Code("tool missing", "A program that the generator runs is not installed.",
                 "Install the package that the message names."),
    "P081": Code("overlay cannot be merged",
                 "An overlay of `dtb.overlays` has a syntax error, is damaged, or refers to what the VM's device tree "
                 "does not have.",
                 "Correct the overlay; without it, `python3 -m gen dts` shows the tree that it is merged into."),
    "P082": Code("overlay contradicts the VM",
                 "An overlay changes or doubles what the generator says of CPUs, memory, GIC, timer, PSCI, devices or "
                 "the command line; the guest would believe something that is not so.",
                 "Describe it in the YAML file instead."),
    "P083": Code("overlay with foreign addresses",
                 "A node of an overlay has registers where the VM has something else, or nothing, or sets memory "
                 "aside that is not free.",
                 "Move the node, or give the VM the device."),
    "P084": Code("overlay with foreign interrupt", "A node of an overlay names an interrupt that the VM does not own.",
                 "Give the VM the device that has the interrupt; check SPI n against INTID 32 + n."),
    "P085": Code("image not there yet",
                 "`dtb`, `dts` and `check --without-images` do without guest images. A device tree that is made "
                 "without the initrd does not say where that will lie.",
                 "Build or fetch the image, or correct the path."),
    "P086": Code("device tree refused", "dtc, the device tree compiler, refuses the tree of a VM.",
                 "Correct what the message names: in most cases a property of a device in the platform file."),
    "P087": Code("dt-schema complains",
                 "dt-validate finds that a guest's device tree breaks a rule of dt-schema. `check` asks it about a "
                 "tree once and keeps the answer in `~/.cache/pinion-gen`, for as long as neither of the two changes.",
                 "Correct the overlay or the properties of the device that the message names."),
    "P088": Code("dt-schema was not asked",
                 "`check` also compares the device trees with dt-schema, whose dt-validate is not installed or failed. "
                 "Everything else was checked.",
                 "Install dt-schema."),
    "P089": Code("the other kind of file", "A platform file stands where a description is wanted, or the reverse.",
                 "A description has `vms` and names a platform; `check --platform` checks a platform file."),
    # -------------------------------------------------------------------------------- sharing
    # between VMs
    "P100": Code("registers in two VMs", "Devices of two VMs have registers in common.", "Give both to one VM."),
    "P101": Code("controller in another VM",
                 "A device needs a clock, a power domain, pins, a GPIO or the like from a controller of another VM, or "
                 "it is a part of another VM's device. That VM could switch it off. The hypervisor's UART is "
                 "such a device, too: the hypervisor keeps what it needs.",
                 "Give both to one VM, or the controller to none."),
    "P102": Code("line of a controller shared",
                 "Devices of two VMs use the same clock, power domain, reset or the like. No VM has its controller, so "
                 "it stays as the firmware set it.",
                 "Nothing, if that is how it has to be; else give both devices to one VM."),
    "P103": Code("omitted from the device tree",
                 "A device refers to controllers that its VM does not have. The VM's device tree omits the properties "
                 "that do. `python3 -m gen explain device NAME FILE` says what the device needs.",
                 "State clock rates in the platform file; give the VM the controllers; or rely on what the firmware "
                 "has set up."),
    "P104": Code("disabled device", "The board's own device tree disables the device.",
                 "Remove `status` if the device is wired up and the firmware does not use it."),
    "P105": Code("UART of the platform",
                 "The keys of `uart` contradict each other: a baud rate that its clock cannot be divided to, or one "
                 "that nothing sets; a layout of registers that a UART of this kind does not have.",
                 "Correct the platform file."),
    # -------------------------------------------------------------------------------- import
    "P110": Code("not a device tree", "The input of `import` is no device tree blob, is damaged or far too large.",
                 "Give the blob (.dtb) that the board boots with; `dtc` makes one of source."),
    # -------------------------------------------------------------------------------- limits of
    # this version
    "P090": Code("second console or watchdog",
                 "A VM has at most one emulated PL011 and one watchdog in this version.", "Remove one of them."),
    "P091": Code("too many vCPUs", "The VMs have more than 64 vCPUs in all, which is what EL2 has room for.",
                 "Describe fewer vCPUs."),
    "P092": Code("too many devices",
                 "More than 1020 devices are passed through in all; EL2 has room for 1024, with the GIC, its UART, and "
                 "what switches the machine off and resets it.",
                 "Pass fewer devices through."),
    "P093": Code("what a disk holds is not clear", "A virtio-blk needs exactly one of `image` and `size`.",
                 "Name the image of the disk, or the size of an empty one."),
    "P094": Code("disk not of whole sectors", "The size of a disk is not a multiple of 512 bytes.",
                 "Use a multiple of 512; `truncate -s SIZE FILE` makes a file larger."),
    # -------------------------------------------------------------------------------- exports
    "P120": Code("registers elsewhere under the target",
                 "Under the target of an export the guest would find a device or its GIC at another address, or not as "
                 "whole pages. A warning where the target tells the guest so.",
                 "Describe the address that the target has."),
    "P121": Code("another interrupt under the target",
                 "Under the target of an export a device or timer has another interrupt, or none. A warning where the "
                 "target tells the guest so.",
                 "Describe the interrupt that the target has."),
    "P122": Code("other memory under the target",
                 "Under the target of an export the guest has its RAM at other addresses. A warning where the target "
                 "tells the guest so.",
                 "Describe the memory that the target gives."),
    "P123": Code("device that the target does not have", "The target of an export cannot give the VM such a device.",
                 "Remove the device, or use another one."),
    "P124": Code("image that the target does not start",
                 "The target of an export starts an arm64 Image with the device tree in x0, and nothing else.",
                 "Give an arm64 Image with `kernel`; any flat binary can have its header."),
    "P125": Code("other CPUs under the target",
                 "The target of an export gives the VM other MPIDRs or another model of CPU.",
                 "Leave out `mpidrs`, or accept the other model."),
    "P126": Code("target places memory", "The target of an export chooses where memory and images lie, or has no room "
                 "for them.",
                 "Nothing, where it is a warning."),
    "P127": Code("target places vCPUs", "The target of an export chooses which pCPU runs which vCPU.",
                 "Nothing; some targets can be told elsewhere."),
    "P128": Code("overlay that does not reach the guest",
                 "The target of an export writes the guest's device tree itself, so the user's overlays have no tree "
                 "to be merged into.",
                 "Leave the overlay out of what is exported."),
    "P129": Code("host's device tree",
                 "Xen wants the path of a device in the board's own device tree, which was not given, cannot be read, "
                 "or does not have the device.",
                 "Give the blob that the board boots with by `--host-tree`."),
    "P130": Code("replaced or left out by the target",
                 "The target of an export replaces something of the VM, or leaves it out. Guests are expected to "
                 "tolerate this one.",
                 "Nothing, if your guest tolerates it."),
    "P131": Code("key that the target does not know", "A key of the VM has no counterpart in the target of an export.",
                 "Nothing where it is a warning; else remove the key from what is exported."),
    "P132": Code("template of an export", "A template has a mistake, or makes files that cannot be.",
                 "Correct the template; docs/export.md lists what it is told."),
    "P133": Code("nothing checked", "The template is the user's own, for a target that nothing here knows.",
                 "Read what the template makes."),
    "P135": Code("cannot be compared", "`diff` compares two descriptions, or two device tree blobs.",
                 "Give two files of one kind."),
    # -------------------------------------------------------------------------------- direct
    # interrupts
    "P140": Code("direct interrupts beside other VMs",
                 "A VM with direct interrupts shares the machine. Its CPU interface is the hardware's own: by "
                 "ICC_EOIR1_EL1 it can end an interrupt of another VM's too early, and by ICC_AP1R0_EL1 hold off those "
                 "of the hypervisor, so that it may not be stopped while it sleeps.",
                 "Write `unconfined_interrupts: true` to accept that, or `interrupts: virtual`."),
    "P141": Code("nobody takes the UART's interrupt",
                 "The hypervisor has a console, and every pCPU that could take the interrupt of its UART, or the one "
                 "that `console.pcpu` names, belongs to a VM with direct interrupts. There it gets through only where "
                 "the GIC has one security state.",
                 "Write `security_states: 1` for `gic` in the platform file if GICD_CTLR.DS reads 1 on the board; or "
                 "leave a VM in virtual mode, and name one of its pCPUs if any; or give the UART to a VM with `kind: "
                 "passthrough, device: uart`."),
    "P142": Code("watchdog with direct interrupts",
                 "A watchdog keeps time by EL2's timer, whose interrupt gets through to a VM with direct interrupts "
                 "only where the GIC has one security state.",
                 "Write `security_states: 1` for `gic` in the platform file if GICD_CTLR.DS reads 1 on the board, or "
                 "`interrupts: virtual`."),
    "P143": Code("no unused SPI",
                 "In a VM with direct interrupts each emulated device needs an SPI of the GIC that no device of the "
                 "board has, and all are taken.",
                 "Write `interrupts: virtual`, or remove the device."),
    "P144": Code("PMR with direct interrupts",
                 "With `irqchip.gicv3_pseudo_nmi=1` Linux writes ICC_PMR_EL1 all the time, and with direct interrupts "
                 "each write is an exit.",
                 "Write `uses_pmr: true` to accept that, or remove the word from `cmdline`, or from an overlay's "
                 "`bootargs`."),
    "P145": Code("console without a UART",
                 "The hypervisor's UART is given to a VM, so nobody would see an emulated console or the monitor.",
                 "Remove the emulated PL011 or `console`, or leave the UART with the hypervisor."),
    "P151": Code("direct, but not the sole owner",
                 "A VM with direct interrupts has no exits at all only if it is the sole owner of the machine. This VM "
                 "is not, so each SGI that it sends exits. The message says why.",
                 "Remove the reason, or write `unconfined_interrupts: true` to accept the exits."),
    # -------------------------------------------------------------------------------- memory that
    # devices reach
    "P152": Code("RAM out of reach of DMA",
                 "By `dma_ranges` of the platform file the device reaches only a part of the memory by itself, because "
                 "the buses above it pass no more on. An error if it reaches none of the VM's RAM. If it reaches some, "
                 "the guest's tree says how much; Linux then copies what lies elsewhere.",
                 "Put the VM's RAM, or the part that the guest uses for DMA, where the device reaches it."),
    # -------------------------------------------------------------------------------- calls of the
    # firmware
    "P160": Code("firmware trusts the guest",
                 "EL2 passes calls of the VM on to the firmware, which cannot tell VMs from the hypervisor. It does "
                 "what it is asked: switch clocks and power of the whole machine, reset it, and read or write memory "
                 "at physical addresses.",
                 "Nothing, if the VM is as trusted as the hypervisor; else leave `firmware_calls` out, and rely on "
                 "what the firmware has set up."),
    "P161": Code("call that no VM may make",
                 "`firmware_calls` has functions that EL2 answers itself, PSCI above all, or standard ones, by which a "
                 "guest could make the firmware act on EL2 (SDEI).",
                 "Write functions of the silicon provider or of an OEM alone."),
    "P162": Code("firmware calls of two VMs",
                 "The firmware keeps one state for whoever calls, so two VMs would undo each other's work.",
                 "Let one VM call it."),
    "P163": Code("no firmware to call",
                 "On a board without PSCI by SMC EL2 issues no SMC, for any purpose: nobody may answer.",
                 "Remove `firmware_calls`."),
    "P164": Code("device needs firmware calls",
                 "The driver of a device calls the firmware, and the VM may not. It will find no firmware, and the "
                 "devices that use its clocks, resets or power do not work unless the firmware has set them up.",
                 "Add the functions to `firmware_calls`, or do without the device."),
    # -------------------------------------------------------------------------------- writing
    "P146": Code("file cannot be written", "A folder or a file of the output cannot be made.",
                 "Make room and rights for it, or name another place with `-o`."),
    # -------------------------------------------------------------------------------- what a guest
    # may not read
    "P147": Code("command line that is not ASCII",
                 "The device tree specification has ASCII strings. A guest finds the bytes of UTF-8, and may not know "
                 "what to do with them.",
                 "Write the command line in ASCII."),
    "P148": Code("disk image that is not raw",
                 "The file is in a format of its own, such as qcow2. The guest would see its bytes as they are.",
                 "Convert it: `qemu-img convert -O raw`."),
    # -------------------------------------------------------------------------------- pages,
    # controllers
    "P149": Code("page of registers shared",
                 "Devices of two VMs have registers in the same page of 4 KiB. Pinion maps that page for neither VM, "
                 "and forwards each access to the device that it is for; a hypervisor that maps pages, and nothing "
                 "else, lets each VM reach the other's device.",
                 "Nothing for Pinion; for other hypervisors give both to one VM."),
    "P150": Code("controller shared",
                 "Devices of two VMs use different lines of one controller of clocks, pins, GPIOs, power domains or "
                 "the like. Whoever drives it drives it for both, so neither VM can be given it, and it stays as the "
                 "firmware set it.",
                 "Nothing, if the firmware sets up what both need; fixed clocks in the platform file stand in for a "
                 "clock controller; else give both devices and the controller to one VM."),
}
