#include "daemon/people/held.h"

#include <stdlib.h>

void held_put(struct held *held, uint64_t ticket, uint64_t mark, struct local_answer *answer)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		if (held->answers[i].ticket)
			continue;
		held->answers[i] =
			(struct held_answer){ ticket, mark, answer->text, answer->length };
		*answer = (struct local_answer){ .later = true };
		return;
	}
}

void held_release(struct held *held, uint64_t mark, struct local *local)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		struct held_answer answer = held->answers[i];

		if (!answer.ticket || answer.mark > mark)
			continue;
		held->answers[i] = (struct held_answer){ 0 };
		local_answer(local, answer.ticket, answer.text, answer.length);
	}
}

bool held_forget(struct held *held, uint64_t ticket)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		if (held->answers[i].ticket != ticket)
			continue;
		free(held->answers[i].text);
		held->answers[i] = (struct held_answer){ 0 };
		return true;
	}
	return false;
}
