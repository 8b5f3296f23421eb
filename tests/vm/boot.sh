#!/bin/bash
# tests/vm/boot.sh SUITE JOB: boots a fresh machine of that suite, in which JOB is the folder
# /job, and shows what JOB's program `job` prints. JOB/out then has output, status, journal and
# console. The status is that of the job; 124: it took longer than RIG_TIMEOUT s; 125: no result.
#
# Emulated (TCG) always: a /dev/kvm that opens may boot no stock kernel.
. "$(dirname "$0")/lib.sh"
suite=${1:?usage: boot.sh SUITE JOB}
job=${2:?usage: boot.sh SUITE JOB}
limit=${RIG_TIMEOUT:-600}
kernel=$cache/kernel-$suite
work=$(mktemp -d)
machine=
trap '[ -z "$machine" ] || kill "$machine" 2>/dev/null; rm -rf "$work"' EXIT
mkdir -p "$job/out"
: > "$job/out/output"

qemu-img create -q -f qcow2 -b "$cache/root-$suite.img" -F raw "$work/disk"
timeout -k 5 "$limit" qemu-system-x86_64 -M q35 -accel tcg,tb-size=256 -cpu qemu64 -smp 2 -m 512 \
	-nodefaults -no-user-config -display none -no-reboot -nic none \
	-kernel "$kernel/vmlinuz" -initrd "$kernel/initramfs" \
	-append "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off" \
	-drive "file=$work/disk,format=qcow2,if=none,id=root,cache=unsafe" \
	-device virtio-blk-pci,drive=root -device virtio-rng-pci \
	-fsdev "local,id=job,path=$job,security_model=none" \
	-device virtio-9p-pci,fsdev=job,mount_tag=job \
	-serial "file:$job/out/console" < /dev/null &
machine=$!
tail -q -n +1 -s 0.2 -f --pid=$machine "$job/out/output"
status=0
wait "$machine" || status=$?
machine=
if [ -s "$job/out/status" ]; then
	exit "$(cat "$job/out/status")"
fi
tail -20 "$job/out/console" >&2
[ "$status" = 124 ] || { say "$suite: no result (qemu: $status)"; exit 125; }
say "$suite: not finished within $limit s"
exit 124
