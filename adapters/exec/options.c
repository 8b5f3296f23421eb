/* The options of exec buses and points, as data, and what tables cannot say of them. */
#include "adapters/exec/exec.h"

#include <string.h>

enum { WORD_LENGTH_MAX = 64 };

const char exec_word_done[] = "done", exec_word_failed[] = "failed";

void exec_check_bus(struct bus *bus, struct option_errors *errors)
{
	const struct exec_bus *options = bus->options;

	if (options->command[0][0] != '/')
		errors->add(errors, "command",
			"begins with \"%s\"; the program must be an absolute path, for nothing is "
			"searched and there is no shell",
			options->command[0]);
}

static bool is_word(const char *word)
{
	if (strlen(word) > WORD_LENGTH_MAX)
		return false;
	for (; *word; word++)
		if (*word <= ' ' || *word > '~')
			return false;
	return true;
}

void exec_check_point(struct point *point, struct option_errors *errors)
{
	struct exec_point *options = point->options;

	if (!options->word)
		options->word = point->id;
	if (!is_word(options->word))
		errors->add(errors, "word",
			"\"%s\" must be at most %d printable ASCII characters without blanks",
			options->word, WORD_LENGTH_MAX);
	if (strcmp(options->word, exec_word_done) == 0 ||
		strcmp(options->word, exec_word_failed) == 0)
		errors->add(errors, "word",
			"cannot be \"%s\", with which a program acknowledges writes; give the "
			"point another word",
			options->word);
}

bool exec_overlap(const struct point *a, const struct point *b)
{
	const struct exec_point *of_a = a->options, *of_b = b->options;

	return a->device->bus == b->device->bus && strcmp(of_a->word, of_b->word) == 0;
}

/* clang-format off */
const struct option_spec exec_bus_options[] = {
	{ .name = "command", .type = OPTION_TEXTS, .offset = offsetof(struct exec_bus, command),
		.required = true,
		.help = "the program as an absolute path, and its arguments; no shell reads them" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = offsetof(struct exec_bus, timeout_ms),
		.min = 10, .max = 60000, .unit = "ms", .value = "2 s",
		.help = "outputs: a write is acknowledged within this" },
	{ .name = NULL },
};

const struct option_spec exec_device_options[] = {
	{ .name = NULL },
};

const struct option_spec exec_point_options[] = {
	{ .name = "word", .type = OPTION_STRING, .offset = offsetof(struct exec_point, word),
		.help = "what the program calls it; without it the point's id" },
	{ .name = NULL },
};
/* clang-format on */
