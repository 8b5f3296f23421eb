/* What people's commands do: to the engine and the actuation. */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/facility_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *outcome(enum engine_result result)
{
	return result == ENGINE_OK ? NULL : engine_result_text(result);
}

static const char *port_ack(void *context, const char *incident, const char *user)
{
	struct facility *f = context;

	return outcome(engine_ack(f->engine, incident, user, f->now_ms, &f->engine_sink));
}

static const char *port_step(void *context, const char *incident, const char *step,
	enum step_status status, const char *user, const char *note)
{
	struct facility *f = context;

	return outcome(engine_step(
		f->engine, incident, step, status, user, note, f->now_ms, &f->engine_sink));
}

static const char *port_release(
	void *context, const char *incident, const char *step, const char *user)
{
	struct facility *f = context;

	return outcome(engine_release(f->engine, incident, step, user, f->now_ms, &f->engine_sink));
}

static const char *port_restore(void *context, const char *incident, const char *user)
{
	struct facility *f = context;
	const struct incident *open = engine_find(f->engine, incident);

	if (!open)
		return engine_result_text(ENGINE_NO_INCIDENT);
	switch (actuation_restore(f->actuation, open->id, user, f->now_ms)) {
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

static const char *port_report(
	void *context, int number, const char *zone, const char *user, const char *note)
{
	struct facility *f = context;

	return outcome(engine_report(
		f->engine, number, zone, user, note, f->now_ms, &f->engine_sink, NULL));
}

static const char *port_over(void *context, const char *incident, const char *user)
{
	struct facility *f = context;

	return outcome(engine_return(f->engine, incident, user, f->now_ms, &f->engine_sink));
}

static const struct reading *read_point(void *context, const struct point *point)
{
	struct facility *f = context;

	return bus_set_reading(f->buses, point);
}

static void port_record(void *context, const char *user, const char *line)
{
	facility_keep_command(context, user, line);
}

static struct query_result port_query(void *context, enum query_kind kind, const char *match)
{
	struct facility *f = context;
	const struct query_view view = {
		.site = &f->config->site,
		.engine = f->engine,
		.actuation = f->actuation,
		.troubles = f->troubles,
		.clock = facility_clock(f),
		.context = f,
		.reading = read_point,
	};

	return query_run(&view, kind, match);
}

struct command_ports facility_command_ports(struct facility *facility)
{
	return (struct command_ports){
		.context = facility,
		.ack = port_ack,
		.step = port_step,
		.release = port_release,
		.restore = port_restore,
		.report = port_report,
		.over = port_over,
		.record = port_record,
		.query = port_query,
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
		facility->commands, message, facility->now_ms, clock_wall_ms(), &answer.length);

	facility_settle(facility);
	snprintf(prefix, sizeof(prefix), "facility/%s", facility->config->site.id);
	if (text && command_reply_topic(prefix, message, topic, sizeof(topic)) == 0) {
		answer.payload = text;
		if (mqtt_publish(facility->mqtt, &answer) < 0)
			log_error("mqtt: out of memory: an answer is lost");
	}
	free(text);
}

char *facility_request(struct facility *facility, const char *user, const char *line, size_t length,
	size_t *answer_length)
{
	char *text = command_local(
		facility->commands, user, line, length, clock_wall_ms(), answer_length);

	facility_settle(facility);
	return text;
}
