#!/bin/bash
# Builds the project in a Debian 13 of its own and runs its unit tests there: other
# major versions of libgpiod and libconfig. The Debian 13 is kept outside the
# repository and made anew when debian/packages changes or after a month.
#
#   tests/debian13.sh              builds and tests
#   tests/debian13.sh COMMAND...   builds nothing, runs COMMAND in /src, the sources' copy
#   tests/debian13.sh --where      only sees to it that it is there, and prints its folder
#
# Mounts happen in a mount namespace, so none is left however this ends.
set -euo pipefail

suite=trixie
root=$(cd "$(dirname "$0")/.." && pwd)
cache=${FACILITYD_CACHE:-/var/cache/facilityd}
chroot=$cache/debian13

say() { printf 'debian13: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root, for debootstrap and chroot: run sudo make check-debian13"
unshare --mount true 2>/dev/null || die "cannot make a mount namespace here (CAP_SYS_ADMIN is missing)"

# The archive that this machine's own apt uses for its own release.
mirror() {
	local release
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(RELEASE)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v release="$release" '$1 == release { print $2; exit }'
}

# And with what tests/vm compiles a kernel module in it.
names() { awk '!/^#/ && NF { print $1 }' "$root/debian/packages"; echo libelf-dev; }

wanted() { echo "$suite"; names; }

is_fresh() {
	[ -e "$chroot.list" ] && [ -z "$(find "$chroot.list" -mtime +30)" ] &&
		wanted | cmp -s - "$chroot.list"
}

make_chroot() {
	local from
	from=$(mirror)
	[ -n "$from" ] || die "apt knows no archive of this machine's release: look at /etc/apt"
	say "making a Debian 13 in $chroot (once; some minutes)"
	"$root/debian/install-packages" "$root/debian/packages-debian13"
	rm -rf "$chroot" "$chroot.list"
	mkdir -p "$cache"
	debootstrap --variant=minbase --include="make,$(names | paste -sd,)" \
		"$suite" "$chroot" "$from" > "$cache/debian13.log" 2>&1 || {
		tail -20 "$cache/debian13.log" >&2
		rm -rf "$chroot"
		die "debootstrap failed; its last lines are above, all in $cache/debian13.log"
	}
	rm -rf "$chroot"/var/cache/apt/archives/*.deb
	# As Debian writes it; the tests' broker listens on 127.0.0.1 alone, so names are tried in both ways.
	printf '%s\n' '::1 localhost' '127.0.0.1 localhost' > "$chroot/etc/hosts"
	wanted > "$chroot.list"
}

# As in the working tree, new files too; what was built last time stays in /build.
copy_sources() {
	# By its times, what another working tree built would seem to be up to date.
	[ "$(cat "$chroot/build.of" 2>/dev/null)" = "$root" ] || rm -rf "$chroot/build"
	echo "$root" > "$chroot/build.of"
	rm -rf "$chroot/src"
	mkdir -p "$chroot/src"
	(cd "$root" && git -c safe.directory="$root" ls-files -z --cached --others --exclude-standard |
		while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
		tar --null --files-from=- -cf -) | tar -C "$chroot/src" -xf - --no-same-owner
}

mkdir -p "$cache"
exec 9> "$cache/debian13.lock"
flock -n 9 || { say "another run is under way: waiting"; flock 9; }
is_fresh || make_chroot
if [ "${1:-}" = --where ]; then
	echo "$chroot"
	exit 0
fi
copy_sources
if [ $# = 0 ]; then
	say "building and testing in Debian $(cat "$chroot/etc/debian_version")"
	set -- make -j2 BUILD=/build WERROR=1 all check-unit
fi
# A PID namespace too: whatever a test starts there ends with it.
exec unshare --mount --propagation private --pid --fork --kill-child bash -euc '
	mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
	mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
	exec chroot "$1" /usr/bin/env -i --chdir=/src PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 "${@:2}"
' bash "$chroot" "$@"
