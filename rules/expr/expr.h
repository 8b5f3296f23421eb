/*
 * Conditions: expressions over points, compiled once, three-valued.
 *
 *   any(leak)                              a STATE class: some point of it in scope is 1
 *   any(water.pressure < 1.5 bar)          some point of the class in scope satisfies it
 *   all(...)  count(smoke) >= 2            voting
 *   min(class) max(class) avg(class)       numbers
 *   mains-l1-voltage < 180 V and not ats-on-generator
 *   + - * /  ( )  < <= > >= == !=  and or not  true false
 *
 * A name is a point's id or, within an aggregate, a class. A number compared
 * with a point or class that has a unit must carry that same unit. '-' inside a
 * name belongs to the name; around a minus sign put blanks.
 *
 * Scope: an aggregate takes the points of the class in the scope zone and the
 * zones nested in it. No such point: an error at compile time (but for
 * expr_compile_each()). It looks at one class: any(smoke or leak) is an error,
 * any(smoke) or any(leak) is not.
 *
 * Bounds: 4096 bytes, 512 operands and operators, brackets 31 deep, numbers of
 * 15 digits without exponent.
 *
 * Unknown: a point that is not good makes what depends on it unknown, unless
 * the rest decides (false and unknown = false; one of any() true = true; count()
 * is an interval). Numbers are intervals, so this is exact.
 *
 * Pure: no clock, no I/O; evaluation does not allocate. Owner of an expr: the
 * caller, expr_free().
 */
#ifndef RULES_EXPR_EXPR_H
#define RULES_EXPR_EXPR_H

#include "core/reading.h"
#include "core/site.h"

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

enum truth truth_not(enum truth truth);
enum truth truth_and(enum truth a, enum truth b);

struct expr;

struct expr_error {
	unsigned column; /* 1-based byte in the source */
	char text[192];  /* "unknown class "leek" (did you mean "leak"?)" */
};

/* NULL and *error on failure. The expression must be a condition, not a number. */
struct expr *expr_compile(const char *source, const struct site *site, const struct zone *scope,
	struct expr_error *error);
/*
 * For an instance of an `each = "zone"` rule: an aggregate takes the points directly in `zone`,
 * and those nested in it only where it holds none of the class itself. So a wet tea room is an
 * incident of the tea room and not of its floor too. Where a class has no point there, but has one
 * elsewhere in `within`, the rule's own zone, any() is false and count() is 0; all(), min(), max()
 * and avg() are errors. Compiles wherever expr_compile() does.
 */
struct expr *expr_compile_each(const char *source, const struct site *site, const struct zone *zone,
	const struct zone *within, struct expr_error *error);
void expr_free(struct expr *expr);

/* `values` is indexed by point->index and holds the last reading of each. */
enum truth expr_eval(const struct expr *expr, const struct reading *values);

/* The points it looks at, each once, by index; owned by the expression. */
const struct point *const *expr_points(const struct expr *expr, size_t *count);

/*
 * Of expr_points(), those whose own values make it true now (for a cause's text): a point of
 * an aggregate that satisfies it; every point otherwise. Returns how many were put in `found`.
 */
size_t expr_witnesses(const struct expr *expr, const struct reading *values,
	const struct point **found, size_t max);

/*
 * Zones for `each = "zone"`: those that directly hold a point of a class named in `source`,
 * below `within`. Puts at most max in `zones`, returns the number or -1 and *error.
 */
int expr_each_zone(const char *source, const struct site *site, const struct zone *within,
	const struct zone **zones, size_t max, struct expr_error *error);

#endif
