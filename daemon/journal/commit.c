/* Changes that become durable together. */
#include "daemon/journal/commit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct journal_commit *journal_commit_new(void)
{
	struct journal_commit *commit = calloc(1, sizeof(*commit));

	if (commit)
		commit->end = &commit->first;
	return commit;
}

void journal_commit_free(struct journal_commit *commit)
{
	struct journal_change *next;

	if (!commit)
		return;
	for (struct journal_change *change = commit->first; change; change = next) {
		next = change->next;
		free(change);
	}
	free(commit);
}

int journal_commit_add(struct journal_commit *commit, const struct journal_change *change)
{
	struct journal_change *copy;
	size_t size = 0;
	char *text;

	for (int i = 0; i < JOURNAL_TEXT_COUNT; i++)
		size += change->texts[i] ? strlen(change->texts[i]) + 1 : 0;
	copy = malloc(sizeof(*copy) + size);
	if (!copy)
		return -ENOMEM;
	*copy = *change;
	copy->next = NULL;
	text = (char *)(copy + 1);
	for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
		if (!change->texts[i])
			continue;
		copy->texts[i] = text;
		text = stpcpy(text, change->texts[i]) + 1;
	}
	*commit->end = copy;
	commit->end = &copy->next;
	commit->count++;
	commit->bytes += size;
	return 0;
}
