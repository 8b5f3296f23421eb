/* What the journal has, page after page: see archive.h. */
#include "ctl/archive.h"

#include "core/clock.h"
#include "ctl/local.h"
#include "ctl/period.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As long as the daemon keeps a client whose answer does not come. */
enum { PATIENCE_MS = 30000 };

/* The answer to one line; NULL after a message. */
static json_t *ask(int fd, const json_t *request)
{
	char *line = json_dumps(request, JSON_COMPACT);
	char *text = line ? local_ask(fd, line) : NULL;
	json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (!text)
		fprintf(stderr, "facilityctl: no answer from facilityd: %s\n", strerror(errno));
	else if (!answer)
		fputs("facilityctl: the answer is not JSON\n", stderr);
	else if (!json_is_true(json_object_get(answer, "ok")))
		fprintf(stderr, "facilityctl: refused: %s\n", error ? error : "no reason given");
	free(text);
	free(line);
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	json_decref(answer);
	return NULL;
}

/* The next page: behind the cursor, of the incident that the first one was of. */
static void go_on(json_t *request, const json_t *answer)
{
	const json_t *first = json_array_get(json_object_get(answer, "result"), 0);
	json_t *incident = json_object_get(first, "incident");

	json_object_set(request, "after", json_object_get(answer, "cursor"));
	if (incident && json_object_get(request, "incident"))
		json_object_set(request, "incident", incident);
}

int archive_fetch(int fd, const char *verb, json_t *members, archive_take take, void *context)
{
	bool more = true;

	local_be_patient(fd, PATIENCE_MS);
	json_object_set_new(members, "verb", json_string(verb));
	while (more) {
		json_t *answer = ask(fd, members);
		const json_t *row;
		size_t i;

		if (!answer)
			return -1;
		json_array_foreach (json_object_get(answer, "result"), i, row) {
			if (!take(context, row)) {
				json_decref(answer);
				return -1;
			}
		}
		more = json_is_true(json_object_get(answer, "more")) &&
		       json_is_string(json_object_get(answer, "cursor"));
		go_on(members, answer);
		json_decref(answer);
	}
	return 0;
}

static bool add_time(json_t *members, const struct verb_line *line, const char *name)
{
	const char *typed = verb_line_option(line, name);
	char text[CLOCK_TEXT_MAX];
	int64_t wall_ms;

	if (!typed)
		return true;
	if (period_parse(typed, clock_wall_ms(), strcmp(name, "until") == 0, &wall_ms) < 0) {
		fprintf(stderr,
			"facilityctl: --%s \"%s\": no time: 2026-11-24, 2026-11-24T03:00, 7d, 12h "
			"or 30m\n",
			name, typed);
		return false;
	}
	json_object_set_new(members, name, json_string(clock_format(wall_ms, text)));
	return true;
}

json_t *archive_members(const struct verb_line *line)
{
	static const char *const names[] = { "type", "zone", "state", "drill" };
	json_t *members = json_object();
	bool good = add_time(members, line, "since") && add_time(members, line, "until");

	for (size_t i = 0; good && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *typed = verb_line_option(line, names[i]);

		if (typed)
			good = json_object_set_new(
				       members, names[i], member_json(names[i], typed)) == 0;
	}
	if (good)
		return members;
	json_decref(members);
	return NULL;
}
