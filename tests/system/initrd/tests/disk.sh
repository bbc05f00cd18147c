#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All CPUs write files on the first disk, an ext4, and their own parts of the second disk, read them back from the disk
# and compare, side by side. Afterwards the file system is mounted anew and checked once more, and each CPU is given the
# second disk's interrupt. pinion.rounds=N says how often each CPU writes; 3 times unless given.

rounds=$(sed -n 's/.*\<pinion\.rounds=\([0-9]*\).*/\1/p' /proc/cmdline)
rounds=${rounds:-3}
mkdir -p /mnt
mount -t ext4 /dev/vda /mnt || echo "not ok - ext4 is mounted"

# Nothing but the disk knows what was written.
forget()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

work()
{
	cpu=$1
	round=0
	while [ "$round" -lt "$rounds" ]; do
		dd if=/dev/urandom of="/tmp/file$cpu" bs=1000 count=70 2>/dev/null
		dd if=/dev/urandom of="/tmp/part$cpu" bs=64k count=8 2>/dev/null
		cp "/tmp/file$cpu" "/mnt/file$cpu"
		dd if="/tmp/part$cpu" of=/dev/vdb bs=64k seek=$((cpu * 8)) conv=notrunc,fsync 2>/dev/null
		forget
		cmp "/tmp/file$cpu" "/mnt/file$cpu" || break
		dd if=/dev/vdb bs=64k skip=$((cpu * 8)) count=8 2>/dev/null | cmp - "/tmp/part$cpu" || break
		round=$((round + 1))
	done
	if [ "$round" -eq "$rounds" ]; then
		echo "ok - CPU $cpu: what it wrote is on both disks"
	else
		echo "not ok - CPU $cpu: what it wrote is on both disks"
	fi
}

cpus=$(nproc)
cpu=0
while [ "$cpu" -lt "$cpus" ]; do
	(
		taskset -p "$(printf %x $((1 << cpu)))" "$(exec sh -c 'echo $PPID')" >/dev/null
		work "$cpu"
	) &
	cpu=$((cpu + 1))
done
wait
umount /mnt
mount -t ext4 /dev/vda /mnt
cpu=0
while [ "$cpu" -lt "$cpus" ]; do
	if cmp "/tmp/file$cpu" "/mnt/file$cpu"; then
		echo "ok - CPU $cpu: its file is there after mounting anew"
	else
		echo "not ok - CPU $cpu: its file is there after mounting anew"
	fi
	cpu=$((cpu + 1))
done
umount /mnt
if dmesg | grep -E 'I/O error|EXT4-fs (error|warning)'; then
	echo "not ok - no error of the disks"
else
	echo "ok - no error of the disks"
fi

# Interrupts of the second disk so far at CPU $cpu.
interrupts()
{
	awk -v column="$((cpu + 2))" '/virtio1/ { print $column }' /proc/interrupts
}

irq=$(awk '/virtio1/ { print $1 + 0 }' /proc/interrupts)
cpu=0
while [ "$cpu" -lt "$cpus" ]; do
	printf %x $((1 << cpu)) >"/proc/irq/$irq/smp_affinity"
	before=$(interrupts)
	echo 3 >/proc/sys/vm/drop_caches
	dd if=/dev/vdb of=/dev/null bs=64k count=8 2>/dev/null
	if [ "$(interrupts)" -gt "$before" ]; then
		echo "ok - CPU $cpu takes the disk's interrupt"
	else
		echo "not ok - CPU $cpu takes the disk's interrupt"
	fi
	cpu=$((cpu + 1))
done
/tests/complaints
