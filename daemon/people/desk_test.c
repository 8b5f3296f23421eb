/*
 * Orders and questions at the desk, and answers that wait for the disk. Record, journal
 * and socket are played by this file; the engine is the real one.
 */
#include "daemon/people/desk.h"

#include "rules/engine/locking.h"
#include "tests/heard.h"
#include "tests/rules_lab.h"

#include <errno.h>
#include <stdlib.h>

enum { T0 = 100000 };

static struct {
	bool waits;
	uint64_t mark;
	char command[200], topic[200], reply[4000], row[2000];
	int64_t command_ms, use_ms;
	char used[120];
	int use_error;
} kept;

bool record_answer_waits(struct record *record, struct moment moment, uint64_t *mark)
{
	(void)record, (void)moment;
	*mark = kept.mark;
	return kept.waits;
}

int record_use(struct record *record, const char *user, const char *id, int64_t lasts_ms,
	bool passing, struct moment moment)
{
	(void)record, (void)passing;
	kept.use_ms = moment.now_ms + lasts_ms;
	snprintf(kept.used, sizeof(kept.used), "%s/%s", user, id);
	return kept.use_error;
}

void record_command(struct record *record, const char *user, const char *line, struct moment moment)
{
	(void)record;
	kept.command_ms = moment.now_ms;
	snprintf(kept.command, sizeof(kept.command), "%s: %s", user, line);
}

void record_reply(struct record *record, const struct mqtt_publish *message, struct moment moment)
{
	(void)record, (void)moment;
	snprintf(kept.topic, sizeof(kept.topic), "%s",
		message->full_topic ? message->full_topic : message->topic);
	snprintf(kept.reply, sizeof(kept.reply), "%.*s", (int)message->length, message->payload);
}

void record_row(struct record *record, const char *id, const char *text)
{
	(void)record, (void)id;
	snprintf(kept.row, sizeof(kept.row), "%s", text ? text : "");
}

const char *record_journal_id(const struct record *record)
{
	(void)record;
	return "0123456789abcdef";
}

uint64_t record_sequence(const struct record *record)
{
	(void)record;
	return 7;
}

struct journal *record_journal(struct record *record)
{
	(void)record;
	return NULL;
}

static struct {
	int error;
	uint64_t asked, forgotten;
	struct journal_query query;
	const char *trouble;
} archive;

int journal_ask(struct journal *journal, const struct journal_query *query, uint64_t ticket)
{
	(void)journal;
	archive.query = *query;
	archive.asked = ticket;
	return archive.error;
}

void journal_forget(struct journal *journal, uint64_t ticket)
{
	(void)journal;
	archive.forgotten = ticket;
}

bool journal_trouble(const struct journal *journal, struct failure *why)
{
	(void)journal, (void)why;
	return archive.trouble;
}

static struct {
	struct local_events *events;
	unsigned answers, stops;
	uint64_t ticket;
	char text[300];
} local_socket;

struct local *local_start(
	const char *path, int64_t idle_ms, sd_event *loop, struct local_events *events)
{
	(void)path, (void)idle_ms, (void)loop;
	local_socket.events = events;
	return NULL;
}

void local_stop(struct local *local)
{
	(void)local;
	local_socket.stops++;
}

void local_answer(struct local *local, uint64_t ticket, char *text, size_t length)
{
	(void)local;
	local_socket.answers++;
	local_socket.ticket = ticket;
	snprintf(local_socket.text, sizeof(local_socket.text), "%.*s", (int)length, text);
	free(text);
}

static struct action cut = { .id = "cut",
	.class = &building_classes[C_SWITCH],
	.scope = ACTION_SITE,
	.mode = ACTION_CONFIRM };
static struct step step = { .id = "cut", .clause = "16.1", .action = &cut };
static struct incident_type type = { .id = "leak", .number = 16, .steps = &step, .step_count = 1 };
static const struct rule wet = {
	.id = "wet", .type = &type, .condition = "any(leak)", .zone = &building_zones[Z_F2]
};
static struct lab lab;
static struct config config;
static struct plant plant;
static const struct moment now = { T0, 1795489269250 };

static const struct reading *port_reading(void *context, const struct point *point)
{
	(void)context, (void)point;
	return NULL;
}

static enum order_kind aside;

static const char *port_aside(void *tell, const struct order *order, struct moment moment)
{
	(void)tell, (void)moment;
	aside = order->kind;
	return NULL;
}

static char unlocked[200];

static void port_unlocked(
	void *tell, const struct lock *lock, const char *reason, struct moment moment)
{
	(void)tell, (void)moment;
	snprintf(unlocked, sizeof(unlocked), "%s of %s: %s", lock->id, lock->by, reason);
}

