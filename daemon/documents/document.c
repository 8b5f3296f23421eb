/* The documents that people and programs read; their shapes are docs/mqtt.md's. */
#include "daemon/documents/document.h"

#include "daemon/documents/json.h"
#include "daemon/documents/parts.h"

#include <string.h>

static json_t *document_new(void)
{
	json_t *object = json_object();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	return object;
}

char *document_state(const struct site *site, const char *status, const char *version,
	const char *instance, const struct moment *clock)
{
	json_t *object = document_new();

	document_add(&object, "status", document_string(status));
	document_add(&object, "site", document_named(site->id, &site->name));
	document_add(&object, "version", document_string(version));
	document_add(&object, "since", clock ? document_time(clock->now_ms, clock) : json_null());
	if (instance)
		document_add(&object, "instance", document_string(instance));
	return document_text(object);
}

char *document_point(
	const struct point *point, const struct reading *reading, const struct moment *clock)
{
	json_t *object = document_new();

	document_add(&object, "id", document_string(point->id));
	document_add(&object, "zone", document_string(point->zone->id));
	document_add(&object, "class", document_string(point->class->id));
	document_add(&object, "name", document_names(&point->name));
	document_add_reading(&object, point, reading, clock);
	return document_text(object);
}

char *document_incident(const struct incident *incident, const struct document_origin *origin,
	const struct outputs *outputs, const struct site *site, const struct moment *clock)
{
	const struct document_view view = { incident, outputs, site, clock, origin, NULL };

	return document_text(document_incident_json(&view));
}

/* "replayed" stands before any text of people: the outbox looks for its first occurrence. */
static json_t *event_new(const struct document_alert *alert, const struct moment *clock)
{
	json_t *object = document_new();

	document_add(&object, "id", document_string(alert->event_id));
	document_add(&object, "seq", json_integer((json_int_t)alert->sequence));
	document_add(
		&object, "event", json_string_nocheck(transition_name(alert->transition->kind)));
	document_add(&object, "time", document_time(alert->transition->at_ms, clock));
	document_add(&object, "replayed", json_false());
	document_add(&object, "drill", json_boolean(alert->transition->incident->drill));
	return object;
}

char *document_alert(const struct document_alert *alert, const struct outputs *outputs,
	const struct site *site, const struct moment *clock)
{
	const struct transition *transition = alert->transition;
	const struct incident *incident = transition->incident;
	const struct document_origin origin = { alert->journal, alert->sequence };
	const struct document_view view = { incident, outputs, site, clock, &origin, NULL };
	json_t *object = event_new(alert, clock);

	document_add(&object, "site", document_named(site->id, &site->name));
	document_add(&object, "step",
		transition->step < 0 ? json_null()
				     : document_string(incident->type->steps[transition->step].id));
	document_add(&object, "fact",
		transition->fact ? document_string(transition->fact->id) : json_null());
	document_add(&object, "user", document_string(transition->user));
	document_add(&object, "note", document_string(transition->note ? transition->note : ""));
	document_add(&object, "incident", document_incident_json(&view));
	/* What it leaves behind. */
	if (transition->kind == TRANSITION_CLOSED || transition->kind == TRANSITION_HANDED_OVER)
		document_add(&object, "held", document_held_json(outputs, incident->id));
	return document_text(object);
}

/* What those who are called are to look at: what is late or has failed, whosever it is. */
static bool is_late(const struct step_state *state)
{
	return step_expected(state) && (state->overdue || state->status == STEP_FAILED);
}

/* Of what these roles have to do, or are asked. */
static bool is_told(const struct document_alert *alert, const struct role *role,
	const struct role *const roles[], size_t count)
{
	if (alert->absent_count == 0)
		return roles_have(roles, count, role);
	for (size_t i = 0; i < alert->absent_count; i++)
		if (roles_have(roles, count, alert->absent[i]))
			return true;
	return false;
}

static json_t *role_steps(const struct document_view *view, const struct document_alert *alert,
	const struct role *role)
{
	const struct incident *incident = view->incident;
	bool escalated = alert->transition->kind == TRANSITION_ESCALATED;
	json_t *steps = json_array();

	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *state = &incident->steps[i];

		if (escalated ? !is_late(state)
			      : !step_expected(state) ||
					!is_told(alert, role, incident->type->steps[i].roles,
						incident->type->steps[i].role_count))
			continue;
		document_append(&steps, document_step_json(view, i));
	}
	return steps;
}

/* The questions that stand, and what was assumed because one did; not who is called for a step. */
static json_t *role_facts(const struct document_view *view, const struct document_alert *alert,
	const struct role *role)
{
	const struct incident *incident = view->incident;
	bool escalated = alert->transition->kind == TRANSITION_ESCALATED;
	bool assumed = alert->transition->kind == TRANSITION_ASSUMED;
	json_t *facts = json_array();

	for (size_t i = 0; i < incident->type->fact_count; i++) {
		const struct fact *fact = &incident->type->facts[i];
		const struct fact_state *state = &incident->facts[i];
		bool told = escalated ? state->overdue
				      : state->asked &&
						is_told(alert, role, fact->ask, fact->ask_count);

		if (told || (assumed && fact == alert->transition->fact))
			document_append(&facts, document_fact_json(view, fact));
	}
	return facts;
}

