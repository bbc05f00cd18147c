#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the kernel says when a CPU, a timer or an interrupt was lost.

if dmesg | grep -E 'stall|lockup|hung task|blocked for more|BUG:|WARNING:|Call trace|Unexpected|nobody cared|Spurious|missed'; then
	echo "not ok - the kernel has nothing to complain about"
else
	echo "ok - the kernel has nothing to complain about"
fi
