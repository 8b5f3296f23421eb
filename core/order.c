#include "core/order.h"

#include <stdbool.h>
#include <string.h>

#include "core/order_rows.h" /* members[], by enum order_kind, of core/words/verbs.table */

const char *order_members(enum order_kind kind)
{
	return members[kind];
}

const char *order_member(const char **rest, size_t *length, bool *optional)
{
	const char *word = *rest + strspn(*rest, " ");

	if (!*word)
		return NULL;
	*optional = *word == '[';
	word += *optional;
	*length = strcspn(word, " ]");
	*rest = word + *length + *optional;
	return word;
}
