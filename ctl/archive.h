/*
 * What the journal has, page after page: the verbs record, history and entries
 * of the daemon's local socket. Blocking; failures are told on standard error.
 */
#ifndef CTL_ARCHIVE_H
#define CTL_ARCHIVE_H

#include "ctl/verbs.h"

/* Each entry or incident in turn; false ends it, after a message. */
typedef bool (*archive_take)(void *context, const json_t *row);

/*
 * `members`: of the request, without its verb; changed. 0, or -1 after a message. A short incident
 * id becomes the full one with the first page, so that all pages are of one incident.
 */
int archive_fetch(int fd, const char *verb, json_t *members, archive_take take, void *context);

/*
 * The options since, until, type, zone, state and drill, where given, as members; NULL after a
 * message.
 */
json_t *archive_members(const struct verb_line *line);

#endif
