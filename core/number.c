#include "core/number.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

static bool is_sign(char c)
{
	return c == '-' || c == '+';
}

bool number_parse(const char *text, double *value)
{
	const char *at = text + is_sign(*text);
	size_t whole = digits(at), part = 0;
	double number;

	at += whole;
	if (*at == '.') {
		part = digits(at + 1);
		at += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (*at == 'e' || *at == 'E') {
		at += 1 + is_sign(at[1]);
		if (digits(at) == 0)
			return false;
		at += digits(at);
	}
	if (*at)
		return false;
	number = strtod(text, NULL);
	if (!isfinite(number))
		return false;
	*value = number;
	return true;
}
