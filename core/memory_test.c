/* Memory is kept where the limit lets it, and a limit that is too low is told. */
#include "core/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a sanitizer maps cannot be locked, and it does not try. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

static long locked_kib(void)
{
	char line[200];
	long kib = -1;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "VmLck:", 6) == 0)
			sscanf(line + 6, "%ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

/* In a process of its own: is all well? */
static bool in_child(bool (*run)(void))
{
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(run() ? 0 : 1);
	waitpid(child, &status, 0);
	return status == 0;
}

/* Whoever may not raise his limit is told. */
static bool keeps(bool at_once)
{
	int error = memory_keep(at_once);

	return error == 0 ? locked_kib() > 1000 : error == -ENOMEM && locked_kib() == 0;
}

static bool keeps_at_once(void)
{
	return keeps(true);
}

static bool keeps_from_use(void)
{
	return keeps(false);
}

static bool is_refused(void)
{
	const struct rlimit limit = { 64 * 1024, 64 * 1024 };

	setrlimit(RLIMIT_MEMLOCK, &limit);
	if (geteuid() == 0 && seteuid(65534) < 0) /* root has no limit */
		return false;
	return memory_keep(true) == -ENOMEM && locked_kib() == 0;
}

static void test_keeps_what_is_mapped(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(in_child(keeps_at_once));
	assert_true(in_child(keeps_from_use));
}

static void test_a_low_limit_is_told(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_true(in_child(is_refused));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_what_is_mapped),
		cmocka_unit_test(test_a_low_limit_is_told),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL) ? 1 : 0;
}
