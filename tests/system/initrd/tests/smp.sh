#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All CPUs are there, and under load each of them takes timer interrupts and IPIs, however long a busy host needs for that.
#
# usage: smp [SECONDS]	at least; 1 unless given

cpus=$(nproc)
echo "# nproc says $cpus"

# One line per CPU: its timer interrupts, its IPIs.
sample()
{
	awk -v n="$cpus" '
		/arch_timer/ { for (i = 0; i < n; i++) timer[i] += $(i + 2) }
		/^ *IPI/ { for (i = 0; i < n; i++) ipi[i] += $(i + 2) }
		END { for (i = 0; i < n; i++) print timer[i] + 0, ipi[i] + 0 }' /proc/interrupts
}

compare()
{
	sample >/tmp/after
	paste /tmp/before /tmp/after | awk -v n="$cpus" '
		{
			timer = $3 - $1; ipi = $4 - $2; cpu = NR - 1
			printf "# CPU %d: %d timer interrupts, %d IPIs\n", cpu, timer, ipi
			print (timer > 20 ? "ok" : "not ok") " - CPU " cpu " takes timer interrupts"
			if (n > 1)
				print (ipi > 20 ? "ok" : "not ok") " - CPU " cpu " takes IPIs"
		}' >/tmp/results
	! grep -q '^not ok' /tmp/results
}

sample >/tmp/before
/tests/stress "${1:-1}"
rounds=0
until compare || [ "$rounds" -eq 60 ]; do
	sleep 1
	/tests/stress 1 >/dev/null
	rounds=$((rounds + 1))
done
cat /tmp/results
/tests/complaints
