/*
 * For the tests of outputs only: a building of three relays, ports that
 * remember, virtual time. The engine is a stand-in, since only its three answers
 * matter here.
 */
#ifndef TESTS_OUTPUTS_BENCH_H
#define TESTS_OUTPUTS_BENCH_H

#include "daemon/outputs/parts.h"

#include "core/clock.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { RELAYS = 3, POINTS = 2 * RELAYS + 1, OTHER = POINTS - 1, LOG_MAX = 4000 };

/* Points 0..2: relays, 3..5: their read-backs, 6: of another class. */
__attribute__((unused)) static const struct reboot same_boot = { 0 };
static struct building {
	struct zone zones[3];
	struct point_class classes[3];
	struct bus bus;
	struct device device;
	struct point points[POINTS];
	struct config config;
	struct action action;
	struct step step;
	struct incident_type type;
	struct incident incident, second; /* second.id "": there is only one */
	enum truth still_true, second_true;
	struct reading values[POINTS];
	struct outputs *outputs;
	struct outputs_ports ports;
	struct output_holders holders;
	int64_t now_ms;
	uint64_t record_ticket[8], write_ticket[8];
	double record_value[8];
	char caller[INCIDENT_ID_MAX + 1];
	char row[200], claims[1000]; /* as they were kept last */
	unsigned records, writes, reads, told, kept, asked;
	bool can_ask;
	const struct point *written[8];
	double write_value[8];
	int write_result;
	char log[LOG_MAX]; /* what was reported and troubled */
} b;

enum truth engine_still_true(const struct engine *engine, const struct incident *incident)
{
	(void)engine;
	if (incident == &b.second)
		return b.second_true;
	assert_ptr_equal(incident, &b.incident);
	return b.still_true;
}

/* The lock on every output; NULL: none. */
static const struct lock *bench_lock;
const struct lock *engine_forbids_write(
	const struct engine *engine, const struct point *output, const struct incident *incident)
{
	(void)engine, (void)output, (void)incident;
	return bench_lock;
}

const struct incident *engine_find(const struct engine *engine, const char *id)
{
	(void)engine;
	if (b.second.id[0] && strcmp(id, b.second.id) == 0)
		return &b.second;
	return b.incident.id[0] && strcmp(id, b.incident.id) == 0 ? &b.incident : NULL;
}

/* What locks hide is for the engine's own tests, but that it is asked for the right type. */
static const struct incident_type *bench_eval_type;
enum truth engine_eval(
	const struct engine *engine, const struct expr *expr, const struct incident_type *type)
{
	(void)engine;
	bench_eval_type = type;
	return expr_eval(expr, b.values);
}

const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	(void)engine;
	return b.incident.id[0] && i == 0 ? &b.incident : NULL;
}

const struct reading *engine_values(const struct engine *engine)
{
	(void)engine;
	return b.values;
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t used = strlen(b.log);
	va_list args;

	va_start(args, format);
	vsnprintf(b.log + used, LOG_MAX - used, format, args);
	va_end(args);
}

static int port_write(void *context, const struct point *point, double value, uint64_t ticket)
{
	(void)context;
	assert_true(b.writes < 8);
	b.written[b.writes] = point;
	b.write_value[b.writes] = value;
	b.write_ticket[b.writes++] = ticket;
	return b.write_result;
}

static void port_read_now(void *context, const struct point *point)
{
	(void)context;
	assert_in_range(point->index, RELAYS, 2 * RELAYS - 1);
	b.reads++;
}

static void port_record(void *context, const struct intent *intent, uint64_t ticket)
{
	(void)context;
	assert_true(intent->output->writable);
	assert_true(b.records < 8);
	if (intent->step) {
		assert_string_equal(intent->step, b.incident.type->steps[0].id);
		assert_int_equal(intent->drill, b.incident.drill);
	} else if (*intent->incident_id) {
		snprintf(b.caller, sizeof(b.caller), "%s", intent->incident_id);
		assert_string_equal(intent->user, "facilityd");
	}
	b.record_value[b.records] = intent->value;
	b.record_ticket[b.records++] = ticket;
}

