/*
 * Commands: what a person may tell the daemon, from one table: verb, arguments,
 * effect, answer. They come over MQTT (cmd/<user>/<verb>), and over the local
 * socket with the verb as a member; queries over the local socket only.
 *
 * A command is one JSON object, at most COMMAND_SIZE_MAX bytes:
 *   { "id": "<nonce>", "incident": "2-f3", "step": "notices", "note": "...",
 *     "expires": "2026-11-24T03:05:00+08:00" }
 * Verbs: see core/order.h, and daemon/command_verbs.c for queries. `id` (1 to 64 bytes) and
 * `expires` (at most 10 minutes ahead) are obligatory over MQTT; the local socket neither retains
 * nor repeats nor holds up, so there they may be left out, and count when given. The rest is as the
 * verb says, and an unknown key is an error. Retained, expired, repeated and malformed commands
 * change nothing and are answered with a reason (promise 4). Loop thread only. The ids of those
 * that were well-formed are the record's to keep, until they expire.
 */
#ifndef DAEMON_PEOPLE_COMMAND_H
#define DAEMON_PEOPLE_COMMAND_H

#include "core/order.h"
#include "daemon/journal/query.h"
#include "daemon/mqtt/mqtt.h"
#include "daemon/outputs/outputs.h"
#include "daemon/people/local.h"
#include "daemon/people/query.h"
#include "rules/engine/engine.h"

enum {
	COMMAND_SIZE_MAX = 4096,
	COMMAND_ID_MAX = 64, /* bytes of a nonce */
};

/* What is answered of an order, beside whether it was carried out; zero: nothing. */
struct order_told {
	struct output_holders holders; /* of what was to be put back */
	struct json_t *actions; /* what is switched, or will be once released; the asker's then */
	int64_t second_ms;      /* a second person must release it within this; 0: none must */
	int64_t lasts_ms;       /* how long the hand that was set does; 0: none was */
};

/* What commands act on; the hub provides it. */
struct command_ports {
	void *context;
	/* As rights_refuse(); `local`: over the local socket. */
	const char *(*refuse)(void *context, struct order *order, bool local);
	/* NULL for success, or a sentence why not. */
	const char *(*order)(void *context, const struct order *order, struct order_told *told);
	/* As record_use(). */
	int (*use)(void *context, const char *user, const char *id, int64_t lasts_ms, bool passing);
	/* As maintain_order(), where maintain_takes() says so. */
	const char *(*maintain)(void *context, const struct order *order, char **more);
	/* Who, what and the outcome, in one line for the journal; `user` "": nobody valid. */
	void (*record)(void *context, const char *user, const char *line);
	/* This run is the one of its site from now on; see daemon/mqtt/mqtt.h. */
	const char *(*take_over)(void *context);
	/* As query_run(). */
	struct query_result (*query)(void *context, enum query_kind kind, const char *match);
	/* As journal_ask(): command_page() answers the request of this ticket later. */
	const char *(*ask)(void *context, const struct journal_query *query, uint64_t ticket);
};

/* Its owner's; zero but for the ports. */
struct command_set {
	struct command_ports ports;
};

/*
 * Carry out the message (topic "cmd/<user>/<verb>"). Returns the answer, a malloc'ed JSON text
 * { "v": 1, "id": ..., "ok": true, "error": null, "time": ..., "held_by": [...], "actions": [...]
 * }, or "ok": false and "error" says why; "id" is null where none could be read. NULL: out of
 * memory. One log line records who, what and the outcome.
 */
char *command_run(struct command_set *set, const struct mqtt_message *message, int64_t wall_ms,
	size_t *length);

/*
 * Carry out one line of the local socket, { "verb": "ack", "incident": "2-f3" }, for this user.
 * The answer is as command_run() has it; after a query that went well it ends with
 * "result": [...], "more": false (true: cut, see query.h). Queries are not logged. What the journal
 * is asked for comes later.
 */
struct local_answer command_local(
	struct command_set *set, const struct local_request *request, int64_t wall_ms);

/*
 * The answer that came later; takes page->text over. It ends with "result": [...], "more": true,
 * "cursor": "..." where there is more, which "after" of the same request goes on behind.
 */
char *command_page(struct journal_page *page, int64_t wall_ms, size_t *length);

/*
 * Where the answer goes, in full: the message's response topic if it is <prefix>/reply/<user> or
 * below it, else <prefix>/reply/<user>. 0, or -EINVAL: no valid user, so nobody may be answered.
 */
int command_reply_topic(
	const char *prefix, const struct mqtt_message *message, char *topic, size_t size);

#endif
