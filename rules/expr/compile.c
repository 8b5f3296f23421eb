/*
 * Compiles conditions: a recursive descent over the grammar of expr.h that
 * checks names, classes, types and units on its way. The first mistake ends it.
 * Depth and size are bounded, so any bytes may come in.
 */
#include "rules/expr/parse.h"

#include <stdlib.h>
#include <string.h>

static struct operand parse_condition(struct parser *parser);

static void advance(struct parser *parser)
{
	parser->token = token_next(parser->source, parser->end, &parser->at);
	if (parser->token.kind == TOKEN_WRONG)
		parse_error(parser, parser->token.column, "%s", parser->token.wrong);
}

static bool accept(struct parser *parser, enum token_kind kind)
{
	if (parser->failed || parser->token.kind != kind)
		return false;
	advance(parser);
	return true;
}

static bool enter(struct parser *parser)
{
	if (!parser->failed && ++parser->depth > EXPR_DEPTH_MAX)
		parse_error(parser, parser->token.column, "nested too deeply");
	return !parser->failed;
}

static void expect_close(struct parser *parser)
{
	if (!parser->failed && !accept(parser, TOKEN_CLOSE))
		parse_error(parser, parser->token.column, "\")\" is missing here");
}

static struct operand parse_number(struct parser *parser)
{
	struct token token = parser->token;
	struct operand result = {
		.column = token.column,
		.number = true,
		.literal = token.span,
		.unit = token.unit,
	};

	result.node = parse_node(parser, NODE_LITERAL, 0, 0);
	parser->nodes[result.node].number = token.number;
	advance(parser);
	return result;
}

static const struct aggregate {
	const char *word;
	enum node_op op;
	bool of_truths, number;
} aggregates[] = {
	{ "any", NODE_ANY, true, false },
	{ "all", NODE_ALL, true, false },
	{ "count", NODE_COUNT, true, true },
	{ "min", NODE_MIN, false, true },
	{ "max", NODE_MAX, false, true },
	{ "avg", NODE_AVG, false, true },
};

static const struct aggregate *aggregate_of(struct span name)
{
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]); i++)
		if (span_is(name, aggregates[i].word))
			return &aggregates[i];
	return NULL;
}

/* The name and the opening bracket are behind us. */
static struct operand parse_aggregate(
	struct parser *parser, const struct aggregate *aggregate, unsigned column)
{
	struct operand body, result = { .column = column, .number = aggregate->number };

	if (parser->in_aggregate)
		parse_error(parser, column, "\"%s\" cannot stand within another such word",
			aggregate->word);
	parser->in_aggregate = true;
	parser->class = NULL;
	body = parse_condition(parser);
	if (aggregate->of_truths)
		parse_need_truth(parser, &body);
	else
		parse_need_number(parser, &body);
	expect_close(parser);
	parser->in_aggregate = false;
	if (!parser->failed && !parser->class)
		parse_error(parser, column, "\"%s\" needs the name of a class", aggregate->word);
	result.measured = true;
	result.unit = aggregate->of_truths ? (struct span){ "", 0 } : body.unit;
	result.node = parse_node(parser, aggregate->op, body.node, 0);
	parse_members(parser, result.node, column);
	return result;
}

static struct operand parse_name(struct parser *parser)
{
	struct token token = parser->token;
	const struct aggregate *aggregate = aggregate_of(token.span);

	advance(parser);
	if (aggregate && accept(parser, TOKEN_OPEN))
		return parse_aggregate(parser, aggregate, token.column);
	if (aggregate)
		parse_error(parser, token.column, "\"%s\" needs a class in brackets: %s(class)",
			aggregate->word, aggregate->word);
	return parse_point(parser, &token);
}

static struct operand parse_primary(struct parser *parser)
{
	struct operand result = { .column = parser->token.column };

	if (parser->failed)
		return result;
	switch (parser->token.kind) {
	case TOKEN_NUMBER:
		return parse_number(parser);
	case TOKEN_NAME:
		return parse_name(parser);
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		result.node = parse_node(
			parser, parser->token.kind == TOKEN_TRUE ? NODE_TRUE : NODE_FALSE, 0, 0);
		advance(parser);
		return result;
	case TOKEN_OPEN:
		advance(parser);
		result = parse_condition(parser);
		expect_close(parser);
		return result;
	default:
		parse_error(parser, result.column, "a point, a class or a number is missing here");
		return result;
	}
}

/* A sign before what `parse` reads, as often as it stands there. */
static struct operand parse_sign(struct parser *parser, enum token_kind token, enum node_op op,
	void (*need)(struct parser *parser, const struct operand *operand),
	struct operand (*parse)(struct parser *parser))
{
	struct operand result;

	if (!enter(parser))
		return (struct operand){ 0 };
	if (accept(parser, token)) {
		result = parse_sign(parser, token, op, need, parse);
		need(parser, &result);
		result.node = parse_node(parser, op, result.node, 0);
	} else {
		result = parse(parser);
	}
	parser->depth--;
	return result;
}

static struct operand parse_negative(struct parser *parser)
{
	return parse_sign(parser, TOKEN_MINUS, NODE_NEGATE, parse_need_number, parse_primary);
}

static struct operand parse_product(struct parser *parser)
{
	struct operand left = parse_negative(parser), right;

	while (!parser->failed) {
		bool divide = parser->token.kind == TOKEN_DIVIDE;

		if (!accept(parser, TOKEN_TIMES) && !accept(parser, TOKEN_DIVIDE))
			break;
		right = parse_negative(parser);
		parse_scale(parser, &left, &right, divide);
	}
	return left;
}

