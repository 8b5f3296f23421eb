/*
 * The policy of writes as a table: the first row whose fact holds is the answer.
 * Must not know of jobs, buses or time.
 */
#include "daemon/outputs/check.h"

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
	{ is_drill, { WRITE_REFUSED, "drill" } },
	{ is_input, { WRITE_REFUSED, "not an output" } },
	{ cuts_protected, { WRITE_PROTECTED, "protected" } },
	{ is_disarmed, { WRITE_REFUSED, "actions are not armed" } },
	{ is_unarmed, { WRITE_REFUSED, "not armed" } },
	{ is_unwanted, { WRITE_OVERTAKEN, "no longer wanted" } },
	{ restores_too_early, { WRITE_REFUSED, "condition is true or unknown again" } },
	{ interlock_forbids, { WRITE_REFUSED, "interlock forbids" } },
	{ interlock_unknown, { WRITE_REFUSED, "interlock unknown" } },
	{ has_returned, { WRITE_OVERTAKEN, "condition returned" } },
	{ is_unknown, { WRITE_WAIT, "readings not good" } },
};

const struct write_answer *write_check(const struct write_facts *facts)
{
	static const struct write_answer allowed = { WRITE_ALLOWED, "" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].holds(facts))
			return &rows[i].answer;
	return &allowed;
}
