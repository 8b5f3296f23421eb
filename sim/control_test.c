/* The control protocol: answers, and a real socket. */
#include "sim/control.h"

#include "core/clock.h"
#include "sim/test_site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct scenario scenario;
static struct building b;
static struct control control;
static struct loop loop;
static char folder[32], path[64];
static int64_t until_ms;

static int64_t step(void *owner, int64_t now_ms)
{
	(void)owner;
	loop.quit = loop.quit || now_ms >= until_ms;
	return until_ms;
}

static int setup(void **state)
{
	static const char text[] = "normal class boiler.supply on\n"
				   "event flood ZONE=f1 : set class leak in ZONE wet\n"
				   "event all-normal : reset\n";
	FILE *in = fmemopen((void *)(uintptr_t)text, sizeof(text) - 1, "r");

	(void)state;
	test_site_make();
	assert_int_equal(scenario_read(&scenario, &test_site, in, "t.sim", stderr), 0);
	fclose(in);
	assert_int_equal(building_init(&b, &test_site), 0);
	scenario_begin(&scenario, &b, clock_now_ms());
	strcpy(folder, "/tmp/sim-control-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	loop = (struct loop){ .step = step };
	assert_int_equal(loop_open(&loop), 0);
	assert_int_equal(control_open(&control, &loop, &scenario, &b, path), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	control_close(&control);
	loop_close(&loop);
	building_release(&b);
	scenario_release(&scenario);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static void answers(const char *command, const char *expected)
{
	char line[128], *text;
	size_t size;
	FILE *answer = open_memstream(&text, &size);

	strcpy(line, command);
	assert_false(control_command(&control, line, answer));
	fclose(answer);
	if (strcmp(text, expected) != 0)
		fail_msg("%s answers %s", command, text);
	free(text);
}

static void commands(void **state)
{
	(void)state;
	answers("get f1-pressure", "0.00\nok\n");
	answers("set f1-pressure 2.345 bar", "ok\n");
	answers("get f1-pressure", "2.35\nok\n");
	answers("set f1-pressure normal", "ok\n");
	answers("get f1-pressure", "0.00\nok\n");
	answers("set f1-leak wet", "ok\n");
	answers("get f1-leak", "1\nok\n");
	answers("all-normal", "ok\n");
	answers("get f1-leak", "0\nok\n");
	answers("flood", "ok\n");
	answers("get f1-leak", "1\nok\n");
	answers("events", "flood ZONE=f1\nall-normal\nok\n");
	answers("set f1-supply 0", "ok\n");
	answers("get f1-supply", "0\nok\n");
}

static void lists(void **state)
{
	(void)state;
	answers("list", "f1-pressure 0.00 bar\twater.pressure in f1\n"
			"f2-pressure 0.00 bar\twater.pressure in f2\n"
			"f1-leak 0\tleak in f1.tea\n"
			"f2-leak 0\tleak in f2.tea\n"
			"f1-supply 1\tboiler.supply in f1.tea\n"
			"f1-contactor 1\tboiler.contactor in f1.tea\n"
			"f1-temperature 0.0 degC\tboiler.temperature in f1.tea\n"
			"ok\n");
}

static void errors(void **state)
{
	(void)state;
	answers("get", "error: the name of a point is missing\n");
	answers("get f1-presure",
		"error: unknown point \"f1-presure\" (did you mean \"f1-pressure\"?)\n");
	answers("set f1-pressure", "error: a value of water.pressure is missing\n");
	answers("set f1-pressure low", "error: \"low\" is not a value of water.pressure (bar)\n");
	answers("set f1-pressure 1 over", "error: a duration is missing, such as 5s\n");
	answers("set f1-pressure 1 now", "error: \"now\" is one word too many\n");
	answers("set f1-leak 2", "error: \"2\" is not a state of leak: 0 (dry) or 1 (wet)\n");
	answers("flod", "error: unknown event \"flod\" (did you mean \"flood\"?)\n");
	answers("flood f3", "error: unknown zone \"f3\" (did you mean \"f1\"?)\n");
	answers("", "error: an event is missing\n");
}

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void run(int ms)
{
	loop.quit = false;
	until_ms = clock_now_ms() + ms;
	assert_int_equal(loop_run(&loop), 0);
}

static void says(int fd, const char *expected)
{
	char answer[256] = "";

	run(50);
	assert_int_equal(read(fd, answer, sizeof(answer) - 1), (ssize_t)strlen(expected));
	assert_string_equal(answer, expected);
}

static void sockets(void **state)
{
	int one = dial(), two = dial();
	char babble[2 * 1024];

	(void)state;
	/* lines in pieces, several lines at once, two clients */
	assert_int_equal(write(one, "get f1-", 7), 7);
	run(40);
	assert_int_equal(write(two, "set f1-leak 1\nget f1-leak\n", 26), 26);
	says(two, "ok\n1\nok\n");
	assert_int_equal(write(one, "leak\n", 5), 5);
	says(one, "1\nok\n");

	/* a line without an end is not gathered for ever */
	memset(babble, 'x', sizeof(babble));
	assert_int_equal(write(two, babble, sizeof(babble)), sizeof(babble));
	run(50);
	assert_int_equal(recv(two, babble, sizeof(babble), 0) > 0, false);
	assert_int_equal(write(one, "quit\n", 5), 5);
	run(5000);
	assert_true(clock_now_ms() < until_ms); /* it did not run its time out */
	close(one);
	close(two);
}

static void paths(void **state)
{
	struct control other = { 0 };
	char file[96], longer[200];

	(void)state;
	assert_int_equal(control_open(&other, &loop, &scenario, &b, path), -EADDRINUSE);
	snprintf(file, sizeof(file), "%s/file", folder);
	fclose(fopen(file, "w"));
	assert_int_equal(control_open(&other, &loop, &scenario, &b, file), -EEXIST);
	assert_int_equal(unlink(file), 0);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(control_open(&other, &loop, &scenario, &b, longer), -ENAMETOOLONG);
	/* left behind by one that was killed */
	loop_remove(&loop, &control.listener);
	close(control.listener.fd);
	assert_int_equal(control_open(&control, &loop, &scenario, &b, path), 0);
	assert_int_equal(control_send(longer, "list", stdout, stderr), -ENAMETOOLONG);
	assert_int_equal(control_send(file, "list", stdout, stderr), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commands, setup, teardown),
		cmocka_unit_test_setup_teardown(lists, setup, teardown),
		cmocka_unit_test_setup_teardown(errors, setup, teardown),
		cmocka_unit_test_setup_teardown(sockets, setup, teardown),
		cmocka_unit_test_setup_teardown(paths, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("control", tests, NULL, NULL) ? 1 : 0;
}
