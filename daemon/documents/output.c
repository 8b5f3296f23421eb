/* What is held: the outputs that somebody claims, and who. */
#include "daemon/documents/document.h"

#include "daemon/documents/json.h"
#include "daemon/documents/parts.h"

#include <math.h>
#include <string.h>

static json_t *number_or_null(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

/* A person's; null: a step's. */
static json_t *hand_json(const struct hand *hand, const struct document_outputs *view)
{
	json_t *object;

	if (!hand)
		return json_null();
	object = json_object();
	document_add(&object, "by", document_string(people_shown(view->people, hand->by)));
	document_add(&object, "reason", document_string(hand->reason));
	document_add(&object, "until", document_time(hand->until_ms, view->clock));
	document_add(&object, "ended", json_boolean(!hand_holds(hand->state)));
	return object;
}

static json_t *claim_json(const struct output_claim *claim, const struct document_outputs *view)
{
	const struct moment *clock = view->clock;
	json_t *object = json_object();

	document_add(
		&object, "incident", claim->hand ? json_null() : document_string(claim->incident));
	document_add(&object, "step", claim->hand ? json_null() : document_string(claim->step));
	document_add(&object, "hand", hand_json(claim->hand, view));
	document_add(&object, "value", json_real(claim->value));
	document_add(&object, "since", document_time(claim->since_ms, clock));
	document_add(&object, "proved",
		claim->proved_ms ? document_time(claim->proved_ms, clock) : json_null());
	document_add(&object, "withdrawn", json_boolean(claim->withdrawn));
	document_add(&object, "lost", json_boolean(claim->lost));
	document_add(&object, "said", json_boolean(claim->said));
	return object;
}

/* The read-back as it is; null: the output has none, or is gone. */
static json_t *read_back_json(const struct point *point, const struct document_outputs *view)
{
	const struct point *readback = point ? point->readback : NULL;
	json_t *object;

	if (!readback)
		return json_null();
	object = json_object();
	document_add(&object, "id", document_string(readback->id));
	document_add(&object, "echo", json_boolean(point->echoes));
	document_add_reading(
		&object, readback, view->reading(view->context, readback), view->clock);
	return object;
}

/* Why it cannot be put back; null: it can. */
static json_t *stuck_json(const struct outputs *outputs, const char *output)
{
	enum word_write_refusal why = outputs_stuck(outputs, output);

	return why ? document_string(word_id(WORD_WRITE_REFUSAL, why)) : json_null();
}

char *document_output(const struct document_outputs *view, const char *output)
{
	struct output_claim claim, last = { 0 };
	json_t *claims = json_array(), *object;
	double wanted = NAN;

	for (size_t i = 0; outputs_claim(view->outputs, i, &claim); i++) {
		if (strcmp(claim.output, output) != 0)
			continue;
		last = claim;
		document_append(&claims, claim_json(&claim, view));
	}
	if (!last.output || !outputs_wanted(view->outputs, output, &wanted)) {
		json_decref(claims);
		return NULL;
	}
	object = json_object();
	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "id", document_string(output));
	document_add(&object, "name", last.point ? document_names(&last.point->name) : json_null());
	document_add(
		&object, "zone", last.point ? document_string(last.point->zone->id) : json_null());
	document_add(&object, "claims", claims);
	document_add(&object, "stuck", stuck_json(view->outputs, output));
	document_add(&object, "wanted", json_real(wanted));
	document_add(&object, "before", number_or_null(last.before));
	document_add(&object, "read_back", read_back_json(last.point, view));
	return document_text(object);
}

static bool is_first(const struct outputs *outputs, size_t at, const char *output)
{
	struct output_claim claim;

	for (size_t i = 0; i < at && outputs_claim(outputs, i, &claim); i++)
		if (strcmp(claim.output, output) == 0)
			return false;
	return true;
}

json_t *document_held_json(const struct outputs *outputs, const char *incident)
{
	struct output_claim claim;
	json_t *ids = json_array();

	for (size_t i = 0; outputs_claim(outputs, i, &claim); i++)
		if (incident ? strcmp(claim.incident, incident) == 0
			     : is_first(outputs, i, claim.output))
			document_append(&ids, document_string(claim.output));
	return ids;
}

char *document_held(const struct outputs *outputs)
{
	json_t *object = json_object();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "held", document_held_json(outputs, NULL));
	return document_text(object);
}
