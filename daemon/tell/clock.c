/*
 * Is the wall clock known to be right? What names hours waits for it, and so does what a reboot
 * owes. Must not believe a clock because it shows a time, nor decide anything else.
 */
#include "daemon/documents/duty.h"
#include "daemon/tell/failing.h"
#include "daemon/tell/parts.h"
#include "rules/engine/locking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW "clock" /* that a person has said so, in this boot */

#define PATIENCE_MS (10 * 60 * 1000.0)
enum { STEP_MS = 60 * 1000, NAMED_MAX = 110 }; /* named: what a trouble's text has room for */

void tell_clock_begin(struct tell *tell, const struct reboot *reboot, struct moment moment)
{
	struct tell_clock *clock = &tell->clock;

	clock->begun_ms = moment.now_ms;
	clock->newest_ms = reboot->newest_ms;
	/* Set while nobody ran: in the same boot that shows. */
	clock->offset_ms = moment.wall_ms - moment.now_ms;
	if (!reboot->rebooted && reboot->newest_ms)
		clock->offset_ms = reboot->offset_ms;
}

bool tell_clock_row(struct tell *tell, const char *id, const struct reboot *reboot)
{
	if (strcmp(id, ROW) != 0)
		return false;
	tell->clock.said = !reboot->rebooted;
	return true;
}

bool tell_clock_right(const struct tell *tell, struct moment moment)
{
	if (tell->ports.clock_is_right ? tell->ports.clock_is_right() : clock_is_right())
		return true;
	return tell->clock.said || (tell->plant->config->daemon.clock == CLOCK_RTC &&
					   moment.wall_ms >= tell->clock.newest_ms);
}

int tell_minute(const struct tell *tell, struct moment moment)
{
	return tell_clock_right(tell, moment) ? duty_minute(moment.wall_ms) : MINUTE_UNKNOWN;
}

/* What waits ------------------------------------------------------------------ */

static void add(char named[static NAMED_MAX], const char *name)
{
	size_t used = strlen(named);

	if (used + strlen(name) + 6 < NAMED_MAX)
		sprintf(named + used, "%s%s", used ? ", " : "", name);
	else if (used >= 3 && strcmp(named + used - 3, "...") != 0)
		strcpy(named + used, " ...");
}

static void add_hands(const struct tell *tell, char named[static NAMED_MAX])
{
	struct output_claim claim;

	for (size_t i = 0; outputs_claim(tell->plant->outputs, i, &claim); i++)
		if (claim.hand && hand_holds(claim.hand->state) && claim.hand->owed_ms)
			add(named, claim.output);
}

/* Roles of which it is not known whether anyone is on duty, since all their people have hours. */
static void add_rosters(const struct config *config, char named[static NAMED_MAX])
{
	char name[ID_MAX + 8];

	for (size_t i = 0; i < config->plan.role_count; i++) {
		const struct role *role = &config->plan.roles[i];

		if (people_on_duty(&config->people, role, MINUTE_UNKNOWN) != ON_DUTY_UNKNOWN ||
			people_on_duty(&config->people, role, 0) == ON_DUTY_UNKNOWN)
			continue;
		snprintf(name, sizeof(name), "role:%s", role->id);
		add(named, name);
	}
}

/* What names hours, and all of which it is not known how long the machine was off. */
static void name_waiting(const struct tell *tell, char named[static NAMED_MAX])
{
	const struct plant *plant = tell->plant;
	const struct incident *incident;
	const struct lock *lock;
	char name[LOCK_NAME_MAX + 1];

	named[0] = '\0';
	for (size_t i = 0; i < plant->config->lock_count; i++)
		add(named, plant->config->locks[i].what);
	for (size_t i = 0; (lock = engine_lock_at(plant->engine, i)); i++)
		if (lock->owed_ms && !lock->recurring)
			add(named, lock_name(lock, name));
	for (size_t i = 0; (incident = engine_incident(plant->engine, i)); i++)
		if (incident->owed_ms)
			add(named, incident->id);
	add_hands(tell, named);
	add_rosters(plant->config, named);
}

/* In time ------------------------------------------------------------------- */

static void take_back_word(struct tell *tell)
{
	if (tell->clock.said)
		record_row(tell->record, ROW, NULL);
	tell->clock.said = false;
}

/* What a person has said of it he has said of another time. */
static void look_for_step(struct tell *tell, struct moment moment)
{
	struct tell_clock *clock = &tell->clock;
	int64_t offset_ms = moment.wall_ms - moment.now_ms;
	int64_t step_ms = clock->offset_ms ? offset_ms - clock->offset_ms : 0;
	const struct failing failing = { FAILING_CLOCK_STEP, .numbers = { step_ms / 1000 } };

	clock->offset_ms = offset_ms;
	if (llabs(step_ms) <= STEP_MS)
		return;
	take_back_word(tell);
	clock->stepped_ms = moment.now_ms;
	failing_begin(tell->troubles, &failing, moment);
}

void tell_sweep_clock(struct tell *tell, struct moment moment)
{
	struct tell_clock *clock = &tell->clock;
	double patience_ms = PATIENCE_MS * tell->plant->config->daemon.deadline_scale;
	char named[NAMED_MAX];
	struct failing failing = { FAILING_CLOCK, .why = { named, named } };
	bool right;

	look_for_step(tell, moment);
	right = tell_clock_right(tell, moment);
	name_waiting(tell, named);
	if (right || !named[0])
		failing_end(tell->troubles, FAILING_CLOCK, NULL, moment);
	else if ((double)(moment.now_ms - clock->begun_ms) >= patience_ms)
		failing_begin(tell->troubles, &failing, moment);
	if (right && (double)(moment.now_ms - clock->stepped_ms) >= patience_ms)
		failing_end(tell->troubles, FAILING_CLOCK_STEP, NULL, moment);
}

void tell_clock_ok(struct tell *tell, struct moment moment)
{
	tell->clock.said = true;
	record_row(tell->record, ROW, "ok");
	failing_end(tell->troubles, FAILING_CLOCK_STEP, NULL, moment);
	tell_sweep_clock(tell, moment);
}
