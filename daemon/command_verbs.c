/* The verbs: one table says what each takes and does. */
#include "daemon/command_parts.h"

#include "core/id.h"

#include <string.h>

static const char not_available[] = "not available";

static const char *run_ack(const struct command_ports *ports, struct command *command)
{
	return ports->ack ? ports->ack(ports->context, command->incident, command->user)
			  : not_available;
}

static const char *run_step(
	const struct command_ports *ports, struct command *command, enum step_status status)
{
	return ports->step ? ports->step(ports->context, command->incident, command->step, status,
				     command->user, command->note)
			   : not_available;
}

static const char *run_done(const struct command_ports *ports, struct command *command)
{
	return run_step(ports, command, STEP_DONE);
}

static const char *run_skip(const struct command_ports *ports, struct command *command)
{
	return run_step(ports, command, STEP_SKIPPED);
}

static const char *run_release(const struct command_ports *ports, struct command *command)
{
	return ports->release ? ports->release(ports->context, command->incident, command->step,
					command->user)
			      : not_available;
}

static const char *run_restore(const struct command_ports *ports, struct command *command)
{
	return ports->restore ? ports->restore(ports->context, command->incident, command->user)
			      : not_available;
}

static const char *run_report(const struct command_ports *ports, struct command *command)
{
	return ports->report ? ports->report(ports->context, command->type, command->zone,
				       command->user, command->note)
			     : not_available;
}

static const char *run_over(const struct command_ports *ports, struct command *command)
{
	return ports->over ? ports->over(ports->context, command->incident, command->user)
			   : not_available;
}

static const char *run_query(
	const struct command_ports *ports, struct command *command, enum query_kind kind)
{
	if (!ports->query)
		return not_available;
	command->result = ports->query(ports->context, kind, command->match);
	return command->result.text ? NULL : "out of memory";
}

static const char *run_state(const struct command_ports *ports, struct command *command)
{
	return run_query(ports, command, QUERY_STATE);
}

static const char *run_incidents(const struct command_ports *ports, struct command *command)
{
	return run_query(ports, command, QUERY_INCIDENTS);
}

static const char *run_points(const struct command_ports *ports, struct command *command)
{
	return run_query(ports, command, QUERY_POINTS);
}

static const char *run_troubles(const struct command_ports *ports, struct command *command)
{
	return run_query(ports, command, QUERY_TROUBLES);
}

static const struct verb verbs[] = {
	{
         .words = { "ack", "incident", "acknowledge an incident: somebody has taken it on" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .run = run_ack,
	 },
	{
         .words = { "done", "incident step [note]",
			"a step, or \"all\" that are open, has been carried out" },
         .takes = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_STEP,
         .run = run_done,
	 },
	{
         .words = { "skip", "incident step note",
			"a step is not carried out; the note is the reason" },
         .takes = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .needs = TAKES_INCIDENT | TAKES_STEP | TAKES_NOTE,
         .run = run_skip,
	 },
	{
         .words = { "release", "incident step",
			"let a step's action, which waits for a person, write" },
         .takes = TAKES_INCIDENT | TAKES_STEP,
         .needs = TAKES_INCIDENT | TAKES_STEP,
         .run = run_release,
	 },
	{
         .words = { "restore", "incident",
			"put back the outputs that the incident's actions switched" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .run = run_restore,
	 },
	{
         .words = { "report", "type zone [note]",
			"a person has seen an incident: its number in the plan, and where" },
         .takes = TAKES_TYPE | TAKES_ZONE | TAKES_NOTE,
         .needs = TAKES_TYPE | TAKES_ZONE,
         .run = run_report,
	 },
	{
         .words = { "over", "incident", "what a person reported is over" },
         .takes = TAKES_INCIDENT,
         .needs = TAKES_INCIDENT,
         .run = run_over,
	 },
	{
         .words = { "state", "", "is facilityd there, which version, of which site" },
         .local_only = true,
         .run = run_state,
	 },
	{
         .words = { "incidents", "", "the open incidents" },
         .local_only = true,
         .run = run_incidents,
	 },
	{
         .words = { "points", "[match]", "what the points read now" },
         .takes = TAKES_MATCH,
         .local_only = true,
         .run = run_points,
	 },
	{
         .words = { "troubles", "", "what fails in the monitoring system itself" },
         .local_only = true,
         .run = run_troubles,
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
		if (verbs[i].local_only && !command->local)
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
