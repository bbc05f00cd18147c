#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything on all CPUs, for pinion.seconds=N or a minute.

seconds=$(sed -n 's/.*\<pinion\.seconds=\([0-9]*\).*/\1/p' /proc/cmdline)
/tests/smp "${seconds:-60}"
