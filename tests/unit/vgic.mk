# SPDX-License-Identifier: Apache-2.0
# Host tests of the virtual GIC: `make -f tests/unit/vgic.mk` from the root. Headers that reach into the hardware are
# replaced by those of tests/unit/vgic, which come first and carry the same guards.

VGIC_HOSTCC ?= cc
VGIC_BUILD  ?= build/unit-vgic
VGIC_CFLAGS := -std=gnu11 -O1 -g -fno-common -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla \
	-include tests/unit/vgic/cpu_insn.h -include tests/unit/vgic/mmio_raw.h -include tests/unit/vgic/ich.h \
	-Itests/unit -Iarch/arm64 -Ihyp $(VGIC_EXTRA)
VGIC_CODE   := $(wildcard arch/arm64/vgic*.c)
VGIC_FAKE   := $(wildcard tests/unit/vgic/*.c)
VGIC_TESTS  := $(patsubst tests/unit/%.c,$(VGIC_BUILD)/%,$(wildcard tests/unit/test_vgic*.c))

.PHONY: vgic-tests
vgic-tests: $(VGIC_TESTS)
	@for test in $^; do $$test || exit 1; done

$(VGIC_BUILD)/%: tests/unit/%.c $(VGIC_CODE) $(VGIC_FAKE) $(wildcard arch/arm64/*.h hyp/*.h tests/unit/vgic/*.h)
	@mkdir -p $(@D)
	$(VGIC_HOSTCC) $(VGIC_CFLAGS) -o $@ $< $(VGIC_CODE) $(VGIC_FAKE) -lcmocka
