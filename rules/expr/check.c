/*
 * The meaning of an expression's parts while it is compiled: names, types and
 * units. No grammar here.
 */
#include "rules/expr/parse.h"

#include "core/id.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void parse_error(struct parser *parser, unsigned column, const char *format, ...)
{
	va_list arguments;

	if (parser->failed)
		return;
	parser->failed = true;
	parser->error->column = column;
	va_start(arguments, format);
	vsnprintf(parser->error->text, sizeof(parser->error->text), format, arguments);
	va_end(arguments);
}

uint16_t parse_node(struct parser *parser, enum node_op op, uint16_t left, uint16_t right)
{
	struct node *node;

	if (parser->node_count == EXPR_NODE_MAX) {
		parse_error(parser, parser->token.column, "more than %d parts: split the condition",
			EXPR_NODE_MAX);
		return 0;
	}
	node = &parser->nodes[parser->node_count];
	*node = (struct node){ .op = (uint8_t)op, .left = left, .right = right };
	return parser->node_count++;
}

void parse_need_truth(struct parser *parser, const struct operand *operand)
{
	if (!operand->number)
		return;
	if (operand->unit.length > 0)
		parse_error(parser, operand->column,
			"this is a number in %.*s, not a condition: compare it, as in \"< 1 %.*s\"",
			(int)operand->unit.length, operand->unit.text, (int)operand->unit.length,
			operand->unit.text);
	else
		parse_error(parser, operand->column,
			"this is a number, not a condition: compare it, as in \"> 1\"");
}

void parse_need_number(struct parser *parser, const struct operand *operand)
{
	if (!operand->number)
		parse_error(parser, operand->column,
			"this is true or false, not a number: use it as it is, or with \"not\"");
}

/* `operand` was just written down, without the right unit. */
static void wrong_unit(struct parser *parser, const struct operand *operand, struct span right)
{
	struct span unit = operand->unit, digits = operand->literal;

	if (right.length == 0)
		parse_error(parser, operand->column,
			"the other side has no unit: leave out \"%.*s\"", (int)unit.length,
			unit.text);
	else if (unit.length > 0)
		parse_error(parser, operand->column, "the unit must be \"%.*s\", not \"%.*s\"",
			(int)right.length, right.text, (int)unit.length, unit.text);
	else if (digits.length > 0)
		parse_error(parser, operand->column, "the unit is missing: write \"%.*s %.*s\"",
			(int)digits.length, digits.text, (int)right.length, right.text);
	else
		parse_error(parser, operand->column, "the unit \"%.*s\" is missing",
			(int)right.length, right.text);
}

static const char *unit_or_none(struct span unit)
{
	return unit.length > 0 ? unit.text : "no unit";
}

static int unit_length(struct span unit)
{
	return unit.length > 0 ? (int)unit.length : (int)strlen("no unit");
}

void parse_same_unit(struct parser *parser, const struct operand *a, const struct operand *b)
{
	parse_need_number(parser, a);
	parse_need_number(parser, b);
	if (span_same(a->unit, b->unit))
		return;
	if (a->measured && !b->measured)
		wrong_unit(parser, b, a->unit);
	else if (b->measured && !a->measured)
		wrong_unit(parser, a, b->unit);
	else
		parse_error(parser, b->column, "the units differ: \"%.*s\" and \"%.*s\"",
			unit_length(a->unit), unit_or_none(a->unit), unit_length(b->unit),
			unit_or_none(b->unit));
}

void parse_scale(
	struct parser *parser, struct operand *left, const struct operand *right, bool divide)
{
	parse_need_number(parser, left);
	parse_need_number(parser, right);
	left->node =
		parse_node(parser, divide ? NODE_DIVIDE : NODE_MULTIPLY, left->node, right->node);
	left->literal.length = 0;
	left->measured = left->measured || right->measured;
	if (right->unit.length == 0)
		return;
	if (divide && span_same(left->unit, right->unit))
		left->unit.length = 0;
	else if (!divide && left->unit.length == 0)
		left->unit = right->unit;
	else
		parse_error(parser, right->column,
			"\"%.*s\" cannot be %s by \"%.*s\": one of them must be without unit",
			unit_length(left->unit), unit_or_none(left->unit),
			divide ? "divided" : "multiplied", unit_length(right->unit),
			unit_or_none(right->unit));
}

static const char *name_at(const void *context, size_t i)
{
	const struct parser *parser = context;

	if (i < parser->site->point_count)
		return parser->site->points[i].id;
	return parser->site->classes[i - parser->site->point_count].id;
}

static void unknown_name(struct parser *parser, unsigned column, const char *name)
{
	const struct site *site = parser->site;
	const char *kind = parser->in_aggregate ? "class" : "point", *near;

	if (!parser->in_aggregate && site_class(site, name)) {
		parse_error(parser, column, "\"%s\" is a class: write any(%s), all(%s) or the like",
			name, name, name);
		return;
	}
	near = id_nearest(name, site->point_count + site->class_count, name_at, parser);
	if (near)
		parse_error(parser, column, "unknown %s \"%s\" (did you mean \"%s\"?)", kind, name,
			near);
	else
		parse_error(parser, column, "unknown %s \"%s\"", kind, name);
}

static struct span unit_of(const struct point_class *class)
{
	if (class->kind == POINT_STATE || !class->unit)
		return (struct span){ "", 0 };
	return (struct span){ class->unit, strlen(class->unit) };
}

static struct operand member(
	struct parser *parser, const struct point_class *class, unsigned column)
{
	struct operand result = {
		.column = column,
		.number = class->kind == POINT_NUMBER,
		.measured = true,
		.unit = unit_of(class),
	};

	if (parser->class && parser->class != class)
		parse_error(parser, column, "this is about \"%s\"; \"%s\" needs a word of its own",
			parser->class->id, class->id);
	parser->class = class;
	if (parser->classes)
		parser->classes[class->index] = true;
	result.node =
		parse_node(parser, result.number ? NODE_MEMBER_NUMBER : NODE_MEMBER_STATE, 0, 0);
	return result;
}

struct operand parse_point(struct parser *parser, const struct token *name)
{
	struct operand result = { .column = name->column, .measured = true };
	const struct point_class *class;
	const struct point *point;
	char id[ID_MAX + 1];

	if (parser->failed)
		return result;
	if (name->span.length > ID_MAX) {
		parse_error(parser, name->column, "the name is longer than %d bytes", ID_MAX);
		return result;
	}
	memcpy(id, name->span.text, name->span.length);
	id[name->span.length] = '\0';
	class = parser->in_aggregate ? site_class(parser->site, id) : NULL;
	if (class)
		return member(parser, class, name->column);
	point = site_point(parser->site, id);
	if (!point) {
		unknown_name(parser, name->column, id);
		return result;
	}
	result.number = point->class->kind == POINT_NUMBER;
	result.unit = unit_of(point->class);
	result.node = parse_node(parser, result.number ? NODE_NUMBER : NODE_STATE, 0, 0);
	parser->nodes[result.node].point = point->index;
	return result;
}
