/* The verbs: the orders of core/order.h, the queries, and what the journal is asked. */
#include "daemon/people/maintain.h"
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

static void copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static int take_time(const char *text, int64_t *wall_ms)
{
	return text ? clock_parse(text, wall_ms) : 0;
}

/* What the verb does not take is absent, and asks for nothing. */
static const char *ask(const struct command_ports *ports, struct command *command)
{
	const struct order *order = &command->order;
	struct journal_query query = { .kind = command->verb.archive,
		.since_ms = INT64_MIN,
		.until_ms = INT64_MAX,
		.type = order->type };
	int state = choose(states, command->state), drill = choose(drills, command->drill);
	const char *why;

	if (take_time(command->since, &query.since_ms) < 0)
		return "\"since\" must be a time like 2026-11-24T03:05:00+08:00";
	if (take_time(command->until, &query.until_ms) < 0)
		return "\"until\" must be a time like 2026-11-24T03:05:00+08:00";
	if (state < 0)
		return word_refusal(WORD_REFUSAL_STATE_MUST_BE_OPEN_CLOSED_OR_ALL);
	if (drill < 0)
		return word_refusal(WORD_REFUSAL_DRILL_MUST_BE_YES_NO_OR_ONLY);
	if (command->after && journal_cursor_parse(command->after, &query.after) < 0)
		return word_refusal(WORD_REFUSAL_AFTER_MUST_BE_THE_CURSOR_OF_THE_PAGE_BEFORE);
	query.state = (enum journal_query_state)state;
	query.drill = (enum journal_query_drill)drill;
	copy(query.tag, sizeof(query.tag), command->id);
	copy(query.incident, sizeof(query.incident), order->incident);
	copy(query.zone, sizeof(query.zone), order->zone);
	why = ports->ask(ports->context, &query, command->ticket);
	command->later = why == NULL;
	return why;
}

const char *command_page_error(const struct journal_page *page)
{
	switch (page->error) {
	case 0:
		return NULL;
	case -ENOENT:
		return word_refusal(WORD_REFUSAL_THE_JOURNAL_HAS_NO_SUCH_INCIDENT_SEE_HISTORY);
	case -ETIMEDOUT:
		return word_refusal(
			WORD_REFUSAL_THE_DISK_OF_THE_JOURNAL_DOES_NOT_ANSWER_NOTHING_READ_FOR_3_S);
	default:
		return word_refusal(WORD_REFUSAL_THE_JOURNAL_CANNOT_BE_READ_SEE_TROUBLES);
	}
}

_Static_assert(JOURNAL_QUERY_MS == 3000, "as the text says");

/* The table ------------------------------------------------------------------ */

/* A greeting, and what is asked at the local socket only. */
static const struct verb queries[] = {
	{ .name = "hello", .members = "", .greets = true },
	{ .name = "takeover", .members = "", .takes_over = true },
	{ .name = "state", .members = "", .asks = true, .query = QUERY_STATE },
	{ .name = "incidents", .members = "", .asks = true, .query = QUERY_INCIDENTS },
	{ .name = "points", .members = "[match]", .asks = true, .query = QUERY_POINTS },
	{ .name = "people", .members = "[match]", .asks = true, .query = QUERY_PEOPLE },
	{ .name = "stats", .members = "", .asks = true, .query = QUERY_STATS },
	{ .name = "outputs", .members = "", .asks = true, .query = QUERY_OUTPUTS },
	{ .name = "locks", .members = "", .asks = true, .query = QUERY_LOCKS },
	{ .name = "troubles", .members = "", .asks = true, .query = QUERY_TROUBLES },
	{ .name = "record",
		.members = "incident [after]",
		.asks_journal = true,
		.archive = JOURNAL_QUERY_RECORD },
	{ .name = "history",
		.members = "[since] [until] [type] [zone] [state] [drill] [after]",
		.asks_journal = true,
		.archive = JOURNAL_QUERY_HISTORY },
	{ .name = "entries",
		.members = "[since] [until] [after]",
		.asks_journal = true,
		.archive = JOURNAL_QUERY_ENTRIES },
};
enum {
	QUERIES = sizeof(queries) / sizeof(queries[0]),
	VERB_COUNT = ORDER_KIND_COUNT + QUERIES,
};

static struct verb verb_at(size_t i)
{
	if (i >= ORDER_KIND_COUNT)
		return queries[i - ORDER_KIND_COUNT];
	return (struct verb){ .name = word_id(WORD_VERB, i),
		.members = order_members((enum order_kind)i),
		.order = (enum order_kind)i };
}

static const char *verb_word(const void *context, size_t i)
{
	(void)context;
	return verb_at(i).name;
}

bool command_find_verb(struct command *command, const char *word, char *error)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		command->verb = verb_at(i);
		if (strcmp(command->verb.name, word) != 0)
			continue;
		if (command->local || !(command->verb.asks || command->verb.asks_journal ||
					      command->verb.takes_over))
			return true;
		if (command->verb.takes_over)
			return command_refuse(error, "\"%s\" is said at the machine itself", word);
		return command_refuse(error,
			"\"%s\" is for the local socket: over MQTT, subscribe instead", word);
	}
	return command_refuse_unknown(error, "verb", word, VERB_COUNT, verb_word);
}

const char *command_carry_out(const struct command_ports *ports, struct command *command)
{
	const struct verb *verb = &command->verb;
	const char *why;

	if (verb->greets)
		return NULL;
	if (verb->takes_over)
		return ports->take_over(ports->context);
	if (verb->asks_journal)
		return ask(ports, command);
	if (verb->asks) {
		command->result = ports->query(ports->context, verb->query, command->match);
		return command->result.text ? NULL : word_refusal(WORD_REFUSAL_OUT_OF_MEMORY);
	}
	command->order.kind = verb->order;
	command->order.user = command->user;
	why = ports->refuse(ports->context, &command->order, command->local);
	if (why)
		return why;
	if (maintain_takes(verb->order))
		return ports->maintain(ports->context, &command->order, &command->more);
	return ports->order(ports->context, &command->order, &command->told);
}
