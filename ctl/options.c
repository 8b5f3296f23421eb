/* Options of a verb: see options.h. */
#include "ctl/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_LONG = 256 };

/* getopt's tables of the verb's own. */
static size_t make_tables(const struct verb_option *options,
	struct option table[static VERB_OPTION_MAX + 1],
	char letters[static 2 * VERB_OPTION_MAX + 1])
{
	size_t count = 0;

	for (; options[count].name; count++) {
		const struct verb_option *option = &options[count];

		table[count] = (struct option){ option->name,
			option->takes ? required_argument : no_argument, NULL,
			FIRST_LONG + (int)count };
		if (option->letter)
			*letters++ = option->letter;
		if (option->letter && option->takes)
			*letters++ = ':';
	}
	table[count] = (struct option){ 0 };
	*letters = '\0';
	return count;
}

static size_t place_of(const struct verb_option *options, int found)
{
	size_t i = 0;

	if (found >= FIRST_LONG)
		return (size_t)(found - FIRST_LONG);
	while (options[i].letter != found)
		i++;
	return i;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	for (const char *at = choices; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (strncmp(at, text, length) == 0 && (!at[length] || at[length] == '|'))
			return true;
	}
	return false;
}

int verb_line_parse(
	struct verb_line *line, const struct verb_option *options, int argc, char **argv)
{
	struct option table[VERB_OPTION_MAX + 1];
	char letters[2 * VERB_OPTION_MAX + 1];
	int found;

	*line = (struct verb_line){ options, { NULL }, argv + 1, (size_t)argc - 1 };
	if (!options)
		return 0;
	make_tables(options, table, letters);
	optind = 0; /* glibc: begin anew */
	while ((found = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		size_t place;

		if (found == '?')
			return -1;
		place = place_of(options, found);
		line->given[place] = options[place].takes ? optarg : "";
		if (!options[place].choices || is_choice(options[place].choices, optarg))
			continue;
		fprintf(stderr, "facilityctl: --%s \"%s\": it must be one of %s\n",
			options[place].name, optarg, options[place].choices);
		return -1;
	}
	line->words = argv + optind;
	line->count = (size_t)(argc - optind);
	return 0;
}

const char *verb_line_option(const struct verb_line *line, const char *name)
{
	for (size_t i = 0; line->options && line->options[i].name; i++)
		if (strcmp(line->options[i].name, name) == 0)
			return line->given[i];
	return NULL;
}
