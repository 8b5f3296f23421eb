/*
 * The fallback's calls in the running building: judges which incidents call
 * (fallback.h), says to the actuation which outputs that means, and keeps over a restart
 * who calls and what we have switched on. That an output is armed, allowed, recorded and
 * proved is the actuation's matter. Loop thread; time is an argument.
 */
#ifndef DAEMON_OUTPUTS_OUTLOOK_H
#define DAEMON_OUTPUTS_OUTLOOK_H

#include "daemon/outputs/fallback.h"
#include "daemon/outputs/plant.h"

struct outlook_ports {
	void *context;
	/* An alert that was told goes out again; what the broker says is outlook_heard(). False:
	 * there is none. */
	bool (*again)(void *context);
	/* What outlives the process, one row; NULL: nothing is to be kept any more. */
	void (*keep)(void *context, const char *row);
	/* Who calls, and what became of the outputs, has changed. */
	void (*tell)(void *context, const struct fallback *fallback,
		const struct called_output *outputs, size_t count);
};

/* The row's id. */
#define OUTLOOK_ROW "fallback"

struct outlook;

/* NULL: out of memory. */
struct outlook *outlook_new(
	const struct plant *plant, const struct outlook_ports *ports, int64_t now_ms);
void outlook_free(struct outlook *outlook);
/* After a reload: what is called is said again. */
void outlook_adopt(struct outlook *outlook);
/* The row of the last run, before the first judgement. */
void outlook_load(struct outlook *outlook, const char *row);

/* Something has happened to an incident; the link came or went; the broker has answered. */
void outlook_look(struct outlook *outlook);
void outlook_link(struct outlook *outlook, bool connected, int64_t now_ms);
void outlook_heard(struct outlook *outlook, bool notice, bool heard, int64_t now_ms);
/* As actuation_ports.called. */
void outlook_moved(struct outlook *outlook);

/* Before and after actuation_run(). */
void outlook_judge(struct outlook *outlook, int64_t now_ms);
void outlook_tell(struct outlook *outlook);
int64_t outlook_deadline(const struct outlook *outlook);

/*
 * Its row as it is now. To stand in the commit of an intent, so that whatever a kill may have left
 * on is known. again: also when it is as it was kept last.
 */
void outlook_keep(struct outlook *outlook, bool again);

#endif