static void port_keep(void *context, const char *id, const char *row)
{
	(void)context;
	if (strcmp(id, CLAIMS_ROW) == 0) {
		snprintf(b.claims, sizeof(b.claims), "%s", row ? row : "");
		return;
	}
	assert_string_equal(id, CALL_ROW);
	b.kept++;
	snprintf(b.row, sizeof(b.row), "%s", row ? row : "");
}

static bool port_again(void *context)
{
	(void)context;
	b.asked++;
	return b.can_ask;
}

static void port_called(void *context, const struct fallback *fallback,
	const struct called_output *outputs, size_t count)
{
	(void)context, (void)fallback, (void)outputs, (void)count;
	b.told++;
}

static void transition_of(const struct incident *incident, enum transition_kind kind)
{
	const struct transition t = { .kind = kind,
		.incident = incident,
		.step = 0,
		.user = "li",
		.note = "",
		.at_ms = b.now_ms };

	outputs_transition(b.outputs, &t);
}

static void transition(enum transition_kind kind)
{
	transition_of(&b.incident, kind);
}

/* As the engine does: the report changes the state, and the transition comes back at once. */
static void port_report(void *context, const char *incident_id, int step, enum action_state state,
	const char *user, const char *text)
{
	static const char *const names[] = { "idle", "advised", "awaiting", "wanted", "done",
		"failed", "refused", "overtaken", "restored", "lost" };

	(void)context;
	(void)step;
	note("[%s%s by %s: %s]", strcmp(incident_id, b.second.id) == 0 ? "second " : "",
		names[state], user, text);
	if (strcmp(incident_id, b.second.id) == 0) {
		b.second.steps[0].action = state;
		transition_of(&b.second, TRANSITION_ACTION);
	} else {
		assert_string_equal(incident_id, b.incident.id);
		b.incident.steps[0].action = state;
		transition(TRANSITION_ACTION);
	}
	tasks_run(b.outputs, b.now_ms);
}

static void port_trouble(void *context, const struct point *point, enum word_write_refusal why)
{
	(void)context;
	note("{%s %s}", point->id, why ? word_id(WORD_WRITE_REFUSAL, why) : "ends");
}

static const struct reading *port_reading(void *context, const struct point *point)
{
	(void)context;
	return &b.values[point->index];
}

static void build_points(void)
{
	static const char *const ids[POINTS] = { "a", "b", "c", "a-rb", "b-rb", "c-rb", "other" };

	for (uint32_t i = 0; i < POINTS; i++) {
		b.points[i] = (struct point){ .id = ids[i],
			.class = &b.classes[i / RELAYS],
			.zone = &b.zones[2],
			.device = &b.device,
			.index = i };
		b.values[i] = (struct reading){
			.point = i, .quality = QUALITY_GOOD, .value = 1, .at_ms = 1
		};
	}
	for (uint32_t i = 0; i < RELAYS; i++) {
		b.points[i].writable = b.points[i].armed = true;
		b.points[i].readback = &b.points[RELAYS + i];
	}
	b.points[OTHER].writable = b.points[OTHER].armed = true;
	/* One relay is elsewhere. */
	b.points[2].zone = &b.zones[0];
}

static void start(bool armed)
{
	outputs_free(b.outputs);
	b.config.daemon.actions_armed = armed;
	b.outputs = outputs_new(&b.config, NULL, &b.ports, b.now_ms);
	assert_non_null(b.outputs);
}

