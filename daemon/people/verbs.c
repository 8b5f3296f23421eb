/* The verbs: the orders of core/order.h, the queries, and what the journal is asked. */
#include "daemon/people/parts.h"

#include "core/clock.h"
#include "core/id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The journal ---------------------------------------------------------------- */

/* A member that is one of few words. */
struct choice {
	const char *word;
	int value;
};

static const struct choice states[] = {
	{ "all", JOURNAL_STATE_ANY },
	{ "open", JOURNAL_STATE_OPEN },
	{ "closed", JOURNAL_STATE_CLOSED },
	{ NULL, 0 },
};

static const struct choice drills[] = {
	{ "yes", JOURNAL_DRILL_YES },
	{ "no", JOURNAL_DRILL_NO },
	{ "only", JOURNAL_DRILL_ONLY },
	{ NULL, 0 },
};

/* The first is what an absent member means; -EINVAL. */
static int choose(const struct choice *choices, const char *word)
{
	if (!word)
		return choices->value;
	for (; choices->word; choices++)
		if (strcmp(choices->word, word) == 0)
			return choices->value;
	return -EINVAL;
}

static int take_time(const char *text, int64_t *wall_ms)
{
	return text ? clock_parse(text, wall_ms) : 0;
}

static const char *ask(
	const struct command_ports *ports, struct command *command, struct journal_query *query)
{
	int state = choose(states, command->state), drill = choose(drills, command->drill);
	const char *why;

	if (!ports->ask)
		return "not available";
	query->since_ms = INT64_MIN;
	query->until_ms = INT64_MAX;
	if (take_time(command->since, &query->since_ms) < 0)
		return "\"since\" must be a time like 2026-11-24T03:05:00+08:00";
	if (take_time(command->until, &query->until_ms) < 0)
		return "\"until\" must be a time like 2026-11-24T03:05:00+08:00";
	if (state < 0)
		return "\"state\" must be \"open\", \"closed\" or \"all\"";
	if (drill < 0)
		return "\"drill\" must be \"yes\", \"no\" or \"only\"";
	if (command->after && journal_cursor_parse(command->after, &query->after) < 0)
		return "\"after\" must be the \"cursor\" of the page before";
	query->state = (enum journal_query_state)state;
	query->drill = (enum journal_query_drill)drill;
	query->type = command->order.type;
	snprintf(query->tag, sizeof(query->tag), "%s", command->id ? command->id : "");
	why = ports->ask(ports->context, query, command->ticket);
	command->later = why == NULL;
	return why;
}

static const char *command_record(const struct command_ports *ports, struct command *command)
{
	struct journal_query query = { .kind = JOURNAL_QUERY_RECORD };

	snprintf(query.incident, sizeof(query.incident), "%s", command->order.incident);
	return ask(ports, command, &query);
}

static const char *command_history(const struct command_ports *ports, struct command *command)
{
	struct journal_query query = { .kind = JOURNAL_QUERY_HISTORY };

	snprintf(query.zone, sizeof(query.zone), "%s",
		command->order.zone ? command->order.zone : "");
	return ask(ports, command, &query);
}

static const char *command_entries(const struct command_ports *ports, struct command *command)
{
	struct journal_query query = { .kind = JOURNAL_QUERY_ENTRIES };

	return ask(ports, command, &query);
}

const char *command_page_error(const struct journal_page *page)
{
	switch (page->error) {
	case 0:
		return NULL;
	case -ENOENT:
		return "the journal has no such incident: see \"history\"";
	case -ETIMEDOUT:
		return "the disk of the journal does not answer: nothing read for 3 s";
	default:
		return "the journal cannot be read: see \"troubles\"";
	}
}

_Static_assert(JOURNAL_QUERY_MS == 3000, "as the text says");

/* The table ------------------------------------------------------------------ */

/* A greeting, and what is asked at the local socket only. */
static const struct verb queries[] = {
	{ .name = "hello", .members = "", .greets = true },
	{ .name = "state", .members = "", .asks = true, .query = QUERY_STATE },
	{ .name = "incidents", .members = "", .asks = true, .query = QUERY_INCIDENTS },
	{ .name = "points", .members = "[match]", .asks = true, .query = QUERY_POINTS },
	{ .name = "people", .members = "[match]", .asks = true, .query = QUERY_PEOPLE },
	{ .name = "stats", .members = "", .asks = true, .query = QUERY_STATS },
	{ .name = "troubles", .members = "", .asks = true, .query = QUERY_TROUBLES },
	{ .name = "record",
		.members = "incident [after]",
		.asks = true,
		.archive = command_record },
	{ .name = "history",
		.members = "[since] [until] [type] [zone] [state] [drill] [after]",
		.asks = true,
		.archive = command_history },
	{ .name = "entries",
		.members = "[since] [until] [after]",
		.asks = true,
		.archive = command_entries },
};
enum {
	QUERIES = sizeof(queries) / sizeof(queries[0]),
	VERB_COUNT = ORDER_KIND_COUNT + QUERIES,
};

static struct verb verb_at(size_t i)
{
	struct order_words words;

	if (i >= ORDER_KIND_COUNT)
		return queries[i - ORDER_KIND_COUNT];
	words = order_words((enum order_kind)i);
	return (struct verb){
		.name = words.verb, .members = words.members, .order = (enum order_kind)i
	};
}

static const char *verb_word(const void *context, size_t i)
{
	(void)context;
	return verb_at(i).name;
}

bool command_find_verb(struct command *command, const char *word, char *error)
{
	char text[COMMAND_SHOWN_SIZE];
	const char *near;

	for (size_t i = 0; i < VERB_COUNT; i++) {
		command->verb = verb_at(i);
		if (strcmp(command->verb.name, word) != 0)
			continue;
		if (!command->verb.asks || command->local)
			return true;
		return command_refuse(error,
			"\"%s\" is for the local socket: over MQTT, subscribe instead", word);
	}
	near = strlen(word) <= ID_MAX ? id_nearest(word, VERB_COUNT, verb_word, NULL) : NULL;
	return command_refuse(error, "unknown verb \"%s\"%s%s%s", command_shown(word, text),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

const char *command_carry_out(const struct command_ports *ports, struct command *command)
{
	const struct verb *verb = &command->verb;

	if (verb->greets)
		return NULL;
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
