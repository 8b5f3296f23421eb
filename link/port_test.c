/* The port and its facility-link: with a real broker, with ones that the test plays, and alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "link/port.h"
#include "link/spawn.h"
#include "link/wire.h"
#include "tests/fake_broker.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

struct user {
	struct port_events events; /* first: events are cast back */
	struct port *port;
	int64_t ahead_ms; /* of the clock: time that the test lets pass */
	unsigned connects, losses, messages, answers;
	char why[256], topic[64], payload[64], response[64], words[64];
	int error, code, answer;
	uint32_t number;
	size_t length;
	bool retained;
};

static struct user user;
static struct broker broker;
static struct fake_broker fake;
static struct port_settings settings;

static void on_connected(struct port_events *events)
{
	((struct user *)(void *)events)->connects++;
}

static void on_lost(struct port_events *events, const struct failure *why, int error, int code)
{
	struct user *u = (struct user *)(void *)events;

	u->losses++;
	failure_words(why, LANGUAGE_EN, u->why, sizeof(u->why));
	u->error = error;
	u->code = code;
}

static void on_message(struct port_events *events, const struct port_message *message)
{
	struct user *u = (struct user *)(void *)events;

	u->messages++;
	snprintf(u->topic, sizeof(u->topic), "%s", message->topic);
	snprintf(u->payload, sizeof(u->payload), "%s", message->payload);
	snprintf(u->response, sizeof(u->response), "%s",
		message->response_topic ? message->response_topic : "");
	u->length = message->length;
	u->retained = message->retained;
}

static void on_answered(struct port_events *events, uint32_t number, int code, const char *words)
{
	struct user *u = (struct user *)(void *)events;

	u->answers++;
	u->number = number;
	u->answer = code;
	snprintf(u->words, sizeof(u->words), "%s", words);
}

static int64_t now(void)
{
	return clock_now_ms() + user.ahead_ms;
}

static void turn(void)
{
	struct port_wait wait;
	struct pollfd fd = { .events = POLLIN };
	int64_t left_ms;

	port_wait(user.port, &wait);
	fd.fd = wait.fd;
	fd.events = (short)(POLLIN | (wait.write ? POLLOUT : 0));
	left_ms = wait.deadline_ms - now();
	poll(&fd, 1, left_ms < 0 ? 0 : left_ms > 20 ? 20 : (int)left_ms);
	port_ready(user.port, now());
}

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		int64_t until_ms_ = clock_now_ms() + 20000;                                        \
		while (!(condition) && clock_now_ms() < until_ms_)                                 \
			turn();                                                                    \
		assert_true(condition);                                                            \
	} while (0)

static void open_port(int port)
{
	settings = (struct port_settings){
		.host = "127.0.0.1", .port = port, .keepalive_ms = 20000, .client_id = "port"
	};
	user = (struct user){ .events = { on_connected, on_lost, on_message, on_answered } };
	user.port = port_open(&settings, &user.events, clock_now_ms());
	assert_non_null(user.port);
}

static int with_broker(void **state)
{
	(void)state;
	broker_prepare(&broker, NULL);
	broker_start(&broker);
	return 0;
}

static int without_broker(void **state)
{
	(void)state;
	port_close(user.port);
	broker_remove(&broker);
	return 0;
}

static int with_fake(void **state)
{
	(void)state;
	fake_listen(&fake, 0);
	open_port(fake.port);
	return 0;
}

static int without_fake(void **state)
{
	(void)state;
	port_close(user.port);
	fake_end(&fake);
	return 0;
}

/* The one child of this test that runs facility-link; 0: there is none. */
static pid_t link_pid(void)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	while ((entry = readdir(processes))) {
		char path[300], line[200] = "", state = 0;
		int pid = 0, parent = 0;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = atoi(entry->d_name) ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file) &&
			sscanf(line, "%d (facility-link) %c %d", &pid, &state, &parent) == 3 &&
			parent == getpid() && state != 'Z')
			found = pid;
		fclose(file);
	}
	closedir(processes);
	return found;
}

