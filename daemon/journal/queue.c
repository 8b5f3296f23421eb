/* Changes that wait for the disk: one ring, in which a commit is a change too. */
#include "daemon/journal/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void journal_queue_init(struct journal_queue *queue)
{
	pthread_mutex_init(&queue->mutex, NULL);
}

static struct journal_change *at(struct journal_queue *queue, size_t index)
{
	return &queue->changes[(queue->first + index) % JOURNAL_QUEUE_MAX];
}

static void forget(struct journal_queue *queue, struct journal_change *change)
{
	queue->bytes -= change->size;
	free(change->memory);
	change->memory = NULL;
}

static void forget_open(struct journal_queue *queue)
{
	while (queue->count > queue->sealed)
		forget(queue, at(queue, --queue->count));
}

void journal_queue_destroy(struct journal_queue *queue)
{
	queue->sealed = 0;
	forget_open(queue);
	pthread_mutex_destroy(&queue->mutex);
}

/* The texts of `from` in one piece of memory. */
static int copy_change(struct journal_change *to, const struct journal_change *from)
{
	size_t lengths[JOURNAL_TEXT_COUNT], used = 0;

	*to = *from;
	to->size = 0;
	to->memory = NULL;
	for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
		lengths[i] = from->texts[i] ? strlen(from->texts[i]) + 1 : 0;
		to->size += lengths[i];
	}
	if (to->size == 0)
		return 0;
	to->memory = malloc(to->size);
	if (!to->memory)
		return -ENOMEM;
	for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
		if (!from->texts[i])
			continue;
		to->texts[i] = memcpy(to->memory + used, from->texts[i], lengths[i]);
		used += lengths[i];
	}
	return 0;
}

/* Outcomes that are not told yet count too: their ring is as long. */
static size_t room(const struct journal_queue *queue)
{
	return JOURNAL_QUEUE_MAX - queue->count - queue->outcome_count;
}

int journal_queue_put(struct journal_queue *queue, const struct journal_change *change)
{
	struct journal_change copy;
	bool fits;

	fits = copy_change(&copy, change) == 0;
	pthread_mutex_lock(&queue->mutex);
	/* One place is left for the commit, which then never fails after good changes. */
	fits = fits && !queue->refused && room(queue) > 1 &&
	       queue->bytes + copy.size <= JOURNAL_QUEUE_BYTES_MAX;
	if (fits) {
		*at(queue, queue->count++) = copy;
		queue->bytes += copy.size;
	} else {
		/* Half of what belongs together is of no use: room for others instead. */
		queue->refused = true;
		forget_open(queue);
	}
	pthread_mutex_unlock(&queue->mutex);
	if (!fits)
		free(copy.memory);
	return fits ? 0 : -EAGAIN;
}

int journal_queue_seal(struct journal_queue *queue, uint64_t ticket)
{
	int error = -EAGAIN;

	pthread_mutex_lock(&queue->mutex);
	if (!queue->refused && room(queue) > 0) {
		*at(queue, queue->count++) = (struct journal_change){ .kind = JOURNAL_COMMIT,
			.numbers = { (int64_t)ticket } };
		queue->sealed = queue->count;
		error = 0;
	}
	queue->refused = false;
	pthread_mutex_unlock(&queue->mutex);
	return error;
}

bool journal_queue_take_outcome(struct journal_queue *queue, struct journal_outcome *outcome)
{
	bool some;

	pthread_mutex_lock(&queue->mutex);
	some = queue->outcome_count > 0;
	if (some) {
		*outcome = queue->outcomes[queue->outcome_first];
		queue->outcome_first = (queue->outcome_first + 1) % JOURNAL_QUEUE_MAX;
		queue->outcome_count--;
	}
	pthread_mutex_unlock(&queue->mutex);
	return some;
}

size_t journal_queue_ready(struct journal_queue *queue, size_t max)
{
	size_t ready = 0;

	pthread_mutex_lock(&queue->mutex);
	for (size_t i = 0; i < queue->sealed && (i < max || ready == 0); i++) {
		if (at(queue, i)->kind == JOURNAL_COMMIT)
			ready = i + 1;
	}
	pthread_mutex_unlock(&queue->mutex);
	return ready;
}

const struct journal_change *journal_queue_at(const struct journal_queue *queue, size_t index)
{
	return &queue->changes[(queue->first + index) % JOURNAL_QUEUE_MAX];
}

static bool is_told(const struct journal_change *change)
{
	return change->kind == JOURNAL_COMMIT && change->numbers[JOURNAL_SEQUENCE] != 0;
}

size_t journal_queue_commits(const struct journal_queue *queue, size_t count)
{
	size_t commits = 0;

	for (size_t i = 0; i < count; i++)
		commits += is_told(journal_queue_at(queue, i));
	return commits;
}

void journal_queue_finish(struct journal_queue *queue, size_t count, int error)
{
	pthread_mutex_lock(&queue->mutex);
	for (size_t i = 0; i < count; i++) {
		struct journal_change *change = at(queue, 0);
		size_t last = queue->outcome_first + queue->outcome_count;

		if (is_told(change)) {
			queue->outcomes[last % JOURNAL_QUEUE_MAX] = (struct journal_outcome){
				(uint64_t)change->numbers[JOURNAL_SEQUENCE], error
			};
			queue->outcome_count++;
		}
		forget(queue, change);
		queue->first = (queue->first + 1) % JOURNAL_QUEUE_MAX;
		queue->count--;
		queue->sealed--;
	}
	pthread_mutex_unlock(&queue->mutex);
}
