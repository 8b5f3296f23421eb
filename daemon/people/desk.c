#include "daemon/people/desk.h"

#include "core/owner.h"
#include "daemon/people/holding.h"
#include "daemon/people/maintain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer of the local socket that waits for its commit. */
struct held {
	uint64_t ticket; /* of the request; 0: free */
	uint64_t mark;
	char *text;
	size_t length;
};

struct desk {
	const struct plant *plant;
	struct engine_sink *sink;
	const struct trouble_list *troubles;
	struct desk_ports ports;
	struct record *record;
	struct command_set commands;
	struct local *local; /* NULL: not open */
	struct local_events local_events;
	struct moment now; /* of the command that is carried out */
	char refused[HOLDING_WHY_MAX];
	struct held held[LOCAL_CLIENT_MAX];
};

/* What commands act on ------------------------------------------------------ */

static const char *port_order(
	void *context, const struct order *order, struct output_holders *holders)
{
	struct desk *desk = context;
	const struct incident *incident;
	char id[INCIDENT_ID_MAX + 1];
	enum engine_result result;

	if (holding_takes(order->kind))
		return holding_order(desk->plant, order, desk->now.now_ms, holders, desk->refused);
	incident = order->incident ? engine_find(desk->plant->engine, order->incident) : NULL;
	snprintf(id, sizeof(id), "%s", incident ? incident->id : "");
	result = engine_order(desk->plant->engine, order, desk->now.now_ms, desk->sink, NULL);
	if (result == ENGINE_NO_INCIDENT &&
		(order->kind == ORDER_ADOPT || order->kind == ORDER_DISCARD))
		return desk->ports.aside(desk->ports.context, order);
	if (result == ENGINE_OK && *id)
		holding_left(desk->plant, id, holders);
	return result == ENGINE_OK ? NULL : engine_result_text(result);
}

static int port_use(void *context, const char *user, const char *id, int64_t lasts_ms, bool passing)
{
	struct desk *desk = context;

	return record_use(desk->record, user, id, lasts_ms, passing, desk->now);
}

static const char *port_maintain(void *context, const struct order *order, char **more)
{
	struct desk *desk = context;
	const struct maintenance maintenance = { desk->plant, desk->sink, desk->record, desk->now };

	return maintain_order(&maintenance, order, more);
}

static void port_record(void *context, const char *user, const char *line)
{
	struct desk *desk = context;

	record_command(desk->record, user, line, desk->now);
}

static struct query_result port_query(void *context, enum query_kind kind, const char *match)
{
	struct desk *desk = context;
	const struct query_view view = {
		.site = &desk->plant->config->site,
		.engine = desk->plant->engine,
		.outputs = desk->plant->outputs,
		.troubles = desk->troubles,
		.people = &desk->plant->config->people,
		.plan = &desk->plant->config->plan,
		.stats = desk->ports.stats(desk->ports.context),
		.clock = desk->now,
		.origin = { record_journal_id(desk->record), record_sequence(desk->record) },
		.context = desk->ports.buses,
		.reading = desk->ports.reading,
	};

	return query_run(&view, kind, match);
}

static const char *port_ask(void *context, const struct journal_query *query, uint64_t ticket)
{
	struct desk *desk = context;
	struct journal *journal = record_journal(desk->record);
	struct journal_query all = *query;
	struct failure why;

	/* The site is around every zone, which the zones' ids do not tell. */
	if (strcmp(all.zone, desk->plant->config->site.id) == 0)
		all.zone[0] = '\0';
	if (journal_ask(journal, &all, ticket) == 0)
		return NULL;
	if (journal_trouble(journal, &why))
		return "the journal cannot be read: see \"troubles\"";
	return "too many questions wait for the journal: try again";
}

struct desk *desk_new(const struct plant *plant, struct engine_sink *sink,
	const struct trouble_list *troubles, const struct desk_ports *ports, struct record *record)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return NULL;
	desk->plant = plant;
	desk->sink = sink;
	desk->troubles = troubles;
	desk->ports = *ports;
	desk->record = record;
	desk->commands.ports = (struct command_ports){ desk, port_order, port_use, port_maintain,
		port_record, port_query, port_ask };
	return desk;
}

static struct local_answer on_request(
	struct local_events *events, const struct local_request *request)
{
	struct desk *desk = OWNER_OF(events, struct desk, local_events);

	return desk->ports.request(desk->ports.context, request);
}

/* Whoever waits for this answer waits no more. */
static void on_gone(struct local_events *events, uint64_t ticket)
{
	struct desk *desk = OWNER_OF(events, struct desk, local_events);

	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		if (desk->held[i].ticket != ticket)
			continue;
		free(desk->held[i].text);
		desk->held[i] = (struct held){ 0 };
		return;
	}
	journal_forget(record_journal(desk->record), ticket);
}

void desk_open(struct desk *desk, const char *socket, sd_event *event)
{
	desk->local_events = (struct local_events){ on_request, on_gone };
	desk->local = local_start(socket, LOCAL_IDLE_MS, event, &desk->local_events);
}

void desk_close(struct desk *desk)
{
	local_stop(desk->local);
	desk->local = NULL;
}

void desk_free(struct desk *desk)
{
	if (!desk)
		return;
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++)
		free(desk->held[i].text);
	free(desk);
}

/* Commands and their answers ------------------------------------------------ */

void desk_command(struct desk *desk, const struct mqtt_message *message, struct moment moment)
{
	char prefix[80], topic[256];
	struct mqtt_publish answer = {
		.kind = MQTT_STREAM,
		.full_topic = topic,
		.correlation = message->correlation,
		.correlation_length = message->correlation_length,
	};
	char *text;

	desk->now = moment;
	text = command_run(&desk->commands, message, moment.wall_ms, &answer.length);
	snprintf(prefix, sizeof(prefix), "facility/%s", desk->plant->config->site.id);
	if (text && command_reply_topic(prefix, message, topic, sizeof(topic)) == 0) {
		answer.payload = text;
		record_reply(desk->record, &answer, moment);
	}
	free(text);
}

/* It comes later, when what it says is on disk; where there is no room to wait, now. */
static void hold(struct desk *desk, uint64_t ticket, struct local_answer *answer)
{
	uint64_t mark;

	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		if (desk->held[i].ticket || !record_answer_waits(desk->record, desk->now, &mark))
			continue;
		desk->held[i] = (struct held){ ticket, mark, answer->text, answer->length };
		*answer = (struct local_answer){ .later = true };
		return;
	}
}

struct local_answer desk_request(
	struct desk *desk, const struct local_request *request, struct moment moment)
{
	struct local_answer answer;

	desk->now = moment;
	answer = command_local(&desk->commands, request, moment.wall_ms);
	if (!answer.later && answer.text)
		hold(desk, request->ticket, &answer);
	return answer;
}

void desk_release(struct desk *desk, uint64_t mark)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		struct held held = desk->held[i];

		if (!held.ticket || held.mark > mark)
			continue;
		desk->held[i] = (struct held){ 0 };
		local_answer(desk->local, held.ticket, held.text, held.length);
	}
}

void desk_answered(
	struct desk *desk, uint64_t ticket, struct journal_page *page, struct moment moment)
{
	size_t length = 0;
	char *text = command_page(page, moment.wall_ms, &length);

	local_answer(desk->local, ticket, text, length);
}
