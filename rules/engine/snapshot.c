/*
 * Writes an open incident as text. What rules/restore.c reads is the same list
 * of keys. Delays are written as what is left of them now, held: time in which
 * nobody saw a reading lets no delay run off.
 */
#include "rules/engine/snapshot.h"

#include "rules/engine/snapshot_line.h"
#include "rules/engine/state.h"

#include <inttypes.h>
#include <string.h>

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void print_witness(
	struct snapshot_out *out, const struct engine *engine, const struct reading *reading)
{
	uint64_t bits;

	/* As bits, since decimal points depend on the locale. */
	memcpy(&bits, &reading->value, sizeof(bits));
	snapshot_print(out, "witness %s %d %d %u %016" PRIx64 " %" PRId64 "\n",
		engine->site->points[reading->point].id, reading->quality, reading->reason,
		reading->detail, bits, reading->at_ms);
}

static void print_clear(struct snapshot_out *out, const struct engine *engine,
	const struct incident *incident, const struct rule *rule)
{
	uint32_t slot = slot_of_incident(engine, incident);

	for (size_t i = 0; i < engine->instance_count; i++) {
		const struct instance *instance = &engine->instances[i];
		int64_t left_ms = instance->delay.left_ms;

		if (instance->slot != slot || instance->rule != rule || !instance->active)
			continue;
		if (instance->delay.running)
			left_ms -= engine->now_ms - instance->delay.since_ms;
		snapshot_print(out, "clear %" PRId64 " %s\n", left_ms, truth_name(instance->clear));
	}
}

static void print_cause(struct snapshot_out *out, const struct engine *engine,
	const struct incident *incident, const struct cause *cause)
{
	if (cause->rule)
		snapshot_print(out, "cause %s", cause->rule->id);
	else
		snapshot_print(out, "report");
	snapshot_print(out, " %s %s %" PRId64 " %" PRId64 "\n", yes_no(cause->active),
		yes_no(cause->chattering), cause->since_ms, cause->until_ms);
	if (cause->rule && cause->active)
		print_clear(out, engine, incident, cause->rule);
	snapshot_print_text(out, "by", cause->by);
	snapshot_print_text(out, "note", cause->note);
	for (size_t i = 0; i < cause->witness_count; i++)
		print_witness(out, engine, &cause->witnesses[i]);
}

static void print_step(
	struct snapshot_out *out, const struct step *step, const struct step_state *state)
{
	snapshot_print(out,
		"step %s %s %s %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s %" PRId64
		" %" PRIu32 "\n",
		step->id, truth_name(state->applies), step_status_name(state->status),
		action_state_name(state->action), state->status_ms, state->action_ms,
		state->begins_ms, state->due_ms, yes_no(state->overdue), state->remind_ms,
		state->reminders);
	snapshot_print_text(out, "by", state->by);
	snapshot_print_text(out, "note", state->note);
}

static void print_head(struct snapshot_out *out, const struct incident *incident)
{
	snapshot_print(out, SNAPSHOT_HEAD " %d\n", SNAPSHOT_VERSION);
	snapshot_print(out, "id %s\ntype %s\nzone %s\n", incident->id, incident->type->id,
		incident->zone->id);
	snapshot_print(out, "state %s\ndrill %s\ntold %s\n", incident_state_name(incident->state),
		yes_no(incident->drill), yes_no(incident->told));
	snapshot_print(out, "raised %" PRId64 "\nacknowledged %" PRId64 "\nreturned %" PRId64 "\n",
		incident->raised_ms, incident->acked_ms, incident->returned_ms);
	snapshot_print(out, "unacknowledged %" PRId64 "\nlevel %u\n", incident->unacked_ms,
		incident->level);
	snapshot_print_text(out, "by", incident->acked_by);
}

static void print_aside(struct snapshot_out *out, const struct incident *incident)
{
	const struct hold *hold = &incident->hold;

	if (incident->suppressor[0])
		snapshot_print(out, "suppressed %s %" PRId64 "\n", incident->suppressor,
			incident->unsuppress_ms);
	if (!hold->at_ms)
		return;
	snapshot_print(out, "hold %" PRId64 " %" PRId64 "\n", hold->at_ms, hold->until_ms);
	snapshot_print_text(out, "by", hold->by);
	snapshot_print_text(out, "note", hold->note);
	snapshot_print_text(out, "to", hold->to);
}

size_t engine_snapshot(
	const struct engine *engine, const struct incident *incident, char *text, size_t size)
{
	struct snapshot_out out = { .text = text, .size = size };

	print_head(&out, incident);
	print_aside(&out, incident);
	for (size_t i = 0; i < incident->cause_count; i++)
		print_cause(&out, engine, incident, &incident->causes[i]);
	for (size_t i = 0; i < incident->type->step_count; i++)
		print_step(&out, &incident->type->steps[i], &incident->steps[i]);
	if (!out.full)
		snapshot_print(&out, "end %016" PRIx64 "\n", snapshot_sum(text, out.used));
	return out.full ? 0 : out.used;
}

uint64_t engine_serial(const struct engine *engine)
{
	return engine->serial;
}
