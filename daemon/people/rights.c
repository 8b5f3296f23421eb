#include "daemon/people/rights.h"

#include <stdio.h>
#include <string.h>

enum right {
	RIGHT_NONE, /* it only looks on */
	RIGHT_GRANTED,
	RIGHT_INVOLVED, /* where its role has a step in the incident */
	RIGHT_ENGINEER, /* not this one: an engineer */
	RIGHT_MACHINE,  /* by what the verb says of machines */
};

static const enum right table[ACCOUNT_KIND_COUNT][WHO_COUNT] = {
	[ACCOUNT_OPERATOR] = { RIGHT_GRANTED, RIGHT_INVOLVED, RIGHT_ENGINEER },
	[ACCOUNT_ENGINEER] = { RIGHT_GRANTED, RIGHT_GRANTED, RIGHT_GRANTED },
	[ACCOUNT_VIEWER] = { RIGHT_NONE, RIGHT_NONE, RIGHT_NONE },
	[ACCOUNT_NOTIFIER] = { RIGHT_NONE, RIGHT_NONE, RIGHT_NONE },
	[ACCOUNT_HOMEASSISTANT] = { RIGHT_MACHINE, RIGHT_MACHINE, RIGHT_MACHINE },
};

static enum right right_of(enum account_kind kind, enum order_kind order)
{
	return table[kind][order_who(order)];
}

static bool acts(const struct incident_type *type, const struct role *role)
{
	for (size_t i = 0; i < type->step_count; i++)
		if (roles_have(type->steps[i].by, type->steps[i].by_count, role))
			return true;
	return false;
}

/* Has the account a role that acts in a step of this incident's type? */
static bool is_involved(
	const struct rights *rights, const char *user, const struct incident *incident)
{
	const struct role *roles[ACCOUNT_ROLE_MAX];
	size_t count = people_roles(rights->people, user, roles);

	for (size_t i = 0; i < count; i++)
		if (acts(incident->type, roles[i]))
			return true;
	return false;
}

/* "a, b" of the roles that act in this type, as far as they fit. */
static const char *actors(const struct incident_type *type, char *text, size_t size)
{
	const struct role *told[STEP_MAX * STEP_ROLE_MAX];
	size_t count = 0, used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < type->step_count; i++)
		for (size_t r = 0; r < type->steps[i].by_count; r++) {
			const struct role *role = type->steps[i].by[r];

			if (roles_have(told, count, role) || used + strlen(role->id) + 3 > size)
				continue;
			told[count++] = role;
			used += (size_t)snprintf(
				text + used, size - used, "%s%s", used ? ", " : "", role->id);
		}
	return text;
}

const char *rights_involved_only(
	const struct order *order, const struct incident *incident, char why[static RIGHTS_WHY_MAX])
{
	char roles[RIGHTS_WHY_MAX - 110];

	snprintf(why, RIGHTS_WHY_MAX,
		"only an engineer or a role with a step in the incident may say \"%s\": %s",
		word_id(WORD_VERB, order->kind), actors(incident->type, roles, sizeof(roles)));
	return why;
}

static const char *refuse_machine(
	const struct rights *rights, const struct order *order, char why[static RIGHTS_WHY_MAX])
{
	enum order_machine may = order_machine(order->kind);

	if (may == MACHINE_MAY || (may == MACHINE_WHERE_LET && rights->homeassistant_releases))
		return NULL;
	if (may == MACHINE_WHERE_LET)
		return word_refusal(
			WORD_REFUSAL_HOME_ASSISTANT_MAY_RELEASE_WHERE_HOMEASSISTANT_RELEASE_IS_TRUE_AN_OPERATOR_OR_AN_ENGINEER_MAY);
	snprintf(why, RIGHTS_WHY_MAX,
		"Home Assistant may not say \"%s\": an operator or an engineer may",
		word_id(WORD_VERB, order->kind));
	return why;
}

/* Over ends a report by anybody's word; what a rule has raised only where reset would. */
static void limit_over(
	const struct rights *rights, struct order *order, const struct incident *incident)
{
	order->report_only =
		order->kind == ORDER_OVER && incident &&
		right_of(people_kind(rights->people, order->user), ORDER_RESET) != RIGHT_GRANTED &&
		!is_involved(rights, order->user, incident);
}

/* Is it the release of an action that takes two persons? *index: of its step. */
static bool takes_two(const struct order *order, const struct incident *incident, size_t *index)
{
	const struct incident_type *type = incident ? incident->type : NULL;

	if (!type || order->kind != ORDER_RELEASE || !order->step)
		return false;
	for (size_t i = 0; i < type->step_count; i++) {
		const struct action *action = type->steps[i].action;

		*index = i;
		if (strcmp(type->steps[i].id, order->step) == 0)
			return action && action->released_by > 1;
	}
	return false;
}

/* By two persons, of whom this one is the first or the second; also at the machine itself. */
static const char *refuse_of_two(
	const struct rights *rights, struct order *order, const struct incident *incident)
{
	const struct first_release *first;
	size_t step;

	order->second = false;
	if (!takes_two(order, incident, &step))
		return NULL;
	if (people_kind(rights->people, order->user) == ACCOUNT_HOMEASSISTANT ||
		!people_account(rights->people, order->user))
		return word_refusal(
			WORD_REFUSAL_TWO_PERSONS_RELEASE_THIS_WITHOUT_A_COMMON_ROLE_EACH_BY_THE_ACCOUNT_THAT_PEOPLE_GIVES_THEM);
	first = incident_first_release(incident, step, rights->now_ms);
	if (!first)
		return NULL;
	if (strcmp(first->by, order->user) == 0)
		return word_refusal(
			WORD_REFUSAL_YOU_HAVE_RELEASED_THIS_NOW_ANOTHER_PERSON_MUST_WITHOUT_A_ROLE_OF_YOURS);
	if (!people_are_two(rights->people, first->by, order->user))
		return word_refusal(
			WORD_REFUSAL_WHO_HAS_RELEASED_THIS_FIRST_HAS_A_ROLE_OF_YOURS_ANOTHER_PERSON_MUST);
	order->second = true;
	return NULL;
}

static const char *refuse_account(const struct rights *rights, struct order *order,
	const struct incident *incident, char why[static RIGHTS_WHY_MAX])
{
	limit_over(rights, order, incident);
	switch (right_of(people_kind(rights->people, order->user), order->kind)) {
	case RIGHT_GRANTED:
		return NULL;
	case RIGHT_INVOLVED:
		return !incident || is_involved(rights, order->user, incident)
			       ? NULL
			       : rights_involved_only(order, incident, why);
	case RIGHT_ENGINEER:
		snprintf(why, RIGHTS_WHY_MAX, "only an engineer may say \"%s\"",
			word_id(WORD_VERB, order->kind));
		return why;
	case RIGHT_MACHINE:
		return refuse_machine(rights, order, why);
	case RIGHT_NONE:
		break;
	}
	snprintf(why, RIGHTS_WHY_MAX,
		"this account only looks on: an operator or an engineer may say \"%s\"",
		word_id(WORD_VERB, order->kind));
	return why;
}

const char *rights_refuse(const struct rights *rights, struct order *order,
	const struct incident *incident, bool local, char why[static RIGHTS_WHY_MAX])
{
	const char *refused = NULL;

	order->report_only = false;
	if (!local)
		refused = refuse_account(rights, order, incident, why);
	return refused ? refused : refuse_of_two(rights, order, incident);
}
