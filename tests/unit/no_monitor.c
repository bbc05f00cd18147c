/* SPDX-License-Identifier: Apache-2.0 */
/* For tests in which nobody opens the monitor. */
#include "console/monitor.h"

void monitor_work(void)
{
}
