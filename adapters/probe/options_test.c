/* The checks of probe options: each contradiction is told, at the option that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/probe_bench.h"

/* Checks one point with these options; what is said must begin so, "" being nothing. */
static void check(enum point_kind kind, struct probe_point point, const char *told)
{
	if (!point.host)
		point.host = "192.168.1.5";
	if (!point.status_min)
		point.status_min = 200;
	if (!point.status_max)
		point.status_max = 399;
	if (!point.timeout_ms)
		point.timeout_ms = 1000;
	set_up(NULL);
	options[0] = point;
	bench_add(&b, "p", kind, &options[0]);
	bench_check(&b);
	if (strncmp(b.told, told, strlen(told)) != 0 || !b.told[0] != !told[0])
		fail_msg("told \"%s\" and not \"%s\"", b.told, told);
}

static void test_sound(void **state)
{
	(void)state;
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_TCP, .port = 445 }, "");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING }, "");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_HTTP, .path = "/a" }, "");
	assert_int_equal(options[0].port, 80);
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_DNS, .name = "a.b" }, "");
	assert_int_equal(options[0].port, 53);
	assert_int_equal(options[0].address_size, sizeof(struct sockaddr_in));
	check(POINT_NUMBER,
		(struct probe_point){
			.ask = PROBE_HTTP, .host = "fd00::1", .give = PROBE_GIVE_STATUS },
		"");
	assert_int_equal(options[0].address_size, sizeof(struct sockaddr_in6));
}

static void test_contradictions(void **state)
{
	(void)state;
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_TCP }, "[port] is missing");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .port = 7 }, "[port] is not");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .host = "server" },
		"[host] \"server\" is not an IPv4 or IPv6 address");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .path = "/" }, "[path] is for");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .name = "a" }, "[name] is for");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .status_max = 200 },
		"[status_min] and");
	check(POINT_NUMBER, (struct probe_point){ .ask = PROBE_PING, .give = PROBE_GIVE_STATUS },
		"[give] \"status\" is for");
	check(POINT_NUMBER, (struct probe_point){ .ask = PROBE_PING }, "[give] must be \"ms\" or");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .give = PROBE_GIVE_MS },
		"[give] must be \"answers\"");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_HTTP, .status_min = 400 },
		"[status_min] is larger");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_DNS }, "[name] is missing");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_DNS, .name = "a..b" },
		"[name] \"a..b");
	check(POINT_STATE, (struct probe_point){ .ask = PROBE_PING, .timeout_ms = 1001 },
		"[timeout] must not be longer than poll (1000 ms)");
}

/* Nothing that a path holds may end the request's line or begin another. */
static void test_paths(void **state)
{
	static const char *const bad[] = { "a", "/a b", "/a\r\nX: y", "/\x7f", "/\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(POINT_STATE, (struct probe_point){ .ask = PROBE_HTTP, .path = bad[i] },
			"[path] ");
}

static void test_names(void **state)
{
	char label[70], name[300] = "";

	(void)state;
	memset(label, 'a', sizeof(label));
	label[63] = '\0';
	assert_true(probe_name_valid(label));
	label[63] = 'a';
	label[64] = '\0';
	assert_false(probe_name_valid(label));
	for (int i = 0; i < 126; i++)
		strcat(name, "a.");
	strcat(name, "a");
	assert_true(probe_name_valid(name)); /* 253 */
	strcat(name, "a");
	assert_false(probe_name_valid(name));
	assert_false(probe_name_valid(""));
	assert_false(probe_name_valid("."));
	assert_false(probe_name_valid(".a"));
	assert_false(probe_name_valid("a."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("probe_options", tests, NULL, NULL) ? 1 : 0;
}