static struct stats_view port_stats(const void *tell, struct moment moment)
{
	(void)tell, (void)moment;
	return (struct stats_view){ 0 };
}

static bool stands_by, is_active;

int mqtt_take_over(struct mqtt *mqtt)
{
	(void)mqtt;
	if (is_active)
		return -EALREADY;
	is_active = true;
	return 0;
}

enum mqtt_standing mqtt_standing(const struct mqtt *mqtt)
{
	(void)mqtt;
	return stands_by ? MQTT_STANDING_BY : MQTT_ACTIVE;
}

static int set_up(void **state)
{
	static const struct desk_ports ports = { NULL, port_reading, NULL, NULL, NULL, port_stats,
		port_aside, port_unlocked };
	static const struct outputs_ports outputs = { 0 };

	stands_by = is_active = false;
	memset(&kept, 0, sizeof(kept));
	memset(&archive, 0, sizeof(archive));
	memset(&local_socket, 0, sizeof(local_socket));
	building_setup(NULL);
	building_points[building_point("bypass")].writable = true;
	building_points[building_point("bypass")].armed = true;
	lab_start(&lab, &wet, 1);
	config = (struct config){ .site = building, .daemon.actions_armed = true };
	plant = (struct plant){ &config, lab.engine,
		outputs_new(&config, lab.engine, &outputs, T0) };
	*state = desk_new(&plant, &lab.sink, NULL, &ports, NULL, NULL);
	desk_open(*state, "", NULL);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	desk_close(*state);
	desk_free(*state);
	outputs_free(plant.outputs);
	lab_end(&lab);
	return 0;
}

static struct local_answer ask(struct desk *desk, uint64_t ticket, const char *line)
{
	const struct local_request request = { "li", line, strlen(line), ticket };

	return desk_request(desk, &request, now);
}

static void expect(struct local_answer answer, const char *text)
{
	assert_false(answer.later);
	assert_non_null(answer.text);
	if (!strstr(answer.text, text))
		fail_msg("%s: not \"%s\"", answer.text, text);
	free(answer.text);
}

static const char ack[] = "{\"verb\":\"ack\",\"incident\":\"16-f2\"}";

static void test_an_order_is_carried_out_and_recorded(void **state)
{
	lab_set(&lab, T0, "f2-leak=1");
	expect(ask(*state, 1, ack), "\"ok\":true");
	assert_int_equal(lab.last.state, INCIDENT_ACTIVE_ACKED);
	assert_string_equal(lab.last.acked_by, "li");
	assert_string_equal(kept.command, "li: li/ack 16-f2: done");
	expect(ask(*state, 2, ack), "\"ok\":false");
	assert_non_null(strstr(kept.command, "refused"));
}

static void test_what_nothing_has_switched_is_not_put_back(void **state)
{
	const char *restore = "{\"verb\":\"restore\",\"incident\":\"16-f2\"}";

	expect(ask(*state, 1, restore), "no open incident has this id");
	lab_set(&lab, T0, "f2-leak=1");
	expect(ask(*state, 2, restore), "this incident has switched nothing");
}

/* Promise 14: no "will switch" where a lock forbids it. */
static void test_a_release_names_the_lock(void **state)
{
	const struct lock lock = { .kind = LOCK_ZONE,
		.id = "centre",
		.by = "wu",
		.reason = "cable",
		.zone = &building_zones[Z_CENTRE] };
	const char *release = "{\"verb\":\"release\",\"incident\":\"16-f2\",\"step\":\"cut\"}";

	lab_set(&lab, T0, "f2-leak=1");
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
	assert_true(engine_lock(lab.engine, &lock, 1000, T0, &lab.sink));
	expect(ask(*state, 1, release), "locked by zone:centre");
	assert_int_equal(lab.last.steps[0].action, ACTION_AWAITING);
	engine_unlock(lab.engine, &lock, "wu", "", T0, &lab.sink);
	expect(ask(*state, 2, release), "\"ok\":true");
	assert_int_equal(lab.last.steps[0].action, ACTION_WANTED);
}

/* Its setter is told, and why; who ends his own knows. */
static void test_another_persons_lock_is_ended(void **state)
{
	struct lock lock = { .kind = LOCK_ZONE,
		.id = "centre",
		.by = "wu",
		.reason = "cable",
		.zone = &building_zones[Z_CENTRE] };
	const char *unlock = "{\"verb\":\"unlock\",\"what\":\"zone:centre\",\"note\":\"it is in\"}";

	unlocked[0] = '\0';
	assert_true(engine_lock(lab.engine, &lock, 1000, T0, &lab.sink));
	expect(ask(*state, 1, unlock), "\"ok\":true");
	assert_string_equal(unlocked, "centre of wu: it is in");
	unlocked[0] = '\0';
	strcpy(lock.by, "li");
	assert_true(engine_lock(lab.engine, &lock, 1000, T0, &lab.sink));
	expect(ask(*state, 2, unlock), "\"ok\":true");
	assert_string_equal(unlocked, "");
}

