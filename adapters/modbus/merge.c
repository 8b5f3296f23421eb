/*
 * Merging: the points of a poll into as few requests as the device's limits
 * allow. Pure but for the one allocation of the plan.
 */
#include "adapters/modbus/pdu.h"

#include <errno.h>
#include <stdlib.h>

static const uint8_t read_functions[] = {
	[MODBUS_TABLE_HOLDING] = 3,
	[MODBUS_TABLE_INPUT] = 4,
	[MODBUS_TABLE_COIL] = 1,
	[MODBUS_TABLE_DISCRETE] = 2,
};

static int compare_places(const void *left, const void *right)
{
	const struct point *a = *(const struct point *const *)left;
	const struct point *b = *(const struct point *const *)right;
	const struct modbus_point *at = a->options, *bt = b->options;

	if (at->table != bt->table)
		return at->table < bt->table ? -1 : 1;
	if (at->address != bt->address)
		return at->address < bt->address ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Grow the request by the point, unless it would become too long or skip too much. */
static bool request_take(struct modbus_request *request, const struct modbus_device *device,
	const struct modbus_point *point)
{
	bool bits = modbus_table_is_bits(point->table);
	int64_t max = bits ? device->max_bits : device->max_registers;
	int64_t gap = bits ? 16 * device->gap_registers : device->gap_registers;
	int64_t end = request->address + request->count;
	int64_t point_end = point->address + point->words;
	int64_t new_end = point_end > end ? point_end : end;

	if (request->function != read_functions[point->table])
		return false;
	if (point->address - end > gap || new_end - request->address > max)
		return false;
	request->count = (uint16_t)(new_end - request->address);
	request->point_count++;
	return true;
}

/* `points` are sorted; the requests share the array. Returns how many there are. */
static size_t merge(const struct modbus_device *device, const struct point **points, size_t count,
	struct modbus_request *requests)
{
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		const struct modbus_point *point = points[i]->options;

		if (made && request_take(&requests[made - 1], device, point))
			continue;
		requests[made++] = (struct modbus_request){
			.function = read_functions[point->table],
			.address = point->address,
			.count = point->words,
			.points = points + i,
			.point_count = 1,
		};
	}
	return made;
}

/* Room for the payload of every request; the requests know where theirs is. */
static int place_raw(struct modbus_plan *plan)
{
	size_t total = 0;
	uint8_t *raw;

	for (size_t i = 0; i < plan->request_count; i++) {
		struct modbus_request *request = &plan->requests[i];

		request->raw_size = modbus_reply_size(request) - 2;
		total += modbus_raw_room(request->function, request->count);
	}
	raw = calloc(total + 1, 1);
	if (!raw)
		return -ENOMEM;
	plan->requests[0].raw = raw;
	for (size_t i = 0; i < plan->request_count; i++) {
		plan->requests[i].raw = raw;
		raw += modbus_raw_room(plan->requests[i].function, plan->requests[i].count);
	}
	return 0;
}

/* The first request owns the shared arrays `points` and `raw`. */
int modbus_plan(struct poll *poll)
{
	struct modbus_plan *plan = calloc(1, sizeof(*plan));
	const struct point **points = calloc(poll->count + 1, sizeof(*points));

	/* Room for a request of each point: what is refused is split into no more. */
	if (plan)
		plan->requests = calloc(poll->count + 1, sizeof(*plan->requests));
	if (!plan || !points || !plan->requests)
		goto failed;
	for (size_t i = 0; i < poll->count; i++)
		points[i] = poll->points[i];
	qsort(points, poll->count, sizeof(*points), compare_places);
	plan->requests[0].points = points;
	plan->request_count = merge(poll->device->options, points, poll->count, plan->requests);
	if (place_raw(plan))
		goto failed;
	poll->plan = plan;
	return 0;

failed:
	free(points);
	if (plan)
		free(plan->requests);
	free(plan);
	return -ENOMEM;
}

void modbus_unplan(struct poll *poll)
{
	struct modbus_plan *plan = poll->plan;

	if (!plan)
		return;
	free(plan->requests[0].raw);
	free(plan->requests[0].points);
	free(plan->requests);
	free(plan);
	poll->plan = NULL;
}

/* Of one register; a write goes to it whole. */
static bool are_other_bits(const struct modbus_point *a, const struct modbus_point *b)
{
	return a->bit >= 0 && b->bit >= 0 &&
	       (a->bit + a->pair < b->bit || b->bit + b->pair < a->bit);
}

bool modbus_overlap(const struct point *a, const struct point *b)
{
	const struct modbus_point *at = a->options, *bt = b->options;
	const struct modbus_device *ad = a->device->options, *bd = b->device->options;

	if (a->device->bus != b->device->bus || ad->unit != bd->unit || at->table != bt->table)
		return false;
	if (!a->writable && !b->writable && are_other_bits(at, bt))
		return false;
	return at->address < bt->address + bt->words && bt->address < at->address + at->words;
}

double modbus_cost_ms(const struct poll *poll,
	double (*request_ms)(const struct device *device, const struct modbus_request *request))
{
	struct poll copy = *poll;
	const struct modbus_plan *plan;
	double cost = 0;

	copy.plan = NULL;
	if (modbus_plan(&copy))
		return 0;
	plan = copy.plan;
	for (size_t i = 0; i < plan->request_count; i++)
		cost += request_ms(poll->device, &plan->requests[i]);
	modbus_unplan(&copy);
	return cost;
}