static struct operand parse_sum(struct parser *parser)
{
	struct operand left = parse_product(parser), right;

	while (!parser->failed) {
		enum node_op op = parser->token.kind == TOKEN_PLUS ? NODE_ADD : NODE_SUBTRACT;

		if (!accept(parser, TOKEN_PLUS) && !accept(parser, TOKEN_MINUS))
			break;
		right = parse_product(parser);
		parse_same_unit(parser, &left, &right);
		left.measured = left.measured || right.measured;
		left.literal.length = 0;
		left.node = parse_node(parser, op, left.node, right.node);
	}
	return left;
}

static const struct comparison {
	enum token_kind token;
	enum node_op op;
	bool swap, negate;
} comparisons[] = {
	{ TOKEN_LESS, NODE_LESS, false, false },
	{ TOKEN_LESS_EQUAL, NODE_LESS_EQUAL, false, false },
	{ TOKEN_GREATER, NODE_LESS, true, false },
	{ TOKEN_GREATER_EQUAL, NODE_LESS_EQUAL, true, false },
	{ TOKEN_EQUAL, NODE_EQUAL, false, false },
	{ TOKEN_NOT_EQUAL, NODE_EQUAL, false, true },
};

static struct operand compare(struct parser *parser, const struct comparison *comparison,
	struct operand left, struct operand right)
{
	enum node_op op = comparison->op;
	struct operand result = { .column = left.column };

	if (op == NODE_EQUAL && !left.number && !right.number)
		op = NODE_SAME;
	else
		parse_same_unit(parser, &left, &right);
	result.node = comparison->swap ? parse_node(parser, op, right.node, left.node)
				       : parse_node(parser, op, left.node, right.node);
	if (comparison->negate)
		result.node = parse_node(parser, NODE_NOT, result.node, 0);
	return result;
}

static struct operand parse_comparison(struct parser *parser)
{
	struct operand left = parse_sum(parser);

	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (accept(parser, comparisons[i].token))
			return compare(parser, &comparisons[i], left, parse_sum(parser));
	return left;
}

static struct operand parse_not(struct parser *parser)
{
	return parse_sign(parser, TOKEN_NOT, NODE_NOT, parse_need_truth, parse_comparison);
}

/* and, or: chains of truths; `or` is the outer one. */
static struct operand parse_chain(struct parser *parser, enum token_kind token, enum node_op op,
	struct operand (*parse)(struct parser *parser))
{
	struct operand left = parse(parser), right;

	while (accept(parser, token)) {
		parse_need_truth(parser, &left);
		right = parse(parser);
		parse_need_truth(parser, &right);
		left.node = parse_node(parser, op, left.node, right.node);
	}
	return left;
}

static struct operand parse_and(struct parser *parser)
{
	return parse_chain(parser, TOKEN_AND, NODE_AND, parse_not);
}

static struct operand parse_condition(struct parser *parser)
{
	return parse_chain(parser, TOKEN_OR, NODE_OR, parse_and);
}

/* The whole source; false and *parser->error on failure. */
static bool parse_source(struct parser *parser, uint16_t *root)
{
	struct operand result;

	if (parser->end - parser->source > EXPR_SOURCE_MAX)
		parse_error(parser, EXPR_SOURCE_MAX, "longer than %d bytes", EXPR_SOURCE_MAX);
	if (!parser->failed)
		advance(parser);
	result = parse_condition(parser);
	if (!parser->failed && parser->token.kind != TOKEN_END)
		parse_error(parser, parser->token.column,
			"the condition ends before this: \"and\" or \"or\" is missing");
	parse_need_truth(parser, &result);
	*root = result.node;
	return !parser->failed;
}

static struct parser parser_new(enum parse_mode mode, const char *source, const struct site *site,
	const struct zone *scope, const struct zone *within, struct expr_error *error)
{
	return (struct parser){
		.site = site,
		.scope = scope,
		.within = within,
		.mode = mode,
		.source = source,
		.end = source + strlen(source),
		.at = source,
		.error = error,
	};
}

static struct expr *compile(enum parse_mode mode, const char *source, const struct site *site,
	const struct zone *scope, const struct zone *within, struct expr_error *error)
{
	struct parser parser = parser_new(mode, source, site, scope, within, error);
	struct expr *expr = NULL;
	uint16_t root;

	if (parse_source(&parser, &root))
		expr = parse_finish(&parser, root);
	free(parser.members);
	return expr;
}

struct expr *expr_compile(const char *source, const struct site *site, const struct zone *scope,
	struct expr_error *error)
{
	return compile(PARSE_NESTED, source, site, scope, scope, error);
}

struct expr *expr_compile_each(const char *source, const struct site *site, const struct zone *zone,
	const struct zone *within, struct expr_error *error)
{
	return compile(PARSE_DIRECT, source, site, zone, within, error);
}

int expr_each_zone(const char *source, const struct site *site, const struct zone *within,
	const struct zone **zones, size_t max, struct expr_error *error)
{
	struct parser parser = parser_new(PARSE_CLASSES, source, site, within, within, error);
	uint16_t root;
	int count = -1;

	parser.classes = calloc(site->class_count + 1, sizeof(parser.classes[0]));
	if (!parser.classes)
		parse_error(&parser, 1, "out of memory");
	else if (parse_source(&parser, &root))
		count = parse_zones(&parser, zones, max);
	free(parser.classes);
	return count;
}
