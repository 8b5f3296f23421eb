/* The verbs: see verb_table.h. */
#include "ctl/verbs/table.h"

#include "core/id.h"

#include <string.h>

static const struct {
	enum verb_kind kind;
	size_t least, most;
	const char *keys[REQUEST_MEMBER_MAX];
} own[WORD_ASK_COUNT] = {
	[WORD_ASK_WATCH] = { VERB_WATCH, 0, 0, { NULL } },
	[WORD_ASK_INCIDENTS] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_RECORD] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_EXPORT] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_POINTS] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_TROUBLES] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_STATE] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_PEOPLE] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_STATS] = { VERB_QUERY, 0, 0, { NULL } },
	[WORD_ASK_ADAPTERS] = { VERB_TOOL, 0, 0, { NULL } },
	[WORD_ASK_SITE] = { VERB_TOOL, 0, 0, { NULL } },
	[WORD_ASK_PROFILE] = { VERB_TOOL, 1, 2, { NULL } },
	[WORD_ASK_PROBE] = { VERB_TOOL, 2, 3, { NULL } },
	[WORD_ASK_SCAN] = { VERB_TOOL, 1, 3, { NULL } },
	[WORD_ASK_HELP] = { VERB_HELP, 0, 1, { NULL } },
};

enum { VERB_COUNT = ORDER_KIND_COUNT + WORD_ASK_COUNT };

/* A key with an end of its own. */
static const char *key_of(const char *word, size_t length)
{
	static const char *const keys[] = { "incident", "step", "note", "type", "zone", "minutes",
		"to" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i]) == length && strncmp(keys[i], word, length) == 0)
			return keys[i];
	return NULL;
}

static struct verb verb_of_order(enum order_kind kind)
{
	const struct order_words words = order_words(kind);
	struct verb verb = {
		.name = words.verb, .kind = VERB_COMMAND, .words = words.words, .help = words.help
	};
	const char *rest = words.members, *word;
	size_t length;
	bool optional;

	while (verb.most < REQUEST_MEMBER_MAX && (word = order_member(&rest, &length, &optional))) {
		verb.keys[verb.most++] = key_of(word, length);
		verb.least += !optional;
	}
	return verb;
}

static struct verb verb_of_own(size_t i)
{
	struct text usage = word_text(WORD_ASK_USAGE, i);
	struct verb verb = { .name = word_id(WORD_ASK, i),
		.kind = own[i].kind,
		.least = own[i].least,
		.most = own[i].most,
		.words = strcmp(usage.en, "-") == 0 ? (struct text){ "", "" } : usage,
		.help = word_text(WORD_ASK, i) };

	memcpy(verb.keys, own[i].keys, sizeof(verb.keys));
	return verb;
}

/* watch first, then the orders, then the rest. */
bool verb_at(size_t i, struct verb *verb)
{
	if (i >= VERB_COUNT)
		return false;
	if (i == 0)
		*verb = verb_of_own(0);
	else if (i <= ORDER_KIND_COUNT)
		*verb = verb_of_order((enum order_kind)(i - 1));
	else
		*verb = verb_of_own(i - ORDER_KIND_COUNT);
	return true;
}

static const char *verb_name(const void *context, size_t i)
{
	struct verb verb;

	(void)context;
	verb_at(i, &verb);
	return verb.name;
}

bool verb_find(const char *name, struct verb *verb)
{
	const char *near;

	for (size_t i = 0; verb_at(i, verb); i++)
		if (strcmp(verb->name, name) == 0)
			return true;
	near = id_nearest(name, VERB_COUNT, verb_name, NULL);
	fprintf(stderr, "facilityctl: unknown command \"%s\"%s%s%s\n", name,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return false;
}
