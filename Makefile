# SPDX-License-Identifier: Apache-2.0
# `make help` lists what there is.

CONFIG   ?= linux-smp4.yaml
QEMU     ?= qemu-system-aarch64
QEMU_ARGS ?=
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
comma := ,

deps: ## install what is missing (Debian 12, as root)
	@tools/deps

deps-run: ## install only what `make run` needs
	@tools/deps run

# `make deps-run run`: what has just been installed is looked for by a make of its own.
FIRST := $(filter deps deps-run,$(MAKECMDGOALS))
LATER := $(filter-out $(FIRST),$(MAKECMDGOALS))
.PHONY: deps deps-run $(if $(FIRST),$(LATER))
ifneq ($(and $(FIRST),$(LATER)),)
$(LATER): $(FIRST)
	@$(MAKE) --no-print-directory $@
else # all that follows

# A description is a path, or a name in vm-configs/, with its ending or without.
CONFIG_FILE  := $(firstword $(foreach file,$(CONFIG) $(CONFIG).yaml vm-configs/$(CONFIG) vm-configs/$(CONFIG).yaml,\
	$(if $(wildcard $(file)/.),,$(wildcard $(file)))))
DESCRIPTIONS := $(basename $(notdir $(wildcard vm-configs/*.yaml)))
NAME         := $(basename $(notdir $(CONFIG_FILE)))
B            := build/$(NAME)

# ---------------------------------------------------------------- toolchain

ifeq ($(LLVM),)
TOOLCHAIN := gcc
CROSS     ?= aarch64-linux-gnu-
CC        := $(CROSS)gcc
LD        := $(CROSS)ld
AR        := $(CROSS)ar
OBJCOPY   := $(CROSS)objcopy
SIZE      := $(CROSS)size
else
TOOLCHAIN := clang
CC        := clang --target=aarch64-linux-gnu
LD        := ld.lld
AR        := llvm-ar
OBJCOPY   := llvm-objcopy
SIZE      := llvm-size
endif
O := build/obj-$(TOOLCHAIN)

WARNINGS := -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Wcast-align -Wformat=2
# -mgeneral-regs-only: EL2 never touches the guest's FP and SIMD registers. -ffixed-x18: nor its x18 (see frame.h).
# -mstrict-align: the boot code runs with the MMU off.
CFLAGS := -std=gnu11 -Os -g -ffreestanding -fno-pic -fno-common -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fstack-protector-strong -fno-strict-aliasing \
	-march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics -ffixed-x18 -mbranch-protection=none \
	-mfix-cortex-a53-835769 \
	$(WARNINGS) -Ihyp -Iarch/arm64
LDFLAGS := -nostdlib -static --gc-sections --fatal-warnings -z noexecstack -z max-page-size=4096 --no-dynamic-linker \
	--fix-cortex-a53-843419

# ---------------------------------------------------------------- the core: the same objects for every description

# It is compiled for each version of the GIC: what the versions do not share is in folders of their own, some of it in
# headers of the same names.
GICS := gicv3 gicv2
alone_gicv3 := gicv3 vgicv3 direct
alone_gicv2 := gicv2 vgicv2 sole
LIBFDT := build/deps/libfdt.a

.PHONY: all
all: $(B)/boot.stamp ## build/<config>/pinion.bin, and boot/ for the board; what make does without a target

# 1: the version
define CORE
not_$(1) := $$(patsubst %,arch/arm64/%/%,$$(filter-out $$(alone_$(1)),$$(foreach gic,$$(GICS),$$(alone_$$(gic)))))
objects_$(1) := $$(patsubst %,$(O)/$(1)/%.o,$$(basename $$(filter-out $$(not_$(1)),\
	$$(wildcard hyp/*/*.c arch/arm64/*/*.c arch/arm64/*/*.S))))
face_$(1) := -Iarch/arm64/$(1) -Iarch/arm64/v$(1)

