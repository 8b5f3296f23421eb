/*
 * The adapter contract: hardware -> readings, writes -> hardware.
 *
 * An adapter is one `const struct adapter` at the foot of its file, listed in
 * adapters/table.c. It declares its options as data and fills one of two
 * shapes. It knows nothing of rules, MQTT or files; it never logs, exits, reads
 * a clock, sleeps between polls or retries: the daemon owns threads, schedule,
 * back-off, quality, time stamps and logs.
 *
 * Blocking shape: one thread per bus calls every verb; a call ends within the
 * time that the bus and device options state. Event shape: every verb is called
 * on the daemon's loop and never blocks; time is an argument.
 *
 * Errors are 0 or -errno, with these meanings for both shapes:
 *   -ETIMEDOUT   the device did not answer; the link may be sound
 *   -EBADMSG     the answer was garbled or to something else; the link is sound again
 *   -EREMOTEIO   the device answered with an exception
 *   -EINVAL      cannot be asked of this device (a caller's mistake)
 *   others       the link is lost: the daemon closes it and opens it again with back-off
 */
#ifndef ADAPTERS_ADAPTER_H
#define ADAPTERS_ADAPTER_H

#include "core/option.h"
#include "core/reading.h"
#include "core/site.h"
#include "core/words_table.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Points of one device that are due together. The daemon makes these once, at
 * start, and asks the driver to plan() each, so that no read allocates.
 */
struct poll {
	const struct device *device;
	const struct point *const *points; /* all of `device`, sorted by index */
	size_t count;
	int64_t period_ms;
	int64_t patience_ms; /* an answer is awaited no longer; 0: for the device's whole time-out
			      */
	void *plan;          /* the driver's merged requests; NULL before plan() */
};

/* Where a driver puts what it found. Valid during the call only. */
struct sink {
	/* One reading. at_ms 0: the daemon stamps it with the time of the call. */
	void (*reading)(struct sink *sink, const struct reading *reading);
	/*
	 * These points answered and their raw registers are those of the last time, when a
	 * good or bad reading of each was given: only their time is new. Saves all further work.
	 * The list is the poll's own or its plan's: it is looked at after the call, too.
	 */
	void (*unchanged)(struct sink *sink, const struct point *const *points, size_t count);
	/*
	 * What was given since is one frame: values of one answer, which rules take together. The
	 * end of a call ends one too. NULL: whoever listens does not ask.
	 */
	void (*answer)(struct sink *sink);
};

struct adapter_blocking {
	/* Open the link and make it quiet. *link is the driver's own. */
	int (*open)(const struct bus *bus, void **link);
	/*
	 * Read poll->points: exactly one reading (or `unchanged`) for each, good or bad, whatever
	 * is returned. Returns 0 when the device answered everything, else the first error.
	 * NULL where nothing can be asked: then all readings are spontaneous, from wait(), and a
	 * point that is silent becomes stale.
	 */
	int (*read)(void *link, struct poll *poll, struct sink *sink);
	/*
	 * Wait up to timeout_ms, 50 at most, for spontaneous readings: a read or a write that is
	 * due meanwhile waits for the end of the call. NULL where polled only.
	 */
	int (*wait)(void *link, int timeout_ms, struct sink *sink);
	/* Write an engineering value; 0 when the device acknowledged it. NULL where input only. */
	int (*write)(void *link, const struct point *point, double value);
	void (*close)(void *link);
};

enum link_state {
	LINK_IDLE, /* nothing under way */
	LINK_BUSY, /* opening, or a job is under way */
	LINK_LOST, /* close() and open() again later */
};

/* What the struct of every link begins with: written by its driver, looked at by the daemon. */
struct link_head {
	enum link_state state;
	int result; /* of the job that ended last; LOST: why */
};