static json_t *on_duty_json(enum on_duty on_duty)
{
	return on_duty == ON_DUTY_UNKNOWN ? json_null() : json_boolean(on_duty == ON_DUTY_SOMEBODY);
}

/* Of the call that this is; else how far the chain has been called. */
static unsigned level_of(const struct transition *transition)
{
	return transition->kind == TRANSITION_ESCALATED ? transition_level(transition)
							: transition->incident->called;
}

char *document_notify(const struct document_alert *alert, const struct role *role,
	const struct site *site, const struct moment *clock)
{
	const struct document_view view = { alert->transition->incident, NULL, site, clock, NULL,
		NULL };
	json_t *steps = role_steps(&view, alert, role), *facts = role_facts(&view, alert, role);
	json_t *object;

	if (alert->transition->kind != TRANSITION_ESCALATED && json_array_size(steps) == 0 &&
		json_array_size(facts) == 0) {
		json_decref(steps);
		json_decref(facts);
		return NULL;
	}
	object = event_new(alert, clock);
	document_add(&object, "site", document_named(site->id, &site->name));
	document_add(&object, "role", document_named(role->id, &role->name));
	document_add(&object, "on_duty", on_duty_json(alert->on_duty));
	document_add(&object, "level", json_integer(level_of(alert->transition)));
	document_add(&object, "note", document_string(alert->transition->note));
	document_add(&object, "incident", document_incident_short_json(view.incident));
	document_add(&object, "facts", facts);
	document_add(&object, "steps", steps);
	return document_text(object);
}

char *document_notice(
	const struct document_notice *notice, const struct site *site, const struct moment *clock)
{
	json_t *object = document_new();

	document_add(&object, "id", document_string(notice->event_id));
	document_add(&object, "seq", json_integer((json_int_t)notice->sequence));
	document_add(&object, "event", document_string(notice->event));
	document_add(&object, "time", document_time(clock->now_ms, clock));
	document_add(&object, "replayed", json_false());
	document_add(&object, "drill", json_false());
	document_add(&object, "site", document_named(site->id, &site->name));
	document_add(&object, "role", document_named(notice->role->id, &notice->role->name));
	document_add(&object, "on_duty", on_duty_json(notice->on_duty));
	document_add(&object, "level", json_integer(0));
	document_add(&object, "note", document_string(notice->note));
	document_add(&object, "incident",
		notice->incident ? document_incident_short_json(notice->incident) : json_null());
	document_add(&object, "facts", json_array());
	document_add(&object, "steps", json_array());
	if (notice->output)
		document_add(&object, "output", document_string(notice->output));
	return document_text(object);
}

char *document_told(const char *output, const struct text *what, const struct moment *clock)
{
	json_t *object = document_new();

	document_add(&object, "id", json_null());
	document_add(&object, "ok", json_true());
	document_add(&object, "error", json_null());
	document_add(&object, "time", document_time(clock->now_ms, clock));
	document_add(&object, "told", document_names(what));
	document_add(&object, "output", document_string(output));
	return document_text(object);
}

char *document_trouble(const struct trouble *trouble, const struct moment *clock)
{
	const struct text text = { trouble->zh, trouble->en };
	json_t *object = document_new();

	document_add(&object, "id", document_string(trouble->id));
	document_add(&object, "text", document_names(&text));
	document_add(&object, "since", document_time(trouble->since_ms, clock));
	return document_text(object);
}

char *document_incidents(const struct engine *engine, const char *const *more, size_t more_count,
	const struct document_origin *origin, const struct moment *clock)
{
	json_t *object = document_new();
	json_t *ids = json_array();
	const struct incident *incident;

	for (size_t i = 0; (incident = engine_incident(engine, i)); i++)
		if (incident->state != INCIDENT_CLOSED) /* in its last transition */
			document_append(&ids, document_string(incident->id));
	for (size_t i = 0; i < more_count; i++)
		document_append(&ids, document_string(more[i]));
	document_add(&object, "journal", document_string(origin->journal));
	document_add(&object, "seq", json_integer((json_int_t)origin->sequence));
	document_add(&object, "time", document_time(clock->now_ms, clock));
	document_add(&object, "incidents", ids);
	return document_text(object);
}

char *document_troubles(const struct trouble_list *troubles)
{
	json_t *object = document_new();
	json_t *ids = json_array();
	const struct trouble *trouble;

	for (size_t i = 0; (trouble = trouble_at(troubles, i)); i++)
		document_append(&ids, document_string(trouble->id));
	document_add(&object, "troubles", ids);
	return document_text(object);
}
