/*
 * The life of one output in one action, as a full table: every state by every
 * event. Pure.
 */
#ifndef DAEMON_OUTPUTS_TASK_JOB_H
#define DAEMON_OUTPUTS_TASK_JOB_H

#include "daemon/outputs/task/output.h"

enum job_state {
	JOB_CHECKING, /* seems to be there already: waits for a reading newer than the order */
	JOB_WAITING,  /* asks whether it may be written, before the record */
	JOB_RECORDING,
	JOB_READY, /* recorded; asks again, right before the write */
	JOB_WRITING,
	JOB_CONFIRMING, /* written, or perhaps written: waits for the read-back */
	JOB_CONFIRMED,
	JOB_UNPROVEN,
	JOB_FAILED,
	JOB_REFUSED,
	JOB_PROTECTED,
	JOB_OVERTAKEN,
	JOB_STATE_COUNT
};

enum job_event {
	JOB_EVENT_ALLOWED,
	JOB_EVENT_REFUSED,
	JOB_EVENT_PROTECTED,
	JOB_EVENT_OVERTAKEN,
	JOB_EVENT_RECORDED,
	JOB_EVENT_NOT_RECORDED,
	JOB_EVENT_WRITTEN,
	JOB_EVENT_WRITTEN_BLIND, /* and nothing can prove it: no read-back, or a mere echo */
	JOB_EVENT_NOT_WRITTEN,   /* as far as we know: the answer may have been lost */
	JOB_EVENT_CALLED_OFF,    /* not sent: a check forbade it as its turn came */
	JOB_EVENT_AGREES,        /* a good read-back, newer than the write, has the value */
	JOB_EVENT_DIFFERS,       /* the same, and has not */
	JOB_EVENT_AGAIN,         /* it failed, and is tried once more */
	JOB_EVENT_LOST,          /* it was proved, and is so no more */
	JOB_EVENT_TRY_OVER,      /* the time of this try is over, another is left */
	JOB_EVENT_EXPIRED,       /* the time is over */
	JOB_EVENT_COUNT
};

/* The next state; the same where the event changes nothing. */
enum job_state job_next(enum job_state state, enum job_event event);

/* Nothing more will be done (a late read-back may still prove a failed one). */
bool job_ended(enum job_state state);

/* It ended before anything was written: something forbade it, or it was not needed any more. */
bool job_was_barred(enum job_state state);

/* How documents show it. */
enum output_state job_output_state(enum job_state state);

#endif
