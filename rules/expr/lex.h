/*
 * The words of an expression. Inside rules/ only: expr_compile.c reads them.
 *
 * A token points into the source; nothing is copied. A number takes the unit
 * behind it along, because "bar" behind 1.5 is a unit and elsewhere a name.
 */
#ifndef RULES_EXPR_LEX_H
#define RULES_EXPR_LEX_H

#include <stdbool.h>
#include <stddef.h>

/* The digits that a double holds exactly, so that no rounding depends on a library or locale. */
enum { EXPR_DIGITS_MAX = 15, EXPR_UNIT_MAX = 16, EXPR_SOURCE_MAX = 4096 };

struct span {
	const char *text;
	size_t length;
};

enum token_kind {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_NAME,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_DIVIDE,
	TOKEN_LESS,
	TOKEN_LESS_EQUAL,
	TOKEN_GREATER,
	TOKEN_GREATER_EQUAL,
	TOKEN_EQUAL,
	TOKEN_NOT_EQUAL,
	TOKEN_WRONG, /* `wrong` says why */
};

struct token {
	enum token_kind kind;
	unsigned column;  /* 1-based byte in the source */
	struct span span; /* NUMBER: its digits only */
	struct span unit; /* NUMBER: empty where none */
	double number;
	const char *wrong; /* WRONG: a sentence for people */
};

/* The token at *at within [source, end); moves *at behind it. */
struct token token_next(const char *source, const char *end, const char **at);

bool span_is(struct span span, const char *text);
bool span_same(struct span a, struct span b);

#endif
