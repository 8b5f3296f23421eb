/*
 * What the compiler of expressions knows while it parses. Inside rules/expr only: lex.c has the
 * words, compile.c the grammar, check.c the meaning and what comes of it.
 *
 * Every function does nothing after the first error, so that callers need not
 * look at `failed` after each call.
 */
#ifndef RULES_EXPR_PARSE_H
#define RULES_EXPR_PARSE_H

#include "rules/expr/node.h"

/* The digits that a double holds exactly, so that no rounding depends on a library or locale. */
enum { EXPR_DIGITS_MAX = 15, EXPR_UNIT_MAX = 16, EXPR_SOURCE_MAX = 4096 };

/*
 * A token points into the source; nothing is copied. A number takes the unit behind it along,
 * because "bar" behind 1.5 is a unit and elsewhere a name.
 */
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

enum parse_mode {
	PARSE_NESTED,  /* aggregates take the scope's points and nested ones */
	PARSE_DIRECT,  /* those directly in the scope; nested ones where there are none; or none */
	PARSE_CLASSES, /* only note the classes that are named */
};

struct parser {
	const struct site *site;
	const struct zone *scope, *within; /* within: the rule's own, around the scope */
	enum parse_mode mode;
	const char *source, *end, *at;
	struct token token; /* the one to be looked at */
	struct expr_error *error;
	bool failed;
	bool in_aggregate;
	const struct point_class *class; /* of the aggregate that we are in; NULL: not yet named */
	bool *classes;                   /* PARSE_CLASSES: by index, whether it is named */
	unsigned depth;
	uint16_t node_count;
	struct node nodes[EXPR_NODE_MAX];
	uint32_t *members;
	size_t member_count, member_room;
};

/* A parsed part: its node, and what is known of its type. */
struct operand {
	uint16_t node;
	bool number;         /* else a truth */
	bool measured;       /* its unit is a point's or a class's, not just written down */
	struct span unit;    /* of a number; empty where none */
	struct span literal; /* the digits, where it is just a number */
	unsigned column;
};

void parse_error(struct parser *parser, unsigned column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
uint16_t parse_node(struct parser *parser, enum node_op op, uint16_t left, uint16_t right);
void parse_need_truth(struct parser *parser, const struct operand *operand);
void parse_need_number(struct parser *parser, const struct operand *operand);

/* Of two numbers that are added or compared. */
void parse_same_unit(struct parser *parser, const struct operand *a, const struct operand *b);
/* left = left * right, or left / right. */
void parse_scale(
	struct parser *parser, struct operand *left, const struct operand *right, bool divide);
/* A name that is no aggregate's: a point, or the class that an aggregate is about. */
struct operand parse_point(struct parser *parser, const struct token *name);
/* Gives the aggregate `node` the points of parser->class in scope. */
void parse_members(struct parser *parser, uint16_t node, unsigned column);

/* The expression in one block, or NULL with an error. */
struct expr *parse_finish(struct parser *parser, uint16_t root);
/* Zones that directly hold a point of a class that was named; -1 and an error where none was. */
int parse_zones(struct parser *parser, const struct zone **zones, size_t max);

#endif
