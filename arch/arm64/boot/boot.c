/* SPDX-License-Identifier: Apache-2.0 */
/* The boot CPU: checks the machine, sets up what all pCPUs share, and starts the other pCPUs. */
#include <stddef.h>

#include "boot/gic_check.h"
#include "boot/platform_check.h"
#include "config.h"
#include "console/drain.h"
#include "console/input.h"
#include "entry.h"
#include "gic/gic.h"
#include "hw/cache.h"
#include "hw/cpu_insn.h"
#include "hw/smc.h"
#include "hw/sysreg.h"
#include "report/print.h"
#include "sections.h"
#include "trap/psci.h"
#include "vm/lives.h"

uint32_t cpu_release SHARED;

/* Writes the entry to the word that the pCPU of `vcpu` polls, with its caches off. Other pCPUs may
 * poll the same word: each finds its vCPU by its affinity. */
static bool release_cpu(const struct vcpu_config *vcpu)
{
	volatile uint64_t *release = (volatile uint64_t *)vcpu->arch.release;

	dsb_sy(); /* before the release: the life words, which those CPUs read first */
	*release = (uint64_t)released_entry;
	cache_clean_invalidate((uint64_t)release, sizeof(*release));
	cpu_send_event();
	return true;
}

/* Has the pCPU of `vcpu` started. False: it does not start, and the console says so. */
static bool start_cpu(const struct vcpu_config *vcpu)
{
	int32_t error;

	if (system_config.arch.cpu_start == CPU_START_SPIN_TABLE)
		return release_cpu(vcpu);
	error = (int32_t)smc_call(system_config.arch.firmware.cpu_on, vcpu->arch.mpidr,
		(uint64_t)secondary_entry, (uint64_t)vcpu);
	if (error)
		print("pCPU %u (affinity %lx) does not start: PSCI error %d\n", vcpu->pcpu,
			vcpu->arch.mpidr, error);
	return error == PSCI_SUCCESS;
}

/*
 * Starts the pCPUs of a VM, except this CPU. vCPU 0, which starts the VM, comes last, and only if
 * all others came up. Returns the vCPU of this CPU, or NULL if the VM does not use it. Returns it
 * even if the VM cannot start, as this CPU may be the one that takes the UART's interrupt.
 */
static const struct vcpu_config *start_vm(const struct vm_config *vm, uint64_t self)
{
	const struct vcpu_config *mine = NULL;
	bool all = true;

	for (uint32_t i = vm->vcpu_count; i-- > 0;) {
		const struct vcpu_config *vcpu = &vm->vcpus[i];

		if (vcpu->arch.mpidr == self) {
			mine = vcpu;
		} else if (all && !start_cpu(vcpu)) {
			print("%s: not started\n", vm->name);
			vm_is_absent(vm);
			all = false;
		}
	}
	return mine;
}

/* Starts the pCPUs of all VMs. Returns this CPU's vCPU, or NULL if no VM uses this CPU. */
static const struct vcpu_config *start_others(void)
{
	uint64_t self = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
	const struct vcpu_config *mine = NULL;

	if (system_config.arch.cpu_start == CPU_START_ALL) {
		dsb_sy(); /* before the release: the life words, which those CPUs read first */
		cpu_release = 1;
		cache_clean_invalidate((uint64_t)&cpu_release, sizeof(cpu_release));
		cpu_send_event();
		for (uint32_t i = 0; i < system_config.vcpu_count; i++)
			if (system_config.vcpus[i].arch.mpidr == self)
				mine = &system_config.vcpus[i];
		return mine;
	}
	for (uint32_t i = 0; i < system_config.vm_count; i++) {
		const struct vcpu_config *vcpu = start_vm(&system_config.vms[i], self);

		mine = vcpu ? vcpu : mine;
	}
	return mine;
}

void boot_main(const void *fdt)
{
	const struct vcpu_config *mine;

	console_init();
	print("%s\n", system_config.banner);
	if (!platform_check(fdt)) {
		print("This is not the machine that the description was built for; nothing was started.\n");
		cpu_stop();
	}
	gic_check_ready(gic_init());
	if (!system_config.uart.owner) {
		print("Input goes to %s; Ctrl-] and a digit: to that VM; Ctrl-] m: the monitor\n",
			system_config.vms[input_selected()].name);
		gic_enable_spi(
			system_config.uart.intid, &system_config.vcpus[system_config.uart.vcpu]);
	}
	vm_expect_all();
	mine = start_others();
	if (mine)
		cpu_enter(mine);
	if (system_config.arch.firmware.cpu_off)
		smc_call(system_config.arch.firmware.cpu_off, 0, 0, 0);
	cpu_stop();
}
