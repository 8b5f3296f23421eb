/* A bus's next job and its link's back-off. Must not know of loops, threads or clocks. */
#include "daemon/bus/work.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool has_output(const struct bus *bus)
{
	for (size_t i = 0; i < bus->device_count; i++)
		for (size_t k = 0; k < bus->devices[i]->point_count; k++)
			if (bus->devices[i]->points[k]->writable)
				return true;
	return false;
}

int bus_work_init(struct bus_work *work, const struct bus *bus, int64_t now_ms, uint64_t seed)
{
	int error;

	memset(work, 0, sizeof(*work));
	work->bus = bus;
	work->open_at_ms = now_ms;
	work->backoff_ms = BUS_OPEN_FIRST_MS;
	work->random = seed ? seed : 1;
	if (has_output(bus)) {
		work->writes = calloc(BUS_WRITE_MAX, sizeof(*work->writes));
		if (!work->writes)
			return -ENOMEM;
	}
	work->schedule = schedule_new(bus, now_ms, work->random, &error);
	return work->schedule ? 0 : error;
}

void bus_work_free(struct bus_work *work)
{
	schedule_free(work->schedule);
	work->schedule = NULL;
	free(work->writes);
	work->writes = NULL;
}

int bus_work_push(struct bus_work *work, const struct bus_write *write)
{
	if (!work->writes)
		return -EINVAL;
	if (!work->open)
		return -EHOSTDOWN;
	if (work->count == BUS_WRITE_MAX)
		return -EAGAIN;
	work->writes[(work->first + work->count++) % BUS_WRITE_MAX] = *write;
	return 0;
}

static void take_write(struct bus_work *work, struct bus_write *write)
{
	*write = work->writes[work->first];
	work->first = (work->first + 1) % BUS_WRITE_MAX;
	work->count--;
}

bool bus_work_drop(struct bus_work *work, int64_t now_ms, struct bus_write *write, int *error)
{
	if (work->count == 0)
		return false;
	*error = work->open ? -ECANCELED : -EHOSTDOWN;
	if (work->open && now_ms - work->writes[work->first].queued_ms <= WRITE_AGE_MAX_MS)
		return false;
	take_write(work, write);
	return true;
}

void bus_work_next(struct bus_work *work, int64_t now_ms, struct bus_job *job)
{
	*job = (struct bus_job){ .kind = BUS_JOB_WAIT, .until_ms = work->open_at_ms };
	if (!work->open) {
		if (now_ms >= work->open_at_ms)
			job->kind = BUS_JOB_OPEN;
		return;
	}
	if (work->count > 0) {
		job->kind = BUS_JOB_WRITE;
		take_write(work, &job->write);
		return;
	}
	job->poll = schedule_next(work->schedule, now_ms, &job->until_ms);
	if (job->poll)
		job->kind = BUS_JOB_READ;
}

static bool tell(struct bus_work *work)
{
	bool news = !work->told || work->told_open != work->open;

	work->told = true;
	work->told_open = work->open;
	return news;
}

/* A quarter more or less, so that the buses of a gateway that restarted do not come at once. */
static void back_off(struct bus_work *work, int64_t now_ms)
{
	work->random = work->random * 6364136223846793005u + 1442695040888963407u;
	work->open_at_ms = now_ms + work->backoff_ms * 3 / 4 +
			   (int64_t)((work->random >> 33) % (uint64_t)(work->backoff_ms / 2 + 1));
	work->backoff_ms *= 2;
	if (work->backoff_ms > BUS_OPEN_MAX_MS)
		work->backoff_ms = BUS_OPEN_MAX_MS;
}

bool bus_work_opened(struct bus_work *work, int error, int64_t now_ms)
{
	work->open = error == 0;
	if (work->open) {
		work->opened_ms = now_ms;
		if (!work->renewing)
			schedule_opened(work->schedule, now_ms);
	} else {
		back_off(work, now_ms);
	}
	work->renewing = false;
	return tell(work);
}

bool bus_work_lost(struct bus_work *work, int error, int64_t now_ms)
{
	if (error == -ETIMEDOUT) {
		work->open = false;
		work->renewing = true;
		work->open_at_ms = now_ms;
		return false;
	}
	/* One that is lost again and again right after it opened has not recovered. */
	if (work->open && now_ms - work->opened_ms >= BUS_OPEN_SOUND_MS)
		work->backoff_ms = BUS_OPEN_FIRST_MS;
	work->open = false;
	back_off(work, now_ms);
	return tell(work);
}
