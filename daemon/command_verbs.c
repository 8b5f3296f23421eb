/* The verbs: one table says what each takes and does. */
#include "daemon/command_parts.h"

#include "core/id.h"

#include <string.h>

static const struct verb verbs[] = {
	{
         .words = { "ack", "incident", "acknowledge an incident: somebody has taken it on" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .order = ORDER_ACK,
	 },
	{
         .words = { "accept", "incident step",
			"somebody is at this step, or at \"all\" that are open" },
         .takes = TAKES_INCIDENT | TAKES_STEP,
         .needs = TAKES_INCIDENT | TAKES_STEP,
         .order = ORDER_ACCEPT,
	 },
	{
         .words = { "done", "incident step [note]",
			"a step, or \"all\" that are open, has been carried out" },
         .takes = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_STEP,
         .order = ORDER_DONE,
	 },
	{
         .words = { "fail", "incident step note",
			"a step could not be carried out; the note says why" },
         .takes = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .order = ORDER_FAIL,
	 },
	{
         .words = { "skip", "incident step note",
			"a step is not carried out; the note is the reason" },
         .takes = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .order = ORDER_SKIP,
	 },
	{
         .words = { "reopen", "incident step [note]",
			"a step is open again: it was said by mistake" },
         .takes = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_STEP,
         .order = ORDER_REOPEN,
	 },
	{
         .words = { "release", "incident step",
			"let a step's action, which waits for a person, write" },
         .takes = TAKES_INCIDENT | TAKES_STEP,
         .needs = TAKES_INCIDENT | TAKES_STEP,
         .order = ORDER_RELEASE,
	 },
	{
         .words = { "restore", "incident",
			"put back the outputs that the incident's actions switched" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .order = ORDER_RESTORE,
	 },
	{
         .words = { "report", "type zone [note]",
			"a person has seen an incident: its number in the plan, and where" },
         .takes = TAKES_TYPE | TAKES_ZONE | TAKES_NOTE,
         .needs = TAKES_TYPE | TAKES_ZONE,
         .order = ORDER_REPORT,
	 },
	{
         .words = { "over", "incident", "what a person reported is over" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .order = ORDER_OVER,
	 },
	{
         .words = { "shelve", "incident minutes note",
			"put an incident aside for so long; the note is the reason" },
         .takes = TAKES_INCIDENT | TAKES_MINUTES | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_MINUTES | TAKES_NOTE,
         .order = ORDER_SHELVE,
	 },
	{
         .words = { "unshelve", "incident", "take it back before its time is up" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .order = ORDER_UNSHELVE,
	 },
	{
         .words = { "out-of-service", "type zone note",
			"for maintenance: rules raise nothing of this type there; the note is the "
			"reason" },
         .takes = TAKES_TYPE | TAKES_ZONE | TAKES_NOTE,
         .needs = TAKES_TYPE | TAKES_ZONE | TAKES_NOTE,
         .order = ORDER_OUT_OF_SERVICE,
	 },
	{
         .words = { "in-service", "incident", "what was out of service is back" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .order = ORDER_IN_SERVICE,
	 },
	{
         .words = { "hand-over", "incident to [note]",
			"another department has it from now on" },
         .takes = TAKES_INCIDENT | TAKES_TO | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_TO,
         .order = ORDER_HAND_OVER,
	 },
	{
         .words = { "drill", "type zone [note]",
			"begin an exercise of this type there; it writes no output" },
         .takes = TAKES_TYPE | TAKES_ZONE | TAKES_NOTE,
         .needs = TAKES_TYPE | TAKES_ZONE,
         .order = ORDER_DRILL,
	 },
	{
         .words = { "drill-end", "incident [note]", "end an exercise early" },
         .takes = TAKES_INCIDENT | TAKES_NOTE,
         .needs = TAKES_INCIDENT,
         .order = ORDER_DRILL_END,
	 },
	{
         .words = { "state", "", "is facilityd there, which version, of which site" },
         .takes = 0,
         .asks = true,
         .query = QUERY_STATE,
	 },
	{
         .words = { "incidents", "", "the open incidents" },
         .takes = 0,
         .asks = true,
         .query = QUERY_INCIDENTS,
	 },
	{
         .words = { "points", "[match]", "what the points read now" },
         .takes = TAKES_MATCH,
         .asks = true,
         .query = QUERY_POINTS,
	 },
	{
         .words = { "troubles", "", "what fails in the monitoring system itself" },
         .takes = 0,
         .asks = true,
         .query = QUERY_TROUBLES,
	 },
	{
         .words = { "record", "incident [after]",
			"all that the journal has of an incident" },
         .takes = TAKES_INCIDENT | TAKES_AFTER,
         .needs = TAKES_INCIDENT,
         .asks = true,
         .archive = command_record,
	 },
	{
         .words = { "history", "[since] [until] [type] [zone] [state] [drill] [after]",
			"incidents, open and past, that the journal has" },
         .takes = TAKES_PERIOD | TAKES_TYPE | TAKES_ZONE | TAKES_STATE | TAKES_DRILL |
			 TAKES_AFTER,							      .asks = true,
         .archive = command_history,
	 },
	{
         .words = { "entries", "[since] [until] [after]",
			"all that the journal has of a period" },
         .takes = TAKES_PERIOD | TAKES_AFTER,
         .asks = true,
         .archive = command_entries,
	 },
};
enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

const struct command_verb *command_verb_at(size_t i)
{
	return i < VERB_COUNT ? &verbs[i].words : NULL;
}

static const char *verb_word(const void *context, size_t i)
{
	(void)context;
	return verbs[i].words.verb;
}

bool command_find_verb(struct command *command, const char *word, char *error)
{
	char text[COMMAND_SHOWN_SIZE];
	const char *near;

	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].words.verb, word) != 0)
			continue;
		if (verbs[i].asks && !command->local)
			return command_refuse(error,
				"\"%s\" is for the local socket: over MQTT, subscribe instead",
				word);
		command->verb = &verbs[i];
		return true;
	}
	near = strlen(word) <= ID_MAX ? id_nearest(word, VERB_COUNT, verb_word, NULL) : NULL;
	return command_refuse(error, "unknown verb \"%s\"%s%s%s", command_shown(word, text),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

const char *command_carry_out(const struct command_ports *ports, struct command *command)
{
	const struct verb *verb = command->verb;

	if (verb->archive)
		return verb->archive(ports, command);
	if (verb->asks) {
		if (!ports->query)
			return "not available";
		command->result = ports->query(ports->context, verb->query, command->match);
		return command->result.text ? NULL : "out of memory";
	}
	command->order.kind = verb->order;
	command->order.user = command->user;
	return ports->order(ports->context, &command->order);
}
