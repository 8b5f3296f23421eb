#include "core/people.h"

#include <string.h>

int duty_end(const struct duty *spans, size_t count, size_t i)
{
	bool goes_on =
		spans[i].end_min == WEEK_MIN && i > 0 && count > 0 && spans[0].begin_min == 0;

	return spans[i].end_min + (goes_on ? spans[0].end_min : 0);
}

bool person_on_duty(const struct person *person, int minute)
{
	for (size_t i = 0; i < person->duty_count; i++)
		if (person->duty[i].begin_min <= minute && minute < person->duty[i].end_min)
			return true;
	return person->duty_count == 0;
}

int person_duty_change(const struct person *person, int minute)
{
	bool now = person_on_duty(person, minute);
	int least = 0;

	/* It changes where a span begins or ends, unless another one goes on over Sunday night. */
	for (size_t i = 0; i < person->duty_count; i++) {
		int edge = now ? person->duty[i].end_min : person->duty[i].begin_min;
		int in = (edge - minute + WEEK_MIN) % WEEK_MIN;

		if (person_on_duty(person, edge % WEEK_MIN) != now && (!least || in < least))
			least = in;
	}
	return least;
}

enum on_duty people_on_duty(const struct people *people, const struct role *role, int minute)
{
	enum on_duty found = ON_DUTY_UNKNOWN;

	for (size_t i = 0; i < people->count; i++) {
		if (!roles_have(people->list[i].roles, people->list[i].role_count, role))
			continue;
		if (person_on_duty(&people->list[i], minute))
			return ON_DUTY_SOMEBODY;
		if (minute != MINUTE_UNKNOWN)
			found = ON_DUTY_NOBODY;
	}
	return found;
}

const struct person *people_account(const struct people *people, const char *account)
{
	for (size_t i = 0; i < people->count; i++)
		if (people->list[i].account && strcmp(people->list[i].account, account) == 0)
			return &people->list[i];
	return NULL;
}

static const struct account *find_account(const struct people *people, const char *account)
{
	for (size_t i = 0; i < people->account_count; i++)
		if (strcmp(people->accounts[i].id, account) == 0)
			return &people->accounts[i];
	return NULL;
}

enum account_kind people_kind(const struct people *people, const char *account)
{
	const struct account *found = find_account(people, account);

	if (strcmp(account, HOMEASSISTANT_ACCOUNT) == 0)
		return ACCOUNT_HOMEASSISTANT;
	return found ? (enum account_kind)found->kind : ACCOUNT_OPERATOR;
}

static size_t add_roles(const struct role *const more[], size_t count,
	const struct role *roles[static ACCOUNT_ROLE_MAX], size_t had)
{
	for (size_t i = 0; i < count; i++)
		if (!roles_have(roles, had, more[i]))
			roles[had++] = more[i];
	return had;
}

size_t people_roles(const struct people *people, const char *account,
	const struct role *roles[static ACCOUNT_ROLE_MAX])
{
	const struct account *own = find_account(people, account);
	const struct person *person = people_account(people, account);
	size_t count = 0;

	if (own)
		count = add_roles(own->roles, own->role_count, roles, count);
	return person ? add_roles(person->roles, person->role_count, roles, count) : count;
}

static bool may_release(const struct people *people, const char *account)
{
	enum account_kind kind = people_kind(people, account);

	return kind == ACCOUNT_OPERATOR || kind == ACCOUNT_ENGINEER;
}

bool people_are_two(const struct people *people, const char *one, const char *other)
{
	const struct person *first = people_account(people, one);
	const struct person *second = people_account(people, other);
	const struct role *roles[ACCOUNT_ROLE_MAX], *others[ACCOUNT_ROLE_MAX];
	size_t count = people_roles(people, one, roles);
	size_t others_count = people_roles(people, other, others);

	if (!first || !second || first == second || !may_release(people, one) ||
		!may_release(people, other))
		return false;
	for (size_t i = 0; i < count; i++)
		if (roles_have(others, others_count, roles[i]))
			return false;
	return true;
}

bool people_have_two(const struct people *people)
{
	for (size_t i = 0; i < people->count; i++)
		for (size_t k = 0; k < i && people->list[i].account; k++)
			if (people->list[k].account &&
				people_are_two(
					people, people->list[i].account, people->list[k].account))
				return true;
	return false;
}

const char *people_shown(const struct people *people, const char *user)
{
	const struct person *person = people_account(people, user);

	return person ? person->roles[0]->id : user;
}
