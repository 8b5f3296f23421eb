/* What a configuration says: plain structs, which config/load fills and everybody reads. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "core/arena.h"
#include "core/people.h"
#include "core/plan.h"
#include "core/site.h"
#include "core/words.h" /* enum language */
#include "rules/rule.h"

struct mqtt_settings {
	const char *host;
	int64_t port;
	const char *client_id;     /* default: "facilityd-<site>" */
	const char *username;      /* NULL: anonymous */
	const char *password_file; /* first line; NULL: none */
	const char *ca_file;       /* NULL: no TLS */
	const char *cert_file, *key_file;
	int64_t keepalive_ms;
	int64_t outbox_max; /* messages held while the broker is away */
	/* Our retained topics outside of facility/<site>/, as one filter. */
	const char *elsewhere;
};

/* Discovery for Home Assistant. */
struct homeassistant_settings {
	bool published;     /* the configuration has this section */
	const char *prefix; /* of its discovery topics */
	int language;       /* enum language: of the names there */
	bool release;       /* its account may release actions */
};

/* What calls a person where no message does. */
enum { FALLBACK_ACTION_MAX = 8 };
struct fallback_settings {
	const struct action *actions[FALLBACK_ACTION_MAX]; /* mode auto, of a state class */
	size_t action_count; /* 0: the configuration has no such section */
	enum severity severity;
	int64_t acknowledge_within_ms, unheard_after_ms, broker_away_after_ms;
};

/* Who says that the wall clock is right, for what names hours. */
enum clock_source { CLOCK_KERNEL, CLOCK_RTC };

struct daemon_settings {
	const char *state_dir; /* durable records; overridden by --state-dir and STATE_DIRECTORY */
	bool actions_armed;    /* false: nothing is ever written, whatever a point says */
	int64_t heartbeat_ms;  /* of points, where they do not say */
	int64_t standing_after_ms, stale_after_ms; /* an incident active for longer */
	double deadline_scale;    /* deadlines, reminders and the chain times this */
	int64_t journal_days;     /* entries are kept this long */
	int64_t journal_size_mb;  /* of the journal; the oldest entries give way */
	int64_t record_within_ms; /* journal or broker must have the intent within this */
	enum clock_source clock;
	const char *profiles;  /* folder of the site's own; NULL: "profiles" beside the file */
	const char *held_role; /* is asked about outputs that stay held; NULL: nobody */
};

/* A lock that comes again each week, as rules/locks.h has it. */
struct recurring_lock {
	const char *id;
	const char *what; /* "zone:f2" */
	bool quiet;
	const struct incident_type *type; /* that alone is quiet; NULL: all but the critical ones */
	const char *reason;
	const struct role *role;  /* that has it done */
	const struct duty *spans; /* in order, with time between them, each at most 12 h */
	size_t span_count;
};

struct config {
	struct arena arena;
	struct site site;
	struct plan plan;
	struct people people;
	struct rule *rules;
	size_t rule_count;
	struct mqtt_settings mqtt;
	struct daemon_settings daemon;
	struct homeassistant_settings homeassistant;
	struct fallback_settings fallback;
	struct recurring_lock *locks;
	size_t lock_count;
};

#endif
