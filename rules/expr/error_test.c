/* Mistakes in expressions: what is said and where; and input that nobody would write. */
#include "rules/expr/expr.h"

#include "tests/rules_building.h"

#include <stdio.h>

/* clang-format off */
static const struct mistake {
	const char *source;
	unsigned column;
	const char *text;
} mistakes[] = {
	/* names */
	{ "f2-leek", 1, "unknown point \"f2-leek\" (did you mean \"f2-leak\"?)" },
	{ "ats-on and any(smok)", 16, "unknown class \"smok\" (did you mean \"smoke\"?)" },
	{ "zzzzzzzzzzzz", 1, "unknown point \"zzzzzzzzzzzz\"" },
	{ "any(zzzzzzzzzzzz)", 5, "unknown class \"zzzzzzzzzzzz\"" },
	{ "leak", 1, "\"leak\" is a class: write any(leak), all(leak) or the like" },
	{ "Leak", 1, "names are written in lower case" },
	{ "any", 1, "\"any\" needs a class in brackets: any(class)" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, "the name is longer than 48 bytes" },
	{ "any(unused)", 1, "there is no point of class \"unused\" in zone \"centre\"" },
	{ "any(ats-on)", 1, "\"any\" needs the name of a class" },
	{ "any(leak and smoke)", 14, "this is about \"leak\"; \"smoke\" needs a word of its own" },
	{ "any(any(leak))", 5, "\"any\" cannot stand within another such word" },
	/* units */
	{ "f2-water < 1.5", 12, "the unit is missing: write \"1.5 bar\"" },
	{ "1.50 > f2-water", 1, "the unit is missing: write \"1.50 bar\"" },
	{ "f2-water < 1.5 psi", 12, "the unit must be \"bar\", not \"psi\"" },
	{ "f2-water < 1.5 Bar", 12, "the unit must be \"bar\", not \"Bar\"" },
	{ "any(water.pressure < 1 kPa)", 22, "the unit must be \"bar\", not \"kPa\"" },
	{ "min(water.pressure) < 1", 23, "the unit is missing: write \"1 bar\"" },
	{ "t-a > 30 degC", 7, "the unit must be \"°C\", not \"degC\"" },
	{ "rh > 50", 6, "the unit is missing: write \"50 %\"" },
	{ "flow-main > 3 m3", 13, "the unit must be \"m3/h\", not \"m3\"" },
	{ "count(smoke) >= 2 V", 17, "the other side has no unit: leave out \"V\"" },
	{ "x > 3 V", 5, "the other side has no unit: leave out \"V\"" },
	{ "f2-water < mains-l1", 12, "the units differ: \"bar\" and \"V\"" },
	{ "f2-water < x", 12, "the units differ: \"bar\" and \"no unit\"" },
	{ "f2-water + 1 < 2 bar", 12, "the unit is missing: write \"1 bar\"" },
	{ "f2-water < 2 * 1", 12, "the unit \"bar\" is missing" },
	{ "1 V < 2 bar", 7, "the units differ: \"V\" and \"bar\"" },
	{ "f2-water * mains-l1 > 1", 12, "\"bar\" cannot be multiplied by \"V\": one of them must be without unit" },
	{ "2 / f2-water > 1", 5, "\"no unit\" cannot be divided by \"bar\": one of them must be without unit" },
	{ "f2-water < 1 aaaaaaaaaaaaaaaaa", 12, "this is no unit: it is too long" },
	/* types */
	{ "f2-water", 1, "this is a number in bar, not a condition: compare it, as in \"< 1 bar\"" },
	{ "x", 1, "this is a number, not a condition: compare it, as in \"> 1\"" },
	{ "not x", 5, "this is a number, not a condition: compare it, as in \"> 1\"" },
	{ "ats-on and count(leak)", 12, "this is a number, not a condition: compare it, as in \"> 1\"" },
	{ "any(water.pressure)", 5, "this is a number in bar, not a condition: compare it, as in \"< 1 bar\"" },
	{ "ats-on == 1", 1, "this is true or false, not a number: use it as it is, or with \"not\"" },
	{ "1 == ats-on", 6, "this is true or false, not a number: use it as it is, or with \"not\"" },
	{ "min(leak) > 0", 5, "this is true or false, not a number: use it as it is, or with \"not\"" },
	{ "- ats-on", 3, "this is true or false, not a number: use it as it is, or with \"not\"" },
	{ "1 < x < 3", 7, "the condition ends before this: \"and\" or \"or\" is missing" },
	{ "ats-on + 1 > 1", 1, "this is true or false, not a number: use it as it is, or with \"not\"" },
	/* form */
	{ "", 1, "a point, a class or a number is missing here" },
	{ "   ", 4, "a point, a class or a number is missing here" },
	{ "ats-on and", 11, "a point, a class or a number is missing here" },
	{ "ats-on bypass", 8, "the condition ends before this: \"and\" or \"or\" is missing" },
	{ "(ats-on", 8, "\")\" is missing here" },
	{ "ats-on)", 7, "the condition ends before this: \"and\" or \"or\" is missing" },
	{ "any(leak", 9, "\")\" is missing here" },
	{ "any()", 5, "a point, a class or a number is missing here" },
	{ "x = 3", 3, "\"=\" is not a comparison: write \"==\"" },
	{ "ats-on && bypass", 8, "unknown sign \"&\": write \"and\"" },
	{ "ats-on || bypass", 8, "unknown sign \"|\": write \"or\"" },
	{ "!ats-on", 1, "unknown sign \"!\": write \"not\"" },
	{ "ats-on; bypass", 7, "unknown sign" },
	{ "x > 1.", 5, "a number needs a digit behind its point" },
	{ "x > 1.2.3", 8, "unknown sign" },
	{ "x > .5", 5, "unknown sign" },
	{ "x > 1234567890123456", 5, "the number has more than 15 digits" },
	{ "x > 1e5", 5, "the other side has no unit: leave out \"e5\"" },
	{ "ats-on \xff", 8, "unknown sign" },
};
/* clang-format on */

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct expr_error error = { 0 };
		struct expr *expr = expr_compile(
			mistakes[i].source, &building, &building_zones[Z_CENTRE], &error);

		if (expr)
			fail_msg("%s compiles", mistakes[i].source);
		if (strcmp(error.text, mistakes[i].text) != 0 || error.column != mistakes[i].column)
			fail_msg("%s: %u: %s\n instead of %u: %s", mistakes[i].source, error.column,
				error.text, mistakes[i].column, mistakes[i].text);
	}
}

