#include "daemon/people/desk.h"

#include "core/owner.h"
#include "daemon/documents/parts.h"
#include "daemon/people/holding.h"
#include "daemon/people/maintain.h"
#include "daemon/people/rights.h"

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
	struct mqtt *mqtt;
	struct command_set commands;
	struct local *local; /* NULL: not open */
	struct local_events local_events;
	struct moment now; /* of the command that is carried out */
	char refused[HOLDING_WHY_MAX];
	char forbidden[RIGHTS_WHY_MAX];
	struct held held[LOCAL_CLIENT_MAX];
};

/* What commands act on ------------------------------------------------------ */

/* Of the step that is to be released; of all that wait or begin, where `step` is NULL. */
static json_t *switches(const struct desk *desk, const char *id, const char *step, const char *zone)
{
	const struct site *site = &desk->plant->config->site;
	const struct engine *engine = desk->plant->engine;
	/* Until somebody releases it a lock may have ended: only then it says what is not written.
	 */
	const struct document_view view = { engine_find(engine, id), desk->plant->outputs, site,
		&desk->now, NULL, step ? engine : NULL };
	const struct incident *incident = view.incident;
	json_t *array = NULL;

	for (size_t i = 0; incident && i < incident->type->step_count; i++) {
		enum action_state state = incident->steps[i].action;

		if (step ? !incident->type->steps[i].action ||
					strcmp(incident->type->steps[i].id, step) != 0
			 : state != ACTION_AWAITING && state != ACTION_WANTED)
			continue;
		if (!array)
			array = json_array();
		document_append(&array,
			document_switches_json(&view, i, zone ? site_zone(site, zone) : NULL));
	}
	return array;
}

/* Where locks forbid all that it would write: why not. What they forbid of it is told. */
static const char *locked(struct desk *desk, const struct incident *incident,
	const struct order *order, struct output_holders *holders)
{
	const struct zone *place =
		order->zone ? site_zone(&desk->plant->config->site, order->zone) : NULL;

	for (size_t i = 0; incident && i < incident->type->step_count; i++) {
		const struct step *step = &incident->type->steps[i];

		if (!step->action || strcmp(step->id, order->step) != 0 ||
			(incident->steps[i].action == ACTION_DONE &&
				!(place && incident_adds_place(incident, (int)i, place))) ||
			!outputs_locked(desk->plant->outputs, incident, (int)i, place, holders))
			continue;
		snprintf(desk->refused, sizeof(desk->refused), "locked by %s",
			holders->incidents[0]);
		return desk->refused;
	}
	return NULL;
}

static const char *port_refuse(void *context, struct order *order, bool local)
{
	struct desk *desk = context;
	const struct config *config = desk->plant->config;
	const struct rights rights = { &config->people, config->homeassistant.release,
		desk->now.now_ms };
	const struct incident *incident =
		order->incident ? engine_find(desk->plant->engine, order->incident) : NULL;

	return rights_refuse(&rights, order, incident, local, desk->forbidden);
}

/* As the engine has it; but nothing reported was to be ended, and he may not end the rest. */
static const char *reason_of(
	struct desk *desk, const struct order *order, enum engine_result result)
{
	const struct incident *incident =
		order->incident ? engine_find(desk->plant->engine, order->incident) : NULL;

	if (result == ENGINE_NOT_NOW && order->report_only && *order->note && incident)
		return rights_involved_only(order, incident, desk->forbidden);
	return engine_result_text(result);
}

/* The first of two has released it: how long the second one has. */
static int64_t second_ms(const struct incident *incident, const struct order *order)
{
	const struct first_release *first = &incident->first_release;

	return first->by[0] && strcmp(first->by, order->user) == 0 &&
			       strcmp(incident->type->steps[first->step].id, order->step) == 0
		       ? FIRST_RELEASE_MS
		       : 0;
}

