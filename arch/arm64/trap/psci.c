/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI calls of guests. EL2 answers them all; none reaches the firmware. */
#include "trap/psci.h"

#include <stddef.h>

#include "cpu/vcpu.h"
#include "gic/affinity.h"
#include "hw/sysreg.h"
#include "speed.h"
#include "vcpu/life.h"
#include "vm/guest_ram.h"
#include "vm/vm.h"

#define POWER_LEVEL_0 0

/* Results of AFFINITY_INFO. */
#define AFFINITY_ON         0
#define AFFINITY_OFF        1
#define AFFINITY_ON_PENDING 2

bool psci_implements(uint32_t function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_OFF:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
		return true; /* these have no 64-bit form (DEN0022, section 5.1) */
	default:
		break;
	}
	switch (function & ~PSCI_SMC64) {
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_ON:
	case PSCI_AFFINITY_INFO:
		return true;
	default:
		return false;
	}
}

HOT("CPU_ON")
static int64_t cpu_on(const struct vm_config *vm, uint64_t mpidr, uint64_t entry, uint64_t context)
{
	const struct vcpu_config *target = vcpu_of_mpidr(vm, mpidr);
	uint32_t state = POWER_OFF;
	struct psci_power *power;

	if (!target)
		return PSCI_INVALID_PARAMETERS;
	if ((entry & 3) || !guest_ram_region(vm, entry))
		return PSCI_INVALID_ADDRESS;
	power = &target->state->arch.power;
	/* acquire pairs with the release in cpu_off(): the target no longer reads the entry point
	 * of its last CPU_ON. */
	if (!atomic_compare_exchange_strong_explicit(&power->state, &state, POWER_CLAIMED,
		    memory_order_acquire, memory_order_relaxed))
		return state == POWER_ON ? PSCI_ALREADY_ON : PSCI_ON_PENDING;
	power->entry = entry;
	power->context = context;
	/* release pairs with the acquire in psci_serve(), which reads entry and context */
	atomic_store_explicit(&power->state, POWER_STARTING, memory_order_release);
	vcpu_request(target, REQUEST_POWER);
	return PSCI_SUCCESS;
}

NOINLINE("PSCI_VERSION by HVC")
static int64_t affinity_info(const struct vm_config *vm, uint64_t mpidr, uint64_t level)
{
	const struct vcpu_config *target = vcpu_of_mpidr(vm, mpidr);

	if (!target || level != POWER_LEVEL_0)
		return PSCI_INVALID_PARAMETERS;
	/* acquire pairs with the release in cpu_off(): a caller that reads OFF may free what the
	 * target used. */
	switch (atomic_load_explicit(&target->state->arch.power.state, memory_order_acquire)) {
	case POWER_OFF:
		return AFFINITY_OFF;
	case POWER_ON:
		return AFFINITY_ON;
	default:
		return AFFINITY_ON_PENDING;
	}
}

static _Noreturn void cpu_off(struct vcpu *vcpu)
{
	vcpu_power_down(vcpu);
	/* release pairs with the acquire of cpu_on() and affinity_info() */
	atomic_store_explicit(&vcpu->arch.power.state, POWER_OFF, memory_order_release);
	arch_vcpu_idle(vcpu);
}

/* A function id of the PSCI range as a small number, which is cheaper to compare: 0 to 31, and 32
 * more for SMC64. */
#define CALL(function) (((function)&0x1f) | ((function) >> 25 & 0x20))

/* The calls that stop or suspend something. */
NOINLINE("PSCI_VERSION by HVC")
static int64_t ending_call(struct vcpu *vcpu, uint32_t function)
{
	switch (CALL(function)) {
	case CALL(PSCI_CPU_OFF):
		cpu_off(vcpu);
	case CALL(PSCI_SYSTEM_OFF):
		vm_stop(vcpu, VM_STOP_OFF);
	case CALL(PSCI_SYSTEM_RESET):
		vm_stop(vcpu, VM_STOP_RESET);
	case CALL(PSCI_CPU_SUSPEND):
	case CALL(PSCI_CPU_SUSPEND | PSCI_SMC64):
		/* EL2 treats every power state as standby, as PSCI allows for a power-down state,
		 * too (DEN0022, section 5.4.5). */
		vcpu_standby(vcpu);
		return PSCI_SUCCESS;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

void psci_serve(struct vcpu *vcpu)
{
	struct psci_power *power = &vcpu->arch.power;

	/* The VM's state comes first: before the VM runs, the power state may be one that its last
	 * life left. acquire pairs with the release in cpu_on(). */
	if (!vm_is_running(vcpu->vm) ||
		atomic_load_explicit(&power->state, memory_order_acquire) != POWER_STARTING)
		return;
	atomic_store_explicit(&power->state, POWER_ON, memory_order_relaxed);
	arch_vcpu_start(vcpu, power->entry, power->context);
}

/* An argument of a call: of a 32-bit call, the low half counts alone (SMCCC 1.1, section 3.1). */
static inline uint64_t argument(uint32_t function, uint64_t x)
{
	return function & PSCI_SMC64 ? x : (uint32_t)x;
}

int64_t psci_call(struct vcpu *vcpu, uint32_t function, const uint64_t *x)
{
	switch (CALL(function)) {
	case CALL(PSCI_VERSION):
		return PSCI_VERSION_1_1;
	case CALL(PSCI_CPU_ON):
	case CALL(PSCI_CPU_ON | PSCI_SMC64):
		return cpu_on(vcpu->vm, argument(function, x[1]), argument(function, x[2]),
			argument(function, x[3]));
	case CALL(PSCI_AFFINITY_INFO):
	case CALL(PSCI_AFFINITY_INFO | PSCI_SMC64):
		return affinity_info(vcpu->vm, argument(function, x[1]), argument(function, x[2]));
	case CALL(PSCI_MIGRATE_INFO_TYPE):
		return PSCI_NOT_PRESENT;
	case CALL(PSCI_FEATURES):
		/* The parameter is a 32-bit function id. To have SMCCC_VERSION (0x80000000) is to
		 * say that SMCCC is 1.1 or later. */
		return psci_implements((uint32_t)x[1]) || (uint32_t)x[1] == 0x80000000u
		               ? PSCI_SUCCESS
		               : PSCI_NOT_SUPPORTED;
	default:
		return ending_call(vcpu, function);
	}
}