static int set_up(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.zones[0] = (struct zone){ .id = "centre", .index = 0 };
	b.zones[1] = (struct zone){ .id = "f1", .parent = &b.zones[0], .index = 1 };
	b.zones[2] = (struct zone){ .id = "f1.tea", .parent = &b.zones[1], .index = 2 };
	b.classes[0] = (struct point_class){ .id = "circuit", .kind = POINT_STATE };
	b.classes[1] =
		(struct point_class){ .id = "circuit.back", .kind = POINT_STATE, .index = 1 };
	b.classes[2] = (struct point_class){ .id = "other", .kind = POINT_STATE, .index = 2 };
	b.device.bus = &b.bus;
	build_points();
	b.config.site = (struct site){ .id = "centre",
		.zones = b.zones,
		.zone_count = 3,
		.classes = b.classes,
		.class_count = 3,
		.points = b.points,
		.point_count = POINTS };
	b.action = (struct action){ .id = "cut",
		.class = &b.classes[0],
		.scope = ACTION_ZONE,
		.value = 0,
		.mode = ACTION_AUTO,
		.confirm_ms = 4000 };
	b.step = (struct step){ .id = "cut", .action = &b.action };
	b.type = (struct incident_type){
		.id = "leak", .number = 16, .steps = &b.step, .step_count = 1
	};
	b.config.plan = (struct plan){
		.actions = &b.action, .action_count = 1, .types = &b.type, .type_count = 1
	};
	b.incident = (struct incident){ .id = "16-f1.tea-1",
		.type = &b.type,
		.zone = &b.zones[2],
		.state = INCIDENT_ACTIVE_ACKED };
	b.incident.steps[0].action = ACTION_WANTED;
	b.still_true = TRUTH_TRUE;
	b.ports = (struct outputs_ports){ NULL, NULL, port_write, port_read_now, port_reading,
		port_record, port_report, port_trouble, port_keep, port_again, port_called };
	b.now_ms = 10000;
	start(true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	outputs_free(b.outputs);
	b.outputs = NULL;
	return 0;
}

static void run_until(int64_t ms)
{
	while (b.now_ms < ms) {
		int64_t next_ms = tasks_deadline(b.outputs);

		b.now_ms = next_ms > ms ? ms : next_ms > b.now_ms ? next_ms : b.now_ms + 1;
		tasks_run(b.outputs, b.now_ms);
	}
}

static void want(void)
{
	transition(TRANSITION_RAISED);
	assert_int_equal(b.records, 0); /* nothing happens within the engine's call */
	tasks_run(b.outputs, b.now_ms);
}

static void recorded(unsigned i)
{
	assert_true(i < b.records);
	outputs_recorded(b.outputs, b.record_ticket[i], true, b.now_ms);
}

static void written(unsigned i, int error)
{
	assert_true(i < b.writes);
	outputs_written(b.outputs, b.write_ticket[i], error, b.now_ms);
}

/* The bus saw the read-back of relay i. */
static void seen(uint32_t relay, double value)
{
	struct reading *reading = &b.values[RELAYS + relay];

	reading->quality = QUALITY_GOOD;
	reading->value = value;
	reading->at_ms = b.now_ms;
	outputs_frame(b.outputs, reading, 1, b.now_ms);
}

static enum output_state state_of(size_t i)
{
	struct output_status out[8];
	size_t count = outputs_of_step(b.outputs, &b.incident, 0, out, 8);

	assert_true(i < count);
	return out[i].state;
}

/* Relay 0 alone is in the room: cut and proved. */
static inline void cut_one(void)
{
	b.points[1].zone = &b.zones[0];
	want();
	recorded(0);
	written(0, 0);
	b.now_ms += 50;
	seen(0, 0);
}

/* The plain way: both relays of the tea room recorded, written, proven. */
static inline void play_to_the_end(void)
{
	want();
	assert_int_equal(b.records, 2);
	assert_int_equal(b.writes, 0);
	assert_int_equal(state_of(0), OUTPUT_RECORDING);
	b.now_ms += 5;
	recorded(1);
	assert_int_equal(b.writes, 1);
	assert_ptr_equal(b.written[0], &b.points[1]);
	assert_true(b.write_value[0] == 0);
	recorded(0);
	written(0, 0);
	written(1, 0);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMING);
	run_until(b.now_ms + 100);
	assert_int_equal(b.reads, 2);
	seen(0, 0);
	assert_int_equal(state_of(0), OUTPUT_CONFIRMED);
	assert_string_equal(b.log, "");
	seen(1, 0);
	assert_string_equal(b.log, "[done by li: ]");
	assert_int_equal(tasks_deadline(b.outputs), CLOCK_NEVER);
}

static inline int restore_id(const char *id, const char *user)
{
	return outputs_restore(
		b.outputs, &(struct restore_order){ id, user, NAN, false }, b.now_ms, &b.holders);
}

static inline int restore(const struct incident *incident, const char *user)
{
	return restore_id(incident->id, user);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
