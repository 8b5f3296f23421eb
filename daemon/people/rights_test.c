/* Who may say what: every verb by every kind of account, and what depends on the incident. */
#include "daemon/people/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct role roles[] = { { .id = "security" }, { .id = "property" }, { .id = "desk" } };

static struct account accounts[] = {
	{ .id = "an", .kind = ACCOUNT_OPERATOR, .roles = { &roles[0] }, .role_count = 1 },
	{ .id = "chen", .kind = ACCOUNT_ENGINEER },
	{ .id = "wall", .kind = ACCOUNT_VIEWER, .roles = { &roles[0] }, .role_count = 1 },
	{ .id = "bridge", .kind = ACCOUNT_NOTIFIER },
};
/* Of a role by people alone; and of two, of which people say one. */
static struct person persons[] = {
	{ .id = "wu", .account = "wu", .roles = { &roles[1] }, .role_count = 1 },
	{ .id = "an", .account = "an", .roles = { &roles[2] }, .role_count = 1 },
};
static const struct people people = { persons, 2, accounts, 4 };
static const struct rights rights = { &people, false }, rights_of_homeassistant = { &people, true };

static struct step steps[] = {
	{ .id = "cordon",
		.by = { &roles[0] },
		.by_count = 1,
		.tell = { &roles[2] },
		.tell_count = 1,
		.roles = { &roles[0], &roles[2] },
		.role_count = 2 },
};
static const struct incident_type type = {
	.id = "fire", .number = 3, .steps = steps, .step_count = 1
};
static struct incident incident = { .id = "3-f1-1", .type = &type };

static char why[RIGHTS_WHY_MAX];

static const char *refuse(const char *user, enum order_kind kind, bool local)
{
	struct order order = { .kind = kind, .user = user, .note = "why" };

	return rights_refuse(&rights, &order, &incident, local, why);
}

/* One letter for each verb in the order of the table of words: y may, - may not. */
static void expect(const char *user, const char *allowed)
{
	for (int kind = 0; kind < ORDER_KIND_COUNT; kind++) {
		const char *verb = word_id(WORD_VERB, (size_t)kind);
		const char *at = strstr(allowed, verb);
		size_t length = strlen(verb);
		bool may = false;

		for (; at && !may; at = strstr(at + length, verb))
			may = (at == allowed || at[-1] == ' ') &&
			      (at[length] == ' ' || at[length] == '\0');
		if ((refuse(user, (enum order_kind)kind, false) == NULL) != may)
			fail_msg("%s on %s: %s", user, verb, may ? why : "may");
	}
}

#define OPERATES                                                                                   \
	"ack accept done fail skip did-not-occur reopen answer release restore report over "       \
	"shelve unshelve hand-over"
#define ENGINEERS                                                                                  \
	" reset set strike out-of-service in-service lock unlock adopt discard clock-ok drill "    \
	"drill-end"

static void test_every_verb_by_every_kind(void **state)
{
	(void)state;
	expect("an", OPERATES " reset");
	expect("wu", OPERATES); /* its role has no step here */
	expect("nobody", OPERATES);
	expect("chen", OPERATES ENGINEERS);
	expect("wall", "");
	expect("bridge", "");
	expect("homeassistant", "ack");
}

/* Who stands at the machine is one that the kernel knows. */
static void test_the_local_socket_counts_as_an_engineer(void **state)
{
	(void)state;
	for (int kind = 0; kind < ORDER_KIND_COUNT; kind++)
		assert_null(refuse("wall", (enum order_kind)kind, true));
}

static void test_home_assistant_releases_where_it_may(void **state)
{
	struct order order = { .kind = ORDER_RELEASE, .user = "homeassistant", .note = "" };

	(void)state;
	assert_null(rights_refuse(&rights_of_homeassistant, &order, &incident, false, why));
	assert_non_null(strstr(
		rights_refuse(&rights, &order, &incident, false, why), "homeassistant.release"));
	order.kind = ORDER_RESTORE;
	assert_non_null(rights_refuse(&rights_of_homeassistant, &order, &incident, false, why));
}

