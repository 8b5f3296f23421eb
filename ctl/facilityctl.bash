# bash completion for facilityctl(1). Open incidents and zones come from the running facilityd.

_facilityctl_ask()
{
	facilityctl --lang en --color never "$@" 2> /dev/null | awk 'NR > 1 { print $1 }'
}

_facilityctl_choose()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_facilityctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} verb="" place=0 i
	local options="--config --host --port --site --user --password-file --ca-file --socket
		--lang --color --help --version"
	local verbs="watch ack accept done fail skip reopen release restore report over shelve unshelve
		hand-over out-of-service in-service drill drill-end incidents record export points troubles
		state people stats adapters site profile probe scan help"

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | -u | --config | --host | --port | --site | --user | --password-file | \
			--ca-file | --socket | --lang | --color)
			((i++)) ;;
		-*) ;;
		*)
			verb=${COMP_WORDS[i]}
			place=$((COMP_CWORD - i))
			break
			;;
		esac
	done
	# What an option behind a verb takes; the word before it says which.
	case $verb:${COMP_WORDS[COMP_CWORD - 1]} in
	record:-o | record:--output | export:-o | export:--output)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	incidents:--state) _facilityctl_choose "open closed all" && return ;;
	incidents:--drill) _facilityctl_choose "yes no only" && return ;;
	export:--format) _facilityctl_choose "csv json" && return ;;
	incidents:--since | incidents:--until | export:--since | export:--until)
		_facilityctl_choose "1h 12h 1d 7d 30d $(date +%F)" && return ;;
	incidents:--type | incidents:--zone) return ;;
	esac
	case ${verb:-${COMP_WORDS[COMP_CWORD - 1]}:$place} in
	-c:0 | --config:0 | --password-file:0 | --ca-file:0 | --socket:0)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	--lang:0) options="zh en" verbs="" ;;
	--color:0) options="auto always never" verbs="" ;;
	ack | accept | done | fail | skip | reopen | release | restore | over | shelve | unshelve | \
		hand-over | in-service | drill-end)
		options="" verbs=""
		[[ $place == 1 ]] && verbs=$(_facilityctl_ask incidents)
		[[ $place == 2 && $verb == @(accept|done|skip) ]] && verbs="all" ;;
	incidents) options="--json --all --since --until --type --zone --state --drill" verbs="" ;;
	record)
		options="--json --html --output --force" verbs=$(_facilityctl_ask incidents --all) ;;
	export) options="--since --until --format --output --force" verbs="" ;;
	points | troubles | state | people | stats)
		options="" verbs=""
		[[ $place == 1 ]] && verbs="--json"
		[[ $verb == points ]] && verbs+=" $(_facilityctl_ask points)" ;;
	profile)
		options="" verbs=""
		[[ $place == 1 ]] && verbs="check"
		[[ $place == 2 ]] && verbs=$(_facilityctl_ask profile check) ;;
	probe)
		options="" verbs=""
		[[ $place == 3 ]] && verbs="input: holding: coil: discrete: $(_facilityctl_ask profile check)" ;;
	watch | report | out-of-service | drill | adapters | site | scan) options="" verbs="" ;;
	esac
	_facilityctl_choose "$options $verbs"
}

complete -F _facilityctl facilityctl