/* What facility-link is at, and what was told of it: for whoever reads why no connection came. */
static void tell_link(void)
{
	char path[64], line[200];
	FILE *file;

	print_message("no connection: %u connects, %u losses, the last: %s\n", user.connects,
		user.losses, user.why);
	snprintf(path, sizeof(path), "/proc/%d/status", link_pid());
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "State:", 6) == 0 || strncmp(line, "Sig", 3) == 0)
			print_message("%s: %s", path, line);
	if (file)
		fclose(file);
}

static void connect_fake(void)
{
	struct port_wait wait;
	int64_t until_ms;

	port_wait(user.port, &wait);
	if (wait.deadline_ms > now())
		user.ahead_ms += wait.deadline_ms - now();
	until_ms = clock_now_ms() + 30000;
	while (!fake_waits(&fake) && clock_now_ms() < until_ms)
		turn();
	if (!fake_waits(&fake))
		tell_link();
	fake_let_in(&fake);
}

/* With a real broker --------------------------------------------------------------- */

static void test_there_and_back(void **state)
{
	const struct port_message message = {
		.topic = "t/x", .payload = "{}", .length = 2, .json = true, .response_topic = "t/r"
	};

	(void)state;
	open_port(broker.port);
	assert_int_equal(port_publish(user.port, &message, 1), -ENOTCONN);
	UNTIL(user.connects == 1);
	assert_int_equal(port_subscribe(user.port, "t/+", 1, 11), 0);
	UNTIL(user.answers == 1);
	assert_int_equal(user.number, 11);
	assert_int_equal(user.answer, 1);
	assert_int_equal(port_publish(user.port, &message, 12), 0);
	UNTIL(user.answers == 2 && user.messages == 1);
	assert_int_equal(user.number, 12);
	assert_int_equal(user.answer, 0);
	assert_string_equal(user.topic, "t/x");
	assert_string_equal(user.payload, "{}");
	assert_string_equal(user.response, "t/r");
	assert_int_equal(port_unsubscribe(user.port, "t/+"), 0);
	assert_int_equal(port_publish(user.port, &message, 13), 0);
	UNTIL(user.answers == 3);
	assert_int_equal(user.number, 13);
	assert_int_equal(user.answer, 0x10); /* nobody subscribes there */
	assert_int_equal(user.messages, 1);
	assert_int_equal(user.losses, 0);
}

/* Away, and tried so often that its return is seen at once. */
static void test_the_broker_comes_back(void **state)
{
	int64_t back_ms;

	(void)state;
	broker_end(&broker, SIGTERM);
	open_port(broker.port);
	UNTIL(user.losses == 5);
	assert_string_equal(user.why, "127.0.0.1: connection refused");
	assert_int_equal(user.error, ECONNREFUSED);
	for (unsigned i = 0; i < 3; i++) {
		broker_start(&broker);
		back_ms = clock_now_ms();
		UNTIL(user.connects == i + 1);
		assert_in_range(clock_now_ms() - back_ms, 0, 1000);
		broker_end(&broker, i & 1 ? SIGTERM : SIGKILL);
		UNTIL(user.losses > 5 + i);
	}
}

/* Longer than the packets that we take: the broker keeps it to itself, and the rest comes. */
static void test_a_long_message_does_not_come(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command),
		"head -c 3000000 /dev/zero | tr '\\0' x | mosquitto_pub -p %d -r -t t/long -s && "
		"mosquitto_pub -p %d -r -t t/short -m x",
		broker.port, broker.port);
	assert_int_equal(system(command), 0);
	open_port(broker.port);
	UNTIL(user.connects == 1);
	assert_int_equal(port_subscribe(user.port, "t/+", 1, 1), 0);
	UNTIL(user.messages == 1);
	assert_string_equal(user.topic, "t/short");
	assert_true(user.retained);
	for (int i = 0; i < 20; i++)
		turn();
	assert_int_equal(user.messages, 1);
	assert_int_equal(user.losses, 0);
}

