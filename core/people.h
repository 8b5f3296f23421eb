/*
 * The persons behind the roles: which roles they have, how to reach them, and
 * when they are on duty. Optional: a site may name no person at all. And the
 * accounts that give commands: of which kind they are, and which roles they have.
 *
 * Names, phones and accounts are personal data: they are for the local socket
 * and the journal, and never for a topic. Built by config/, immutable afterwards.
 * Pure: the minute of the week is an argument, and whose local time it is, the
 * daemon knows.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "core/plan.h"

enum { WEEK_MIN = 7 * 24 * 60, DUTY_MAX = 64, PHONE_MAX = 32 };

/* No minute of the week, where no clock is known to be right. */
enum { MINUTE_UNKNOWN = -1 };

/* Minutes of the week since Monday 00:00: begin <= minute < end <= WEEK_MIN. */
struct duty {
	int begin_min, end_min;
};

struct person {
	const char *id; /* "wang-li" */
	struct text name;
	const struct role *roles[STEP_ROLE_MAX]; /* the first stands for the account on topics */
	size_t role_count;
	const char *phone;       /* NULL: none */
	const char *account;     /* the user of commands; NULL: none */
	const struct duty *duty; /* in order, with time between them */
	size_t duty_count;       /* 0: around the clock */
};

/* The name of Home Assistant's account: its buttons say so. */
#define HOMEASSISTANT_ACCOUNT "homeassistant"

enum account_kind {
	ACCOUNT_OPERATOR, /* also what stands nowhere */
	ACCOUNT_ENGINEER,
	ACCOUNT_VIEWER,
	ACCOUNT_NOTIFIER,
	ACCOUNT_HOMEASSISTANT,
	ACCOUNT_KIND_COUNT
};

struct account {
	const char *id; /* the user of its commands */
	int kind;       /* enum account_kind */
	const struct role *roles[STEP_ROLE_MAX];
	size_t role_count; /* 0: none of its own */
};

struct people {
	struct person *list;
	size_t count;
	struct account *accounts; /* of accounts.conf */
	size_t account_count;
};

/* Is anyone of a role on duty? */
enum on_duty {
	ON_DUTY_UNKNOWN, /* no person has the role, or only such as have hours, and no clock is
			    right */
	ON_DUTY_NOBODY,
	ON_DUTY_SOMEBODY,
};

/* When the i-th of these spans, in order, ends: beyond WEEK_MIN where it goes on over Sunday's
 * midnight, where one becomes two. */
int duty_end(const struct duty *spans, size_t count, size_t i);

/* At MINUTE_UNKNOWN only who is so around the clock. */
bool person_on_duty(const struct person *person, int minute);
/* In how many minutes that changes; 0: never. */
int person_duty_change(const struct person *person, int minute);

enum on_duty people_on_duty(const struct people *people, const struct role *role, int minute);
/* NULL: nobody has this account. */
const struct person *people_account(const struct people *people, const char *account);
/* Home Assistant's own name counts without an entry too. */
enum account_kind people_kind(const struct people *people, const char *account);
/* All that an account has, of its own and by its person, each once; how many: 0 of one that stands
 * nowhere. */
enum { ACCOUNT_ROLE_MAX = 2 * STEP_ROLE_MAX };
size_t people_roles(const struct people *people, const char *account,
	const struct role *roles[static ACCOUNT_ROLE_MAX]);
/* Do the accounts belong to two people without a common role, both of whom may release? */
bool people_are_two(const struct people *people, const char *one, const char *other);
/* Are there such two at all? */
bool people_have_two(const struct people *people);
/* What stands for a user on topics: the id of the first role where the account is known. */
const char *people_shown(const struct people *people, const char *user);

#endif
