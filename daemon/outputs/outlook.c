/*
 * The fallback in the running building: which incidents call (fallback.h), and by which
 * outputs. That an output is armed, allowed, recorded and proved is the others' matter.
 */
#include "daemon/outputs/parts.h"

#include "core/log.h"

#include <stdlib.h>
#include <string.h>

void outputs_link(struct outputs *o, bool connected, int64_t now_ms)
{
	fallback_link(&o->outlook.decided, connected, now_ms);
	o->outlook.due = true;
}

void outputs_heard(struct outputs *o, bool notice, bool heard, int64_t now_ms)
{
	if (!notice)
		fallback_heard(&o->outlook.decided, heard, now_ms);
	else if (heard)
		fallback_noticed(&o->outlook.decided, now_ms);
	o->outlook.due = true;
}

/* Does this call mean the output, by which action? NULL: it does not. */
static const struct action *action_of(
	const struct outputs *o, const struct fallback_call *call, const struct point *point)
{
	const struct fallback_settings *settings = &o->config->fallback;
	const struct incident *incident = engine_find(o->engine, call->incident);

	for (size_t i = 0; incident && i < settings->action_count; i++) {
		const struct action *action = settings->actions[i];

		if (action_covers(action, action_zone(o->site, action, incident->zone), point))
			return action;
	}
	return NULL;
}

/* By the first call that means it, freshly if any does. */
static void call_output(struct outputs *o, const struct point *point)
{
	const struct fallback *fallback = &o->outlook.decided;
	const struct action *action = NULL;
	const char *incident = NULL;
	bool fresh = false;

	for (size_t i = 0; i < fallback->call_count; i++) {
		const struct fallback_call *call = &fallback->calls[i];
		const struct action *found = action_of(o, call, point);

		if (!found)
			continue;
		fresh |= call->fresh;
		if (action)
			continue;
		action = found;
		incident = call->incident;
	}
	if (action)
		call_take(o, point, action, incident, fresh);
	else
		call_release(o, point);
}

static void log_calls(const struct fallback *fallback)
{
	for (size_t i = 0; i < fallback->call_count; i++)
		if (fallback->calls[i].fresh)
			log_warn("fallback: incident %s calls: %s", fallback->calls[i].incident,
				word_id(WORD_FALLBACK_REASON, fallback->calls[i].reason));
	if (fallback->call_count == 0)
		log_info("fallback: every incident that called is answered");
}

static void judge_once(struct outputs *o, int64_t now_ms)
{
	struct outlook *outlook = &o->outlook;
	const struct fallback_verdict verdict =
		fallback_judge(&outlook->decided, &o->config->fallback, o->engine, now_ms);

	outlook->due = false;
	outlook->next_ms = verdict.next_ms;
	if (verdict.changed)
		log_calls(&outlook->decided);
	if (verdict.changed || outlook->anew) {
		for (size_t i = 0; i < o->site->point_count; i++)
			call_output(o, &o->site->points[i]);
		outlook->moved = true;
	}
	outlook->anew = false;
	if (!verdict.ask)
		return;
	outlook->decided.asked = o->ports.again(o->ports.context);
	if (outlook->decided.asked)
		return;
	/* Where nothing could be sent, that was the answer. */
	fallback_heard(&outlook->decided, false, now_ms);
	outlook->due = true;
}

void outlook_judge(struct outputs *o, int64_t now_ms)
{
	while (o->outlook.due || now_ms >= o->outlook.next_ms)
		judge_once(o, now_ms);
}

void outlook_tell(struct outputs *o)
{
	struct called_output called[OUTPUTS_MAX];
	size_t count = 0;

	if (!o->outlook.moved)
		return;
	o->outlook.moved = false;
	call_keep(o, false);
	while (count < OUTPUTS_MAX && call_at(o, count, &called[count]))
		count++;
	o->ports.called(o->ports.context, &o->outlook.decided, called, count);
}

/* What the last run has left ------------------------------------------------ */

static void load_output(struct outputs *o, const char *id, const char *on, const char *by)
{
	const struct point *point = site_point(o->site, id);

	if (!point || !point->writable) {
		log_error("output %s: was left on by the last run, and is gone from the "
			  "configuration",
			id);
		return;
	}
	log_info("output %s: was switched on by the last run for %s", id, by);
	call_resume(o, point, strcmp(on, "1") == 0, by);
}

static void load_line(struct outputs *o, char *line)
{
	char *rest = line, *kind = strsep(&rest, " "), *first = strsep(&rest, " "),
	     *second = strsep(&rest, " "), *third = strsep(&rest, " ");

	if (strcmp(kind, "call") == 0 && second)
		fallback_resume(&o->outlook.decided, first, second);
	else if (strcmp(kind, "output") == 0 && third)
		load_output(o, first, second, third);
	else
		log_error("fallback: the line \"%s\" of the last run is not understood", kind);
}

void outlook_load(struct outputs *o, const char *row)
{
	char *copy, *rest, *line;

	if (strncmp(row, CALL_ROW_HEAD, strlen(CALL_ROW_HEAD)) != 0) {
		log_error("fallback: what the last run has left is not understood");
		return;
	}
	copy = strdup(row + strlen(CALL_ROW_HEAD));
	rest = copy;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			load_line(o, line);
	free(copy);
	o->outlook.row = strdup(row);
}
