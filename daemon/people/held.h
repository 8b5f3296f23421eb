/*
 * Answers of the local socket that wait until what they say is on disk, so that
 * nobody is told what a kill could undo. One for each connection at most. Loop thread.
 */
#ifndef DAEMON_PEOPLE_HELD_H
#define DAEMON_PEOPLE_HELD_H

#include "daemon/people/local.h"

struct held_answer {
	uint64_t ticket; /* of the request; 0: free */
	uint64_t mark;   /* the commit that it waits for */
	char *text;
	size_t length;
};

/* Zeroed at first. */
struct held {
	struct held_answer answers[LOCAL_CLIENT_MAX];
};

/* Takes the answer's text over, and makes it one that comes later; where there is no room, not. */
void held_put(struct held *held, uint64_t ticket, uint64_t mark, struct local_answer *answer);
/* Those that wait for commits up to `mark` go to who asked. */
void held_release(struct held *held, uint64_t mark, struct local *local);
/* Whoever asked is gone; false: none of his waits. */
bool held_forget(struct held *held, uint64_t ticket);

#endif
