/* Registers as a person writes them: see probe_range.h. */
#include "ctl/tools/probe_range.h"

#include "ctl/tools/register_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESSES = 65536 };

static const char bad_form[] =
	"write TABLE:ADDRESS, TABLE:FIRST-LAST or TABLE:FIRST+COUNT with the table holding, input, "
	"coil or discrete and addresses from 0, or numbers of a data sheet such as 30001-30010";

bool probe_range_looks_like(const char *text)
{
	return strchr(text, ':') || isdigit((unsigned char)text[0]);
}

static bool take_number(const char **at, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*number = strtoul(*at, &end, 0);
	*at = end;
	return *number < 1000000;
}

/* The number of a data sheet to an address of the table; false: it is none of the table's. */
static bool from_sheet(unsigned long *number, int *table)
{
	int64_t address;
	int found = modbus_sheet_table((int64_t)*number, &address);

	/* Of coils alone a number does not say that it is of a data sheet. */
	if (found == MODBUS_TABLE_AUTO || found == MODBUS_TABLE_COIL ||
		(*table != MODBUS_TABLE_AUTO && *table != found))
		return false;
	*table = found;
	*number = (unsigned long)address;
	return true;
}

static const char *take_table(const char **at, int *table)
{
	const char *colon = strchr(*at, ':');

	*table = MODBUS_TABLE_AUTO;
	if (!colon)
		return NULL;
	*table = register_table_find(*at, (size_t)(colon - *at));
	*at = colon + 1;
	return *table == MODBUS_TABLE_AUTO ? bad_form : NULL;
}

const char *probe_range_parse(const char *text, struct register_range *range)
{
	const char *at = text, *problem = take_table(&at, &range->table);
	bool sheet = range->table == MODBUS_TABLE_AUTO;
	unsigned long first, last;
	char separator;

	if (problem)
		return problem;
	if (!take_number(&at, &first) || (sheet && !from_sheet(&first, &range->table)))
		return bad_form;
	last = first;
	separator = *at;
	if (separator == '-' || separator == '+') {
		at++;
		if (!take_number(&at, &last))
			return bad_form;
		if (separator == '+')
			last = first + last - 1;
		else if (sheet && !from_sheet(&last, &range->table))
			return "the first and the last are not of one table";
	}
	if (*at)
		return bad_form;
	if (last < first || last >= ADDRESSES)
		return "addresses are 0 to 65535, and the last is not before the first";
	if (last - first >= REGISTERS_MAX)
		return "at most 2048 registers at once";
	range->first = (uint16_t)first;
	range->count = (uint16_t)(last - first + 1);
	return NULL;
}