$(O)/$(1)/offsets.h: arch/arm64/offsets.c
	@mkdir -p $$(@D)
	@$$(CC) $$(CFLAGS) $$(face_$(1)) -MMD -MP -MF $$(@:.h=.d) -MT $$@ -S -o $$(@:.h=.s) $$<
	@sed -n 's/.*@@ \([A-Z_]*\) [\#$$$$]*\([0-9]*\).*/\#define \1 \2/p' $$(@:.h=.s) > $$@

$(O)/$(1)/%.o: %.c Makefile
	@mkdir -p $$(@D)
	@echo "  CC      $$<$(if $(filter-out gicv3,$(1)), ($(1)))"
	@$$(CC) $$(CFLAGS) $$(face_$(1)) -MMD -MP -c -o $$@ $$<

$(O)/$(1)/%.o: %.S $(O)/$(1)/offsets.h
	@mkdir -p $$(@D)
	@echo "  AS      $$<$(if $(filter-out gicv3,$(1)), ($(1)))"
	@$$(CC) $$(CFLAGS) -I$(O)/$(1) -MMD -MP -c -o $$@ $$<

$(O)/$(1)/libpinion.a: $$(objects_$(1))
	@rm -f $$@
	@$$(AR) rcs $$@ $$^

-include $$(objects_$(1):.o=.d) $(O)/$(1)/offsets.d
endef
$(foreach gic,$(GICS),$(eval $(call CORE,$(gic))))

# ---------------------------------------------------------------- one description

# Guest files that are made here, as far as this description names them.
GUESTS := $(if $(CONFIG_FILE),$(sort $(shell grep -ohE 'build/guests/[A-Za-z0-9_./-]+' $(CONFIG_FILE))))
PRODUCTS := $(addprefix $(B)/,tables.c payload.S layout.lds config.h gic qemu.args system.json boot/boot.cmd)

# A file that holds one word, written when the word has changed.
define HOLDS
$(1): $(if $(filter-out $(file <$(1)),$(2)),FORCE)
	@mkdir -p $$(@D) && echo $(2) > $$@
endef

# Regenerates when another file of the same name was built here last.
$(eval $(call HOLDS,$(B)/source,$(CONFIG_FILE)))

$(B)/gen.stamp: $(GUESTS) $(CONFIG_FILE) $(B)/source
	@mkdir -p $(B)
	@echo "  GEN     $(CONFIG_FILE)"
	@$(PYTHON) -m gen build $(CONFIG_FILE) -o $(B)

# What the generator writes is looked at after it. A product that has not changed stays older than the stamp, which `make
# -n` would take for a reason to make it anew.
STAMP := $(if $(findstring n,$(firstword -$(MAKEFLAGS))),|) $(B)/gen.stamp
$(PRODUCTS): $(STAMP) ;
$(B)/%.dtb: $(STAMP) ;

build/guests/%:
	@echo "$@ is missing, and nothing here makes it: 'make guests' makes the guests that there are" >&2; exit 1

# The version of the GIC, as the generator told it when it ran last, and as it tells it now.
GIC      := $(file <$(B)/gic)
GIC_NOW   = $$(cat $(B)/gic)

$(B)/tables.o: $(B)/tables.c $(B)/gic
	@echo "  CC      $<"
	@$(CC) $(CFLAGS) -Iarch/arm64/$(GIC_NOW) -Iarch/arm64/v$(GIC_NOW) -MMD -MP -I$(B) -c -o $@ $<

$(B)/payload.o: $(B)/payload.S
	@echo "  AS      $<"
	@$(CC) $(CFLAGS) -MMD -MP -I$(B) -c -o $@ $<

# Relinks when the other toolchain built it last.
$(eval $(call HOLDS,$(B)/toolchain,$(TOOLCHAIN)))

# Another hypervisor, for the tests of exports: Debian's Xen.
build/deps/xen:
	@tools/debian-package $@-package xen-hypervisor-4.17-arm64
	@mv $@-package/boot/xen-4.17-arm64 $@ && touch $@ && rm -rf $@-package

