#include "core/order.h"

#include <stdbool.h>
#include <string.h>

struct order_row {
	const char *members;
	enum order_who who;
};

#include "core/order_rows.h" /* orders[], by enum order_kind, of core/words/verbs.table */

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
