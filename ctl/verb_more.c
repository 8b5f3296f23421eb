/* The options behind each verb, and who carries it out at the local socket. */
#include "ctl/verbs.h"

#include <string.h>

static const struct verb_option listing[] = {
	{ "json", 0, NULL, NULL },
	{ NULL, 0, NULL, NULL },
};

static const struct verb_option incidents[] = {
	{ "json", 0, NULL, NULL },
	{ "all", 0, NULL, NULL },
	{ "since", 0, "T", NULL },
	{ "until", 0, "T", NULL },
	{ "type", 0, "N", NULL },
	{ "zone", 0, "Z", NULL },
	{ "state", 0, "S", "open|closed|all" },
	{ "drill", 0, "D", "yes|no|only" },
	{ NULL, 0, NULL, NULL },
};

static const struct verb_option record[] = {
	{ "json", 0, NULL, NULL },
	{ "html", 0, NULL, NULL },
	{ "output", 'o', "FILE", NULL },
	{ "force", 0, NULL, NULL },
	{ NULL, 0, NULL, NULL },
};

static const struct verb_option export[] = {
	{ "since", 0, "T", NULL },
	{ "until", 0, "T", NULL },
	{ "format", 0, "F", "csv|json" },
	{ "output", 'o', "FILE", NULL },
	{ "force", 0, NULL, NULL },
	{ NULL, 0, NULL, NULL },
};

static const struct verb_more table[] = {
	{ "incidents", incidents, verb_incidents },
	{ "record", record, verb_record },
	{ "export", export, verb_export },
	{ "points", listing, verb_local },
	{ "troubles", listing, verb_local },
	{ "people", listing, verb_local },
	{ "stats", listing, verb_local },
	{ "state", listing, verb_local },
	{ "help", listing, NULL },
};

const struct verb_more *verb_more(const char *verb)
{
	static const struct verb_more plain = { NULL, NULL, verb_local };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].verb, verb) == 0)
			return &table[i];
	return &plain;
}
