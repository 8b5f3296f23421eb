#include "core/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_every_order_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < ORDER_KIND_COUNT; i++) {
		const char *verb = word_id(WORD_VERB, (size_t)i);

		assert_true(
			order_members((enum order_kind)i) && *order_members((enum order_kind)i));
		for (size_t k = 0; k < (size_t)i; k++)
			assert_string_not_equal(verb, word_id(WORD_VERB, k));
	}
}

static void test_members(void **state)
{
	const char *members = "incident step [note]", *word;
	size_t length;
	_Bool optional;

	(void)state;
	word = order_member(&members, &length, &optional);
	assert_true(strncmp(word, "incident", length) == 0 && length == 8 && !optional);
	word = order_member(&members, &length, &optional);
	assert_true(strncmp(word, "step", length) == 0 && length == 4 && !optional);
	word = order_member(&members, &length, &optional);
	assert_true(strncmp(word, "note", length) == 0 && length == 4 && optional);
	assert_null(order_member(&members, &length, &optional));
}

static void test_who_may(void **state)
{
	(void)state;
	assert_int_equal(order_who(ORDER_ACK), WHO_OPERATOR);
	assert_int_equal(order_who(ORDER_RESET), WHO_INVOLVED);
	assert_int_equal(order_who(ORDER_LOCK), WHO_ENGINEER);
	assert_int_equal(order_machine(ORDER_ACK), MACHINE_MAY);
	assert_int_equal(order_machine(ORDER_RELEASE), MACHINE_WHERE_LET);
	assert_int_equal(order_machine(ORDER_RESTORE), MACHINE_NEVER);
}

static void test_a_reason_is_in_words(void **state)
{
	(void)state;
	assert_true(is_reason(" washed\n"));
	assert_false(is_reason(" \t\r\n"));
	assert_false(is_reason(""));
	assert_false(is_reason(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_order_has_its_words),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_a_reason_is_in_words),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL) ? 1 : 0;
}
