/*
 * Who may give an order: by the kind of the account, by the roles that it has, and by the incident
 * that it is about. The broker's access list is made of the same table (core/order.h) and asked
 * first; this is asked of every order that comes through it, since it alone knows of incidents and
 * of what the configuration lets. Who sits at the machine counts as an engineer.
 *
 * Pure, but for the sentences that it writes. Loop thread.
 */
#ifndef DAEMON_PEOPLE_RIGHTS_H
#define DAEMON_PEOPLE_RIGHTS_H

#include "core/order.h"
#include "core/people.h"
#include "rules/incident/incident.h"

enum { RIGHTS_WHY_MAX = 240 };

struct rights {
	const struct people *people;
	bool homeassistant_releases; /* the configuration lets it */
	int64_t now_ms;
};

/*
 * NULL: it may, and order->report_only is set where it may end no more than the report, and
 * order->second where it is the other one of the two persons who must release an action, both of
 * whom people knows, without a common role; or a sentence that says who may. `incident`: which the
 * order is about; NULL: of none, or of none that is open, which whoever carries it out will say.
 */
const char *rights_refuse(const struct rights *rights, struct order *order,
	const struct incident *incident, bool local, char why[static RIGHTS_WHY_MAX]);

/* The sentence for whoever had to be involved, and is not. */
const char *rights_involved_only(const struct order *order, const struct incident *incident,
	char why[static RIGHTS_WHY_MAX]);

#endif
