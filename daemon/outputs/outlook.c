/* Must never name an output as ours that somebody else has switched on. */
#include "daemon/outputs/outlook.h"

#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "fallback 1\n"

struct outlook {
	const struct plant *plant;
	struct outlook_ports ports;
	struct fallback decided;
	bool due;        /* something has happened: judge again */
	bool anew;       /* also tell the actuation again what is called */
	bool moved;      /* calls or outputs have: keep and tell them */
	int64_t next_ms; /* or judge at this time */
	char *row;       /* as it was kept last; NULL: there is none */
};

struct outlook *outlook_new(
	const struct plant *plant, const struct outlook_ports *ports, int64_t now_ms)
{
	struct outlook *outlook = calloc(1, sizeof(*outlook));

	if (!outlook)
		return NULL;
	outlook->ports = *ports;
	outlook->plant = plant;
	outlook_adopt(outlook);
	fallback_link(&outlook->decided, false, now_ms);
	return outlook;
}

void outlook_free(struct outlook *outlook)
{
	if (!outlook)
		return;
	free(outlook->row);
	free(outlook);
}

void outlook_adopt(struct outlook *outlook)
{
	outlook->due = outlook->anew = true;
}

void outlook_look(struct outlook *outlook)
{
	outlook->due = true;
}

void outlook_link(struct outlook *outlook, bool connected, int64_t now_ms)
{
	fallback_link(&outlook->decided, connected, now_ms);
	outlook->due = true;
}

void outlook_heard(struct outlook *outlook, bool notice, bool heard, int64_t now_ms)
{
	if (!notice)
		fallback_heard(&outlook->decided, heard, now_ms);
	else if (heard)
		fallback_noticed(&outlook->decided, now_ms);
	outlook->due = true;
}

void outlook_moved(struct outlook *outlook)
{
	outlook->moved = true;
}

int64_t outlook_deadline(const struct outlook *outlook)
{
	return outlook->due ? 0 : outlook->next_ms;
}

/* Which outputs are called -------------------------------------------------- */

/* By the first call that means it, freshly if any does. */
static bool call_of(const struct outlook *outlook, const struct point *point,
	const struct action *action, struct output_call *output)
{
	const struct fallback *fallback = &outlook->decided;
	bool any = output->point != NULL;

	for (size_t i = 0; i < fallback->call_count; i++) {
		const struct fallback_call *call = &fallback->calls[i];
		const struct incident *incident =
			engine_find(outlook->plant->engine, call->incident);

		if (!incident ||
			!action_covers(action,
				action_zone(&outlook->plant->config->site, action, incident->zone),
				point))
			continue;
		if (!any)
			*output = (struct output_call){ point, action, call->incident, false };
		output->fresh |= call->fresh;
		any = true;
	}
	return any;
}

static void call_outputs(struct outlook *outlook)
{
	const struct fallback_settings *settings = &outlook->plant->config->fallback;
	const struct site *site = &outlook->plant->config->site;
	struct output_call calls[ACTUATION_JOB_MAX];
	size_t count = 0;

	for (size_t p = 0; p < site->point_count && count < ACTUATION_JOB_MAX; p++) {
		struct output_call call = { 0 };
		bool any = false;

		for (size_t i = 0; i < settings->action_count; i++)
			any |= call_of(outlook, &site->points[p], settings->actions[i], &call);
		if (any)
			calls[count++] = call;
	}
	actuation_calls(outlook->plant->actuation, calls, count);
}

static void log_calls(const struct fallback *fallback)
{
	for (size_t i = 0; i < fallback->call_count; i++)
		if (fallback->calls[i].fresh)
			log_warn("fallback: incident %s calls: %s", fallback->calls[i].incident,
				fallback_reason_name(fallback->calls[i].reason));
	if (fallback->call_count == 0)
		log_info("fallback: every incident that called is answered");
}

