/* Memory apart from the heap: zeroed, and not resident where nobody touched it. */
#include "core/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 256 };

static size_t resident_pages(char *memory, size_t page)
{
	unsigned char in_core[PAGES];
	size_t count = 0;

	assert_int_equal(mincore(memory - (uintptr_t)memory % page, PAGES * page, in_core), 0);
	for (size_t i = 0; i < PAGES; i++)
		count += in_core[i] & 1;
	return count;
}

static void test_what_is_not_touched_takes_no_memory(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = pages_new(PAGES, page);

	(void)state;
	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
	/* The page with the size; the kernel may put some more with it, but not all. */
	assert_in_range(resident_pages(memory, page), 1, PAGES / 4);
	memset(memory, 1, PAGES * page);
	assert_int_equal(resident_pages(memory, page), PAGES);
	pages_free(memory);
}

static void test_memory_is_zeroed_each_time(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		unsigned char *memory = pages_new(1000, 10);

		assert_non_null(memory);
		for (size_t i = 0; i < 10000; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, 10000);
		pages_free(memory);
	}
}

static void test_too_much_is_refused(void **state)
{
	(void)state;
	assert_null(pages_new(SIZE_MAX / 2, 3));
	assert_null(pages_new(1, SIZE_MAX / 2));
	pages_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_touched_takes_no_memory),
		cmocka_unit_test(test_memory_is_zeroed_each_time),
		cmocka_unit_test(test_too_much_is_refused),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL) ? 1 : 0;
}
