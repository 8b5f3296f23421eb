/*
 * For tests/system/test_clock.py: preloaded into a program, it moves the wall
 * clock that the program sees by what stands in the file $WALL_JUMP, an int64 of
 * seconds, now; and behind it whether the kernel says that the clock is right: 1
 * yes, 2 no, 0 as it is. All other clocks are left alone, as the kernel does it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>

static const volatile int64_t *jump_s;
static int (*next)(clockid_t, struct timespec *);
static int (*next_adjtimex)(struct timex *);

__attribute__((constructor)) static void find(void)
{
	const char *path = getenv("WALL_JUMP");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map =
		fd < 0 ? MAP_FAILED : mmap(NULL, 2 * sizeof(*jump_s), PROT_READ, MAP_SHARED, fd, 0);

	*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	*(void **)&next_adjtimex = dlsym(RTLD_NEXT, "adjtimex");
	if (map != MAP_FAILED)
		jump_s = map;
}

int clock_gettime(clockid_t clock_id, struct timespec *tp)
{
	int r = next(clock_id, tp);

	if (r == 0 && clock_id == CLOCK_REALTIME && jump_s)
		tp->tv_sec += (time_t)*jump_s;
	return r;
}

int adjtimex(struct timex *ntx)
{
	int r = next_adjtimex(ntx);

	if (!jump_s || jump_s[1] == 0)
		return r;
	ntx->status = jump_s[1] == 1 ? ntx->status & ~STA_UNSYNC : ntx->status | STA_UNSYNC;
	return TIME_OK;
}
