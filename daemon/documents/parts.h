/* The larger parts that several documents share. As document_json.h: NULL when memory ran out. */
#ifndef DAEMON_DOCUMENTS_PARTS_H
#define DAEMON_DOCUMENTS_PARTS_H

#include "daemon/documents/document.h"
#include "daemon/documents/json.h"

/* An incident and what is needed to tell of it. */
struct document_view {
	const struct incident *incident;
	const struct outputs *outputs; /* NULL: outputs are not told */
	const struct site *site;
	const struct moment *clock;
	const struct document_origin *origin; /* NULL: only part of it is told */
	const struct engine *locks; /* what its locks forbid now is left out; NULL: nothing is */
};

/* value, text, unit, quality, reason, time of one reading. */
void document_add_reading(json_t **object, const struct point *point, const struct reading *reading,
	const struct moment *clock);
json_t *document_incident_json(const struct document_view *view);
/* id, type, type_id, name, zone, zone_name, severity, state */
json_t *document_incident_short_json(const struct incident *incident);
/* The ids of outputs that this incident claims; NULL: that any does, each once. */
json_t *document_held_json(const struct outputs *outputs, const char *incident);
json_t *document_fact_json(const struct document_view *view, const struct fact *fact);
/* What a step's action will write in `place` (NULL: where it acts), or between which places it asks
 * to choose first. */
json_t *document_switches_json(
	const struct document_view *view, size_t step, const struct zone *place);
json_t *document_step_json(const struct document_view *view, size_t index);

#endif
