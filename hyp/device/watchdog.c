/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated watchdog (Arm DEN0094, section A). */
#include "device/watchdog.h"

#include "arch.h"
#include "cpu/vcpu.h"
#include "vm/lives.h"

/* Offsets in the control frame; all registers have 32 bits. */
#define WCS      0x000u
#define WOR_LOW  0x008u
#define WOR_HIGH 0x00cu
#define WCV_LOW  0x010u
#define WCV_HIGH 0x014u
/* Offset in the refresh frame. */
#define WRR 0x1000u
/* W_IIDR in both frames. */
#define CONTROL_IIDR 0x0fccu
#define REFRESH_IIDR 0x1fccu
/* Where no register is. */
#define NOTHING 0x1ffcu

#define WCS_EN  (1u << 0)
#define WCS_WS0 (1u << 1) /* there is no WS1 to be read: with it, the VM's life has ended */

#define WOR_HIGH_BITS 0xffffu
#define IIDR          0x50010000u /* product 'P', architecture revision 1, no implementer code */

/* Brings the state up to date with the counter value `now`. */
static void advance(const struct watchdog_config *config, uint64_t now)
{
	struct watchdog *dog = config->state;

	if (!dog->enabled || now <= dog->compare)
		return;
	if (dog->signalled) {
		dog->expired = true;
	} else {
		irq_line_set(&config->irq, true);
		dog->compare = now + dog->offset;
	}
}

/* Starts the time anew and ends the first stage. */
static void refresh(const struct watchdog_config *config, uint64_t now)
{
	config->state->compare = now + config->state->offset;
	irq_line_set(&config->irq, false);
}

/*
 * Ends an access or a watchdog_serve(): acts on the new state, sets EL2's timer for it, and
 * releases the lock.
 */
static void settle(const struct watchdog_config *config)
{
	struct watchdog *dog = config->state;
	struct vcpu *vcpu = this_vcpu();
	bool counts = dog->enabled && !dog->expired && dog->compare < TIMER_NEVER - 1 &&
	              vm_is_running(config->irq.vm);
	/* The time is over when the counter is past the compare value. */
	uint64_t at = counts ? dog->compare + 1 : TIMER_NEVER;
	/*
	 * Only the pCPU of vCPU 0 can set its timer. If the timer there is set for an earlier time,
	 * that does no harm: vCPU 0 then looks at the watchdog and sets its timer anew.
	 */
	bool ask = vcpu->config->index != 0 && at < dog->armed;

	irq_line_set(&config->irq, dog->signalled); /* for irq_line.repeat */
	if (dog->expired)
		vm_end(config->irq.vm, VM_STOP_WATCHDOG);
	if (vcpu->config->index == 0) {
		dog->armed = at;
		deadline_set(vcpu, DEADLINE_WATCHDOG, at);
	}
	lock_release(&dog->lock);
	if (ask)
		vcpu_request(&config->irq.vm->vcpus[0], REQUEST_DEVICES);
}

void watchdog_serve(const void *device)
{
	const struct watchdog_config *config = device;

	lock_acquire(&config->state->lock);
	advance(config, arch_counter());
	settle(config);
}

enum mmio_result watchdog_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	const struct watchdog_config *config = device;
	struct watchdog *dog = config->state;

	(void)vcpu;
	lock_acquire(&dog->lock);
	advance(config, arch_counter());
	switch (size == 4 ? offset : NOTHING) {
	case WCS:
		*value = (dog->enabled ? WCS_EN : 0) | (dog->signalled ? WCS_WS0 : 0);
		break;
	case WOR_LOW:
		*value = (uint32_t)dog->offset;
		break;
	case WOR_HIGH:
		*value = dog->offset >> 32;
		break;
	case WCV_LOW:
		*value = (uint32_t)dog->compare;
		break;
	case WCV_HIGH:
		*value = dog->compare >> 32;
		break;
	case CONTROL_IIDR:
	case REFRESH_IIDR:
		*value = IIDR;
		break;
	default:
		*value = 0;
		break;
	}
	settle(config);
	return MMIO_DONE;
}

static uint64_t with_low(uint64_t word, uint64_t half)
{
	return (word & ~(uint64_t)UINT32_MAX) | half;
}

static uint64_t with_high(uint64_t word, uint64_t half)
{
	return (word & UINT32_MAX) | half << 32;
}

enum mmio_result watchdog_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	const struct watchdog_config *config = device;
	struct watchdog *dog = config->state;
	uint64_t now = arch_counter();

	(void)vcpu;
	lock_acquire(&dog->lock);
	advance(config, now);
	/* Once the watchdog has expired, no write helps any more. */
	switch (size == 4 && !dog->expired ? offset : NOTHING) {
	case WOR_LOW:
		dog->offset = with_low(dog->offset, value);
		refresh(config, now);
		break;
	case WOR_HIGH:
		dog->offset = with_high(dog->offset, value & WOR_HIGH_BITS);
		refresh(config, now);
		break;
	case WCV_LOW:
		dog->compare = with_low(dog->compare, value);
		break;
	case WCV_HIGH:
		dog->compare = with_high(dog->compare, value);
		break;
	case WCS:
		dog->enabled = value & WCS_EN;
		refresh(config, now);
		break;
	case WRR:
		refresh(config, now);
		break;
	default:
		break;
	}
	settle(config);
	return MMIO_DONE;
}

void watchdog_reset(const void *device)
{
	const struct watchdog_config *config = device;
	struct watchdog *dog = config->state;

	lock_acquire(&dog->lock);
	dog->enabled = dog->expired = false;
	irq_line_set(&config->irq, false);
	dog->offset = dog->compare = 0;
	dog->armed = TIMER_NEVER;
	lock_release(&dog->lock);
}
