/* Memory of a configuration: zeroed, aligned, and no more than it needs. */
#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 20000, LARGE = 1024 * 1024 };

struct thing {
	long double wide;
	char id[24];
};

static void test_structs_are_aligned_and_zeroed(void **state)
{
	static const struct thing nothing;
	struct arena arena = { 0 };

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct thing *thing = arena_alloc(&arena, sizeof(*thing));

		assert_int_equal((uintptr_t)thing % _Alignof(max_align_t), 0);
		assert_memory_equal(thing, &nothing, sizeof(nothing));
		memset(thing, 0xff, sizeof(*thing));
		arena_strdup(&arena, "odd");
	}
	arena_free(&arena);
	assert_null(arena.blocks);
}

static void test_texts_stay(void **state)
{
	static const char *texts[ROUNDS];
	static struct thing *things[ROUNDS];
	struct arena arena = { 0 };
	char text[32];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		things[i] = arena_alloc(&arena, sizeof(*things[i]));
		snprintf(text, sizeof(text), "point-%d", i);
		snprintf(things[i]->id, sizeof(things[i]->id), "%d", i);
		texts[i] = i % 2 ? arena_strdup(&arena, text) : arena_printf(&arena, "point-%d", i);
	}
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(text, sizeof(text), "point-%d", i);
		assert_string_equal(texts[i], text);
		assert_string_equal(things[i]->id, text + strlen("point-"));
	}
	arena_free(&arena);
}

/* One behind the other, however short. */
static void test_texts_take_their_bytes(void **state)
{
	struct arena arena = { 0 };
	const char *first = arena_strdup(&arena, "ab"), *second = arena_strdup(&arena, "c");

	(void)state;
	assert_ptr_equal(second + sizeof("c"), first);
	arena_free(&arena);
}

static void test_large_ones_have_a_block_of_their_own(void **state)
{
	struct arena arena = { 0 };
	char *large = arena_alloc(&arena, LARGE);

	(void)state;
	memset(large, 'x', LARGE);
	assert_string_equal(arena_strdup(&arena, "behind it"), "behind it");
	assert_int_equal(large[LARGE - 1], 'x');
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structs_are_aligned_and_zeroed),
		cmocka_unit_test(test_texts_stay),
		cmocka_unit_test(test_texts_take_their_bytes),
		cmocka_unit_test(test_large_ones_have_a_block_of_their_own),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL) ? 1 : 0;
}
