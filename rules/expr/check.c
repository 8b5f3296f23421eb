/*
 * The meaning of an expression's parts while it is compiled: names, types and units; and what comes
 * of it: the points of its aggregates, the block that is evaluated, and the zones of an
 * `each = "zone"` rule. No grammar here.
 */
#include "core/id.h"
#include "rules/expr/parse.h"

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

static void add_member(struct parser *parser, uint32_t point)
{
	if (parser->member_count == parser->member_room) {
		size_t room = parser->member_room ? 2 * parser->member_room : 32;
		uint32_t *larger = realloc(parser->members, room * sizeof(larger[0]));

		if (!larger) {
			parse_error(parser, parser->token.column, "out of memory");
			return;
		}
		parser->members = larger;
		parser->member_room = room;
	}
	parser->members[parser->member_count++] = point;
}

static bool is_within(const struct parser *parser, const struct zone *within)
{
	for (size_t i = 0; i < parser->site->point_count; i++) {
		const struct point *point = &parser->site->points[i];

		if (point->class == parser->class && zone_contains(within, point->zone))
			return true;
	}
	return false;
}

/*
 * No point of the class here. Of a rule that looks at each zone by itself that is no mistake where
 * another zone of the rule holds one: none of none is true. What is said of all of none, or the
 * least of none, means nothing.
 */
static void check_empty(struct parser *parser, enum node_op op, unsigned column)
{
	if (parser->mode == PARSE_NESTED || !is_within(parser, parser->within))
		parse_error(parser, column, "there is no point of class \"%s\" in zone \"%s\"",
			parser->class->id, parser->within->id);
	else if (op != NODE_ANY && op != NODE_COUNT)
		parse_error(parser, column,
			"zone \"%s\" has no point of class \"%s\", and only any() and count() "
			"can do without: write a rule of its own for this class",
			parser->scope->id, parser->class->id);
}

static void add_members(struct parser *parser, bool nested)
{
	const struct site *site = parser->site;

	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i];

		if (point->class == parser->class &&
			(nested ? zone_contains(parser->scope, point->zone)
				: point->zone == parser->scope))
			add_member(parser, point->index);
	}
}

void parse_members(struct parser *parser, uint16_t node, unsigned column)
{
	size_t first = parser->member_count;

	if (parser->failed || parser->mode == PARSE_CLASSES)
		return;
	if (parser->mode == PARSE_DIRECT)
		add_members(parser, false);
	if (parser->member_count == first)
		add_members(parser, true);
	if (parser->member_count == first)
		check_empty(parser, (enum node_op)parser->nodes[node].op, column);
	parser->nodes[node].over.first = (uint32_t)first;
	parser->nodes[node].over.count = (uint32_t)(parser->member_count - first);
}

/* Marks, by index, each point that the expression looks at; returns how many. */
static size_t mark_points(const struct parser *parser, bool *marked)
{
	size_t count = 0;

	for (size_t i = 0; i < parser->member_count; i++) {
		count += !marked[parser->members[i]];
		marked[parser->members[i]] = true;
	}
	for (size_t i = 0; i < parser->node_count; i++) {
		const struct node *node = &parser->nodes[i];

		if (node->op != NODE_STATE && node->op != NODE_NUMBER)
			continue;
		count += !marked[node->point];
		marked[node->point] = true;
	}
	return count;
}

static struct expr *fill_block(
	const struct parser *parser, uint16_t root, const bool *marked, size_t point_count)
{
	size_t nodes_size = parser->node_count * sizeof(struct node);
	size_t points_size = point_count * sizeof(struct point *);
	size_t members_size = parser->member_count * sizeof(uint32_t);
	struct expr *expr = malloc(sizeof(*expr) + nodes_size + points_size + members_size);
	char *behind = (char *)(expr + 1);

	if (!expr)
		return NULL;
	memcpy(behind, parser->nodes, nodes_size);
	expr->nodes = (const struct node *)(void *)behind;
	expr->points = (const struct point **)(void *)(behind + nodes_size);
	expr->members = (const uint32_t *)(void *)(behind + nodes_size + points_size);
	if (members_size > 0)
		memcpy(behind + nodes_size + points_size, parser->members, members_size);
	expr->site_points = parser->site->points;
	expr->root = root;
	expr->point_count = 0;
	for (size_t i = 0; expr->point_count < point_count; i++)
		if (marked[i])
			expr->points[expr->point_count++] = &parser->site->points[i];
	return expr;
}

struct expr *parse_finish(struct parser *parser, uint16_t root)
{
	bool *marked = calloc(parser->site->point_count + 1, sizeof(marked[0]));
	struct expr *expr = NULL;

	if (marked)
		expr = fill_block(parser, root, marked, mark_points(parser, marked));
	if (!expr)
		parse_error(parser, 1, "out of memory");
	free(marked);
	return expr;
}

static bool holds_named_class(const struct parser *parser, const struct zone *zone)
{
	for (size_t i = 0; i < parser->site->point_count; i++) {
		const struct point *point = &parser->site->points[i];

		if (point->zone == zone && parser->classes[point->class->index])
			return true;
	}
	return false;
}

int parse_zones(struct parser *parser, const struct zone **zones, size_t max)
{
	const struct site *site = parser->site;
	bool named = false;
	size_t count = 0;

	for (size_t i = 0; i < site->class_count; i++)
		named = named || parser->classes[i];
	if (!named) {
		parse_error(parser, 1, "\"each\" needs a class in the condition, as in any(class)");
		return -1;
	}
	for (size_t i = 0; i < site->zone_count && count < max; i++)
		if (zone_contains(parser->scope, &site->zones[i]) &&
			holds_named_class(parser, &site->zones[i]))
			zones[count++] = &site->zones[i];
	return (int)count;
}
