#include "daemon/documents/stats.h"

#include "daemon/documents/duty.h"
#include "daemon/documents/json.h"

#include <math.h>

/* To so many digits behind the point, so that nothing is told that cannot be meant. */
static json_t *rounded(double value, double digits)
{
	return document_number(round(value * digits) / digits);
}

static json_t *open_json(const struct stats_view *view)
{
	json_t *object = json_object();
	struct hygiene_open open;

	hygiene_count(view->engine, &open);
	document_add(&object, "active", json_integer(open.active));
	document_add(&object, "returned", json_integer(open.returned));
	document_add(&object, "unacknowledged", json_integer(open.unacknowledged));
	document_add(&object, "shelved", json_integer(open.shelved));
	document_add(&object, "suppressed", json_integer(open.suppressed));
	document_add(&object, "handed_over", json_integer(open.handed_over));
	document_add(&object, "drills", json_integer(open.drills));
	document_add(&object, "questions", json_integer(open.questions));
	return object;
}

static json_t *raised_json(const struct stats_view *view, const struct hygiene_rates *rates)
{
	json_t *object = json_object();

	document_add(&object, "last_10_min", json_integer(rates->last_10_min));
	document_add(&object, "last_hour", json_integer(rates->last_hour));
	document_add(&object, "last_day", json_integer(rates->last_day));
	document_add(&object, "average_per_10_min", rounded(rates->average_per_10_min, 1000));
	document_add(&object, "peak_10_min", json_integer(rates->peak_10_min));
	document_add(&object, "peak_time",
		rates->peak_10_min ? document_time(rates->peak_ms, &view->clock) : json_null());
	return object;
}

static json_t *flood_json(const struct stats_view *view, const struct hygiene_rates *rates)
{
	return json_pack("{s:b, s:o, s:i, s:o}", "active", rates->flood, "since",
		rates->flood ? document_time(rates->flood_since_ms, &view->clock) : json_null(),
		"limit", FLOOD_BEGINS_ABOVE, "percent_of_day", rounded(rates->flood_percent, 10));
}

static json_t *chattering_json(const struct stats_view *view)
{
	struct chatter chatter;
	json_t *array = json_array();

	for (size_t i = 0; engine_chatter(view->engine, i, &chatter); i++)
		document_append(&array,
			json_pack("{s:o, s:o, s:i}", "rule", document_string(chatter.rule->id),
				"zone", document_string(chatter.zone->id), "raises",
				chatter.raises));
	return array;
}

static json_t *lasting_json(const struct stats_view *view, int64_t longer_ms)
{
	const struct incident *incident;
	json_t *array = json_array();

	for (size_t i = 0; (incident = engine_incident(view->engine, i)); i++) {
		int64_t since_ms = hygiene_standing_since(incident);

		if (since_ms == 0 || view->clock.now_ms - since_ms < longer_ms)
			continue;
		document_append(
			&array, json_pack("{s:o, s:o}", "incident", document_string(incident->id),
					"since", document_time(since_ms, &view->clock)));
	}
	return array;
}

static json_t *frequent_json(const struct stats_view *view)
{
	struct hygiene_frequent list[HYGIENE_FREQUENT_MAX];
	size_t count = hygiene_frequent(view->hygiene, view->clock.now_ms, list);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		document_append(
			&array, json_pack("{s:i, s:o, s:i}", "type", list[i].number, "zone",
					document_string(list[i].zone), "raises", list[i].raises));
	return array;
}

static void add_figures(json_t **object, const struct stats_view *view)
{
	struct hygiene_rates rates;

	hygiene_rates(view->hygiene, view->clock.now_ms, &rates);
	document_add(object, "open", open_json(view));
	document_add(object, "raised", raised_json(view, &rates));
	document_add(object, "flood", flood_json(view, &rates));
	document_add(object, "chattering", chattering_json(view));
	document_add(object, "standing", lasting_json(view, view->standing_ms));
	document_add(object, "stale", lasting_json(view, view->stale_ms));
	document_add(object, "most_frequent", frequent_json(view));
}

char *document_stats(const struct stats_view *view)
{
	json_t *object = json_object();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "time", document_time(view->clock.now_ms, &view->clock));
	add_figures(&object, view);
	return document_text(object);
}

char *document_stats_figures(const struct stats_view *view)
{
	json_t *object = json_object();

	add_figures(&object, view);
	return document_text(object);
}

char *document_person(const struct person *person, const struct moment *clock, bool right)
{
	json_t *object = json_object();
	bool known = right || person->duty_count == 0;
	int64_t change_ms = known ? duty_change_ms(person, clock->wall_ms) : 0;
	const struct moment change = { 1, change_ms };

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "id", document_string(person->id));
	document_add(&object, "name", document_names(&person->name));
	document_add(&object, "roles", document_roles(person->roles, person->role_count));
	document_add(&object, "phone", document_string(person->phone));
	document_add(&object, "account", document_string(person->account));
	document_add(&object, "on_duty",
		known ? json_boolean(person_on_duty(person, duty_minute(clock->wall_ms)))
		      : json_null());
	document_add(&object, "until", change_ms ? document_time(1, &change) : json_null());
	return document_text(object);
}
