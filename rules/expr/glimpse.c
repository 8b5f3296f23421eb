/*
 * Tells whether a point's new reading can matter, without evaluating the whole:
 * the truth of any(temperature > 60 °C) over a building can only change when
 * that comparison does for the one point that was read.
 *
 * The truth of an expression depends on its points through probes only: states
 * and comparisons outside of aggregates, and the bodies of any, all and count at
 * one point. Where something else depends on them (min, max, avg; a body that
 * names a further point; a comparison of both kinds) there are no probes.
 */
#include "rules/expr/node.h"

/* With fewer points in aggregates than this, evaluating costs as little. */
enum { WORTH_IT = 4 };

static bool is_tally(const struct node *node)
{
	return node->op == NODE_ANY || node->op == NODE_ALL || node->op == NODE_COUNT;
}

static bool is_comparison(const struct node *node)
{
	return node->op == NODE_LESS || node->op == NODE_LESS_EQUAL || node->op == NODE_EQUAL;
}

static bool has_operands(const struct node *node)
{
	return node->op == NODE_NOT || node->op == NODE_AND || node->op == NODE_OR ||
	       node->op == NODE_SAME || is_comparison(node) ||
	       (node->op >= NODE_NEGATE && node->op <= NODE_DIVIDE);
}

/* Does an aggregate (or else a point) stand below this node, outside of aggregates' bodies? */
static bool holds(const struct node *nodes, uint16_t at, bool aggregate)
{
	const struct node *node = &nodes[at];

	if (is_tally(node))
		return aggregate;
	if (!has_operands(node))
		return !aggregate && (node->op == NODE_NUMBER || node->op == NODE_STATE);
	if (holds(nodes, node->left, aggregate))
		return true;
	return node->op != NODE_NOT && node->op != NODE_NEGATE &&
	       holds(nodes, node->right, aggregate);
}

/* Can the node's part in the truth be seen at probes? *probe: it is one itself. */
static bool is_probeable(const struct node *nodes, uint16_t at, bool *probe)
{
	const struct node *node = &nodes[at];

	*probe = false;
	if (node->op == NODE_MIN || node->op == NODE_MAX || node->op == NODE_AVG)
		return false;
	if (node->inside)
		return node->op != NODE_STATE && node->op != NODE_NUMBER;
	if (is_comparison(node) && holds(nodes, at, false)) {
		*probe = true;
		return !holds(nodes, at, true);
	}
	*probe = is_tally(node) || node->op == NODE_STATE;
	return true;
}

void expr_find_probes(struct expr *expr, uint16_t node_count, size_t member_count)
{
	expr->probe_count = 0;
	if (member_count < WORTH_IT)
		return;
	for (uint16_t i = 0; i < node_count; i++) {
		bool probe;

		if (!is_probeable(expr->nodes, i, &probe) ||
			(probe && expr->probe_count == EXPR_PROBE_MAX)) {
			expr->probe_count = 0;
			return;
		}
		if (probe)
			expr->probes[expr->probe_count++] = i;
	}
}

/* Members of an aggregate stand in order. */
static bool is_member(const struct expr *expr, const struct node *node, uint32_t point)
{
	uint32_t low = node->over.first, high = low + node->over.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (expr->members[middle] == point)
			return true;
		if (expr->members[middle] < point)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool expr_glimpse(
	const struct expr *expr, const struct reading *values, uint32_t point, uint64_t *glimpse)
{
	struct view view = { expr, values, point };

	*glimpse = 0;
	for (size_t i = 0; i < expr->probe_count; i++) {
		const struct node *node = &expr->nodes[expr->probes[i]];
		enum truth truth = TRUTH_UNKNOWN;

		if (!is_tally(node))
			truth = expr_node_truth(&view, expr->probes[i]);
		else if (is_member(expr, node, point))
			truth = expr_node_truth(&view, node->left);
		*glimpse = *glimpse * 3 + (uint64_t)truth;
	}
	return expr->probe_count > 0;
}