/* `count` times `part` between `before` and `behind`: refused or not, it must not crash. */
static bool compiles_many(const char *before, const char *part, size_t count, const char *behind)
{
	size_t length = strlen(before) + strlen(part) * count + strlen(behind) + 1;
	char *source = malloc(length), *end = source;
	struct expr_error error = { 0 };
	struct reading values[POINT_COUNT];
	struct expr *expr;
	bool compiled;

	assert_non_null(source);
	end = stpcpy(end, before);
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, part);
	stpcpy(end, behind);
	expr = expr_compile(source, &building, &building_zones[Z_CENTRE], &error);
	compiled = expr != NULL;
	if (compiled) {
		const struct point *found[4];

		building_set(values, "ats-on=1 x=1");
		expr_eval(expr, values);
		expr_witnesses(expr, values, found, 4);
	} else {
		assert_true(error.text[0] != '\0');
		assert_true(error.column >= 1 && error.column <= length);
	}
	expr_free(expr);
	free(source);
	return compiled;
}

static void test_bounds(void **state)
{
	(void)state;
	assert_false(compiles_many("", "(", 10000, "ats-on"));
	assert_false(compiles_many("", "not ", 10000, "ats-on"));
	assert_false(compiles_many("x > ", "-", 10000, "1"));
	assert_false(compiles_many("", "any(", 10000, "leak"));
	assert_false(compiles_many("ats-on", " ", 10000, ""));
	assert_false(compiles_many("ats-on", " or ats-on", 10000, ""));
	assert_false(compiles_many("", "(", 900, "ats-on"));
	assert_false(compiles_many("", "not ", 900, "ats-on"));
	assert_false(compiles_many("x > ", "-", 900, "1"));
	assert_false(compiles_many("x", "+x", 400, "> 1"));
	assert_true(compiles_many("x", "+x", 250, "> 1"));
	assert_true(compiles_many("ats-on", " or ats-on", 255, ""));
	assert_true(compiles_many("(((((((((((((((((((((((((((((((ats-on", ")", 31, ""));
	assert_false(compiles_many("((((((((((((((((((((((((((((((((ats-on", ")", 32, ""));
	assert_false(compiles_many("", "not ", 100, "ats-on"));
	assert_false(compiles_many("x > ", "-", 100, "1"));
	assert_true(
		compiles_many("not not not not not not not not not not ", "not ", 40, "ats-on"));
	assert_true(compiles_many("ats-on", " ", 4000, ""));
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Bytes, or words of the language in any order. */
static void random_source(uint64_t *seed, char source[256])
{
	static const char *const words[] = { "any(", "all(", "count(", "min(", "leak", "smoke", ")",
		"(", "and", "or", "not", "ats-on", "x", "f2-water", "1.5", "bar", "<",
		">=", "==", "+", "-", "*", "/", "true", "water.pressure", "%", "voltage", "V" };
	size_t count = random_next(seed) % 12;

	source[0] = '\0';
	if (random_next(seed) % 4 == 0) {
		for (size_t i = 0; i < count; i++)
			source[i] = (char)(random_next(seed) % 255 + 1);
		source[count] = '\0';
		return;
	}
	for (size_t i = 0; i < count; i++) {
		strcat(source, words[random_next(seed) % (sizeof(words) / sizeof(words[0]))]);
		if (random_next(seed) % 4)
			strcat(source, " ");
	}
}

static void test_random_input(void **state)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0x9e3779b97f4a7c15;
	unsigned compiled = 0;

	(void)state;
	print_message("SEED=0x%llx\n", (unsigned long long)seed);
	for (int i = 0; i < 300000; i++) {
		struct expr_error error = { 0 };
		struct reading values[POINT_COUNT];
		char source[512];
		struct expr *expr;

		random_source(&seed, source);
		expr = expr_compile(source, &building, &building_zones[i % ZONE_COUNT], &error);
		if (!expr) {
			assert_in_range(error.column, 1, strlen(source) + 1);
			assert_true(error.text[0] != '\0');
			continue;
		}
		compiled++;
		for (size_t p = 0; p < POINT_COUNT; p++)
			values[p] = (struct reading){ .quality = (uint8_t)(random_next(&seed) % 3),
				.value = (double)(random_next(&seed) % 3) - 1 };
		assert_in_range(expr_eval(expr, values), TRUTH_FALSE, TRUTH_UNKNOWN);
		expr_free(expr);
	}
	print_message("%u random expressions compiled\n", compiled);
	assert_true(compiled > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_random_input),
	};

	return cmocka_run_group_tests_name("expr errors", tests, building_setup, NULL) ? 1 : 0;
}
