/*
 * The policy of writes as a table: the first row whose fact holds is the answer.
 * Must not know of jobs, buses or time.
 */
#include "daemon/outputs/task/check.h"

static bool is_drill(const struct write_facts *f)
{
	return f->drill;
}

static bool is_input(const struct write_facts *f)
{
	return !f->writable;
}

/* Written so that a value that is no number counts as off. */
static bool cuts_protected(const struct write_facts *f)
{
	return f->protected && !(f->value > 0);
}

static bool is_disarmed(const struct write_facts *f)
{
	return !f->actions_armed;
}

static bool is_unarmed(const struct write_facts *f)
{
	return !f->armed;
}

static bool is_unwanted(const struct write_facts *f)
{
	return !f->wanted;
}

static bool is_locked(const struct write_facts *f)
{
	return f->locked;
}

static bool restores_too_early(const struct write_facts *f)
{
	return f->restoring && f->still_true != TRUTH_FALSE;
}

static bool interlock_forbids(const struct write_facts *f)
{
	return !f->restoring && f->interlock == TRUTH_FALSE;
}

static bool interlock_unknown(const struct write_facts *f)
{
	return !f->restoring && f->interlock != TRUTH_FALSE && f->interlock != TRUTH_TRUE;
}

static bool has_returned(const struct write_facts *f)
{
	return !f->restoring && f->still_true == TRUTH_FALSE;
}

static bool is_unknown(const struct write_facts *f)
{
	return !f->restoring && f->still_true != TRUTH_FALSE && f->still_true != TRUTH_TRUE;
}

static const struct write_row {
	bool (*holds)(const struct write_facts *facts);
	struct write_answer answer;
} rows[] = {
	{ is_drill, { WRITE_REFUSED, WORD_WRITE_REFUSAL_DRILL } },
	{ is_input, { WRITE_REFUSED, WORD_WRITE_REFUSAL_NOT_AN_OUTPUT } },
	{ cuts_protected, { WRITE_PROTECTED, WORD_WRITE_REFUSAL_PROTECTED } },
	{ is_disarmed, { WRITE_REFUSED, WORD_WRITE_REFUSAL_ACTIONS_ARE_NOT_ARMED } },
	{ is_unarmed, { WRITE_REFUSED, WORD_WRITE_REFUSAL_NOT_ARMED } },
	{ is_unwanted, { WRITE_OVERTAKEN, WORD_WRITE_REFUSAL_NO_LONGER_WANTED } },
	{ is_locked, { WRITE_REFUSED, WORD_WRITE_REFUSAL_LOCKED_BY_LOCK } },
	{ restores_too_early,
		{ WRITE_REFUSED, WORD_WRITE_REFUSAL_CONDITION_IS_TRUE_OR_UNKNOWN_AGAIN } },
	{ interlock_forbids, { WRITE_REFUSED, WORD_WRITE_REFUSAL_INTERLOCK_FORBIDS } },
	{ interlock_unknown, { WRITE_REFUSED, WORD_WRITE_REFUSAL_INTERLOCK_UNKNOWN } },
	{ has_returned, { WRITE_OVERTAKEN, WORD_WRITE_REFUSAL_CONDITION_RETURNED } },
	{ is_unknown, { WRITE_WAIT, WORD_WRITE_REFUSAL_READINGS_NOT_GOOD } },
};

const struct write_answer *write_check(const struct write_facts *facts)
{
	static const struct write_answer allowed = { WRITE_ALLOWED, WORD_WRITE_REFUSAL_NONE };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].holds(facts))
			return &rows[i].answer;
	return &allowed;
}

const char *output_why(
	enum word_write_refusal error, const char *lock, char why[static OUTPUT_WHY_MAX])
{
	const struct word_part parts[] = { { "lock", { lock, lock } }, { NULL } };

	return word_fill(
		why, OUTPUT_WHY_MAX, LANGUAGE_EN, word_id(WORD_WRITE_REFUSAL, error), parts);
}
