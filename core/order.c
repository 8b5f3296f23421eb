#include "core/order.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *members;
	enum order_who who;
} orders[ORDER_KIND_COUNT] = {
	[ORDER_ACK] = { "incident", ORDER_BY_OPERATOR },
	[ORDER_ACCEPT] = { "incident step", ORDER_BY_OPERATOR },
	[ORDER_DONE] = { "incident step [note]", ORDER_BY_OPERATOR },
	[ORDER_FAIL] = { "incident step note", ORDER_BY_OPERATOR },
	[ORDER_SKIP] = { "incident step note", ORDER_BY_OPERATOR },
	[ORDER_REOPEN] = { "incident step [note]", ORDER_BY_OPERATOR },
	[ORDER_RELEASE] = { "incident step", ORDER_BY_OPERATOR },
	[ORDER_RESTORE] = { "incident", ORDER_BY_OPERATOR },
	[ORDER_REPORT] = { "type zone [note]", ORDER_BY_OPERATOR },
	[ORDER_OVER] = { "incident", ORDER_BY_OPERATOR },
	[ORDER_SHELVE] = { "incident minutes note", ORDER_BY_OPERATOR },
	[ORDER_UNSHELVE] = { "incident", ORDER_BY_OPERATOR },
	[ORDER_HAND_OVER] = { "incident to [note]", ORDER_BY_OPERATOR },
	[ORDER_OUT_OF_SERVICE] = { "type zone note", ORDER_BY_ENGINEER },
	[ORDER_IN_SERVICE] = { "incident", ORDER_BY_ENGINEER },
	[ORDER_DRILL] = { "type zone [note]", ORDER_BY_ENGINEER },
	[ORDER_DRILL_END] = { "incident [note]", ORDER_BY_ENGINEER },
};

struct order_words order_words(enum order_kind kind)
{
	return (struct order_words){
		.verb = word_id(WORD_VERB, kind),
		.members = orders[kind].members,
		.who = orders[kind].who,
		.words = word_text(WORD_USAGE, kind),
		.help = word_text(WORD_VERB, kind),
	};
}

const char *order_who_name(enum order_who who)
{
	return who == ORDER_BY_ENGINEER ? "engineer" : "operator";
}

const char *order_member(const char **members, size_t *length, bool *optional)
{
	const char *word = *members + strspn(*members, " ");

	if (!*word)
		return NULL;
	*optional = *word == '[';
	word += *optional;
	*length = strcspn(word, " ]");
	*members = word + *length + *optional;
	return word;
}
