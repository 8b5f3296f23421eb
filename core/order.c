#include "core/order.h"

#include <stdbool.h>
#include <string.h>

struct row {
	const char *members;
	enum order_who who;
	enum order_machine machine;
};

#include "core/order_rows.h" /* rows[], by enum order_kind, of core/words/verbs.table */

const char *order_members(enum order_kind kind)
{
	return rows[kind].members;
}

enum order_who order_who(enum order_kind kind)
{
	return rows[kind].who;
}

enum order_machine order_machine(enum order_kind kind)
{
	return rows[kind].machine;
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

bool is_reason(const char *note)
{
	return note && note[strspn(note, " \t\r\n")] != '\0';
}
