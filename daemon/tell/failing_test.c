/* Every trouble in both languages, neither within the other; and which rules chatter. */
#include "daemon/tell/failing.h"
#include "daemon/tell/parts.h"
#include "tests/rules_lab.h"

#include <ctype.h>
#include <errno.h>

static const struct text name = { "三层水压", "Floor 3 water" }, place = { "三层", "Floor 3" };

/* Letters of one language in a text of the other, but for ids. */
static bool has_letters(const char *text)
{
	for (; *text; text++)
		if (isalpha((unsigned char)*text) && *text != 'x')
			return true;
	return false;
}

static bool has_chinese(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0xE3)
			return true;
	return false;
}

static void expect_apart(const struct failing *failing)
{
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];

	failing_words(failing, LANGUAGE_ZH, zh);
	failing_words(failing, LANGUAGE_EN, en);
	if (has_letters(zh) || has_chinese(en) || !has_chinese(zh) || !has_letters(en) ||
		strpbrk(zh, "{}") || strpbrk(en, "{}"))
		fail_msg("kind %d: %s: %s", failing->kind, zh, en);
}

static void test_no_language_in_the_other(void **state)
{
	(void)state;
	for (enum failing_kind kind = 0; kind < FAILING_KIND_COUNT; kind++) {
		const struct failing failing = { kind, "1", name, place, { "原因", "why" },
			{ 1, 2, 3 } };

		expect_apart(&failing);
	}
}

static void test_causes_are_in_both_languages(void **state)
{
	static const int errors[] = { -ETIMEDOUT, -EBADMSG, -EREMOTEIO, -ECONNREFUSED, -ECONNRESET,
		-ENOENT, -ENODEV, -ENOTUNIQ, -EIO, -EBUSY, -EACCES, -EHOSTUNREACH, -ENOMEM };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct failing failing = { FAILING_DEVICE, "1", name,
			.why = error_words(errors[i]) };

		expect_apart(&failing);
	}
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		const struct failing failing = { FAILING_POINT, "1", name,
			.why = word_text(WORD_REASON, reason) };

		expect_apart(&failing);
	}
	/* The last is of a whole action, and what a lock refuses is no failure. */
	for (size_t why = 0; why < WORD_WRITE_REFUSAL_COUNT - 2; why++) {
		const struct failing failing = { FAILING_OUTPUT, "1", name,
			.why = word_text(WORD_WRITE_REFUSAL, why) };

		expect_apart(&failing);
	}
}

static void test_sentences(void **state)
{
	const struct failing refused = { .kind = FAILING_MQTT_REFUSED, .numbers = { 0x87 } };
	char id[TROUBLE_ID_MAX + 1], zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];

	(void)state;
	failing_words(&refused, LANGUAGE_ZH, zh);
	failing_words(&refused, LANGUAGE_EN, en);
	assert_string_equal(zh, "消息服务器拒绝了告警（原因 0x87），请检查访问控制表");
	assert_string_equal(en, "the broker refused an alert (reason 0x87): check its access list");
	failing_id(FAILING_DEVICE, "water-f3", id);
	assert_string_equal(id, "device.water-f3");
	failing_id(FAILING_MQTT_REFUSED, NULL, id);
	assert_string_equal(id, "mqtt.unheard");
}

static void test_long_names_are_cut_at_a_character(void **state)
{
	char longer[TROUBLE_TEXT_MAX * 2 + 1] = "", zh[TROUBLE_TEXT_MAX + 1];
	const struct failing failing = { FAILING_BUS, "1", { longer, longer },
		.why = { "断", "cut" } };

	(void)state;
	while (strlen(longer) + 3 <= TROUBLE_TEXT_MAX * 2)
		strcat(longer, "水");
	failing_words(&failing, LANGUAGE_ZH, zh);
	assert_true(strlen(zh) <= TROUBLE_TEXT_MAX && strlen(zh) > TROUBLE_TEXT_MAX - 3);
	assert_string_equal(zh + strlen(zh) - strlen("水"), "水");
}

/* Rules that chatter ------------------------------------------------------- */

static unsigned began, ended;

static void on_trouble(
	struct trouble_events *events, const struct trouble *trouble, struct moment moment)
{
	(void)events, (void)moment;
	*(trouble->lasting ? &began : &ended) += 1;
}

static struct incident_type leak_type = { .id = "leak", .number = 16 };

static void raise_often(struct lab *lab, const char *point, unsigned times, int64_t at_ms)
{
	char text[32];

	for (unsigned i = 0; i < times; i++) {
		snprintf(text, sizeof(text), "%s=1", point);
		lab_set(lab, at_ms + i * 20, text);
		snprintf(text, sizeof(text), "%s=0", point);
		lab_set(lab, at_ms + i * 20 + 10, text);
	}
	lab->log[0] = '\0';
}

static void test_a_rule_that_chatters_is_named_while_it_does(void **state)
{
	static const struct rule rules[] = {
		{ .id = "wet",
			.name = { "漏水", "Wet" },
			.type = &leak_type,
			.condition = "any(leak)",
			.zone = &building_zones[Z_F2_TEA],
			.chatter_max = 2,
			.chatter_within_ms = 1000 },
		{ .id = "wet-too",
			.name = { "漏水", "Wet" },
			.type = &leak_type,
			.condition = "any(leak)",
			.zone = &building_zones[Z_F3_TEA],
			.chatter_max = 2,
			.chatter_within_ms = 100000 },
	};
	struct trouble_events events = { on_trouble };
	struct trouble_list *list = trouble_list_new(&events);
	struct moment now = { 5000, 5000 };
	struct lab lab;

	(void)state;
	began = ended = 0;
	lab_start(&lab, rules, 2);
	trouble_begin(list, "mqtt", now, "断", "gone");
	lab_set(&lab, 900, "f3-tea-leak-b=0");
	raise_often(&lab, "f2-tea-leak", 2, 1000);
	tell_sweep_chatter(list, lab.engine, now);
	assert_int_equal(began, 1); /* no more than it may */
	raise_often(&lab, "f2-tea-leak", 1, 1100);
	raise_often(&lab, "f3-tea-leak-a", 3, 1200);
	tell_sweep_chatter(list, lab.engine, now);
	assert_non_null(trouble_find(list, "rule.wet.f2.tea"));
	assert_non_null(trouble_find(list, "rule.wet-too.f3.tea"));
	tell_sweep_chatter(list, lab.engine, now);
	assert_int_equal(began, 3);
	assert_int_equal(ended, 0); /* named for as long as it chatters */
	lab_tick(&lab, 20000);
	tell_sweep_chatter(list, lab.engine, now);
	assert_null(trouble_find(list, "rule.wet.f2.tea"));
	assert_non_null(trouble_find(list, "rule.wet-too.f3.tea"));
	assert_non_null(trouble_find(list, "mqtt"));
	assert_int_equal(ended, 1);
	trouble_list_free(list);
	lab_end(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_language_in_the_other),
		cmocka_unit_test(test_causes_are_in_both_languages),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_long_names_are_cut_at_a_character),
		cmocka_unit_test(test_a_rule_that_chatters_is_named_while_it_does),
	};

	return cmocka_run_group_tests(tests, building_setup, NULL) != 0;
}
