# SPDX-License-Identifier: Apache-2.0
"""Recognises features that Pinion excludes by the words that people write for them, so that the
finding can name the feature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """A feature that is refused: code, message and cure of the finding."""

    code: str
    message: str
    cure: str


_ITS = Refusal("P071", "the ITS, message-signalled interrupts and PCIe are not supported yet", "remove the key")
_SMMU = Refusal("P072", "SMMUs are not supported yet", "remove the key; a device with DMA needs RAM with 'pa: same'")
_COLOUR = Refusal("P073", "cache colouring is not supported yet", "remove the key")
_NARROW = Refusal("P074", "32-bit guests are not supported", "use an arm64 guest")
_SCHEDULER = Refusal("P076", "Pinion has no scheduler", "remove it, and give each vCPU a pCPU with 'affinity'")
_SECURE = Refusal("P077", "FF-A, secure partitions and TEEs are out of scope", "remove the key")
_NESTED = Refusal("P078", "nested virtualisation is out of scope", "remove the key")
_MIGRATION = Refusal("P079", "live migration is out of scope", "remove the key")
_GIC = Refusal("P070", "the GIC of a VM is as the platform's, but for addresses in 'gic'", "remove the key")

_KEYS: dict[Refusal, str] = {
    _ITS: "its gic_its gicv3_its msi msi_parent msi_map pci pcie vpci pci_devices",
    _SMMU: "smmu smmuv3 iommu iommus stream_ids stream_id sid",
    _COLOUR: "colors colours color colour cache_colors cache_colours cache_coloring cache_colouring llc_colors "
             "llc_coloring coloring colouring",
    _NARROW: "aarch32 arm32 thumb el1_32bit",
    _SCHEDULER: "scheduler sched priority weight cap period budget timeslice time_slice quantum shares cpu_shares",
    _SECURE: "ffa ff_a tee optee op_tee secure_partitions secure_partition trusted_os",
    _NESTED: "nested nested_virt nested_virtualisation nested_virtualization el2",
    _MIGRATION: "migration live_migration migratable migrate",
    _GIC: "gicv2 gicv3 gicc gich gicv gicv2m v2m",
}
_REFUSED = {word: refusal for refusal, words in _KEYS.items() for word in words.split()}

_NARROW_WORDS = ("arm", "arm32", "aarch32", "armv7", "armv7a", "armv7-a", "armhf", "thumb", "i386", "x86", "riscv32")


def refused_key(key: str) -> Refusal | None:
    """The refusal for an unknown key. None if the key names no excluded feature."""
    return _REFUSED.get(key.lower().replace("-", "_"))


def refused_arch(word: object) -> Refusal:
    """The refusal for an architecture other than arm64."""
    if isinstance(word, str) and word.lower() in _NARROW_WORDS:
        return Refusal("P074", f"architecture '{word}': 32-bit guests and boards are not supported", "write arm64")
    return Refusal("P075", f"architecture '{word}' is not supported, Pinion runs on AArch64 only", "write arm64")
