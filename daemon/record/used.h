/*
 * Inside record: ids of commands, which count once (promise 4), over a restart too. An id is
 * kept until its command expires, for its user; longer while there is room, against a wall
 * clock that is set back. Where a user has USED_USER_MAX that have not expired, or all have
 * USED_MAX, one more is refused: nothing is forgotten early.
 *
 * Loop thread; never blocks. Times are of the boot clock.
 */
#ifndef DAEMON_RECORD_USED_H
#define DAEMON_RECORD_USED_H

#include <stdbool.h>
#include <stdint.h>

enum { USED_USER_MAX = 2048, USED_MAX = 8192, USED_AHEAD_MAX_MS = 10 * 60 * 1000 };

struct used;

/* Called for what is to outlive the process; text NULL: no more. */
typedef void used_row(void *context, const char *id, const char *text);

/* NULL: out of memory. */
struct used *used_new(used_row *row, void *context);
void used_free(struct used *used);

/*
 * Use this id. passing: of what does nothing; such ids are not kept over a restart, give way to
 * others, and are never refused for want of room. 0, -EEXIST: used before, -ENOSPC or -ENOMEM.
 */
int used_take(struct used *used, const char *user, const char *id, int64_t until_ms, bool passing,
	int64_t now_ms);
/* Every row once more. */
void used_keep(struct used *used);
/* A row of the last run; shift_ms turns its boot times into this one's. False: not one of these. */
bool used_load(
	struct used *used, const char *row, const char *text, int64_t shift_ms, int64_t now_ms);

#endif
