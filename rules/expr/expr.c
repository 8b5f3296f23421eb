/*
 * Evaluates conditions. Numbers are intervals and truths are three-valued, so
 * that a point without a good reading makes unknown exactly what depends on it.
 * Pure: no clock, no I/O, no allocation.
 */
#include "rules/expr/expr.h"

#include "rules/expr/node.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* low is never +inf and high never -inf: a value that is unknown is still finite. */
struct interval {
	double low, high;
};

/* What an evaluation looks at: the expression, the readings, and where an aggregate is at. */
struct view {
	const struct expr *expr;
	const struct reading *values;
	uint32_t member;
};

static enum truth node_truth(const struct view *view, uint16_t at);
static struct interval node_number(const struct view *view, uint16_t at);

static const struct interval anything = { -INFINITY, INFINITY };

static struct interval interval_of(double low, double high)
{
	struct interval result = { low, high };

	if (isnan(low) || low == -INFINITY)
		result.low = -INFINITY;
	else if (low > DBL_MAX)
		result.low = DBL_MAX;
	if (isnan(high) || high == INFINITY)
		result.high = INFINITY;
	else if (high < -DBL_MAX)
		result.high = -DBL_MAX;
	return result;
}

enum truth truth_not(enum truth truth)
{
	static const enum truth table[] = { TRUTH_TRUE, TRUTH_FALSE, TRUTH_UNKNOWN };

	return table[truth];
}

enum truth truth_and(enum truth a, enum truth b)
{
	if (a == TRUTH_FALSE || b == TRUTH_FALSE)
		return TRUTH_FALSE;
	return a == TRUTH_UNKNOWN ? a : b;
}

static bool reading_known(const struct reading *reading)
{
	return reading_usable(reading) && isfinite(reading->value);
}

static enum truth reading_truth(const struct reading *reading)
{
	if (!reading_known(reading))
		return TRUTH_UNKNOWN;
	return reading->value != 0 ? TRUTH_TRUE : TRUTH_FALSE;
}

static struct interval reading_number(const struct reading *reading)
{
	if (!reading_known(reading))
		return anything;
	/* Beyond the end of the measuring range, which itself was still measured. */
	if (reading->quality == QUALITY_OVER)
		return interval_of(nextafter(reading->value, INFINITY), INFINITY);
	if (reading->quality == QUALITY_UNDER)
		return interval_of(-INFINITY, nextafter(reading->value, -INFINITY));
	return (struct interval){ reading->value, reading->value };
}

static enum truth less(struct interval a, struct interval b)
{
	if (a.high < b.low)
		return TRUTH_TRUE;
	return a.low >= b.high ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

static bool is_open(struct interval interval)
{
	return isinf(interval.low) || isinf(interval.high);
}

static enum truth equal(struct interval a, struct interval b)
{
	/* What is beyond its range is a number that nobody has measured. */
	if (is_open(a) || is_open(b))
		return TRUTH_UNKNOWN;
	if (a.high < b.low || b.high < a.low)
		return TRUTH_FALSE;
	return a.low == a.high && b.low == b.high ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

/* Infinity stands for a value as large as you like, but finite: times 0 it is 0. */
static double product(double a, double b)
{
	return a == 0 || b == 0 ? 0 : a * b;
}

static struct interval multiply(struct interval a, struct interval b)
{
	double ll = product(a.low, b.low), lh = product(a.low, b.high);
	double hl = product(a.high, b.low), hh = product(a.high, b.high);

