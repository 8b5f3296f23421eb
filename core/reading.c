#include "core/reading.h"

#include "core/words.h"

/* The table of words has them in the order of their enumerations. */
_Static_assert((int)QUALITY_GOOD == WORD_QUALITY_GOOD, "qualities");
_Static_assert((int)QUALITY_UNDER == WORD_QUALITY_UNDER, "qualities");
_Static_assert((int)REASON_COUNT == WORD_REASON_COUNT, "reasons");

const char *quality_name(enum quality quality)
{
	return word_id(WORD_QUALITY, quality);
}

const char *reason_name(enum reason reason)
{
	return word_id(WORD_REASON, reason);
}
