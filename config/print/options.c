/* What sites and profiles have in common, as JSON: see print.h. */
#include "config/print/print.h"

#include "adapters/adapter.h"

#include <string.h>

bool is_modbus(const struct adapter *adapter)
{
	return strncmp(adapter->name, "modbus-", 7) == 0;
}

json_t *text_json(const struct text *text)
{
	return json_pack("{s:s?, s:s?}", "zh", text->zh, "en", text->en);
}

static json_t *texts_json(const char *const *texts)
{
	json_t *array = json_array();

	for (; texts && *texts; texts++)
		json_array_append_new(array, json_string(*texts));
	return array;
}

static json_t *option_json(const struct option_spec *spec, const void *options)
{
	const void *member = (const char *)options + spec->offset;
	const char *text;

	switch (spec->type) {
	case OPTION_BOOL:
		return json_boolean(*(const bool *)member);
	case OPTION_INT:
	case OPTION_DURATION:
		return json_integer(*(const int64_t *)member);
	case OPTION_REAL:
		return json_real(*(const double *)member);
	case OPTION_CHOICE:
		return json_string(spec->choices[*(const int *)member]);
	case OPTION_STRING:
		text = *(const char *const *)member;
		return text ? json_string(text) : json_null();
	case OPTION_TEXTS:
		return texts_json(*(const char *const *const *)member);
	case OPTION_NAME:
		break; /* adapters have none */
	}
	return json_null();
}

json_t *options_json(const struct option_spec *specs, const void *options)
{
	json_t *object = json_object();

	for (; specs && specs->name; specs++)
		json_object_set_new(object, specs->name, option_json(specs, options));
	return object;
}

json_t *registers_json(const struct modbus_point *point, const json_t *options)
{
	return json_pack("{s:O, s:i, s:i}", "table", json_object_get(options, "table"), "address",
		(int)point->address, "words", (int)point->words);
}
