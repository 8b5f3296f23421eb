/*
 * What an expression is compiled to: a tree in an array. Inside rules/ only:
 * compile.c builds it, expr.c evaluates it.
 *
 * Types are settled when it is compiled: a node above NODE_LITERAL gives a
 * truth, the others a number.
 */
#ifndef RULES_EXPR_NODE_H
#define RULES_EXPR_NODE_H

#include "rules/expr/expr.h"

#include <stdbool.h>

/*
 * Bounds, so that neither the compiler nor the evaluation can run out of stack:
 * a chain of operators is as deep as it is long.
 */
enum { EXPR_NODE_MAX = 512, EXPR_DEPTH_MAX = 64 };

enum node_op {
	NODE_TRUE,
	NODE_FALSE,
	NODE_STATE,        /* a point of a STATE class */
	NODE_MEMBER_STATE, /* in an aggregate: the point it is at */
	NODE_NOT,
	NODE_AND,
	NODE_OR,
	NODE_SAME, /* of two truths */
	NODE_LESS,
	NODE_LESS_EQUAL,
	NODE_EQUAL,
	NODE_ANY,
	NODE_ALL,

	NODE_LITERAL,
	NODE_NUMBER, /* a point of a NUMBER class */
	NODE_MEMBER_NUMBER,
	NODE_NEGATE,
	NODE_ADD,
	NODE_SUBTRACT,
	NODE_MULTIPLY,
	NODE_DIVIDE,
	NODE_COUNT,
	NODE_MIN,
	NODE_MAX,
	NODE_AVG,
};

struct node {
	uint8_t op;           /* enum node_op */
	uint16_t left, right; /* operands; an aggregate's body is `left` */
	union {
		double number;  /* LITERAL */
		uint32_t point; /* STATE, NUMBER */
		struct {
			uint32_t first, count; /* in expr->members */
		} over;                        /* aggregates */
	};
};

/* One block of memory, with the arrays behind the struct. */
struct expr {
	const struct node *nodes;
	const struct point **points; /* each once */
	const uint32_t *members;     /* the points of the aggregates, one behind the other */
	const struct point *site_points;
	size_t point_count;
	uint16_t root;
};

#endif