	return interval_of(fmin(fmin(ll, lh), fmin(hl, hh)), fmax(fmax(ll, lh), fmax(hl, hh)));
}

/* A divisor that may be 0 makes the quotient unknown, never an error. */
static struct interval divide(struct interval a, struct interval b)
{
	if (b.low <= 0 && b.high >= 0)
		return anything;
	if (a.low == a.high && b.low == b.high)
		return interval_of(a.low / b.low, a.low / b.low);
	return multiply(a, (struct interval){ 1 / b.high, 1 / b.low });
}

/* How many members' bodies are false, true, unknown; ends early at the truth `stop` (-1: none). */
static void aggregate_truths(
	const struct view *view, const struct node *node, int stop, uint32_t tally[3])
{
	struct view inner = *view;

	for (uint32_t i = 0; i < node->over.count; i++) {
		enum truth truth;

		inner.member = view->expr->members[node->over.first + i];
		truth = node_truth(&inner, node->left);
		tally[truth]++;
		if ((int)truth == stop)
			return;
	}
}

static enum truth any_or_all(const struct view *view, const struct node *node, enum truth decides)
{
	uint32_t tally[3] = { 0 };

	aggregate_truths(view, node, (int)decides, tally);
	if (tally[decides] > 0)
		return decides;
	return tally[TRUTH_UNKNOWN] > 0 ? TRUTH_UNKNOWN : truth_not(decides);
}

static struct interval count(const struct view *view, const struct node *node)
{
	uint32_t tally[3] = { 0 };

	aggregate_truths(view, node, -1, tally);
	return (struct interval){ tally[TRUTH_TRUE], tally[TRUTH_TRUE] + tally[TRUTH_UNKNOWN] };
}

static struct interval aggregate_number(const struct view *view, const struct node *node)
{
	struct interval result = { 0, 0 };
	struct view inner = *view;

	for (uint32_t i = 0; i < node->over.count; i++) {
		struct interval value;

		inner.member = view->expr->members[node->over.first + i];
		value = node_number(&inner, node->left);
		if (node->op == NODE_AVG)
			result = interval_of(result.low + value.low, result.high + value.high);
		else if (i == 0)
			result = value;
		else if (node->op == NODE_MIN)
			result = interval_of(
				fmin(result.low, value.low), fmin(result.high, value.high));
		else
			result = interval_of(
				fmax(result.low, value.low), fmax(result.high, value.high));
	}
	if (node->op == NODE_AVG && is_open(result))
		return anything;
	if (node->op == NODE_AVG)
		result = interval_of(result.low / node->over.count, result.high / node->over.count);
	return result;
}

static struct interval node_number(const struct view *view, uint16_t at)
{
	const struct node *node = &view->expr->nodes[at];
	struct interval a, b;

	switch (node->op) {
	case NODE_LITERAL:
		return (struct interval){ node->number, node->number };
	case NODE_NUMBER:
		return reading_number(&view->values[node->point]);
	case NODE_MEMBER_NUMBER:
		return reading_number(&view->values[view->member]);
	case NODE_COUNT:
		return count(view, node);
	case NODE_MIN:
	case NODE_MAX:
	case NODE_AVG:
		return aggregate_number(view, node);
	}
	a = node_number(view, node->left);
	if (node->op == NODE_NEGATE)
		return (struct interval){ -a.high, -a.low };
	b = node_number(view, node->right);
	switch (node->op) {
	case NODE_ADD:
		return interval_of(a.low + b.low, a.high + b.high);
	case NODE_SUBTRACT:
		return interval_of(a.low - b.high, a.high - b.low);
	case NODE_MULTIPLY:
		return multiply(a, b);
	default:
		return divide(a, b);
	}
}

/* `decides` is the truth of one operand that settles the whole. */
static enum truth and_or_or(const struct view *view, const struct node *node, enum truth decides)
{
	enum truth a = node_truth(view, node->left), b;