/* Questions that the daemon answers by itself, of this moment. */
static void test_what_is_open_is_listed(void **state)
{
	const char *incidents = "{\"verb\":\"incidents\"}";

	expect(ask(*state, 1, incidents), "\"result\":[]");
	lab_set(&lab, T0, "f2-leak=1");
	expect(ask(*state, 2, incidents), "\"id\":\"16-f2-");
}

/* Nobody is told what a kill could undo. */
static void test_an_answer_waits_for_the_disk(void **state)
{
	kept.waits = true;
	kept.mark = 5;
	assert_true(ask(*state, 7, ack).later);
	desk_release(*state, 4);
	assert_int_equal(local_socket.answers, 0);
	desk_release(*state, 5);
	assert_int_equal(local_socket.answers, 1);
	assert_int_equal(local_socket.ticket, 7);
	assert_non_null(strstr(local_socket.text, "no open incident has this id"));
	desk_release(*state, 6);
	assert_int_equal(local_socket.answers, 1);
}

static void test_who_is_gone_is_not_answered(void **state)
{
	kept.waits = true;
	kept.mark = 5;
	assert_true(ask(*state, 7, ack).later);
	assert_true(ask(*state, 8, ack).later);
	local_socket.events->gone(local_socket.events, 7);
	assert_int_equal(archive.forgotten, 0);
	desk_release(*state, 5);
	assert_int_equal(local_socket.answers, 1);
	assert_int_equal(local_socket.ticket, 8);
	local_socket.events->gone(
		local_socket.events, 9); /* one that waits for the journal, then */
	assert_int_equal(archive.forgotten, 9);
}

static void test_no_more_wait_than_there_are_connections(void **state)
{
	kept.waits = true;
	kept.mark = 5;
	for (uint64_t ticket = 1; ticket <= LOCAL_CLIENT_MAX; ticket++)
		assert_true(ask(*state, ticket, ack).later);
	expect(ask(*state, 99, ack), "\"ok\":false");
}

static void test_no_more_orders_when_it_is_closed(void **state)
{
	desk_close(*state);
	assert_int_equal(local_socket.stops, 1);
}

/* Whoever reads the log knows who did what. */
static void test_orders_are_logged(void **state)
{
	hear();
	lab_set(&lab, T0, "f2-leak=1");
	expect(ask(*state, 1, ack), "\"ok\":true");
	assert_int_equal(heard("command li/ack 16-f2: done"), 1);
	expect(ask(*state, 2, ack), "\"ok\":false");
	assert_int_equal(heard("command li/ack 16-f2: refused: "), 1);
	hear_no_more();
}

static void test_a_question_goes_to_the_journal(void **state)
{
	struct journal_page page = { .text = strdup("[]"), .length = 2 };

	assert_true(ask(*state, 3, "{\"verb\":\"history\",\"zone\":\"centre\"}").later);
	assert_int_equal(archive.asked, 3);
	assert_int_equal(archive.query.kind, JOURNAL_QUERY_HISTORY);
	assert_string_equal(archive.query.zone, ""); /* the site is around every zone */
	assert_true(ask(*state, 4, "{\"verb\":\"history\",\"zone\":\"f2\"}").later);
	assert_string_equal(archive.query.zone, "f2");
	desk_answered(*state, 3, &page, now);
	assert_int_equal(local_socket.ticket, 3);
	assert_non_null(strstr(local_socket.text, "\"result\":[],\"more\":false}"));
	archive.error = -EBUSY;
	expect(ask(*state, 5, "{\"verb\":\"history\"}"), "too many questions");
	archive.trouble = "the disk";
	expect(ask(*state, 6, "{\"verb\":\"history\"}"), "the journal cannot be read");
}

static void test_a_command_of_the_broker_is_replied_to(void **state)
{
	const struct mqtt_message message = { .topic = "cmd/li/ack",
		.payload = "{}",
		.length = 2,
		.response_topic = "facility/centre/reply/li/mine" };
	const struct mqtt_message nobody = { .topic = "cmd/x", .payload = "{}", .length = 2 };

	desk_command(*state, &message, (struct moment){ T0 + 5, now.wall_ms + 5 });
	assert_int_equal(kept.command_ms, T0 + 5);
	assert_string_equal(kept.topic, "facility/centre/reply/li/mine");
	assert_non_null(strstr(kept.reply, "is missing"));
	kept.topic[0] = '\0';
	desk_command(*state, &nobody, now);
	assert_string_equal(kept.topic, ""); /* nobody may be answered */
}

