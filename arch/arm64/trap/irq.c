/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical interrupts that are taken to EL2, and the request word. Each exit serves one interrupt.
 * If another one is pending, it causes the next exit at once; an interrupt of the guest's own is in
 * a list register by then.
 */

#include "console/drain.h"
#include "cpu/vcpu.h"
#include "device/devices.h"
#include "entry.h"
#include "gic/gic.h"
#include "gic/interrupt_mode.h"
#include "icc.h"
#include "monitor/monitor.h"
#include "report/reports.h"
#include "speed.h"
#include "trap/psci.h"
#include "vgic/vgic.h"
#include "vm/vm.h"

/* The INTIDs that the Base System Architecture (Arm DEN0094) gives to the guest's timers. */
#define PPI_VIRTUAL_TIMER  27
#define PPI_PHYSICAL_TIMER 30

/* Reports come before the monitor's text; console_serve() then sends both. */
static void serve_console(struct vcpu *vcpu)
{
	report_lost();
	if (console_is_of(vcpu))
		monitor_serve();
	console_serve();
}

/* The requests that are not frequent: all but REQUEST_VGIC and REQUEST_POWER. */
static void serve_rest(struct vcpu *vcpu, uint32_t requests)
{
	if (requests & REQUEST_DEVICES)
		devices_serve(vcpu->vm);
	if (requests & REQUEST_CONSOLE)
		serve_console(vcpu);
	if (requests & REQUEST_VM)
		vm_serve(vcpu);
}

/* Takes the request word of `vcpu` and serves it. */
static inline void serve(struct vcpu *vcpu)
{
	/* acquire pairs with the release in vcpu_request(). The kick has been acknowledged before,
	 * so whoever sets a bit after this exchange sends a new kick. */
	uint32_t requests =
		atomic_exchange_explicit(&vcpu->shared->requests, 0, memory_order_acquire);

	if (requests & REQUEST_VGIC)
		vgic_update(vcpu);
	if (!(requests & ~(uint32_t)REQUEST_VGIC))
		return;
	/* What follows may look for an empty list register: ICH_ELRSR_EL2 has to show those that
	 * vgic_update() has just written. */
	isb();
	if (requests & ~(uint32_t)(REQUEST_VGIC | REQUEST_POWER))
		serve_rest(vcpu, requests);
	if (requests & REQUEST_POWER)
		psci_serve(vcpu);
}

static void serve_uart(struct vcpu *vcpu)
{
	vcpu_count_exit(vcpu, EXIT_UART);
	if (console_uart_interrupt())
		devices_serve(vcpu->vm);
	monitor_serve();
}

/* Serves the earlier of two deadlines. If the other one has passed as well, the timer stays pending
 * and causes the next exit. */
static void serve_timer(struct vcpu *vcpu)
{
	if (deadline_of(vcpu, DEADLINE_CONSOLE) < deadline_of(vcpu, DEADLINE_WATCHDOG)) {
		deadline_set(vcpu, DEADLINE_CONSOLE, TIMER_NEVER);
		serve_uart(vcpu);
	} else {
		vcpu_count_exit(vcpu, EXIT_WATCHDOG);
		deadline_set(vcpu, DEADLINE_WATCHDOG, TIMER_NEVER);
		devices_serve(vcpu->vm);
	}
}

HOT("timer, spinning")
void irq_handle(struct vcpu *vcpu)
{
	uint32_t iar = gic_acknowledge();
	uint32_t intid = GIC_INTID(iar); /* the same, but for an SGI of a GICv2 */

	switch (intid) {
	case GIC_KICK:
		vcpu_count_exit(vcpu, EXIT_KICK);
		gic_drop(iar);
		gic_deactivate(iar);
		serve(vcpu);
		break;
	case PPI_VIRTUAL_TIMER:
	case PPI_PHYSICAL_TIMER:
		vcpu_count_exit(vcpu, EXIT_TIMER);
		gic_drop(intid);
		vgic_hardware_interrupt(vcpu, intid);
		break;
	default:
		if (intid >= GIC_SPURIOUS)
			break; /* the interrupt was withdrawn before it was acknowledged */
		if (intid == system_config.arch.maintenance) {
			vcpu_count_exit(vcpu, EXIT_MAINTENANCE);
			gic_drop(intid);
			vgic_maintenance(vcpu);
			gic_deactivate(intid);
			break;
		}
		if (intid == system_config.arch.timer) {
			gic_drop(intid);
			serve_timer(vcpu);
			gic_deactivate(intid);
			break;
		}
		if (intid == system_config.uart.intid && !system_config.uart.owner) {
			gic_drop(intid);
			serve_uart(vcpu);
			gic_deactivate(intid);
			break;
		}
		vcpu_count_exit(vcpu, EXIT_SPI);
		gic_drop(intid);
		vgic_hardware_interrupt(vcpu, intid);
		break;
	}
}

static void take_group0(struct vcpu *vcpu)
{
	uint32_t intid = gic_acknowledge0();

	if (intid >= GIC_SPURIOUS)
		return;
	if (intid == GIC_KICK) {
		vcpu_count_exit(vcpu, EXIT_KICK);
		gic_end0(intid); /* before serve(), which may not return */
		serve(vcpu);
		return;
	}
	if (intid == system_config.arch.timer)
		serve_timer(vcpu);
	else if (intid == system_config.uart.intid)
		serve_uart(vcpu);
	gic_end0(intid);
}

void fiq_handle(struct vcpu *vcpu)
{
	if (!GIC_USES_GROUP0(vcpu->config))
		arch_panic("FIQ, though every interrupt of this pCPU is in Group 1");
	take_group0(vcpu);
}

void vcpu_wait(struct vcpu *vcpu)
{
	for (;;) {
		cpu_wait_interrupt();
		/* Both ways only EL2's own interrupts arrive: the CPU interface masks those of a
		 * guest that is off. */
		if (GIC_USES_GROUP0(vcpu->config))
			take_group0(vcpu);
		else
			irq_handle(vcpu);
	}
}

void arch_set_interrupt_line(const struct vm_config *vm, uint32_t intid, bool level)
{
	vm->arch.interrupts->set_line(vm, intid, level);
}
