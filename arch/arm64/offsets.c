/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets and sizes of C structures for assembly. The Makefile compiles this file to assembly only
 * and turns its markers into offsets.h. */
#include <stddef.h>

#include "config.h"
#include "cpu/vcpu.h"
#include "gic/gic.h"
#include "gic/gic_regs.h"
#include "icc.h"
#include "physical.h"
#include "trap/frame.h"

#define OFFSET(name, type, member)                                                                 \
	__asm__ volatile(".ascii \"@@ " #name " %0\"" : : "i"(offsetof(type, member)))
#define SIZE(name, type) __asm__ volatile(".ascii \"@@ " #name " %0\"" : : "i"(sizeof(type)))

#define CONSTANT(name, value) __asm__ volatile(".ascii \"@@ " #name " %0\"" : : "i"(value))

void offsets(void);

void offsets(void)
{
	OFFSET(VCPU_CONFIG, struct vcpu, config);
	OFFSET(CONFIG_VM, struct vcpu_config, vm);
	OFFSET(CONFIG_STACK, struct vcpu_config, stack);
	OFFSET(CONFIG_GICR, struct vcpu_config, arch.gicr);
	OFFSET(CONFIG_MPIDR, struct vcpu_config, arch.mpidr);
	SIZE(CONFIG_SIZE, struct vcpu_config);
	OFFSET(VM_RUN_TTBR, struct vm_config, arch.run_ttbr);
	OFFSET(SYSTEM_VCPUS, struct system_config, vcpus);
	OFFSET(SYSTEM_VCPU_COUNT, struct system_config, vcpu_count);
	OFFSET(SYSTEM_TCR, struct system_config, arch.tcr);
	OFFSET(SYSTEM_BOOT_TTBR, struct system_config, arch.boot_ttbr);
	OFFSET(SYSTEM_BOOT_STACK, struct system_config, arch.boot_stack);
	OFFSET(SYSTEM_BOOT_MPIDR, struct system_config, arch.boot_mpidr);
	OFFSET(SYSTEM_CPU_START, struct system_config, arch.cpu_start);
	CONSTANT(CPU_START_ALL, CPU_START_ALL);
	CONSTANT(PRIVATE_ENABLE, PHYSICAL_PRIVATE + GIC_ISENABLER);
	CONSTANT(KICK_BIT, 1u << GIC_KICK);
	SIZE(FRAME_SIZE, struct guest_frame);
	SIZE(PANIC_FRAME_SIZE, struct panic_frame);
}