/* With brokers that the test plays --------------------------------------------------- */

/* What ends the process that the library is in ends the link, is told, and is got over. */
static void test_strange_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < STRANGE_COUNT; i++) {
		unsigned losses = user.losses, connects = user.connects;

		print_message("%s\n", strange_packets[i].name);
		connect_fake();
		if (i == 0) { /* instead of the one that was good: of another connection */
			UNTIL(user.connects == 1);
			fake_hang_up(&fake);
			UNTIL(user.losses == 1);
			user.ahead_ms += 2000;
			while (!fake_waits(&fake))
				turn();
			fake_accept(&fake);
			losses++;
		} else {
			UNTIL(user.connects == connects + 1);
			assert_int_equal(port_subscribe(user.port, "z/+", 1, 1), 0);
			assert_int_equal(
				port_publish(user.port,
					&(struct port_message){ .topic = "z/a", .payload = "" }, 2),
				0);
			fake_expect(&fake, MQTT_PUBLISH_PACKET);
		}
		fake_send(&fake, strange_packets[i].bytes, strange_packets[i].size);
		UNTIL(user.losses == losses + 1);
		print_message("%s: %s\n", strange_packets[i].name, user.why);
		fake_hang_up(&fake);
	}
	/* And then it does well. */
	connect_fake();
	UNTIL(user.connects == STRANGE_COUNT + 1);
}

static void test_a_silent_broker(void **state)
{
	int64_t start_ms = clock_now_ms();

	(void)state;
	turn();
	fake_accept(&fake);
	UNTIL(user.losses == 1);
	assert_in_range(clock_now_ms() - start_ms, 4500, 8000);
	assert_string_equal(user.why, "the broker does not answer: no CONNACK within 5 s");
	assert_int_equal(user.error, ETIMEDOUT);
}

static void test_a_refusal(void **state)
{
	(void)state;
	turn();
	fake_accept(&fake);
	fake_send(&fake, "\x20\x03\x00\x87\x00", 5);
	UNTIL(user.losses == 1);
	assert_string_equal(user.why, "the broker refuses the connection: Not authorized");
	assert_int_equal(user.code, 0x87);
}

/* Another client has our session: not at once again, else both throw each other out for ever. */
static void test_taken_over(void **state)
{
	struct port_wait wait;

	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	fake_send(&fake, "\xe0\x02\x8e\x00", 4);
	UNTIL(user.losses == 1);
	assert_int_equal(user.code, 0x8e);
	assert_string_equal(user.why, "the broker ended the connection: Session taken over");
	port_wait(user.port, &wait); /* pings go on meanwhile */
	for (int64_t until_ms = clock_now_ms() + 1500; clock_now_ms() < until_ms;)
		turn();
	assert_false(fake_waits(&fake));
	user.ahead_ms += 9000;
	connect_fake();
	UNTIL(user.connects == 2);
}

/* A broker that knows no bounds: 250 MB are announced. */
static void test_a_message_beyond_all_bounds(void **state)
{
	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	fake_send(&fake, "\x30\x80\xe5\x9a\x77\x00\x03z/a", 10);
	UNTIL(user.losses == 1);
	print_message("250 MB: %s\n", user.why);
	user.ahead_ms += 10000;
	connect_fake();
	UNTIL(user.connects == 2);
}

/* The process itself ------------------------------------------------------------------ */

static void test_killed_and_started_anew(void **state)
{
	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	kill(link_pid(), SIGKILL);
	UNTIL(user.losses == 1);
	assert_string_equal(user.why, "facility-link fails: Killed");
	fake_hang_up(&fake);
	connect_fake();
	UNTIL(user.connects == 2);
}

