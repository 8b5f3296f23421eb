#include "daemon/documents/shown.h"

#include <stdio.h>

static void show(const struct people *people, char user[static USER_MAX + 1])
{
	const struct person *person = people_account(people, user);

	if (person)
		snprintf(user, USER_MAX + 1, "%s", person->roles[0]->id);
}

void shown_incident(
	const struct people *people, const struct incident *incident, struct incident *shown)
{
	*shown = *incident;
	show(people, shown->acked_by);
	show(people, shown->hold.by);
	show(people, shown->first_release.by);
	for (size_t i = 0; i < shown->cause_count; i++)
		show(people, shown->causes[i].by);
	for (size_t i = 0; i < shown->type->step_count; i++)
		show(people, shown->steps[i].by);
}

struct transition shown_transition(
	const struct people *people, const struct transition *transition, struct incident *incident)
{
	struct transition shown = *transition;

	shown_incident(people, transition->incident, incident);
	shown.incident = incident;
	shown.user = people_shown(people, transition->user);
	return shown;
}
