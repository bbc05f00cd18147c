#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second half of the disk becomes a copy of the first: whoever made the disk looks at both, and at the checksum.

half=$(($(cat /sys/block/vda/size) / 2))
echo "# disk: $(dd if=/dev/vda bs=512 count=$half 2>/dev/null | md5sum)"
dd if=/dev/vda of=/dev/vda bs=512 count=$half seek=$half conv=notrunc,fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
if [ "$(dd if=/dev/vda bs=512 skip=$half 2>/dev/null | md5sum)" = "$(dd if=/dev/vda bs=512 count=$half 2>/dev/null | md5sum)" ]; then
	echo "ok - the disk reads as it was written"
else
	echo "not ok - the disk reads as it was written"
fi
grep virtio /proc/interrupts | sed 's/^/# /'
