#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything on all CPUs, until a line is typed.

rounds=0
until read -r -t 1 line; do
	/tests/smp 5
	rounds=$((rounds + 1))
done
echo "# busy for $rounds rounds"