# The core is built here if the generator has told for which GIC only after this make had begun.
$(B)/pinion.elf: $(B)/tables.o $(B)/payload.o $(B)/layout.lds $(if $(GIC),$(O)/$(GIC)/libpinion.a) $(B)/toolchain | $(LIBFDT)
	@[ "$(GIC_NOW)" = "$(GIC)" ] || $(MAKE) -s --no-print-directory $(O)/$(GIC_NOW)/libpinion.a
	@echo "  LD      $@"
	@$(LD) $(LDFLAGS) -T $(B)/layout.lds -Map $(B)/pinion.map -o $@ \
		--undefined=_start $(B)/tables.o $(B)/payload.o $(O)/$(GIC_NOW)/libpinion.a $(LIBFDT)

$(B)/pinion.bin: $(B)/pinion.elf
	@$(OBJCOPY) -O binary $< $@
	@echo "  $@: $$(stat -c %s $@) bytes"

# What the board's loader needs: the image, under the name that it looks for, and U-Boot's script beside the generator's
# files.
$(B)/boot.stamp: $(B)/pinion.bin $(B)/boot/boot.cmd
	@tools/fill-boot-folder $(B)
	@touch $@

# ---------------------------------------------------------------- guests

include tests/guests/guests.mk

# ---------------------------------------------------------------- what has to be there

# The platform file of the description, as far as a line of its own names it, and whether QEMU has no such board.
PLATFORM      = $(shell sed -n 's/^platform: *\([^ \#]*\).*/\1/p' $(CONFIG_FILE))
PLATFORM_FILE = $(firstword $(wildcard $(foreach folder,$(dir $(CONFIG_FILE)) vm-configs/,\
	$(addprefix $(folder),$(filter %.yaml,$(PLATFORM)) platforms/$(PLATFORM).yaml))))
NO_QEMU       = $(if $(PLATFORM_FILE),$(shell grep -q '^qemu:' $(PLATFORM_FILE) || echo yes))

# What goals need, in the words of tools/need. One that is not listed here, or a file, needs what `all` needs.
MISSING_GUESTS := $(filter-out $(wildcard $(GUESTS)),$(GUESTS))
needs_core     := core $(TOOLCHAIN) into:$(O)
needs_dtb      := gen into:$(B)
needs_all      := $(needs_core) $(needs_dtb) link $(if $(MISSING_GUESTS),gcc) $(notdir $(MISSING_GUESTS))
needs_run       = $(needs_all) $(if $(NO_QEMU),,qemu)
needs_debug     = $(needs_run)
needs_guests   := gcc Image initrd.cpio.gz disk.img into:build/guests
$(foreach goal,test test-quick test-long test-mode fuzz bench bench-diff pictures,$(eval needs_$(goal) := everything into:build))
$(foreach goal,run-linux run-linux-smp run-multi-vm clean help,$(eval needs_$(goal) := nothing))
NEEDS := $(sort $(foreach goal,$(or $(MAKECMDGOALS),all),$(or $(needs_$(goal)),$(needs_all))))

ifneq ($(filter gen,$(NEEDS)),)
ifeq ($(CONFIG_FILE),)
$(error $(if $(CONFIG),CONFIG=$(CONFIG): there is no such file$(comma) here or in vm-configs/,CONFIG= names no \
	description): $(DESCRIPTIONS))
endif
endif

override PYTHON := $(shell GCC='$(firstword $(if $(LLVM),$(GUEST_CC),$(CC)))' QEMU='$(firstword $(QEMU))' \
	PYTHON='$(PYTHON)' tools/need $(NEEDS))
ifneq ($(.SHELLSTATUS),0)
$(error nothing was downloaded or built)
endif

# ---------------------------------------------------------------- use

if_qemu  = if [ -s $(B)/qemu.args ]; then
else_say = else echo "QEMU has no such board."; echo; cat $(B)/boot/README; echo; echo "All of it is in $(B)/boot."; fi
RUN = env QEMU='$(QEMU)' $(PYTHON) tools/run-qemu $(B) $(QEMU_ARGS)

.PHONY: run run-linux run-linux-smp run-multi-vm debug dtb clean help FORCE
FORCE:

run: all ## build and start in QEMU on this terminal (leave: poweroff, or C-a x)
	@$(if_qemu) exec $(RUN); $(else_say)

run-linux: ## Debian's Linux on one CPU
	@$(MAKE) --no-print-directory run CONFIG=linux-up.yaml

