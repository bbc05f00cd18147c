/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when a life of a VM has ended. */
#ifndef PINION_END_REPORT_H
#define PINION_END_REPORT_H

#include <stdbool.h>

#include "config.h"
#include "vm/vm_shared.h"

/*
 * Reports that a life of `vm` has ended by `stop`, and what follows: another life (`again`), or
 * none. Not `silent`: a device of it was not silenced. On a pCPU of that VM.
 */
void vm_report_end(const struct vm_config *vm, enum vm_stop stop, bool again, bool silent);

#endif
