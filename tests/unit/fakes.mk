# SPDX-License-Identifier: Apache-2.0
# How the core's sources are built unchanged for the host; for tests/unit and tests/fuzz, which set ROOT.
#
# Headers that reach into the hardware are replaced by those of the same name in tests/unit/host or tests/unit/fake_gic:
# included first, under the same guards.

HOST_CFLAGS := -std=gnu11 -O1 -g -fno-common -fno-omit-frame-pointer -MMD -MP -Werror -Wall -Wextra -Wconversion \
	-Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wcast-align \
	-I$(ROOT)/tests/unit -I$(ROOT)/hyp -I$(ROOT)/arch/arm64
# The headers of the GIC's version, as in the Makefile.
face = $(addprefix -I$(ROOT)/arch/arm64/,$(1) v$(1))

# The host itself.
host := $(call face,gicv3) -I$(ROOT)/tests/unit/host $(addprefix -include $(ROOT)/tests/unit/host/hw/,cpu_insn.h mmio_raw.h)
host_with := tests/unit/host/host.c

# What the console of fake_uart.h stands on.
console_with := hyp/console/ring.c hyp/report/print.c hyp/report/reports.c hyp/lib/format.c hyp/cpu/vcpu.c \
	hyp/cpu/deadline.c

# The fake GIC of a version, with the virtual one on it.
fake := $(ROOT)/tests/unit/fake_gic
fake_gic = $(call face,$(1)) -I$(fake)/$(1) $(addprefix -include $(fake)/,hw/cpu_insn.h hw/mmio_raw.h)
fake_gic_with = $(patsubst $(ROOT)/%,%,$(wildcard $(addprefix $(ROOT)/arch/arm64/,vgic/*.c v$(1)/*.c gic/affinity.c) \
	$(fake)/*.c $(fake)/$(1)/*.c))

gicv3 := $(call fake_gic,gicv3) -include $(fake)/gicv3/ich.h
gicv2 := $(call fake_gic,gicv2)
gicv3_with := $(call fake_gic_with,gicv3)
gicv2_with := $(call fake_gic_with,gicv2)