run-linux-smp: ## Debian's Linux on four CPUs
	@$(MAKE) --no-print-directory run CONFIG=linux-smp4.yaml

run-multi-vm: ## two Linux VMs of two CPUs each
	@$(MAKE) --no-print-directory run CONFIG=linux-2x2.yaml

debug: all ## start QEMU waiting for gdb, and say what to type
	@$(if_qemu) echo "In another terminal: gdb-multiarch -ex 'target remote :1234' $(B)/pinion.elf"; \
		exec $(RUN) -S -s; $(else_say)

# Not where the build has its own, which say where the initrd lies.
dtb: ## the guests' device trees alone, without guest images: build/<config>/trees/<vm>.dtb
	@mkdir -p $(B)/trees
	@$(PYTHON) -m gen dtb $(CONFIG_FILE) -o $(B)/trees
	@ls $(B)/trees/*.dtb

# They are committed, as README.md shows them where nothing has been built; tests compare them with what this makes.
.PHONY: pictures
pictures: all ## draw the pictures of README.md anew
	@$(PYTHON) tools/record-terminal record docs/pictures/boot.txt
	@$(PYTHON) tools/record-terminal draw docs/pictures/boot.txt docs/pictures/boot.svg
	@$(PYTHON) tools/draw-map docs/pictures/map.svg

.PHONY: core test test-quick test-long test-mode fuzz bench bench-diff
core: $(GICS:%=$(O)/%/libpinion.a)

# SEED=N draws another sample of the long tests; see docs/contributing.md.
test: ## everything, long tests in a sample: linters, host tests, generator, QEMU
	@$(PYTHON) tests/run $(SAMPLE)

test-quick: ## without QEMU, fuzzing and slow tests of the generator: under a minute
	@$(PYTHON) tests/run --quick $(SAMPLE)

test-long: ## everything at full length: an hour
	@$(PYTHON) tests/run --long $(SAMPLE)

SAMPLE = $(if $(SEED),--seed $(SEED))

# CPU: cortex-a53, cortex-a57, max, and each with -secure; INTERRUPTS: direct, sole, or nothing for what each test says.
test-mode: ## the system tests on CPU=, with INTERRUPTS=, rather than on what each of them says
	@$(PYTHON) -m pytest -q -n 2 --long tests/system $(if $(CPU),--cpu $(CPU)) \
		$(if $(INTERRUPTS),--interrupts $(INTERRUPTS))

# Goes on from what earlier runs have found in build/fuzz/corpus.
fuzz: ## fuzz each target for FUZZ_SECONDS (600), from another seed each time
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} FUZZ_SEED=$${FUZZ_SEED:-0} $(PYTHON) tests/fuzz/run

# QEMU loads it. A new one replaces the old at once, as it may be in use.
build/bench/el2count.so: tests/bench/el2count.c
	@mkdir -p $(@D)
	@echo "  PLUGIN  $@"
	@cc -O2 -Wall -Wextra -Werror -shared -fPIC -o $@.new $< && mv $@.new $@

# BENCH_ARGS=--quick, or --only operations: see tests/bench/bench.py.
bench: ## count EL2's instructions per operation: a table, build/bench/bench.json and bench.svg
	@$(PYTHON) tests/bench/bench.py $(BENCH_ARGS)

bench-diff: ## what changed since BASE (a git revision, or the bench.json of an earlier `make bench`), by function
	@$(PYTHON) tests/bench/diff.py $(BASE)

clean: ## remove what was built, but for build/guests and build/deps
	@find build -mindepth 1 -maxdepth 1 ! -name guests ! -name deps -exec rm -rf {} + 2>/dev/null || true

help: ## this list
	@echo "make [CONFIG=name|path] [LLVM=1] [B=folder] [O=folder] [target]"
	@echo "  CONFIG: a file, or one of vm-configs/: $(DESCRIPTIONS)"
	@echo "  B, O: where the description's products (build/<config>) and the core's objects go"
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile tests/guests/guests.mk | expand -t 20

-include $(B)/tables.d $(B)/payload.d $(B)/gen.d

endif
