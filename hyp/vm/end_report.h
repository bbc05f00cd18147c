/* SPDX-License-Identifier: Apache-2.0 */
/* The report when a life of a VM has ended. */
#ifndef PINION_END_REPORT_H
#define PINION_END_REPORT_H

#include <stdbool.h>

#include "config.h"
#include "vm/vm_shared.h"

/*
 * Reports that a life of `vm` has ended, and why (`stop`). `again`: another life follows. `silent`
 * is false if a device of the VM could not be silenced, so that no life follows. On a pCPU of that
 * VM.
 */
void vm_report_end(const struct vm_config *vm, enum vm_stop stop, bool again, bool silent);

#endif