/* Over ends what a person has said; what a rule has raised only by whoever may reset. */
static void test_over_is_limited(void **state)
{
	static const struct {
		const char *user;
		bool local, report_only;
	} rows[] = {
		{ "an", false, false },
		{ "chen", false, false },
		{ "wu", false, true },
		{ "nobody", false, true },
		{ "nobody", true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct order order = { .kind = ORDER_OVER, .user = rows[i].user, .note = "out" };

		assert_null(rights_refuse(&rights, &order, &incident, rows[i].local, why));
		assert_int_equal(order.report_only, rows[i].report_only);
	}
}

/* The second is another person of people, without a role of the first's; also at the machine. */
static void test_a_release_by_two_persons(void **state)
{
	static const struct action cut = { .id = "cut", .released_by = 2 };
	static struct step of_two = { .id = "cut", .action = &cut };
	static const struct incident_type two = { .id = "fire", .steps = &of_two, .step_count = 1 };
	static struct person three[] = {
		{ .id = "an", .account = "an", .roles = { &roles[2] }, .role_count = 1 },
		{ .id = "wu", .account = "wu", .roles = { &roles[1] }, .role_count = 1 },
		{ .id = "li", .account = "li", .roles = { &roles[1] }, .role_count = 1 },
	};
	static const struct people known = { three, 3, accounts, 4 };
	static const struct {
		const char *first, *user, *why;
		bool local, second;
		int64_t now_ms;
	} rows[] = {
		{ "", "wu", NULL, false, false, 1000 },
		{ "", "chen", "two persons", false, false, 1000 },
		{ "", "root", "two persons", true, false, 1000 },
		{ "", "homeassistant", "two persons", false, false, 1000 },
		{ "wu", "wu", "you have released this", false, false, 1000 },
		{ "wu", "wu", NULL, false, false, 1001 + FIRST_RELEASE_MS },
		{ "wu", "li", "has a role of yours", false, false, 1000 },
		{ "wu", "li", "has a role of yours", true, false, 1000 },
		{ "wu", "an", NULL, false, true, 1000 + FIRST_RELEASE_MS },
		{ "wu", "an", NULL, true, true, 1000 },
		{ "wu", "an", NULL, false, false, 1001 + FIRST_RELEASE_MS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rights of = { &known, true, rows[i].now_ms };
		struct incident burning = { .type = &two, .first_release = { .at_ms = 1000 } };
		struct order order = {
			.kind = ORDER_RELEASE, .user = rows[i].user, .step = "cut", .note = ""
		};
		const char *refused;

		strcpy(burning.first_release.by, rows[i].first);
		refused = rights_refuse(&of, &order, &burning, rows[i].local, why);
		if (!rows[i].why != !refused || (refused && !strstr(refused, rows[i].why)))
			fail_msg("row %zu: %s", i, refused ? refused : "may");
		assert_int_equal(order.second, rows[i].second);
	}
}

/* What is not open is for the engine to say. */
static void test_no_incident(void **state)
{
	struct order order = { .kind = ORDER_RESET, .user = "nobody", .note = "" };

	(void)state;
	assert_null(rights_refuse(&rights, &order, NULL, false, why));
}

static void test_a_refusal_says_who_may(void **state)
{
	(void)state;
	assert_string_equal(refuse("wu", ORDER_RESET, false),
		"only an engineer or a role with a step in the incident may say \"reset\": "
		"security");
	assert_string_equal(refuse("an", ORDER_LOCK, false), "only an engineer may say \"lock\"");
	assert_string_equal(refuse("wall", ORDER_ACK, false),
		"this account only looks on: an operator or an engineer may say \"ack\"");
	assert_string_equal(refuse("homeassistant", ORDER_DONE, false),
		"Home Assistant may not say \"done\": an operator or an engineer may");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_verb_by_every_kind),
		cmocka_unit_test(test_the_local_socket_counts_as_an_engineer),
		cmocka_unit_test(test_home_assistant_releases_where_it_may),
		cmocka_unit_test(test_over_is_limited),
		cmocka_unit_test(test_a_release_by_two_persons),
		cmocka_unit_test(test_no_incident),
		cmocka_unit_test(test_a_refusal_says_who_may),
	};

	return cmocka_run_group_tests_name("rights", tests, NULL, NULL) ? 1 : 0;
}
