/*
 * A port that writes down what it was ordered: "shelve 2-f3 30 min by li: why".
 * Only *_test.c of the daemon's commands include it.
 */
#ifndef TESTS_COMMAND_BENCH_H
#define TESTS_COMMAND_BENCH_H

#include "core/words.h"
#include "daemon/people/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char did[512];
static const char *port_error;
static struct output_holders port_holders;
static const char *port_forbids; /* NULL: everybody may */

static inline const char *port_refuse(void *context, struct order *order, bool local)
{
	(void)context, (void)order, (void)local;
	return port_forbids;
}

static inline const char *port_order(
	void *context, const struct order *order, struct order_told *told)
{
	const char *const texts[] = { word_id(WORD_VERB, order->kind), order->incident, order->step,
		order->zone, order->to, order->what, order->quiet ? "quiet" : NULL };
	size_t used = 0;

	(void)context;
	*told = (struct order_told){ .holders = port_holders };
	did[0] = '\0';
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i])
			used += (size_t)snprintf(did + used, sizeof(did) - used, "%s ", texts[i]);
	if (order->type)
		used += (size_t)snprintf(
			did + used, sizeof(did) - used, "of type %d ", order->type);
	if (order->for_ms)
		used += (size_t)snprintf(did + used, sizeof(did) - used, "%lld min ",
			(long long)order->for_ms / 60000);
	snprintf(did + used, sizeof(did) - used, "by %s: %s", order->user, order->note);
	return port_error;
}

/* The ids that were used, as "user/id lasts passing;". */
static char port_used[4096];
static int port_use_error;

static inline int port_use(
	void *context, const char *user, const char *id, int64_t lasts_ms, bool passing)
{
	char used[200];
	size_t length = strlen(port_used);

	(void)context;
	snprintf(used, sizeof(used), ";%s/%s ", user, id);
	if (strstr(port_used, used))
		return -EEXIST;
	if (!port_use_error)
		snprintf(port_used + length, sizeof(port_used) - length, "%s%lld%s;", used,
			(long long)lasts_ms, passing ? " passing" : "");
	return port_use_error;
}

static const char *port_more; /* what it answers beside; NULL: nothing */

static inline const char *port_maintain(void *context, const struct order *order, char **more)
{
	struct order_told nothing;
	const char *why = port_order(context, order, &nothing);

	*more = port_more ? strdup(port_more) : NULL;
	return why;
}

static size_t recorded;

static inline void port_record(void *context, const char *user, const char *line)
{
	(void)context, (void)user, (void)line;
	recorded++;
}

/* None of them has been used before. */
static inline struct command_set *bench_commands(const struct command_ports *ports)
{
	static struct command_set set;

	port_used[0] = '\0';
	port_use_error = 0;
	set = (struct command_set){ .ports = *ports };
	return &set;
}

#endif
