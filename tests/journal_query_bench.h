/* Incidents in a journal, and questions about them. For the tests of the journal's queries only. */
#ifndef TESTS_JOURNAL_QUERY_BENCH_H
#define TESTS_JOURNAL_QUERY_BENCH_H

#include "tests/journal_bench.h"

#include <errno.h>
#include <jansson.h>

enum { ASK_MS = 10000 };

/* An alert as the daemon writes it, as far as the journal looks at it. */
struct bench_alert {
	const char *id;
	int type;
	const char *zone, *state;
	bool drill;
	int64_t wall_ms;
	size_t padding; /* bytes, to make it long */
};

static uint64_t bench_sequence;

static void bench_put(
	const char *kind, const char *incident_id, const char *payload, int64_t wall_ms)
{
	char event_id[32];
	const struct journal_entry entry = { ++bench_sequence, event_id, kind, NULL, incident_id,
		"li", payload, wall_ms };

	snprintf(event_id, sizeof(event_id), "e%llu", (unsigned long long)bench_sequence);
	assert_int_equal(journal_put_entry(b.journal, &entry), 0);
}

static inline void bench_alert(const struct bench_alert *alert)
{
	char *padding = calloc(1, alert->padding + 1);
	json_t *json;
	char *text;

	memset(padding, 'x', alert->padding);
	json = json_pack("{s:s, s:s, s:{s:s, s:i, s:s, s:s, s:b, s:[{}], s:["
			 "{s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}}",
		"event", "raised", "note", padding, "incident", "id", alert->id, "type",
		alert->type, "zone", alert->zone, "state", alert->state, "drill", alert->drill,
		"causes", "steps", "status", "open", "applies", "yes", "status", "open", "applies",
		"no", "status", "failed", "applies", "unknown", "status", "done", "applies", "yes");
	assert_non_null(json);
	text = json_dumps(json, JSON_COMPACT);
	bench_put("alert", alert->id, text, alert->wall_ms);
	free(text);
	json_decref(json);
	free(padding);
}

static inline void bench_commit(void)
{
	unsigned before = b.told;

	assert_int_equal(journal_commit(b.journal, 1), 0);
	bench_wait(before + 1);
}

static inline struct journal_query bench_query(enum journal_query_kind kind)
{
	return (struct journal_query){
		.kind = kind, .since_ms = INT64_MIN, .until_ms = INT64_MAX, .tag = "tag"
	};
}

/* One page, which is in b.page then; as JSON, to be freed; NULL: an error. */
static inline json_t *bench_ask(const struct journal_query *query)
{
	int64_t end_ms = clock_now_ms() + ASK_MS;
	unsigned before = b.answers;
	json_t *json;

	assert_int_equal(journal_ask(b.journal, query, 77), 0);
	assert_int_equal(b.answers, before);
	while (b.answers == before && clock_now_ms() < end_ms)
		assert_true(sd_event_run(b.loop, 10000) >= 0);
	assert_int_equal(b.answers, before + 1);
	assert_int_equal(b.answered_ticket, 77);
	assert_string_equal(b.page.tag, "tag");
	if (b.page.error) {
		assert_null(b.page.text);
		return NULL;
	}
	assert_int_equal(strlen(b.page.text), b.page.length);
	json = json_loads(b.page.text, 0, NULL);
	assert_true(json_is_array(json));
	return json;
}

/* All pages. *pages (or NULL) counts them. */
static inline json_t *bench_ask_all(struct journal_query query, unsigned *pages)
{
	json_t *all = bench_ask(&query);
	unsigned count = 1;

	while (all && b.page.more) {
		char text[JOURNAL_CURSOR_MAX];
		json_t *page;

		journal_cursor_text(&b.page.next, text);
		assert_int_equal(journal_cursor_parse(text, &query.after), 0);
		page = bench_ask(&query);
		assert_non_null(page);
		json_array_extend(all, page);
		json_decref(page);
		count++;
	}
	if (pages)
		*pages = count;
	return all;
}

#endif
