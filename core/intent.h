/* That an output is about to be written: recorded first. A plain value; texts are its maker's. */
#ifndef CORE_INTENT_H
#define CORE_INTENT_H

#include "core/site.h"

struct intent {
	const char *incident_id, *step; /* step NULL: the fallback, called by this incident */
	bool drill;
	const struct point *output;
	double value;
	const char *user, *shown; /* the account for the journal; what topics may show of it */
};

#endif