static void test_hung_and_started_anew(void **state)
{
	pid_t hung;

	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	hung = link_pid();
	kill(hung, SIGSTOP);
	user.ahead_ms += 4000;
	turn();
	assert_int_equal(user.losses, 0);
	user.ahead_ms += PORT_SILENCE_MS;
	UNTIL(user.losses == 1);
	assert_string_equal(user.why, "facility-link fails: gives no sign of life");
	fake_hang_up(&fake);
	connect_fake();
	UNTIL(user.connects == 2);
	assert_int_not_equal(link_pid(), hung);
}

/* Its user says nothing any more: the connection ends without a DISCONNECT. */
static void test_without_a_word(void **state)
{
	int64_t start_ms;

	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	start_ms = clock_now_ms();
	while (link_pid() && clock_now_ms() - start_ms < 15000)
		usleep(10000);
	assert_in_range(clock_now_ms() - start_ms, 9000, 14000);
	while (fake_read(&fake))
		assert_int_not_equal(fake.type, 14);
}

static void test_good_bye(void **state)
{
	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	port_good_bye(user.port, false, 2000);
	fake_expect(&fake, 14);
	assert_int_equal(fake.length, 0);
	assert_false(fake_read(&fake));
	UNTIL(user.losses == 1); /* it has ended, and told so */
	connect_fake();
	UNTIL(user.connects == 2);
	port_good_bye(user.port, true, 2000);
	fake_expect(&fake, 14);
	assert_int_equal(fake.body[0], 4);
}

/* Of ours it has its socket and nothing else; nor can it get more. */
static void test_what_it_has(void **state)
{
	int ours = open("/etc/hostname", O_RDONLY), lowest = dup2(ours, 900);
	char path[64], line[256];
	const struct dirent *entry;
	unsigned descriptors = 0, no_new_privileges = 0;
	DIR *folder;
	FILE *file;

	(void)state;
	connect_fake();
	UNTIL(user.connects == 1);
	snprintf(path, sizeof(path), "/proc/%d/fd", link_pid());
	folder = opendir(path);
	while ((entry = readdir(folder)))
		descriptors += entry->d_name[0] != '.';
	closedir(folder);
	/* The socket, twice /dev/null, the broker's; two of the library's own. */
	assert_in_range(descriptors, 4, 6);
	snprintf(path, sizeof(path), "/proc/%d/status", link_pid());
	file = fopen(path, "re");
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "NoNewPrivs:", 11) == 0)
			no_new_privileges = (unsigned)atoi(line + 11);
	fclose(file);
	assert_int_equal(no_new_privileges, 1);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", link_pid());
	file = fopen(path, "re");
	assert_int_equal(fread(line, 1, sizeof(line), file),
		sizeof("facility-link") + sizeof(FACILITYD_VERSION));
	fclose(file);
	close(lowest);
	close(ours);
}

/* Files of others are closed to it, once it knows its own. */
static void test_what_it_may_read(void **state)
{
	char folders[2][32] = { "/tmp/facility-link-XXXXXX", "/tmp/facility-link-XXXXXX" };
	struct wire wire = { 0 };
	struct wire_frame frame;
	char path[64];
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(spawn_link(&wire.fd, &pid), 0);
	for (size_t i = 0; i < 2; i++) {
		const struct wire_frame connect = { .kind = WIRE_CONNECT,
			.text = { [WIRE_HOST] = wire_text("127.0.0.1"),
				[WIRE_USERNAME] = wire_text("li"),
				[WIRE_PASSWORD_FILE] = {
					path, (size_t)snprintf(path, sizeof(path), "%s/secret",
						      mkdtemp(folders[i])) } } };

		close(open(path, O_CREAT | O_WRONLY, 0600));
		assert_int_equal(wire_put(&wire, &connect), 0);
		assert_int_equal(wire_flush(&wire), 0);
		poll(&(struct pollfd){ .fd = wire.fd, .events = POLLIN }, 1, 5000);
		assert_int_equal(wire_fill(&wire), 0);
		assert_int_equal(wire_take(&wire, &frame), 1);
		assert_int_equal(frame.kind, WIRE_LOST);
		assert_int_equal(
			frame.flags, i ? WORD_CAUSE_PERMISSION_DENIED : WORD_CAUSE_NO_FIRST_LINE);
		assert_string_equal(frame.text[WIRE_WHY].at, path);
		unlink(path);
		rmdir(folders[i]);
	}
	close(wire.fd);
	wire_free(&wire);
	while (!spawn_ended(pid, &status))
		usleep(1000);
	assert_true(WIFEXITED(status)); /* at the end of its socket */
}