static const char *port_order(void *context, const struct order *order, struct order_told *told)
{
	struct desk *desk = context;
	struct engine *engine = desk->plant->engine;
	const struct incident *incident;
	char open[INCIDENT_ID_MAX + 1];
	enum engine_result result;
	const char *id = NULL;

	if (mqtt_standing(desk->mqtt) == MQTT_STANDING_BY)
		return word_refusal(
			WORD_REFUSAL_THIS_FACILITYD_STANDS_BY_THE_OTHER_ONE_OF_THIS_SITE_TAKES_ORDERS);
	if (holding_takes(order->kind)) {
		if (order->kind == ORDER_SET)
			told->lasts_ms = order->for_ms > 0 ? order->for_ms : HAND_DEFAULT_MS;
		return holding_order(
			desk->plant, order, desk->now.now_ms, &told->holders, desk->refused);
	}
	if (order->kind == ORDER_CLOCK_OK)
		return desk->ports.aside(desk->ports.tell, order, desk->now);
	incident = order->incident ? engine_find(engine, order->incident) : NULL;
	snprintf(open, sizeof(open), "%s", incident ? incident->id : "");
	if (order->kind == ORDER_RELEASE) {
		const char *why = locked(desk, incident, order, &told->holders);

		if (why)
			return why;
		/* Before it is under way: what it is about to switch. */
		told->actions = switches(desk, order->incident, order->step, order->zone);
	}
	result = engine_order(engine, order, desk->now.now_ms, desk->sink, &id);
	if (order->kind == ORDER_RELEASE && result == ENGINE_OK)
		told->second_ms = second_ms(incident, order);
	if (order->kind == ORDER_REPORT && result == ENGINE_OK)
		told->actions = switches(desk, id, NULL, NULL);
	if (result == ENGINE_NO_INCIDENT &&
		(order->kind == ORDER_ADOPT || order->kind == ORDER_DISCARD))
		return desk->ports.aside(desk->ports.tell, order, desk->now);
	if (result == ENGINE_OK && *open)
		holding_left(desk->plant, open, &told->holders);
	return reason_of(desk, order, result);
}

static int port_use(void *context, const char *user, const char *id, int64_t lasts_ms, bool passing)
{
	struct desk *desk = context;

	return record_use(desk->record, user, id, lasts_ms, passing, desk->now);
}

static const char *port_maintain(void *context, const struct order *order, char **more)
{
	struct desk *desk = context;
	const struct maintenance maintenance = { desk->plant, desk->sink, desk->record, desk->now,
		desk->ports.tell, desk->ports.unlocked };

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
		.stats = desk->ports.stats(desk->ports.tell, desk->now),
		.clock = desk->now,
		.origin = { record_journal_id(desk->record), record_sequence(desk->record) },
		.stands_by = mqtt_standing(desk->mqtt) == MQTT_STANDING_BY,
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
		return word_refusal(WORD_REFUSAL_THE_JOURNAL_CANNOT_BE_READ_SEE_TROUBLES);
	return word_refusal(WORD_REFUSAL_TOO_MANY_QUESTIONS_WAIT_FOR_THE_JOURNAL_TRY_AGAIN);
}

static const char *port_take_over(void *context)
{
	struct desk *desk = context;

	return mqtt_take_over(desk->mqtt) == 0
		       ? NULL
		       : word_refusal(WORD_REFUSAL_THIS_FACILITYD_IS_ACTIVE_ALREADY);
}

struct desk *desk_new(const struct plant *plant, struct engine_sink *sink,
	const struct trouble_list *troubles, const struct desk_ports *ports, struct record *record,
	struct mqtt *mqtt)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return NULL;
	desk->plant = plant;
	desk->sink = sink;
	desk->troubles = troubles;
	desk->ports = *ports;
	desk->record = record;
	desk->mqtt = mqtt;
	desk->commands.ports = (struct command_ports){ desk, port_refuse, port_order, port_use,
		port_maintain, port_record, port_take_over, port_query, port_ask };
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
	if (!desk)
		return;
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
