/* SPDX-License-Identifier: Apache-2.0 */
/* What host/hw/cpu_insn.h declares. */
#include "hw/cpu_insn.h"

_Thread_local struct vcpu *host_vcpu;
_Thread_local struct host_sysregs host_sysregs;
