/*
 * The fallback: which incidents call a person by an output on the spot, such as a
 * siren, because no message seems to reach one.
 *
 * An incident may call when it is real, followed, not acknowledged, and of the
 * least severity or above. It does so for the first of three reasons, and from
 * then on until it is answered: acknowledged, closed, shelved, handed over,
 * or suppressed. That somebody listens again does not silence it.
 *
 * Decides only; pure but for what it is told. Loop thread; time is an argument.
 * At most FALLBACK_CALL_MAX call at once; a further one does when another is
 * answered, and meanwhile the outputs are on in any case.
 */
#ifndef DAEMON_OUTPUTS_FALLBACK_FALLBACK_H
#define DAEMON_OUTPUTS_FALLBACK_FALLBACK_H

#include "config/config.h"
#include "core/words.h" /* enum fallback_reason */
#include "rules/engine/engine.h"

enum { FALLBACK_CALL_MAX = 64 };

struct fallback_call {
	char incident[INCIDENT_ID_MAX + 1];
	enum fallback_reason reason;
	bool fresh; /* began with the last judgement */
};

struct fallback {
	struct fallback_call calls[FALLBACK_CALL_MAX]; /* in the order in which they began */
	size_t call_count;
	int64_t unheard_ms; /* since when nobody listens to alerts; 0: somebody does, or unknown */
	int64_t said_ms;    /* the last time that it was said so */
	int64_t notice_ms;  /* the last time that somebody heard a notice to a role; 0: never */
	int64_t away_ms;    /* since when the broker is away; 0: it is not */
	bool asked;         /* an alert was sent again to know better, and is not answered yet */
};

/* The broker has said whether anybody is subscribed to an alert. */
void fallback_heard(struct fallback *fallback, bool heard, int64_t now_ms);
/*
 * Somebody is subscribed to a notice that was just told, such as a bridge to telephones, which
 * hears no alerts. That nobody is says nothing: not each role has a telephone.
 */
void fallback_noticed(struct fallback *fallback, int64_t now_ms);
/* The link to the broker; to be told at the start too. */
void fallback_link(struct fallback *fallback, bool connected, int64_t now_ms);

struct fallback_verdict {
	bool changed; /* calls began or ended: look at all of them */
	/*
	 * Nobody listened, and it is time to call for that: send an alert again, since somebody may
	 * have come back in the meantime. Where there is none to send, fallback_heard(false) does.
	 */
	bool ask;
	int64_t next_ms; /* when to judge again, if nothing happens; CLOCK_NEVER */
};
struct fallback_verdict fallback_judge(struct fallback *fallback,
	const struct fallback_settings *settings, const struct engine *engine, int64_t now_ms);

/*
 * A call of the last run, from one line of what was kept. False: there is no such reason, or no
 * room.
 */
bool fallback_resume(struct fallback *fallback, const char *incident, const char *reason);

#endif
