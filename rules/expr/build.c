/*
 * What comes of a parsed expression: the points of its aggregates, the block
 * that is evaluated, and the zones of an `each = "zone"` rule.
 */
#include "rules/expr/parse.h"

#include <stdlib.h>
#include <string.h>

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
		parse_error(parser, column, "there is no point of class \"%s\" in zone \"%s\"",
			parser->class->id, parser->scope->id);
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
