#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything on all CPUs, once and until a line is typed.

rounds=0
while :; do
	/tests/smp 5
	rounds=$((rounds + 1))
	read -r -t 1 line && break
done
echo "# busy for $rounds rounds"
