/*
 * Options of a verb, behind it: data, read with getopt_long(3). A verb without
 * options takes its words as they are, so that a note may begin with a dash.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stddef.h>

enum { VERB_OPTION_MAX = 12 };

struct verb_option {
	const char *name;    /* without dashes; NULL: the end of the table */
	char letter;         /* 0: it has none */
	const char *takes;   /* what its argument is called; NULL: it takes none */
	const char *choices; /* "zh|en": what the argument may be; NULL: anything */
};

/* What was typed behind the verb. Texts are those of the command line. */
struct verb_line {
	const struct verb_option *options;  /* NULL: it has none */
	const char *given[VERB_OPTION_MAX]; /* by their place in the table; NULL: not given */
	char *const *words;
	size_t count;
};

/* argv[0] is the verb; words may be moved. 0, or -1 after a message. */
int verb_line_parse(
	struct verb_line *line, const struct verb_option *options, int argc, char **argv);

/* The argument of an option, "" for one that takes none; NULL: not given, or the verb has none
 * such. */
const char *verb_line_option(const struct verb_line *line, const char *name);

#endif
