/* The verbs: the orders of core/order.h, and the queries. */
#include "daemon/people/parts.h"

#include "core/id.h"

#include <string.h>

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
