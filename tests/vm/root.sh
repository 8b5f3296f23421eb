#!/bin/bash
# tests/vm/root.sh SUITE: the disk of a small Debian of that suite, with systemd as PID 1, a
# broker, pytest, and what the daemon needs to run. It is never written to: each machine
# works on a layer of its own.
#
# Result: $cache/root-SUITE.img
. "$(dirname "$0")/lib.sh"
suite=${1:?usage: root.sh SUITE}
image=$cache/root-$suite.img
release=$(cat "$cache/kernel-$suite/release")

packages=systemd-sysv,udev,dbus,kmod,mosquitto,libmodbus5,libjansson4,libsqlite3-0
packages+=,python3-pytest,python3-paho-mqtt
case $suite in
bookworm) packages+=,libconfig9,libgpiod2 ;; # libgpiod 1.6, whatever the package's number
*) packages+=,libconfig11,libgpiod3 ;;
esac

id=$(cat "$0" "$here"/guest/agent* "$cache/kernel-$suite/id" | identity)
if [ "$(cat "$image.id" 2>/dev/null)" = "$id" ] && [ -z "$(find "$image.id" -mtime +30)" ]; then
	exit 0
fi
say "root disk of $suite: installing packages"
rm -f "$image" "$image.id"
work=$(mktemp -d "$cache/root.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree

sources "$suite" | mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
	--aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
	--dpkgopt='path-exclude=/usr/share/{doc,locale,man}/*' \
	"$suite" "$tree" - > "$work/log" 2>&1 || {
	tail -20 "$work/log" >&2
	die "mmdebstrap of $suite failed; its last lines are above"
}
rm -rf "$tree"/etc/apt/sources.list "$tree"/etc/resolv.conf "$tree"/var/lib/apt/lists/*
mkdir -p "$tree/usr/lib/modules"
cp -a "$cache/kernel-$suite/modules/lib/modules/$release" "$tree/usr/lib/modules/"

units=$tree/etc/systemd/system
install -m 755 "$here/guest/agent" "$tree/usr/local/sbin/agent"
install -m 644 "$here/guest/agent.service" "$units/"
mkdir -p "$units/multi-user.target.wants"
ln -s ../agent.service "$units/multi-user.target.wants/"
echo machine > "$tree/etc/hostname"
printf '127.0.0.1 localhost machine\n::1 localhost\n' > "$tree/etc/hosts"
: > "$tree/etc/fstab"
echo "$id" > "$tree/etc/machine-id"
# No login prompts and no timers: an emulated machine boots slowly enough.
for unit in getty.target getty@tty1.service serial-getty@ttyS0.service apt-daily.timer \
	apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
	e2scrub_reap.service man-db.timer systemd-firstboot.service systemd-pstore.service \
	systemd-binfmt.service proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount; do
	ln -sf /dev/null "$units/$unit"
done

mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 -m 0 -d "$tree" "$work/image" \
	"$(($(du -sm "$tree" | cut -f1) + 200))M"
mv "$work/image" "$image"
echo "$id" > "$image.id"
