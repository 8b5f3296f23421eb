/* That an output is about to be written: recorded first. A plain value; texts are its maker's. */
#ifndef CORE_INTENT_H
#define CORE_INTENT_H

#include "core/site.h"

struct intent {
	/* step NULL: the fallback, called by this incident; incident_id "": a person's hand */
	const char *incident_id, *step;
	bool drill;
	const struct point *output;
	double value;
	const char *user, *shown; /* the account for the journal; what topics may show of it */
};

#endif
