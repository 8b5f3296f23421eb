/* The help of facilityctl, from its tables, in the person's language. */
#include "ctl/print/table.h"
#include "ctl/verbs/local.h"
#include "ctl/verbs/table.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 36, HELP_WIDTH = 96, HELP_SIZE = 4096 };

static const char *in_language(const struct show *show, const struct text *text)
{
	return show->language == LANGUAGE_ZH ? text->zh : text->en;
}

/* Breaks at blanks; a text without them stays as it is. */
static void print_wrapped(FILE *out, const char *text)
{
	int column = HELP_COLUMN;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		column += fprintf(out, "%s%.*s", column > HELP_COLUMN ? " " : "", length, text);
		text += length + (text[length] == ' ');
	}
	fputc('\n', out);
}

static void print_verb(const struct show *show, const struct verb *verb)
{
	char line[256];
	int width;

	snprintf(line, sizeof(line), "  %s %s", verb->name, in_language(show, &verb->words));
	width = table_width(line);
	fputs(line, show->out);
	if (width > HELP_COLUMN - 2) {
		fputc('\n', show->out);
		width = 0;
	}
	fprintf(show->out, "%*s", HELP_COLUMN - width, "");
	print_wrapped(show->out, in_language(show, &verb->help));
}

static void print_who(const struct show *show, const struct verb *verb)
{
	for (int i = 0; i < ORDER_KIND_COUNT; i++) {
		const struct order_words words = order_words((enum order_kind)i);

		if (strcmp(words.verb, verb->name) == 0)
			fprintf(show->out, "  %s cmd/<user>/%s { %s }\n  %s %s\n",
				show_word(show, WORD_CTL_OVER_MQTT), words.verb, words.members,
				show_word(show, WORD_CTL_WHO_MAY), order_who_name(words.who));
	}
}

void help_print(const struct show *show, const struct verb *one)
{
	static const struct word_part parts[] = {
		{ "config", { FACILITYD_CONFIG, FACILITYD_CONFIG } },
		{ "socket", { LOCAL_PATH, LOCAL_PATH } },
		{ NULL },
	};
	char end[HELP_SIZE];
	struct verb verb;

	if (one) {
		print_verb(show, one);
		print_who(show, one);
		return;
	}
	fputs(show_word(show, WORD_CTL_HELP_BEGIN), show->out);
	fputc('\n', show->out);
	for (size_t i = 0; verb_at(i, &verb); i++)
		print_verb(show, &verb);
	fputs(word_fill(
		      end, sizeof(end), show->language, show_word(show, WORD_CTL_HELP_END), parts),
		show->out);
}

void help_print_json(const struct show *show)
{
	json_t *orders = json_array();

	for (int i = 0; i < ORDER_KIND_COUNT; i++) {
		const struct order_words words = order_words((enum order_kind)i);

		json_array_append_new(
			orders, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "verb", words.verb,
					"members", words.members, "who", order_who_name(words.who),
					"help", "zh", words.help.zh, "en", words.help.en));
	}
	json_dumpf(orders, show->out, JSON_COMPACT);
	fputc('\n', show->out);
	json_decref(orders);
}
