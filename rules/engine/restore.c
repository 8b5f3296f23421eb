/*
 * Reads an incident from its snapshot: a head of fixed lines, then causes and
 * steps. The keys are tables. Believes nothing: whatever the text says, what it
 * becomes is an incident that could have been, or an error.
 */
#include "rules/engine/restore.h"

#include "rules/engine/snapshot.h"

#include <math.h>
#include <string.h>

struct key {
	const char *word;
	const char *(*read)(struct draft *draft, struct snapshot_line *line);
};

static bool read_time(const struct draft *draft, struct snapshot_line *line, int64_t *at_ms)
{
	if (!snapshot_number(line, at_ms))
		return false;
	if (*at_ms == 0)
		return true;
	*at_ms += draft->shift_ms;
	if (*at_ms == 0)
		*at_ms = -1; /* 0 would mean: not yet */
	return true;
}

static bool read_yes(struct snapshot_line *line, bool *yes)
{
	char word[SNAPSHOT_WORD_MAX + 1];

	if (!snapshot_word(line, word))
		return false;
	*yes = strcmp(word, "yes") == 0;
	return *yes || strcmp(word, "no") == 0;
}

/* The number of the name, of 0 to last; -1: none. */
#define READ_NAME(function, type, last)                                                            \
	static int function(struct snapshot_line *line)                                            \
	{                                                                                          \
		char word[SNAPSHOT_WORD_MAX + 1];                                                  \
                                                                                                   \
		if (!snapshot_word(line, word))                                                    \
			return -1;                                                                 \
		for (int i = 0; i <= (int)(last); i++)                                             \
			if (strcmp(word, type##_name((enum type)i)) == 0)                          \
				return i;                                                          \
		return -1;                                                                         \
	}

READ_NAME(read_state_name, incident_state, INCIDENT_HANDED_OVER)
READ_NAME(read_truth, truth, TRUTH_UNKNOWN)
READ_NAME(read_status, step_status, STEP_SKIPPED)
READ_NAME(read_action, action_state, ACTION_RESTORED)

static const char *read_id(struct draft *draft, struct snapshot_line *line)
{
	char word[SNAPSHOT_WORD_MAX + 1];

	if (!snapshot_word(line, word) || strlen(word) > INCIDENT_ID_MAX ||
		strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-._") != strlen(word) ||
		!serial_of(word, &draft->serial))
		return "this is no incident's id";
	strcpy(draft->incident.id, word);
	return NULL;
}

static const char *read_type(struct draft *draft, struct snapshot_line *line)
{
	return snapshot_word(line, draft->type) ? NULL : "a word is missing";
}

static const char *read_zone(struct draft *draft, struct snapshot_line *line)
{
	const struct engine *engine = draft->engine;
	char word[SNAPSHOT_WORD_MAX + 1];
	bool known = false;

	if (!snapshot_word(line, word))
		return "a word is missing";
	for (draft->slot = 0; draft->slot < engine->slot_count; draft->slot++) {
		const struct slot *slot = &engine->slots[draft->slot];

		if (strcmp(slot->type->id, draft->type) != 0)
			continue;
		known = true;
		if (strcmp(slot->zone->id, word) == 0)
			break;
	}
	if (!known)
		return "its incident type is not in the plan any more";
	if (draft->slot == engine->slot_count)
		return "its zone is not in the building any more";
	draft->incident.type = engine->slots[draft->slot].type;
	draft->incident.zone = engine->slots[draft->slot].zone;
	return NULL;
}

static const char *read_state(struct draft *draft, struct snapshot_line *line)
{
	int state = read_state_name(line);

	if (state <= INCIDENT_NONE)
		return "this is no state of an open incident";
	draft->incident.state = (enum incident_state)state;
	return NULL;
}

static const char *read_drill(struct draft *draft, struct snapshot_line *line)
{
	return read_yes(line, &draft->incident.drill) ? NULL : "this is neither yes nor no";
}

static const char *read_told(struct draft *draft, struct snapshot_line *line)
{
	return read_yes(line, &draft->incident.told) ? NULL : "this is neither yes nor no";
}

static const char *read_level(struct draft *draft, struct snapshot_line *line)
{
	int64_t level;

	if (!snapshot_number(line, &level) || level < 0 || level > CHAIN_MAX)
		return "this is no level of the chain";
	draft->incident.level = (unsigned)level;
	return NULL;
}

#define READ_TIME(function, member)                                                                \
	static const char *function(struct draft *draft, struct snapshot_line *line)               \
	{                                                                                          \
		return read_time(draft, line, &draft->incident.member) ? NULL : "this is no time"; \
	}

READ_TIME(read_raised, raised_ms)
READ_TIME(read_acked, acked_ms)
READ_TIME(read_returned, returned_ms)
READ_TIME(read_unacked, unacked_ms)

static const char *read_suppressed(struct draft *draft, struct snapshot_line *line)
{
	char word[SNAPSHOT_WORD_MAX + 1];

	if (!snapshot_word(line, word) || strlen(word) > INCIDENT_ID_MAX ||
		!read_time(draft, line, &draft->incident.unsuppress_ms))
		return "this is no incident and time";
	strcpy(draft->incident.suppressor, word);
	return NULL;
}

static const char *read_hold(struct draft *draft, struct snapshot_line *line)
{
	struct hold *hold = &draft->incident.hold;

	if (!read_time(draft, line, &hold->at_ms) || !read_time(draft, line, &hold->until_ms) ||
		hold->at_ms == 0)
		return "these are no two times";
	draft->by = hold->by;
	draft->note = hold->note;
	draft->to = hold->to;
	return NULL;
}

static const char *read_cause_times(
	struct draft *draft, struct snapshot_line *line, const char *rule)
{
	struct incident *incident = &draft->incident;
	struct cause *cause;

	for (size_t i = 0; i < incident->cause_count; i++)
		if (strcmp(draft->causes[i].rule, rule) == 0)
			return "the cause stands there twice";
	if (incident->cause_count == CAUSE_MAX)
		return "too many causes";
	cause = &incident->causes[incident->cause_count];
	strcpy(draft->causes[incident->cause_count].rule, rule);
	incident->cause_count++;
	draft->by = cause->by;
	draft->note = cause->note;
	draft->to = NULL;
	if (!read_yes(line, &cause->active) || !read_yes(line, &cause->chattering) ||
		!read_time(draft, line, &cause->since_ms) ||
		!read_time(draft, line, &cause->until_ms))
		return "a cause needs yes or no twice, and two times";
	return NULL;
}

static const char *read_cause(struct draft *draft, struct snapshot_line *line)
{
	char word[SNAPSHOT_WORD_MAX + 1];

	if (!snapshot_word(line, word) || !id_valid(word))
		return "this is no rule's id";
	return read_cause_times(draft, line, word);
}

static const char *read_report(struct draft *draft, struct snapshot_line *line)
{
	return read_cause_times(draft, line, "");
}

static const char *read_clear(struct draft *draft, struct snapshot_line *line)
{
	size_t count = draft->incident.cause_count;
	struct draft_cause *cause = count ? &draft->causes[count - 1] : NULL;
	int clear;

	if (!cause || !cause->rule[0] || cause->has_clear)
		return "this belongs to a rule's cause, once";
	if (!snapshot_number(line, &cause->clear_left_ms) || (clear = read_truth(line)) < 0 ||
		clear == TRUTH_UNKNOWN)
		return "this is no delay";
	cause->clear = (enum truth)clear;
	cause->has_clear = true;
	return NULL;
}

static const char *read_witness(struct draft *draft, struct snapshot_line *line)
{
	size_t count = draft->incident.cause_count;
	struct cause *cause = count ? &draft->incident.causes[count - 1] : NULL;
	char id[SNAPSHOT_WORD_MAX + 1];
	struct reading reading = { 0 };
	const struct point *point;
	int64_t quality, reason, detail;
	uint64_t bits;

	if (!cause || cause->witness_count == WITNESS_MAX)
		return "too many readings, or no cause to which they belong";
	if (!snapshot_word(line, id) || !snapshot_number(line, &quality) ||
		!snapshot_number(line, &reason) || !snapshot_number(line, &detail) ||
		!snapshot_bits(line, &bits) || !read_time(draft, line, &reading.at_ms) ||
		quality < 0 || quality > QUALITY_GOOD || reason < 0 || reason >= REASON_COUNT ||
		detail < 0 || detail > UINT16_MAX)
		return "this is no reading";
	point = site_point(draft->engine->site, id);
	if (!point)
		return NULL;
	reading.point = (uint32_t)(point - draft->engine->site->points);
	reading.quality = (uint8_t)quality;
	reading.reason = (uint8_t)reason;
	reading.detail = (uint16_t)detail;
	memcpy(&reading.value, &bits, sizeof(bits));
	if (quality == QUALITY_GOOD && !isfinite(reading.value))
		return "this is no value";
	cause->witnesses[cause->witness_count++] = reading;
	return NULL;
}

static bool read_follow(
	const struct draft *draft, struct snapshot_line *line, struct step_state *state)
{
	int64_t reminders;

	if (!read_time(draft, line, &state->begins_ms) || !read_time(draft, line, &state->due_ms) ||
		!read_yes(line, &state->overdue) || !read_time(draft, line, &state->remind_ms) ||
		!snapshot_number(line, &reminders) || reminders < 0 || reminders > UINT32_MAX)
		return false;
	state->reminders = (uint32_t)reminders;
	return true;
}

static const char *read_step(struct draft *draft, struct snapshot_line *line)
{
	const struct incident_type *type = draft->incident.type;
	char id[SNAPSHOT_WORD_MAX + 1];
	struct step_state state = { 0 };
	int applies, status, action;
	size_t i = 0;

	if (!snapshot_word(line, id) || (applies = read_truth(line)) < 0 ||
		(status = read_status(line)) < 0 || (action = read_action(line)) < 0 ||
		!read_time(draft, line, &state.status_ms) ||
		!read_time(draft, line, &state.action_ms) || !read_follow(draft, line, &state))
		return "this is no step";
	draft->by = draft->note = draft->to = NULL;
	while (i < type->step_count && strcmp(type->steps[i].id, id) != 0)
		i++;
	if (i == type->step_count)
		return NULL;
	if (draft->steps_seen >> i & 1)
		return "the step stands there twice";
	draft->steps_seen |= (uint32_t)1 << i;
	state.applies = (enum truth)applies;
	state.status = (enum step_status)status;
	state.action = (enum action_state)action;
	draft->incident.steps[i] = state;
	draft->by = draft->incident.steps[i].by;
	draft->note = draft->incident.steps[i].note;
	return NULL;
}

static const char *read_by(struct draft *draft, struct snapshot_line *line)
{
	char by[USER_MAX + 1];

	return snapshot_text(line, draft->by ? draft->by : by, sizeof(by)) ? NULL
									   : "this is no name";
}

static const char *read_note(struct draft *draft, struct snapshot_line *line)
{
	char note[NOTE_MAX + 1];

	return snapshot_text(line, draft->note ? draft->note : note, sizeof(note))
		       ? NULL
		       : "this is no note";
}

static const char *read_to(struct draft *draft, struct snapshot_line *line)
{
	return draft->to && snapshot_text(line, draft->to, NOTE_MAX + 1) ? NULL
									 : "this is no department";
}

static const struct key head[] = {
	{ "id", read_id },
	{ "type", read_type },
	{ "zone", read_zone },
	{ "state", read_state },
	{ "drill", read_drill },
	{ "told", read_told },
	{ "raised", read_raised },
	{ "acknowledged", read_acked },
	{ "returned", read_returned },
	{ "unacknowledged", read_unacked },
	{ "level", read_level },
};

static const struct key body[] = {
	{ "by", read_by },
	{ "note", read_note },
	{ "to", read_to },
	{ "suppressed", read_suppressed },
	{ "hold", read_hold },
	{ "cause", read_cause },
	{ "report", read_report },
	{ "clear", read_clear },
	{ "witness", read_witness },
	{ "step", read_step },
};

static const char *read_line(
	struct draft *draft, struct snapshot_line *line, const struct key *keys, size_t count)
{
	char word[SNAPSHOT_WORD_MAX + 1];
	const char *why;

	if (!snapshot_word(line, word))
		return "a word is missing";
	for (size_t i = 0; i < count; i++) {
		if (strcmp(keys[i].word, word) != 0)
			continue;
		why = keys[i].read(draft, line);
		return why || snapshot_at_end(line) ? why : "the line goes on too long";
	}
	return "this key is unknown, or not here";
}

const char *draft_read(struct draft *draft, struct snapshot_line *rest, unsigned *line_number)
{
	const size_t head_count = sizeof(head) / sizeof(head[0]);
	struct snapshot_line line;
	const char *why = NULL;
	size_t i = 0;

	draft->by = draft->incident.acked_by;
	for (; !why && snapshot_next(rest, &line); ++*line_number, i++)
		why = i < head_count
			      ? read_line(draft, &line, &head[i], 1)
			      : read_line(draft, &line, body, sizeof(body) / sizeof(body[0]));
	return !why && i < head_count ? "the text ends too early" : why;
}
