/* A listing is put together from the texts of its documents, and cut where it gets too long. */
#include "daemon/people/query.h"

#include <stdlib.h>
#include <string.h>

struct listing {
	char *text; /* without its closing bracket */
	size_t length, size;
	bool more, failed;
};

static bool listing_reserve(struct listing *listing, size_t length)
{
	size_t needed = listing->length + length + 2; /* a bracket and the end of the text */
	size_t size = listing->size ? listing->size : 4096;
	char *text;

	while (size < needed)
		size *= 2;
	if (size == listing->size)
		return true;
	text = realloc(listing->text, size);
	if (!text)
		return false;
	listing->text = text;
	listing->size = size;
	return true;
}

static bool listing_put(struct listing *listing, const char *text, size_t length)
{
	if (!listing_reserve(listing, length)) {
		listing->failed = true;
		return false;
	}
	memcpy(listing->text + listing->length, text, length);
	listing->length += length;
	return true;
}

/* Takes the document over. False: no more of them. */
static bool listing_add(struct listing *listing, char *document, size_t length)
{
	bool added = false;

	if (!document)
		listing->failed = true;
	else if (listing->length + length + 2 > QUERY_SIZE_MAX)
		listing->more = true;
	else
		added = listing_put(listing, ",", listing->length > 1) &&
			listing_put(listing, document, length);
	free(document);
	return added;
}

static void list_state(const struct query_view *view, const char *match, struct listing *listing)
{
	size_t length;
	char *text = document_state(view->site, "online", FACILITYD_VERSION, &view->clock, &length);

	(void)match;
	listing_add(listing, text, length);
}

static void list_incidents(
	const struct query_view *view, const char *match, struct listing *listing)
{
	const struct incident *incident;
	size_t length;
	char *text;

	(void)match;
	for (size_t i = 0; (incident = engine_incident(view->engine, i)); i++) {
		text = document_incident(
			incident, view->actuation, view->site, &view->clock, &length);
		if (!listing_add(listing, text, length))
			return;
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
	size_t length;
	char *text;

	for (size_t i = 0; i < view->site->point_count; i++) {
		const struct point *point = &view->site->points[i];

		if (!point_matches(point, zone, match))
			continue;
		text = document_point(
			point, view->reading(view->context, point), &view->clock, &length);
		if (!listing_add(listing, text, length))
			return;
	}
}

static void list_troubles(const struct query_view *view, const char *match, struct listing *listing)
{
	const struct trouble *trouble;
	size_t length;
	char *text;

	(void)match;
	for (size_t i = 0; (trouble = trouble_at(view->troubles, i)); i++) {
		text = document_trouble(trouble, &view->clock, &length);
		if (!listing_add(listing, text, length))
			return;
	}
}

static void list_stats(const struct query_view *view, const char *match, struct listing *listing)
{
	size_t length;
	char *text = document_stats(&view->stats, &length);

	(void)match;
	listing_add(listing, text, length);
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
	size_t length;
	char *text;

	for (size_t i = 0; i < view->people->count; i++) {
		const struct person *person = &view->people->list[i];

		if (role ? !person_has_role(person, role)
			 : !strstr(person->id, match) && !strstr(person->name.zh, match) &&
					!strstr(person->name.en, match))
			continue;
		text = document_person(person, &view->clock, &length);
		if (!listing_add(listing, text, length))
			return;
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
	};
	struct listing listing = { 0 };

	if (listing_put(&listing, "[", 1))
		lists[kind](view, match, &listing);
	if (!listing.failed)
		listing_put(&listing, "]", 1);
	if (listing.failed) {
		free(listing.text);
		return (struct query_result){ 0 };
	}
	listing.text[listing.length] = '\0';
	return (struct query_result){ listing.text, listing.length, listing.more };
}
