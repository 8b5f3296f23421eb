# shellcheck shell=bash disable=SC2034
# Shared by the scripts of tests/vm; sourced, never run. No script names an archive: its
# address is that which this machine's own apt uses.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${RIG_CACHE:-/var/cache/facilityd-vm}
arch=amd64
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'vm: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

host_suite() { (. /etc/os-release && echo "${VERSION_CODENAME:-unknown}"); }

# archive SUFFIX: the archive of this machine's release ('' or '-security').
archive() {
	apt-get indextargets --format '$(RELEASE)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v release="$(host_suite)$1" '$1 == release && !found++ { print $2 }'
}

# sources SUITE: what a sources.list of that suite says.
sources() {
	local main security
	main=$(archive '')
	security=$(archive -security)
	[ -n "$main" ] || die "apt knows no archive of $(host_suite): look at /etc/apt"
	echo "deb [signed-by=$keyring] $main $1 main"
	[ -z "$security" ] || echo "deb [signed-by=$keyring] $security $1-security main"
}

# apt_config SUITE: the path of a configuration with which apt sees that suite alone. This
# machine's own lists and packages are neither used nor changed.
apt_config() {
	local folder=$cache/apt-$1
	# Lists that are a day old name packages that are there no more.
	if [ -z "$(find "$folder/ready" -mtime -1 2>/dev/null)" ]; then
		mkdir -p "$folder"/etc/{apt.conf.d,preferences.d} "$folder/state/lists/partial" \
			"$folder/cache/archives/partial"
		: > "$folder/status"
		sources "$1" > "$folder/etc/sources.list"
		cat > "$folder/apt.conf" <<-CONF
			Dir::Etc "$folder/etc";
			Dir::State "$folder/state";
			Dir::Cache "$folder/cache";
			Dir::State::status "$folder/status";
			APT::Sandbox::User "root";
			Acquire::Languages "none";
		CONF
		if APT_CONFIG=$folder/apt.conf apt-get -qq update; then
			touch "$folder/ready"
		elif [ -e "$folder/ready" ]; then
			say "apt-get update for $1 failed: going on with older lists"
		else
			die "apt-get update for $1 failed"
		fi
	fi
	echo "$folder/apt.conf"
}

# Of what a result is made: when this is the same, so is the result.
identity() { sha256sum | cut -c1-32; }
