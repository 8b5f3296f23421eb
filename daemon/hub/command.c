/* What people's commands do: to the engine and the actuation. */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/hub/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

static enum engine_result step(struct facility *f, const struct order *o, enum step_status status)
{
	return engine_step(f->engine, o->incident, o->step, status, o->user, o->note, f->now.now_ms,
		&f->engine_sink);
}

static enum engine_result order_ack(struct facility *f, const struct order *o)
{
	return engine_ack(f->engine, o->incident, o->user, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_accept(struct facility *f, const struct order *o)
{
	return step(f, o, STEP_ACCEPTED);
}

static enum engine_result order_done(struct facility *f, const struct order *o)
{
	return step(f, o, STEP_DONE);
}

static enum engine_result order_fail(struct facility *f, const struct order *o)
{
	return step(f, o, STEP_FAILED);
}

static enum engine_result order_skip(struct facility *f, const struct order *o)
{
	return step(f, o, STEP_SKIPPED);
}

static enum engine_result order_reopen(struct facility *f, const struct order *o)
{
	return step(f, o, STEP_OPEN);
}

static enum engine_result order_release(struct facility *f, const struct order *o)
{
	return engine_release(
		f->engine, o->incident, o->step, o->user, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_report(struct facility *f, const struct order *o)
{
	return engine_report(f->engine, o->type, o->zone, o->user, o->note, f->now.now_ms,
		&f->engine_sink, NULL);
}

static enum engine_result order_over(struct facility *f, const struct order *o)
{
	return engine_return(f->engine, o->incident, o->user, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_shelve(struct facility *f, const struct order *o)
{
	return engine_shelve(f->engine, o->incident, (int64_t)o->minutes * MINUTE_MS, o->user,
		o->note, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_unshelve(struct facility *f, const struct order *o)
{
	return engine_unshelve(f->engine, o->incident, o->user, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_out_of_service(struct facility *f, const struct order *o)
{
	return engine_remove(
		f->engine, o->type, o->zone, o->user, o->note, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_in_service(struct facility *f, const struct order *o)
{
	return engine_instate(f->engine, o->incident, o->user, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_hand_over(struct facility *f, const struct order *o)
{
	return engine_hand_over(
		f->engine, o->incident, o->to, o->user, o->note, f->now.now_ms, &f->engine_sink);
}

static enum engine_result order_drill(struct facility *f, const struct order *o)
{
	return engine_drill(f->engine, o->type, o->zone, o->user, o->note, f->now.now_ms,
		&f->engine_sink, NULL);
}

static enum engine_result order_drill_end(struct facility *f, const struct order *o)
{
	return engine_drill_end(
		f->engine, o->incident, o->user, o->note, f->now.now_ms, &f->engine_sink);
}

static const char *order_restore(struct facility *f, const struct order *o)
{
	const struct incident *open = engine_find(f->engine, o->incident);

	if (!open)
		return engine_result_text(ENGINE_NO_INCIDENT);
	switch (actuation_restore(f->actuation, open->id, o->user, f->now.now_ms)) {
	case 0:
		return NULL;
	case -EBUSY:
		return "the condition is still true or not known: nothing is put back";
	case -ENOENT:
		return "this incident has switched nothing";
	default:
		return "cannot be put back now";
	}
}

static const char *port_order(void *context, const struct order *order)
{
	static enum engine_result (*const orders[ORDER_KIND_COUNT])(
		struct facility *, const struct order *) = {
		[ORDER_ACK] = order_ack,
		[ORDER_ACCEPT] = order_accept,
		[ORDER_DONE] = order_done,
		[ORDER_FAIL] = order_fail,
		[ORDER_SKIP] = order_skip,
		[ORDER_REOPEN] = order_reopen,
		[ORDER_RELEASE] = order_release,
		[ORDER_REPORT] = order_report,
		[ORDER_OVER] = order_over,
		[ORDER_SHELVE] = order_shelve,
		[ORDER_UNSHELVE] = order_unshelve,
		[ORDER_OUT_OF_SERVICE] = order_out_of_service,
		[ORDER_IN_SERVICE] = order_in_service,
		[ORDER_HAND_OVER] = order_hand_over,
		[ORDER_DRILL] = order_drill,
		[ORDER_DRILL_END] = order_drill_end,
	};
	enum engine_result result;

	if (order->kind == ORDER_RESTORE)
		return order_restore(context, order);
	result = orders[order->kind](context, order);
	return result == ENGINE_OK ? NULL : engine_result_text(result);
}

static const struct reading *read_point(void *context, const struct point *point)
{
	struct facility *f = context;

	return bus_set_reading(f->buses, point);
}

static void port_record(void *context, const char *user, const char *line)
{
	struct facility *f = context;

	record_command(f->record, user, line, f->now);
}

static struct query_result port_query(void *context, enum query_kind kind, const char *match)
{
	struct facility *f = context;
	const struct query_view view = {
		.site = &f->config->site,
		.engine = f->engine,
		.actuation = f->actuation,
		.troubles = f->troubles,
		.people = &f->config->people,
		.plan = &f->config->plan,
		.stats = facility_stats_view(f),
		.clock = f->now,
		.context = f,
		.reading = read_point,
	};

	return query_run(&view, kind, match);
}

static const char *port_ask(void *context, const struct journal_query *query, uint64_t ticket)
{
	struct facility *f = context;
	const char *trouble = journal_trouble(record_journal(f->record));
	struct journal_query all = *query;

	/* The site is around every zone, which the zones' ids do not tell. */
	if (strcmp(all.zone, f->config->site.id) == 0)
		all.zone[0] = '\0';
	if (journal_ask(record_journal(f->record), &all, ticket) == 0)
		return NULL;
	return trouble ? trouble : "too many questions wait for the journal: try again";
}

struct command_ports facility_command_ports(struct facility *facility)
{
	return (struct command_ports){
		.context = facility,
		.order = port_order,
		.record = port_record,
		.query = port_query,
		.ask = port_ask,
	};
}

void facility_command(struct facility *facility, const struct mqtt_message *message)
{
	char prefix[80], topic[256];
	struct mqtt_publish answer = {
		.kind = MQTT_STREAM,
		.full_topic = topic,
		.correlation = message->correlation,
		.correlation_length = message->correlation_length,
	};
	char *text = command_run(
		facility->commands, message, facility->now.now_ms, clock_wall_ms(), &answer.length);

	facility_settle(facility);
	snprintf(prefix, sizeof(prefix), "facility/%s", facility->config->site.id);
	if (text && command_reply_topic(prefix, message, topic, sizeof(topic)) == 0) {
		answer.payload = text;
		record_reply(facility->record, &answer, facility->now);
	}
	free(text);
}

struct local_answer facility_request(struct facility *facility, const struct local_request *request)
{
	struct local_answer answer = command_local(facility->commands, request, clock_wall_ms());
	uint64_t mark;

	facility_settle(facility);
	if (!answer.later && answer.text &&
		record_answer_waits(facility->record, facility->now, &mark))
		held_put(&facility->held, request->ticket, mark, &answer);
	return answer;
}

void facility_answered(struct facility *facility, uint64_t ticket, struct journal_page *page)
{
	size_t length = 0;
	char *text = command_page(page, clock_wall_ms(), &length);

	local_answer(facility->local, ticket, text, length);
}