	if (a == decides)
		return decides;
	b = node_truth(view, node->right);
	if (b == decides)
		return decides;
	return a == TRUTH_UNKNOWN ? a : b;
}

static enum truth same(enum truth a, enum truth b)
{
	if (a == TRUTH_UNKNOWN || b == TRUTH_UNKNOWN)
		return TRUTH_UNKNOWN;
	return a == b ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth node_truth(const struct view *view, uint16_t at)
{
	const struct node *node = &view->expr->nodes[at];

	switch (node->op) {
	case NODE_TRUE:
		return TRUTH_TRUE;
	case NODE_FALSE:
		return TRUTH_FALSE;
	case NODE_STATE:
		return reading_truth(&view->values[node->point]);
	case NODE_MEMBER_STATE:
		return reading_truth(&view->values[view->member]);
	case NODE_NOT:
		return truth_not(node_truth(view, node->left));
	case NODE_AND:
		return and_or_or(view, node, TRUTH_FALSE);
	case NODE_OR:
		return and_or_or(view, node, TRUTH_TRUE);
	case NODE_SAME:
		return same(node_truth(view, node->left), node_truth(view, node->right));
	case NODE_LESS:
		return less(node_number(view, node->left), node_number(view, node->right));
	case NODE_LESS_EQUAL:
		return truth_not(
			less(node_number(view, node->right), node_number(view, node->left)));
	case NODE_EQUAL:
		return equal(node_number(view, node->left), node_number(view, node->right));
	case NODE_ANY:
		return any_or_all(view, node, TRUTH_TRUE);
	case NODE_ALL:
		return any_or_all(view, node, TRUTH_FALSE);
	default:
		return TRUTH_UNKNOWN;
	}
}

enum truth expr_eval(const struct expr *expr, const struct reading *values)
{
	struct view view = { expr, values, 0 };

	return node_truth(&view, expr->root);
}

struct finding {
	const struct point **found;
	size_t count, max;
};

static void find_witnesses(const struct view *view, uint16_t at, struct finding *finding);

static void add_witness(const struct view *view, uint32_t index, struct finding *finding)
{
	const struct point *point = &view->expr->site_points[index];

	for (size_t i = 0; i < finding->count; i++)
		if (finding->found[i] == point)
			return;
	if (finding->count < finding->max)
		finding->found[finding->count++] = point;
}

static void find_members(
	const struct view *view, const struct node *node, int wanted, struct finding *finding)
{
	struct view inner = *view;

	for (uint32_t i = 0; i < node->over.count && finding->count < finding->max; i++) {
		inner.member = view->expr->members[node->over.first + i];
		if (wanted < 0 || (int)node_truth(&inner, node->left) == wanted)
			find_witnesses(&inner, node->left, finding);
	}
}

/* Follows only those parts whose truth made that of the whole. */
static void find_witnesses(const struct view *view, uint16_t at, struct finding *finding)
{
	const struct node *node = &view->expr->nodes[at];

	switch (node->op) {
	case NODE_TRUE:
	case NODE_FALSE:
	case NODE_LITERAL:
		return;
	case NODE_STATE:
	case NODE_NUMBER:
		add_witness(view, node->point, finding);
		return;
	case NODE_MEMBER_STATE:
	case NODE_MEMBER_NUMBER:
		add_witness(view, view->member, finding);
		return;
	case NODE_ANY:
	case NODE_ALL:
		find_members(view, node, (int)node_truth(view, at), finding);
		return;
	case NODE_COUNT:
		find_members(view, node, (int)TRUTH_TRUE, finding);
		return;
	case NODE_MIN:
	case NODE_MAX:
	case NODE_AVG:
		find_members(view, node, -1, finding);
		return;
	case NODE_AND:
	case NODE_OR:
		if (node_truth(view, node->left) == node_truth(view, at))
			find_witnesses(view, node->left, finding);
		if (node_truth(view, node->right) == node_truth(view, at))
			find_witnesses(view, node->right, finding);
		return;
	case NODE_NOT:
	case NODE_NEGATE:
		find_witnesses(view, node->left, finding);
		return;
	default:
		find_witnesses(view, node->left, finding);
		find_witnesses(view, node->right, finding);
	}
}

size_t expr_witnesses(const struct expr *expr, const struct reading *values,
	const struct point **found, size_t max)
{
	struct view view = { expr, values, 0 };
	struct finding finding = { found, 0, max };

	if (node_truth(&view, expr->root) == TRUTH_TRUE)
		find_witnesses(&view, expr->root, &finding);
	return finding.count;
}

const struct point *const *expr_points(const struct expr *expr, size_t *point_count)
{
	*point_count = expr->point_count;
	return expr->points;
}

void expr_free(struct expr *expr)
{
	free(expr);
}
