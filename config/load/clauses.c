/* The plan's clauses as data: only their numbers, to prove that none is left without a step. */
#include "config/load/clauses.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const unsigned char counts[INCIDENT_NUMBER_MAX] = {
	4, 4, 5, 4, 4, 3, 3,
	6, 3, 3, 3, 3, 3, 4,
	3, 3, 3, 3, 3, 3, 4,
	3, 4, 4, 3, 4, 4, 2,
};
/* clang-format on */

int clause_count(int incident)
{
	return incident >= 1 && incident <= INCIDENT_NUMBER_MAX ? counts[incident - 1] : 0;
}

/* One or two digits without a leading zero; moves *text behind them. 0: none. */
static int small_number(const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	int value = digits >= 1 && digits <= 2 && **text != '0' ? atoi(*text) : 0;

	*text += digits;
	return value;
}

_Bool clause_parse(const char *text, int *incident, int *clause)
{
	*incident = small_number(&text);
	if (*incident == 0 || *text++ != '.')
		return 0;
	*clause = small_number(&text);
	return *clause != 0 && *text == '\0';
}

_Bool clause_of_section(const char *text)
{
	static const char sign[] = "§";
	static const int counts_of[] = { 0, 3, 0, 3, 0, 4 }; /* principles, course, resources */
	int section, clause;

	if (strncmp(text, sign, sizeof(sign) - 1) != 0 ||
		!clause_parse(text + sizeof(sign) - 1, &section, &clause))
		return 0;
	return section < (int)(sizeof(counts_of) / sizeof(counts_of[0])) &&
	       clause <= counts_of[section];
}
