#include "daemon/tell/failing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Causes ------------------------------------------------------------------- */

struct text error_words(int error)
{
	static const struct {
		int error;
		enum word_fault fault;
	} table[] = {
		{ -ETIMEDOUT, WORD_FAULT_NO_ANSWER_IN_TIME },
		{ -EBADMSG, WORD_FAULT_GARBLED_OR_MISMATCHED_ANSWERS },
		{ -EREMOTEIO, WORD_FAULT_THE_DEVICE_REFUSES },
		{ -ECONNREFUSED, WORD_FAULT_CONNECTION_REFUSED },
		{ -ECONNRESET, WORD_FAULT_CONNECTION_LOST },
		{ -EPIPE, WORD_FAULT_CONNECTION_LOST },
		{ -EHOSTUNREACH, WORD_FAULT_NO_ROUTE_TO_IT },
		{ -ENETUNREACH, WORD_FAULT_NO_ROUTE_TO_IT },
		{ -ENETDOWN, WORD_FAULT_THE_NETWORK_IS_DOWN },
		{ -ENOENT, WORD_FAULT_NO_SUCH_DEVICE_FILE_OR_LINE },
		{ -ENODEV, WORD_FAULT_THE_DEVICE_IS_NOT_THERE },
		{ -ENXIO, WORD_FAULT_THE_DEVICE_IS_NOT_THERE },
		{ -ENOTUNIQ, WORD_FAULT_SEVERAL_DEVICES_FIT_NAME_ONE },
		{ -EIO, WORD_FAULT_LINE_ERROR },
		{ -EBUSY, WORD_FAULT_IN_USE_BY_ANOTHER_PROGRAM },
		{ -EACCES, WORD_FAULT_PERMISSION_DENIED },
		{ -EPERM, WORD_FAULT_PERMISSION_DENIED },
		{ -EINVAL, WORD_FAULT_NOT_ACCEPTED },
		{ -ENOTSUP, WORD_FAULT_NOT_SUPPORTED },
		{ -ENOMEM, WORD_FAULT_OUT_OF_MEMORY },
		{ -EMFILE, WORD_FAULT_TOO_MANY_OPEN_FILES },
	};
	const char *name = strerrorname_np(-error);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error)
			return word_text(WORD_FAULT, table[i].fault);
	/* The name of the number is nobody's language. */
	return (struct text){ name ? name : "?", strerror(-error) };
}

/* Sentences ---------------------------------------------------------------- */

void failing_id(enum failing_kind kind, const char *id, char out[static TROUBLE_ID_MAX + 1])
{
	/* Two sentences for one trouble: nobody has heard an alert; a point is not measured. */
	const enum failing_kind same = kind == FAILING_MQTT_REFUSED   ? FAILING_MQTT_UNHEARD
				       : kind == FAILING_POINT_BEYOND ? FAILING_POINT
								      : kind;

	snprintf(out, TROUBLE_ID_MAX + 1, "%s%s%s", word_id(WORD_TROUBLE, same), id ? "." : "",
		id ? id : "");
}

void failing_words(const struct failing *failing, enum language language,
	char out[static TROUBLE_TEXT_MAX + 1])
{
	const char *id = failing->id ? failing->id : "";
	char numbers[3][24];
	const struct word_part parts[] = {
		{ "id", { id, id } },
		{ "name", failing->name },
		{ "place", failing->place },
		{ "why", failing->why },
		{ "1", { numbers[0], numbers[0] } },
		{ "2", { numbers[1], numbers[1] } },
		{ "3", { numbers[2], numbers[2] } },
		{ NULL },
	};

	for (size_t i = 0; i < 3; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%lld", failing->numbers[i]);
	/* Reasons of MQTT are known by their hexadecimal numbers. */
	if (failing->kind == FAILING_MQTT_REFUSED)
		snprintf(numbers[0], sizeof(numbers[0]), "0x%02llX", failing->numbers[0]);
	word_fill(out, TROUBLE_TEXT_MAX + 1, language, word(language, WORD_TROUBLE, failing->kind),
		parts);
}

void failing_begin(struct trouble_list *list, const struct failing *failing, struct moment moment)
{
	char id[TROUBLE_ID_MAX + 1], zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];

	failing_id(failing->kind, failing->id, id);
	failing_words(failing, LANGUAGE_ZH, zh);
	failing_words(failing, LANGUAGE_EN, en);
	trouble_begin(list, id, moment, zh, en);
}

void failing_end(
	struct trouble_list *list, enum failing_kind kind, const char *of, struct moment moment)
{
	char id[TROUBLE_ID_MAX + 1];

	failing_id(kind, of, id);
	trouble_end(list, id, moment);
}

const struct trouble *failing_find(
	const struct trouble_list *list, enum failing_kind kind, const char *of)
{
	char id[TROUBLE_ID_MAX + 1];

	failing_id(kind, of, id);
	return trouble_find(list, id);
}
