#!/bin/bash
# tests/vm/kernel.sh SUITE: that suite's kernel, unpacked but not installed, with the module
# gpio-sim, which Debian's kernels lack: it is compiled from the linux-source package of the
# same version. And an initramfs that finds the root disk.
#
# Result: $cache/kernel-SUITE/{vmlinuz,release,initramfs,modules/}
. "$(dirname "$0")/lib.sh"
suite=${1:?usage: kernel.sh SUITE}
out=$cache/kernel-$suite

conf=$(apt_config "$suite")
of_suite() { APT_CONFIG=$conf "$@"; }
release=$(of_suite apt-cache depends "linux-image-$arch" | # 6.1.0-49-amd64
	awk '/Depends: linux-image-[0-9]/ && !n++ { sub("linux-image-", "", $2); print $2 }')
[ -n "$release" ] || die "$suite has no linux-image-$arch"
version=$(of_suite apt-cache policy "linux-image-$release" | awk '/Candidate/ { print $2 }')
id=$(cat "$0" "$here"/module/* <(echo "$version") | identity)
[ "$(cat "$out/id" 2>/dev/null)" != "$id" ] || exit 0
say "kernel $release: unpacking it, compiling gpio-sim"
work=$(mktemp -d "$cache/kernel.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir deb image headers source busybox out

abi=${release%-"$arch"}
series=$(cut -d. -f1,2 <<< "$abi")
# linux-kbuild-6.1 in Debian 12, linux-kbuild-6.12.94+deb13 in Debian 13
kbuild=$(of_suite apt-cache depends "linux-headers-$release" |
	awk '/Depends: linux-kbuild-/ && !n++ { print $2 }')
(cd deb && of_suite apt-get -qq download "linux-image-$release" "linux-headers-$release" \
	"linux-headers-$abi-common" "$kbuild" "linux-source-$series=$version" busybox-static)
dpkg -x deb/linux-image-*.deb image
[ -e image/lib ] || ln -s usr/lib image/lib
dpkg -x deb/busybox-static*.deb busybox
for package in deb/linux-headers-*.deb deb/linux-kbuild-*.deb; do dpkg -x "$package" headers; done
dpkg-deb --fsys-tarfile deb/linux-source-*.deb |
	tar -xOf - "./usr/src/linux-source-$series.tar.xz" | xz -dc |
	tar -xf - -C source --strip-components=1 \
		"linux-source-$series/drivers/gpio/gpio-sim.c" \
		"linux-source-$series/drivers/gpio/gpiolib.h" \
		"linux-source-$series/kernel/irq/irq_sim.c"

# The tools among the headers want the C library and the compiler of their own suite.
if [ "$suite" = "$(host_suite)" ]; then
	at=$work/module
	compile() { make "$@"; }
else
	debian13=$("$root/tests/debian13.sh" --where)
	at=/module
	compile() { "$root/tests/debian13.sh" make "$@"; }
	rm -rf "$debian13/module"
	ln -s "$debian13/module" "$work/module"
	mkdir "$debian13/module"
fi
mkdir -p module
cp -a headers/usr module/
cp source/drivers/gpio/* source/kernel/irq/irq_sim.c "$here"/module/* module/
sed -i "s|/usr/src/|$at/usr/src/|" "module/usr/src/linux-headers-$release/Makefile"
compile -s CONFIG_DEBUG_INFO_BTF_MODULES= -C "$at/usr/src/linux-headers-$release" M="$at" modules \
	> log 2>&1 || { cat log >&2; die "gpio-sim was not compiled for $release"; }
strip --strip-debug module/*.ko

depmod -b image "$release"
modules=out/modules/lib/modules/$release
mkdir -p "$modules/extra"
cp image/lib/modules/"$release"/modules.{builtin,builtin.modinfo,order} "$modules"
cp module/gpio-sim.ko module/irqsim.ko "$modules/extra/"
rm -rf module/

# order BASE MODULE...: the files of these modules and of what they need, in loading order.
order() {
	local base=$1
	shift
	for module; do # what is built in is no module
		modprobe -d "$base" -S "$release" --show-depends "$module" 2>/dev/null || true
	done |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
order "$work/image" virtio_pci virtio_blk virtio_rng ext4 crc32c_generic 9p 9pnet_virtio configfs \
	autofs4 cdc_acm usbserial | while read -r file; do
	to=$modules/${file#*/lib/modules/"$release"/}
	mkdir -p "${to%/*}"
	case $file in *.xz) xz -dc "$file" > "${to%.xz}" ;; *) cp "$file" "$to" ;; esac
done
depmod -b out/modules "$release"

mkdir -p ram/{bin,modules,dev,root}
cp busybox/bin/busybox ram/bin/ 2>/dev/null || cp busybox/usr/bin/busybox ram/bin/
order "$work/out/modules" virtio_pci virtio_blk crc32c_generic ext4 | while read -r file; do
	cp "$file" ram/modules/
	basename "$file"
done > ram/modules/order
cp "$here/guest/init" ram/init
(cd ram && find . | cpio -o -H newc --quiet | gzip -1) > out/initramfs
cp "$(find image -name "vmlinuz-$release")" out/vmlinuz
echo "$release" > out/release
echo "$id" > out/id
rm -rf "$out"
mv out "$out"