/* What the loop must wait for on behalf of a link. */
struct link_wait {
	int fd;              /* -1: none (yet) */
	uint32_t events;     /* EPOLLIN, EPOLLOUT */
	int64_t deadline_ms; /* call deadline() then; CLOCK_NEVER: none */
};

/*
 * A link does one job at a time: opening, a read or a write. open(), start_*(),
 * ready() and deadline() return 0 or -errno for failures of the *call*; after each
 * the daemon looks at the link's head: BUSY, wait for wait(); IDLE, the job has ended and
 * `result` is its outcome; LOST, `result` says why, and every point of a read that
 * was under way has had its bad reading. *link begins with a struct link_head.
 */
struct adapter_event {
	int (*open)(const struct bus *bus, int64_t now_ms, void **link);
	/* NULL where nothing can be asked, as in the blocking shape. */
	int (*start_read)(void *link, struct poll *poll, int64_t now_ms, struct sink *sink);
	/* NULL where input only. */
	int (*start_write)(void *link, const struct point *point, double value, int64_t now_ms);
	/* *wait comes as: no descriptor, no events, no deadline. */
	void (*wait)(const void *link, struct link_wait *wait);
	void (*ready)(void *link, uint32_t events, int64_t now_ms, struct sink *sink);
	/* NULL where it waits for no time. */
	void (*deadline)(void *link, int64_t now_ms, struct sink *sink);
	void (*close)(void *link);
};

/* Called by check() for each thing wrong; `format` without file and line, which the loader knows.
 */
struct option_errors {
	void (*add)(struct option_errors *errors, const char *option, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
};

struct adapter {
	const char *name;    /* "modbus-tcp": the word in the configuration */
	const char *summary; /* one line for people */
	const struct option_spec *bus_options, *device_options, *point_options; /* NULL: none */
	size_t bus_size, device_size, point_size; /* of the structs that they fill */
	/*
	 * What a table cannot say: options that exclude each other, and derived members. Called
	 * by the loader after the tables have filled the structs; any may be NULL.
	 */
	void (*check_bus)(struct bus *bus, struct option_errors *errors);
	void (*check_device)(struct device *device, struct option_errors *errors);
	void (*check_point)(struct point *point, struct option_errors *errors);
	/*
	 * The output `a` and `b` are the same thing of the device: an output that undoes it, or a
	 * read-back that merely echoes it. NULL: never.
	 */
	bool (*overlap)(const struct point *a, const struct point *b);
	/*
	 * Where in its device the point is, as people find it in the data sheet, for the trouble of
	 * one that is refused. NULL: the point's name says all.
	 */
	void (*place)(const struct point *point, enum language language, char *out, size_t size);
	/* Merge the points of a poll into requests, and free that. NULL: nothing to plan. */
	int (*plan)(struct poll *poll);
	void (*unplan)(struct poll *poll);
	/* Time on the bus for one round of this poll in ms, for the worst-case lint; NULL: 0. */
	double (*cost_ms)(const struct poll *poll);
	/*
	 * Time on the bus of a request whose answer does not come, at most; `again`: of the second
	 * try right after. For the same lint; NULL: 0, or cost_ms() has it.
	 */
	double (*loss_ms)(const struct device *device, bool again);
	/* What the driver lets pass before a change counts, for the same lint; NULL: 0. */
	int64_t (*settle_ms)(const struct point *point);
	/* Exactly one of: */
	const struct adapter_blocking *blocking;
	const struct adapter_event *event;
};

static inline const struct link_head *link_head(const void *link)
{
	return link;
}

/* Can points be asked? Else there are no polls: readings come by themselves, or age. */
static inline bool adapter_asks(const struct adapter *adapter)
{
	if (adapter->event)
		return adapter->event->start_read != NULL;
	return !adapter->blocking || adapter->blocking->read != NULL;
}

/* adapters/table.c: NULL-terminated, by name. */
extern const struct adapter *const adapter_table[];
const struct adapter *adapter_find(const char *name);

#endif