static void test_not_there(void **state)
{
	const char *built = strdup(getenv("FACILITYD_LINK"));

	(void)state;
	setenv("FACILITYD_LINK", "/dev/null", 1);
	UNTIL(user.losses == 1);
	assert_string_equal(user.why, "facility-link fails: cannot be run: is it installed?");
	setenv("FACILITYD_LINK", built, 1);
	connect_fake();
	UNTIL(user.connects == 1);
	free((char *)built);
}

/* A link that lives and gives back each frame, pings too, but never says how its attempt ended. */
static void test_no_outcome(void **state)
{
	static const char script[] =
		"#!/usr/bin/python3 -I\nimport os, select\n"
		"while select.select([0], [], []): os.write(0, os.read(0, 99))";
	char *built = strdup(getenv("FACILITYD_LINK")), path[] = "/tmp/facility-link-XXXXXX";
	int fd = mkstemp(path), turns = 0;
	struct port_wait wait;

	(void)state;
	assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	fchmod(fd, 0700);
	close(fd);
	setenv("FACILITYD_LINK", path, 1);
	do {
		turn();
		user.ahead_ms += 1000;
		port_wait(user.port, &wait);
	} while (++turns < 200 && wait.fd >= 0);
	setenv("FACILITYD_LINK", built, 1);
	unlink(path);
	free(built);
	UNTIL(user.losses == 1);
	assert_string_equal(user.why, "facility-link fails: gives no sign of life");
	assert_in_range(turns, PORT_CONNECT_MS / 1000 - 1, PORT_CONNECT_MS / 1000 + 10);
	connect_fake();
	UNTIL(user.connects == 1);
}

static void test_of_another_version(void **state)
{
	char command[600];

	(void)state;
	snprintf(command, sizeof(command), "%s other", getenv("FACILITYD_LINK"));
	assert_int_equal(WEXITSTATUS(system(command)), LINK_EXIT_OTHER_VERSION);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, with_broker, without_broker)
#define FAKE_TEST(f) cmocka_unit_test_setup_teardown(f, with_fake, without_fake)
	const struct CMUnitTest tests[] = {
		TEST(test_there_and_back),
		TEST(test_the_broker_comes_back),
		TEST(test_a_long_message_does_not_come),
		FAKE_TEST(test_strange_packets),
		FAKE_TEST(test_a_silent_broker),
		FAKE_TEST(test_a_refusal),
		FAKE_TEST(test_taken_over),
		FAKE_TEST(test_a_message_beyond_all_bounds),
		FAKE_TEST(test_killed_and_started_anew),
		FAKE_TEST(test_hung_and_started_anew),
		FAKE_TEST(test_without_a_word),
		FAKE_TEST(test_good_bye),
		FAKE_TEST(test_what_it_has),
		FAKE_TEST(test_what_it_may_read),
		FAKE_TEST(test_not_there),
		FAKE_TEST(test_no_outcome),
		FAKE_TEST(test_of_another_version),
	};

	use_built_link();
	return cmocka_run_group_tests_name("link port", tests, NULL, NULL) ? 1 : 0;
}
