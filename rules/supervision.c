#include "rules/supervision.h"

/* clang-format off */
enum supervision supervision_next(enum supervision state, enum supervision_event event)
{
	enum {
		NONE = SUPERVISION_NONE, HOLDS = SUPERVISION_HOLDS,
		DOUBT = SUPERVISION_DOUBT, LOST = SUPERVISION_LOST,
	};
	static const unsigned char next[SUPERVISION_COUNT][SUPERVISION_EVENT_COUNT] = {
		/*                      proved agrees differs unusable time-over withdrawn */
		[SUPERVISION_NONE]  = { HOLDS, NONE,  NONE,   NONE,    NONE,     NONE },
		[SUPERVISION_HOLDS] = { HOLDS, HOLDS, DOUBT,  HOLDS,   HOLDS,    NONE },
		[SUPERVISION_DOUBT] = { HOLDS, HOLDS, DOUBT,  HOLDS,   LOST,     NONE },
		[SUPERVISION_LOST]  = { HOLDS, HOLDS, LOST,   LOST,    LOST,     NONE },
	};

	return (enum supervision)next[state][event];
}
/* clang-format on */

/* [condition][ours]: a full table. */
enum supervision_telling supervision_tells(enum truth still_true, bool ours)
{
	static const unsigned char tells[3][2] = {
		[TRUTH_FALSE] = { SUPERVISION_ASKS, SUPERVISION_ASKS },
		[TRUTH_TRUE] = { SUPERVISION_ASKS, SUPERVISION_OPENS_STEP },
		[TRUTH_UNKNOWN] = { SUPERVISION_ASKS, SUPERVISION_OPENS_STEP },
	};

	return (enum supervision_telling)tells[still_true][ours];
}