static void judge_once(struct outlook *outlook, int64_t now_ms)
{
	const struct fallback_verdict verdict = fallback_judge(&outlook->decided,
		&outlook->plant->config->fallback, outlook->plant->engine, now_ms);

	outlook->due = false;
	outlook->next_ms = verdict.next_ms;
	if (verdict.changed)
		log_calls(&outlook->decided);
	if (verdict.changed || outlook->anew) {
		call_outputs(outlook);
		outlook->moved = true;
	}
	outlook->anew = false;
	if (!verdict.ask)
		return;
	outlook->decided.asked = outlook->ports.again(outlook->ports.context);
	if (outlook->decided.asked)
		return;
	/* Where nothing could be sent, that was the answer. */
	fallback_heard(&outlook->decided, false, now_ms);
	outlook->due = true;
}

void outlook_judge(struct outlook *outlook, int64_t now_ms)
{
	while (outlook->due || now_ms >= outlook->next_ms)
		judge_once(outlook, now_ms);
}

void outlook_tell(struct outlook *outlook)
{
	struct called_output outputs[ACTUATION_JOB_MAX];
	size_t count = 0;

	if (!outlook->moved)
		return;
	outlook->moved = false;
	outlook_keep(outlook, false);
	while (count < ACTUATION_JOB_MAX &&
		actuation_called(outlook->plant->actuation, count, &outputs[count]))
		count++;
	outlook->ports.tell(outlook->ports.context, &outlook->decided, outputs, count);
}

/* What outlives the process ------------------------------------------------- */

/* free() it; NULL: there is nothing to be kept, or no memory. */
static char *row_text(const struct outlook *outlook)
{
	const struct fallback *fallback = &outlook->decided;
	struct called_output output;
	char *text = NULL;
	size_t length = 0, lines = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fputs(HEAD, out);
	for (size_t i = 0; i < fallback->call_count; i++, lines++)
		fprintf(out, "call %s %s\n", fallback->calls[i].incident,
			fallback_reason_name(fallback->calls[i].reason));
	for (size_t i = 0; actuation_called(outlook->plant->actuation, i, &output); i++) {
		if (!output.ours)
			continue;
		fprintf(out, "output %s %d %s\n", output.point->id, output.on > 0, output.caller);
		lines++;
	}
	if (fclose(out) == 0 && lines > 0)
		return text;
	free(text);
	return NULL;
}

void outlook_keep(struct outlook *outlook, bool again)
{
	char *text = row_text(outlook);
	const char *before = outlook->row;

	if (!again && (text ? before && strcmp(text, before) == 0 : !before)) {
		free(text);
		return;
	}
	outlook->ports.keep(outlook->ports.context, text);
	free(outlook->row);
	outlook->row = text;
}

static void load_output(struct outlook *outlook, const char *id, const char *on, const char *by)
{
	const struct point *point = site_point(&outlook->plant->config->site, id);

	if (!point || !point->writable) {
		log_error("output %s: was left on by the last run, and is gone from the "
			  "configuration",
			id);
		return;
	}
	log_info("output %s: was switched on by the last run for %s", id, by);
	actuation_call_resume(outlook->plant->actuation, point, strcmp(on, "1") == 0, by);
}

static void load_line(struct outlook *outlook, char *line)
{
	char *rest = line, *kind = strsep(&rest, " "), *first = strsep(&rest, " "),
	     *second = strsep(&rest, " "), *third = strsep(&rest, " ");

	if (strcmp(kind, "call") == 0 && second)
		fallback_resume(&outlook->decided, first, second);
	else if (strcmp(kind, "output") == 0 && third)
		load_output(outlook, first, second, third);
	else
		log_error("fallback: the line \"%s\" of the last run is not understood", kind);
}

void outlook_load(struct outlook *outlook, const char *row)
{
	char *copy, *rest, *line;

	if (strncmp(row, HEAD, strlen(HEAD)) != 0) {
		log_error("fallback: what the last run has left is not understood");
		return;
	}
	copy = strdup(row + strlen(HEAD));
	rest = copy;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			load_line(outlook, line);
	free(copy);
	outlook->row = strdup(row);
}
