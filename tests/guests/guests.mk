# SPDX-License-Identifier: Apache-2.0
# Everything in build/guests.
#
# The bare-metal guests, the example in guests/ and those of the tests: build/guests/NAME.elf (linked at 0x40200000) and
# NAME.bin (the same with an arm64 Image header, runs anywhere). `make -f tests/guests/guests.mk` from the root builds
# them alone.

GUEST_NAMES	:= psci gic-registers gic-delivery gic-cpus gic-spi timer ipi wfi virtio traps reset hostile \
		   victim watchdog lives stubborn dying neighbour bench forwarded dma control-loop direct-lives firmware
GUEST_CC	?= $(or $(CROSS),aarch64-linux-gnu-)gcc
GUEST_OBJCOPY	?= $(or $(CROSS),aarch64-linux-gnu-)objcopy
GUEST_CFLAGS	:= -std=gnu11 -O2 -g -ffreestanding -fpie -fvisibility=hidden -march=armv8-a -mgeneral-regs-only \
		   -mstrict-align -mno-outline-atomics -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables \
		   -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
		   -Itests/guests/lib -MMD -MP
GUEST_LDFLAGS	:= -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,max-page-size=4096 -Wl,--build-id=none \
		   -Wl,--no-warn-rwx-segments
GUEST_BUILD	:= build/guests/obj

guest_lib	:= $(patsubst tests/guests/lib/%,$(GUEST_BUILD)/lib/%.o,$(wildcard tests/guests/lib/*.c tests/guests/lib/*.S))
GUEST_ELFS	:= $(GUEST_NAMES:%=build/guests/%.elf)
GUEST_BINS	:= $(GUEST_NAMES:%=build/guests/%.bin)

.PHONY: guests
guests: $(GUEST_ELFS) $(GUEST_BINS) build/guests/initrd.cpio.gz build/guests/disk.img ## everything that the tests boot

$(GUEST_BUILD)/%.c.o: tests/guests/%.c tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  GUEST   $@"
	@$(GUEST_CC) $(GUEST_CFLAGS) -c $< -o $@

$(GUEST_BUILD)/%.c.o: guests/%.c tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  GUEST   $@"
	@$(GUEST_CC) $(GUEST_CFLAGS) -c $< -o $@

$(GUEST_BUILD)/%.S.o: tests/guests/%.S tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  GUEST   $@"
	@$(GUEST_CC) $(GUEST_CFLAGS) -c $< -o $@

# A guest is one file, or a folder of them.
guest_sources = $(wildcard guests/$(1).c tests/guests/$(1).c tests/guests/$(1)/*.c)
$(foreach name,$(GUEST_NAMES),$(eval build/guests/$(name).elf: \
	$(patsubst guests/%,$(GUEST_BUILD)/%.o,$(patsubst tests/guests/%,guests/%,$(call guest_sources,$(name))))))

$(GUEST_ELFS): $(guest_lib) tests/guests/lib/guest.lds
	@echo "  GUEST   $@"
	@$(GUEST_CC) $(GUEST_LDFLAGS) -Wl,-T,tests/guests/lib/guest.lds $(filter %.o,$^) -o $@

$(GUEST_BINS): build/guests/%.bin: build/guests/%.elf
	@$(GUEST_OBJCOPY) -O binary $< $@

# U-Boot: Debian's for QEMU's virt machine, from the package u-boot-qemu.
build/guests/u-boot.bin: /usr/lib/u-boot/qemu_arm64/u-boot.bin
	@cp $< $@

# Linux: Debian's kernel as it is, and an initramfs of BusyBox, some of the kernel's modules and the tests that run in it.
initrd_tests	:= $(wildcard tests/system/initrd/tests/*.sh) build/guests/stress build/guests/phases
modules		:= $(addprefix build/guests/modules/,virtio_mmio.ko virtio_blk.ko failover.ko net_failover.ko virtio_net.ko \
		   sbsa_gwdt.ko crc16.ko crc32c_generic.ko mbcache.ko jbd2.ko ext4.ko)

build/guests/Image build/guests/busybox build/guests/dtbs $(modules) &: | tools/fetch-guests tools/debian-package
	@tools/fetch-guests

build/guests/stress build/guests/phases: build/guests/%: tests/system/initrd/tests/%.c
	@mkdir -p $(@D)
	@echo "  GUEST   $@"
	@$(GUEST_CC) -O2 -Wall -Wextra -Werror -static -s $< -o $@

# An empty ext4 of 2 MiB.
build/guests/disk.img: tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  DISK    $@"
	@rm -f $@
	@PATH=$$PATH:/usr/sbin E2FSPROGS_FAKE_TIME=1 mkfs.ext4 -q -b 1024 -U 6f0fbe2e-0d6c-4f0c-9d5e-0f4a0d0c7a51 \
		-E hash_seed=6f0fbe2e-0d6c-4f0c-9d5e-0f4a0d0c7a52,lazy_itable_init=0,lazy_journal_init=0 $@ 2M

build/guests/initrd.cpio.gz: tools/make-initrd build/guests/busybox $(wildcard tests/system/initrd/root/*) $(initrd_tests) $(modules)
	@echo "  INITRD  $@"
	@tools/make-initrd $@ build/guests/busybox $(initrd_tests) $(modules)

-include $(wildcard $(GUEST_BUILD)/*.d $(GUEST_BUILD)/*/*.d)
