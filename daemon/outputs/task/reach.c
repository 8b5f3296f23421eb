/* Which outputs an action reaches in a zone. Must not know of what
 * was ordered or written. */
#include "daemon/outputs/task/task.h"

const struct point *reach_next(
	const struct outputs *o, const struct action *action, const struct places *scope, size_t *i)
{
	while (*i < o->site->point_count) {
		const struct point *point = &o->site->points[(*i)++];

		for (size_t k = 0; k < scope->count; k++)
			if (action_covers(action, scope->zones[k], point))
				return point;
	}
	return NULL;
}
