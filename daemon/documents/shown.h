/*
 * Who did something, as topics may show it: the id of a role where the people of
 * the configuration know the account, else the account. The documents are made of
 * what these give, so that no other code need think of it. The journal's user
 * column and the local socket have the account itself.
 */
#ifndef DAEMON_DOCUMENTS_SHOWN_H
#define DAEMON_DOCUMENTS_SHOWN_H

#include "core/people.h"
#include "rules/engine/engine.h"

/* A copy with every user so. */
void shown_incident(
	const struct people *people, const struct incident *incident, struct incident *shown);

/* A copy of both; `incident` is where the transition's is kept, as long as it is used. */
struct transition shown_transition(const struct people *people, const struct transition *transition,
	struct incident *incident);

#endif
