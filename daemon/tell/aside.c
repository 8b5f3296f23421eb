#include "daemon/tell/aside.h"

#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASIDE_MAX = 6000 };

void asides_begin(struct asides *asides)
{
	TAILQ_INIT(&asides->list);
}

void asides_end(struct asides *asides)
{
	while (!TAILQ_EMPTY(&asides->list))
		asides_forget(asides, TAILQ_FIRST(&asides->list));
}

void asides_forget(struct asides *asides, struct aside *aside)
{
	TAILQ_REMOVE(&asides->list, aside, entry);
	asides->count--;
	free(aside->text);
	free(aside);
}

bool asides_put(struct asides *asides, enum aside_kind kind, const char *id, const char *text)
{
	struct aside *aside = asides->count < ASIDE_MAX ? calloc(1, sizeof(*aside)) : NULL;

	if (aside && text)
		aside->text = strdup(text);
	if (!aside || (text && !aside->text) ||
		(size_t)snprintf(aside->id, sizeof(aside->id), "%s", id) >= sizeof(aside->id)) {
		if (aside)
			free(aside->text);
		free(aside);
		log_error("incident %s: not noted: there are too many, or its id is none", id);
		return false;
	}
	aside->kind = kind;
	TAILQ_INSERT_TAIL(&asides->list, aside, entry);
	asides->count++;
	return true;
}

struct aside *asides_find(const struct asides *asides, enum aside_kind kind, const char *id)
{
	struct aside *aside;

	TAILQ_FOREACH (aside, &asides->list, entry)
		if (aside->kind == kind && (!id || strcmp(aside->id, id) == 0))
			return aside;
	return NULL;
}

void asides_forget_kinds(struct asides *asides, unsigned kinds)
{
	struct aside *aside, *next;

	for (aside = TAILQ_FIRST(&asides->list); aside; aside = next) {
		next = TAILQ_NEXT(aside, entry);
		if (kinds >> aside->kind & 1)
			asides_forget(asides, aside);
	}
}