/* From the moment of the command on, and before it is carried out. */
static void test_an_id_is_used_up(void **state)
{
	static const char text[] = "{\"id\":\"n1\",\"expires\":\"2026-11-24T03:05:00Z\","
				   "\"incident\":\"2-f3\"}";
	const struct mqtt_message message = {
		.topic = "cmd/li/ack", .payload = text, .length = sizeof(text) - 1
	};

	desk_command(*state, &message, (struct moment){ T0 + 5, now.wall_ms + 5 });
	assert_string_equal(kept.used, "li/n1");
	assert_int_equal(kept.use_ms, T0 + 5 + 230750 - 5);
	kept.use_error = -EEXIST;
	desk_command(*state, &message, now);
	assert_non_null(strstr(kept.reply, "repeated"));
}

/* Over the broker by the kind of the account; at the machine as an engineer. */
static void test_who_may_not_is_told_who_may(void **state)
{
	static const char text[] = "{\"id\":\"n1\",\"expires\":\"2026-11-24T03:05:00Z\","
				   "\"what\":\"zone:f2\",\"until\":\"1h\",\"note\":\"pipes\"}";
	static const char over[] = "{\"id\":\"n2\",\"expires\":\"2026-11-24T03:05:00Z\","
				   "\"incident\":\"16-f2\",\"note\":\"dry\"}";
	const struct mqtt_message lock = {
		.topic = "cmd/li/lock", .payload = text, .length = sizeof(text) - 1
	};
	const struct mqtt_message end = {
		.topic = "cmd/li/over", .payload = over, .length = sizeof(over) - 1
	};

	desk_command(*state, &lock, now);
	assert_non_null(strstr(kept.reply, "only an engineer may say \\\"lock\\\""));
	assert_string_equal(kept.row, "");
	assert_non_null(strstr(kept.command, "li/lock zone:f2: refused: only an engineer"));
	expect(ask(*state, 1,
		       "{\"verb\":\"lock\",\"what\":\"zone:f2\",\"until\":\"1h\","
		       "\"note\":\"pipes\"}"),
		"\"ok\":true");
	lab_set(&lab, T0, "f2-leak=1");
	desk_command(*state, &end, now);
	assert_non_null(strstr(kept.reply, "only an engineer or a role with a step"));
}

/* Who stands by answers questions; what is ordered is the other's. */
static void test_who_stands_by_takes_no_orders(void **state)
{
	static const char report[] =
		"{\"verb\":\"report\",\"type\":16,\"zone\":\"f2\",\"note\":\"wet\"}";
	static const char incidents[] = "{\"verb\":\"incidents\"}";
	static const char takeover[] = "{\"verb\":\"takeover\"}";

	stands_by = true;
	expect(ask(*state, 1, report), "this facilityd stands by");
	expect(ask(*state, 2, incidents), "\"result\":[]");
	expect(ask(*state, 3, takeover), "\"ok\":true");
	assert_non_null(strstr(kept.command, "/takeover -: done"));
	expect(ask(*state, 4, takeover), "active already");
}

static void test_only_at_the_machine_is_it_said_who_takes_over(void **state)
{
	static const char text[] = "{\"id\":\"n1\",\"expires\":\"2026-11-24T03:05:00Z\"}";
	const struct mqtt_message message = {
		.topic = "cmd/li/takeover", .payload = text, .length = sizeof(text) - 1
	};

	desk_command(*state, &message, now);
	assert_non_null(strstr(kept.reply, "at the machine itself"));
	assert_false(is_active);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_an_order_is_carried_out_and_recorded),
		TEST(test_what_nothing_has_switched_is_not_put_back),
		TEST(test_a_release_names_the_lock),
		TEST(test_another_persons_lock_is_ended),
		TEST(test_what_is_open_is_listed),
		TEST(test_an_answer_waits_for_the_disk),
		TEST(test_who_is_gone_is_not_answered),
		TEST(test_no_more_wait_than_there_are_connections),
		TEST(test_no_more_orders_when_it_is_closed),
		TEST(test_orders_are_logged),
		TEST(test_a_question_goes_to_the_journal),
		TEST(test_a_command_of_the_broker_is_replied_to),
		TEST(test_an_id_is_used_up),
		TEST(test_who_may_not_is_told_who_may),
		TEST(test_who_stands_by_takes_no_orders),
		TEST(test_only_at_the_machine_is_it_said_who_takes_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
