/*
 * Cuts an expression into tokens. It knows letters, not meanings: whether a
 * name exists or a unit fits is the compiler's business. Any bytes may come in.
 */
#include "rules/expr/parse.h"

#include <string.h>

struct word {
	const char *text;
	enum token_kind kind;
	const char *wrong;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool in_name(char c)
{
	return is_lower(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
}

/* Bytes from 0x80 are those of signs like ° and ³ in UTF-8. */
static bool starts_unit(char c)
{
	return is_lower(c) || is_upper(c) || c == '%' || (unsigned char)c >= 0x80;
}

static bool in_unit(char c)
{
	return starts_unit(c) || is_digit(c) || c == '/';
}

bool span_same(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
}

bool span_is(struct span span, const char *text)
{
	return span_same(span, (struct span){ text, strlen(text) });
}

/* clang-format off */
static const struct word keywords[] = {
	{ "and", TOKEN_AND, NULL },
	{ "or", TOKEN_OR, NULL },
	{ "not", TOKEN_NOT, NULL },
	{ "true", TOKEN_TRUE, NULL },
	{ "false", TOKEN_FALSE, NULL },
};

/* Longer ones first. */
static const struct word signs[] = {
	{ "<=", TOKEN_LESS_EQUAL, NULL },
	{ ">=", TOKEN_GREATER_EQUAL, NULL },
	{ "==", TOKEN_EQUAL, NULL },
	{ "!=", TOKEN_NOT_EQUAL, NULL },
	{ "<", TOKEN_LESS, NULL },
	{ ">", TOKEN_GREATER, NULL },
	{ "(", TOKEN_OPEN, NULL },
	{ ")", TOKEN_CLOSE, NULL },
	{ "+", TOKEN_PLUS, NULL },
	{ "-", TOKEN_MINUS, NULL },
	{ "*", TOKEN_TIMES, NULL },
	{ "/", TOKEN_DIVIDE, NULL },
	{ "=", TOKEN_WRONG, "\"=\" is not a comparison: write \"==\"" },
	{ "&", TOKEN_WRONG, "unknown sign \"&\": write \"and\"" },
	{ "|", TOKEN_WRONG, "unknown sign \"|\": write \"or\"" },
	{ "!", TOKEN_WRONG, "unknown sign \"!\": write \"not\"" },
};
/* clang-format on */

static enum token_kind keyword_of(struct span span)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (span_is(span, keywords[i].text))
			return keywords[i].kind;
	return TOKEN_NAME;
}

static struct span take(const char *from, const char *end, bool (*belongs)(char c))
{
	const char *p = from;

	while (p < end && belongs(*p))
		p++;
	return (struct span){ from, (size_t)(p - from) };
}

static void lex_unit(struct token *token, const char *end, const char **at)
{
	const char *p = *at;
	struct span unit;

	while (p < end && is_blank(*p))
		p++;
	if (p == end || !starts_unit(*p))
		return;
	unit = take(p, end, in_unit);
	if (keyword_of(unit) != TOKEN_NAME)
		return;
	*at = p + unit.length;
	token->unit = unit;
	if (unit.length > EXPR_UNIT_MAX) {
		token->kind = TOKEN_WRONG;
		token->wrong = "this is no unit: it is too long";
	}
}

/* By hand, because strtod() reads the decimal point of the locale, and "inf", "nan" and 0x. */
static void lex_number(struct token *token, const char *end, const char **at)
{
	const char *p = *at;
	unsigned digits = 0;
	double value = 0, scale = 1;
	bool fraction = false;

	for (; p < end && (is_digit(*p) || (*p == '.' && !fraction)); p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		if (++digits > EXPR_DIGITS_MAX)
			break;
		value = value * 10 + (*p - '0');
		if (fraction)
			scale *= 10;
	}
	token->kind = TOKEN_NUMBER;
	token->number = value / scale;
	token->span = (struct span){ *at, (size_t)(p - *at) };
	*at = p;
	if (digits > EXPR_DIGITS_MAX) {
		token->kind = TOKEN_WRONG;
		token->wrong = "the number has more than 15 digits";
	} else if (p[-1] == '.') {
		token->kind = TOKEN_WRONG;
		token->wrong = "a number needs a digit behind its point";
	} else {
		lex_unit(token, end, at);
	}
}

static void lex_sign(struct token *token, const char *end, const char **at)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i].text);

		if ((size_t)(end - *at) < length || memcmp(*at, signs[i].text, length) != 0)
			continue;
		token->kind = signs[i].kind;
		token->wrong = signs[i].wrong;
		token->span = (struct span){ *at, length };
		*at += length;
		return;
	}
	token->kind = TOKEN_WRONG;
	token->wrong = is_upper(**at) ? "names are written in lower case" : "unknown sign";
	token->span = (struct span){ *at, 1 };
	*at += 1;
}

struct token token_next(const char *source, const char *end, const char **at)
{
	struct token token = { .kind = TOKEN_END, .unit = { "", 0 } };

	while (*at < end && is_blank(**at))
		(*at)++;
	token.column = (unsigned)(*at - source) + 1;
	token.span = (struct span){ *at, 0 };
	if (*at == end)
		return token;
	if (is_digit(**at)) {
		lex_number(&token, end, at);
	} else if (is_lower(**at)) {
		token.span = take(*at, end, in_name);
		token.kind = keyword_of(token.span);
		*at += token.span.length;
	} else {
		lex_sign(&token, end, at);
	}
	return token;
}
