# bash completion for facilityctl(1). Open incidents and points come from the running facilityd.

_facilityctl_ask()
{
	facilityctl --lang en --color never "$@" 2> /dev/null | awk 'NR > 1 { print $1 }'
}

# Made of core/words by its fill.py: the commands, and what each order takes.
_facilityctl_verbs="watch ack accept done fail skip did-not-occur reopen answer release restore
	set strike report over reset shelve unshelve hand-over out-of-service in-service lock unlock
	adopt discard clock-ok drill drill-end incidents record export points troubles outputs locks
	state people stats takeover adapters site profile probe scan help"
declare -gA _facilityctl_orders=(
	[ack]="INCIDENT"
	[accept]="INCIDENT STEP|all"
	[done]="INCIDENT STEP|all [NOTE]"
	[fail]="INCIDENT STEP REASON"
	[skip]="INCIDENT STEP|all REASON"
	[did-not-occur]="INCIDENT STEP [NOTE]"
	[reopen]="INCIDENT STEP [NOTE]"
	[answer]="INCIDENT FACT yes|no|unknown [NOTE]"
	[release]="INCIDENT STEP [ZONE]"
	[restore]="INCIDENT|OUTPUT [VALUE] [anyway]"
	[set]="OUTPUT VALUE [UNTIL] REASON"
	[strike]="OUTPUT REASON"
	[report]="NUMBER ZONE [NOTE] [FACT=yes|no|unknown,...]"
	[over]="INCIDENT [REASON]"
	[reset]="INCIDENT REASON"
	[shelve]="INCIDENT UNTIL REASON"
	[unshelve]="INCIDENT"
	[hand-over]="INCIDENT DEPARTMENT [NOTE]"
	[out-of-service]="NUMBER ZONE UNTIL REASON"
	[in-service]="NUMBER-ZONE [REASON]"
	[lock]="KIND:ID [quiet [NUMBER]] UNTIL REASON"
	[unlock]="KIND:ID [REASON]"
	[adopt]="INCIDENT"
	[discard]="INCIDENT [NOTE]"
	[clock-ok]="[NOTE]"
	[drill]="NUMBER ZONE [NOTE]"
	[drill-end]="INCIDENT [NOTE]"
)
# Up to here.

_facilityctl_choose()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

# What stands behind a verb of ours; $1: the verb, $2: in which place.
_facilityctl_behind()
{
	case $1 in
	incidents) echo --json --all --since --until --type --zone --state --drill ;;
	record) echo --json --html --output --force && _facilityctl_ask incidents --all ;;
	export) echo --since --until --format --output --force ;;
	points | troubles | state | people | stats)
		[[ $2 == 1 ]] && echo --json
		[[ $1 == points ]] && _facilityctl_ask points ;;
	profile)
		[[ $2 == 1 ]] && echo check
		[[ $2 == 2 ]] && _facilityctl_ask profile check ;;
	probe) [[ $2 == 3 ]] && echo input: holding: coil: discrete: && _facilityctl_ask profile check ;;
	*)
		local usage
		read -ra usage <<< "${_facilityctl_orders[$1]}"
		[[ ${usage[$2 - 1]} == INCIDENT ]] && _facilityctl_ask incidents
		[[ ${usage[$2 - 1]} == *"|all" ]] && echo all ;;
	esac
}

_facilityctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} verb="" place=0 i

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
	# What an option takes; the word before it says which.
	case $verb:$last in
	record:-o | record:--output | export:-o | export:--output | \
		:-c | :--config | :--password-file | :--ca-file | :--socket)
		mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	:--lang) _facilityctl_choose "zh en" ;;
	:--color) _facilityctl_choose "auto always never" ;;
	incidents:--state) _facilityctl_choose "open closed all" ;;
	incidents:--drill) _facilityctl_choose "yes no only" ;;
	export:--format) _facilityctl_choose "csv json" ;;
	incidents:--since | incidents:--until | export:--since | export:--until)
		_facilityctl_choose "1h 12h 1d 7d 30d $(date +%F)" ;;
	incidents:--type | incidents:--zone) ;;
	:*)
		_facilityctl_choose "$_facilityctl_verbs --config --host --port --site
			--user --password-file --ca-file --socket --lang --color --help --version" ;;
	*) _facilityctl_choose "$(_facilityctl_behind "$verb" "$place")" ;;
	esac
}

complete -F _facilityctl facilityctl
