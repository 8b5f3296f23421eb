/* A listing is put together from the texts of its documents, and cut where it gets too long. */
#include "daemon/people/query.h"

#include "daemon/documents/lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	FILE *out;
	size_t length; /* so far */
	bool full, failed;
};

/* Takes the document over. */
static void listing_add(struct listing *listing, char *document)
{
	/* A comma, a bracket. */
	bool fits = !document || listing->length + strlen(document) + 2 <= QUERY_SIZE_MAX;

	listing->failed |= !document;
	listing->full |= !fits;
	if (document && fits)
		listing->length += (size_t)fprintf(
			listing->out, "%s%s", listing->length > 1 ? "," : "", document);
	free(document);
}

static void list_state(const struct query_view *view, const char *match, struct listing *listing)
{
	static const char *const statuses[] = { "online", "standing-by" };
	char *text = document_state(
		view->site, statuses[view->stands_by], FACILITYD_VERSION, NULL, &view->clock);

	(void)match;
	listing_add(listing, text);
}

static void list_incidents(
	const struct query_view *view, const char *match, struct listing *listing)
{
	const struct incident *incident;
	char *text;

	(void)match;
	for (size_t i = 0; !listing->full && (incident = engine_incident(view->engine, i)); i++) {
		text = document_incident(
			incident, &view->origin, view->outputs, view->site, &view->clock);
		listing_add(listing, text);
	}
}

static bool point_matches(const struct point *point, const struct zone *zone, const char *match)
{
	if (zone)
		return zone_contains(zone, point->zone);
	return strstr(point->id, match) || strstr(point->zone->id, match) ||
	       strstr(point->class->id, match) || strstr(point->name.zh, match) ||
	       strstr(point->name.en, match);
}

static void list_points(const struct query_view *view, const char *match, struct listing *listing)
{
	const struct zone *zone = site_zone(view->site, match);
	char *text;

	for (size_t i = 0; !listing->full && i < view->site->point_count; i++) {
		const struct point *point = &view->site->points[i];

		if (!point_matches(point, zone, match))
			continue;
		text = document_point(point, view->reading(view->context, point), &view->clock);
		listing_add(listing, text);
	}
}

static void list_troubles(const struct query_view *view, const char *match, struct listing *listing)
{
	const struct trouble *trouble;
	char *text;

	(void)match;
	for (size_t i = 0; !listing->full && (trouble = trouble_at(view->troubles, i)); i++) {
		text = document_trouble(trouble, &view->clock);
		listing_add(listing, text);
	}
}

/* Those that somebody claims, each once. */
static void list_outputs(const struct query_view *view, const char *match, struct listing *listing)
{
	const struct document_outputs outputs = { view->outputs, view->people, &view->clock,
		view->context, view->reading };
	struct output_claim claim, before;

	(void)match;
	for (size_t i = 0; !listing->full && outputs_claim(view->outputs, i, &claim); i++) {
		size_t j = 0;

		while (j < i && outputs_claim(view->outputs, j, &before) &&
			strcmp(before.output, claim.output) != 0)
			j++;
		if (j < i)
			continue;
		listing_add(listing, document_output(&outputs, claim.output));
	}
}

static void list_locks(const struct query_view *view, const char *match, struct listing *listing)
{
	const struct document_locks locks = { view->engine, view->site, view->plan, view->people,
		view->clock };
	const struct lock *lock;

	(void)match;
	for (size_t i = 0; !listing->full && (lock = engine_lock_at(view->engine, i)); i++)
		listing_add(listing, document_lock(&locks, lock));
}

static void list_stats(const struct query_view *view, const char *match, struct listing *listing)
{
	char *text = document_stats(&view->stats);

	(void)match;
	listing_add(listing, text);
}

static const struct role *find_role(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->role_count; i++)
		if (strcmp(plan->roles[i].id, id) == 0)
			return &plan->roles[i];
	return NULL;
}

static void list_people(const struct query_view *view, const char *match, struct listing *listing)
{
	const struct role *role = find_role(view->plan, match);
	char *text;

	for (size_t i = 0; !listing->full && i < view->people->count; i++) {
		const struct person *person = &view->people->list[i];

		if (role ? !roles_have(person->roles, person->role_count, role)
			 : !strstr(person->id, match) && !strstr(person->name.zh, match) &&
					!strstr(person->name.en, match))
			continue;
		text = document_person(person, &view->clock, view->stats.clock_right);
		listing_add(listing, text);
	}
}

struct query_result query_run(
	const struct query_view *view, enum query_kind kind, const char *match)
{
	static void (*const lists[QUERY_KIND_COUNT])(
		const struct query_view *, const char *, struct listing *) = {
		[QUERY_STATE] = list_state,
		[QUERY_INCIDENTS] = list_incidents,
		[QUERY_POINTS] = list_points,
		[QUERY_TROUBLES] = list_troubles,
		[QUERY_STATS] = list_stats,
		[QUERY_PEOPLE] = list_people,
		[QUERY_OUTPUTS] = list_outputs,
		[QUERY_LOCKS] = list_locks,
	};
	struct query_result result = { 0 };
	struct listing listing = { open_memstream(&result.text, &result.length), 1 };

	if (!listing.out)
		return result;
	fputc('[', listing.out);
	lists[kind](view, match, &listing);
	fputc(']', listing.out);
	result.more = listing.full;
	if (fclose(listing.out) == 0 && !listing.failed)
		return result;
	free(result.text);
	return (struct query_result){ 0 };
}
