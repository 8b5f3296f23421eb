/* What is said to the daemon, as JSON; and the way by the local socket. */
#include "ctl/verbs/local.h"
#include "ctl/verbs/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFUSAL_MAX = 256 };

static json_t *type_json(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (*text && !*end && !errno)
		return json_integer(number);
	fprintf(stderr, "facilityctl: \"%s\" is no number of an incident of the plan\n", text);
	return NULL;
}

/* "30" and "30m" are minutes, "2h" and "1d" as many of them. */
static json_t *minutes_json(const char *text)
{
	static const struct {
		const char *unit;
		long minutes;
	} units[] = {
		{ "", 1 },
		{ "m", 1 },
		{ "h", 60 },
		{ "d", 1440 },
	};
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	for (size_t i = 0; end != text && !errno && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && number > 0 && number < 100000)
			return json_integer(number * units[i].minutes);
	fprintf(stderr, "facilityctl: \"%s\" is no length of time: 30m, 2h, 1d\n", text);
	return NULL;
}

json_t *member_json(const char *key, const char *text)
{
	json_t *json;

	if (strcmp(key, "type") == 0)
		return type_json(text);
	if (strcmp(key, "minutes") == 0)
		return minutes_json(text);
	json = json_string(text);
	if (!json)
		fprintf(stderr, "facilityctl: \"%s\" is not UTF-8\n", text);
	return json;
}

json_t *request_json(const struct request *request)
{
	json_t *json = json_object();

	for (size_t i = 0; i < request->count; i++) {
		const char *key = request->keys[i];

		if (json_object_set_new(json, key, member_json(key, request->values[i])) == 0)
			continue;
		json_decref(json);
		return NULL;
	}
	return json;
}

int answer_print(const struct show *show, const json_t *answer)
{
	const char *error = json_string_value(json_object_get(answer, "error"));
	char text[REFUSAL_MAX];

	if (json_is_true(json_object_get(answer, "ok"))) {
		fputs("ok\n", show->out);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "facilityctl: refused: %s\n",
		word_translate(text, sizeof(text), show->language, WORD_REFUSAL,
			error ? error : "no reason given"));
	return EXIT_REFUSED;
}

static int print_answer(const struct show *show, const char *text)
{
	json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
	int status = EXIT_REFUSED;

	if (!text)
		fprintf(stderr, "facilityctl: no answer from facilityd: %s\n", strerror(errno));
	else if (!answer)
		fputs("facilityctl: the answer is not JSON\n", stderr);
	else
		status = answer_print(show, answer);
	json_decref(answer);
	return status;
}

int verb_local(int fd, const struct request *request, const struct show *show)
{
	json_t *json = request_json(request);
	char *line = NULL, *text;
	int status = EXIT_USAGE;

	if (json && json_object_set_new(json, "verb", json_string(request->verb)) == 0)
		line = json_dumps(json, JSON_COMPACT);
	if (line) {
		text = local_ask(fd, line);
		status = print_answer(show, text);
		free(text);
	}
	free(line);
	json_decref(json);
	close(fd);
	return status;
}
