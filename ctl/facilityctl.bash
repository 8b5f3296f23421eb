# bash completion for facilityctl(1). Open incidents and zones come from the running facilityd.

_facilityctl_ask()
{
	facilityctl --lang en --color never "$@" 2> /dev/null | awk 'NR > 1 { print $1 }'
}

_facilityctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} verb="" place=0 i
	local options="--config --host --port --site --user --password-file --ca-file --socket
		--lang --color --help --version"
	local verbs="watch ack accept done fail skip reopen release restore report over shelve unshelve
		hand-over out-of-service in-service drill drill-end incidents points troubles state"

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
	incidents | points | troubles | state)
		options="" verbs=""
		[[ $place == 1 ]] && verbs="--json"
		[[ $verb == points ]] && verbs+=" $(_facilityctl_ask points)" ;;
	watch | report | out-of-service | drill) options="" verbs="" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options $verbs" -- "$word")
}

complete -F _facilityctl facilityctl
