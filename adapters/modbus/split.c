/*
 * What is refused stands alone: a merged request that the device refuses is cut, first at the
 * registers that nobody wants, then in halves, until only what it really lacks is refused. The cuts
 * stay in the plan; now and then two neighbours are tried as one again, since a device that has
 * just started refuses what it has. Pure: counts polls, not time.
 */
#include "adapters/modbus/pdu.h"

#include <string.h>

enum {
	CUTS_MAX = 4,     /* in one poll, so that the others of the bus do not wait for all */
	JOIN_POLLS = 64,  /* between two tries to join, where the last was in vain */
	REFUSALS_MAX = 3, /* in a row; then it is not asked in every poll */
	REST_MS = 4000,   /* but so often that it is back soon, as a device that was silent */
	REST_POLLS_MAX = 16,
};

/* Illegal function, address, value; failure: of these some devices say each of a missing register.
 */
static bool means_a_place(unsigned code)
{
	return code >= 1 && code <= 4;
}

static int point_end(const struct point *point)
{
	const struct modbus_point *options = point->options;

	return options->address + options->words;
}

static int points_end(const struct modbus_request *request)
{
	int end = 0;

	for (size_t i = 0; i < request->point_count; i++)
		if (point_end(request->points[i]) > end)
			end = point_end(request->points[i]);
	return end;
}

static void request_measure(struct modbus_request *request, int end)
{
	request->count = (uint16_t)(end - request->address);
	request->raw_size = modbus_reply_size(request) - 2;
	request->known = false;
	request->refusals = request->rested = 0;
}

/* Before its point i, which none of those before it reaches. */
static void request_cut(struct modbus_plan *plan, size_t at, size_t i)
{
	struct modbus_request *left = &plan->requests[at], *right = left + 1;

	memmove(right + 1, right, (plan->request_count - at - 1) * sizeof(*right));
	plan->request_count++;
	*right = (struct modbus_request){
		.function = left->function,
		.address = ((const struct modbus_point *)left->points[i]->options)->address,
		.points = left->points + i,
		.point_count = left->point_count - i,
		.is_cut = true,
		.is_piece = true,
	};
	right->raw = left->raw + modbus_raw_room(left->function, right->address - left->address);
	left->point_count = i;
	left->is_piece = true;
	left->joined_at = 0;
	request_measure(left, points_end(left));
	request_measure(right, points_end(right));
}

static void request_join(struct modbus_plan *plan, size_t at)
{
	struct modbus_request *left = &plan->requests[at], *right = left + 1;

	left->joined_at = left->point_count;
	left->point_count += right->point_count;
	request_measure(left, points_end(left));
	plan->request_count--;
	memmove(right, right + 1, (plan->request_count - at - 1) * sizeof(*right));
}

/* Of the places where it can be cut the one nearest its middle; 0: it stands alone. */
static size_t find_middle(const struct modbus_request *request)
{
	const size_t count = request->point_count;
	size_t best = 0;
	int end = 0;

	for (size_t i = 0; i < count; i++) {
		const struct modbus_point *point = request->points[i]->options;

		if (i > 0 && point->address >= end && 2 * i <= count)
			best = i;
		else if (i > 0 && point->address >= end && 2 * i > count)
			return best && count - 2 * best <= 2 * i - count ? best : i;
		if (point_end(request->points[i]) > end)
			end = point_end(request->points[i]);
	}
	return best;
}

/* The last place in front of which are registers that nobody wants; 0: there are none. */
static size_t find_gap(const struct modbus_request *request)
{
	size_t last = 0;
	int end = 0;

	for (size_t i = 0; i < request->point_count; i++) {
		const struct modbus_point *point = request->points[i]->options;

		if (i > 0 && point->address > end)
			last = i;
		if (point_end(request->points[i]) > end)
			end = point_end(request->points[i]);
	}
	return last;
}

/* At all its gaps, else in halves. False: it stands alone. */
static bool request_divide(struct modbus_plan *plan, size_t at)
{
	size_t i = find_gap(&plan->requests[at]);

	if (i == 0) {
		i = find_middle(&plan->requests[at]);
		if (i > 0)
			request_cut(plan, at, i);
		return i > 0;
	}
	for (; i > 0; i = find_gap(&plan->requests[at]))
		request_cut(plan, at, i);
	return true;
}

/* What the poll before tried as one and was not answered: it may be this that is not. */
static void undo_join(struct modbus_plan *plan)
{
	for (size_t at = 0; at < plan->request_count; at++) {
		if (plan->requests[at].joined_at == 0)
			continue;
		request_cut(plan, at, plan->requests[at].joined_at);
		plan->polls = 0;
	}
}

/* The next two neighbours that were one. */
static void try_join(struct modbus_plan *plan)
{
	for (size_t at = plan->join_next; at + 1 < plan->request_count; at++) {
		const struct modbus_request *left = &plan->requests[at], *right = left + 1;

		if (!right->is_cut || left->refusals || right->refusals)
			continue;
		request_join(plan, at);
		plan->join_next = at;
		plan->is_joining = true;
		return;
	}
	plan->join_next = 0;
	plan->polls = 0;
}

void modbus_begin(struct modbus_plan *plan)
{
	plan->cuts = 0;
	if (!plan->is_cut)
		return;
	if (plan->is_joining)
		undo_join(plan);
	/* After one in vain the next two have their turn later; after one that held, at once. */
	if (plan->is_joining && plan->polls == 0)
		plan->join_next++;
	plan->is_joining = false;
	if (++plan->polls > JOIN_POLLS)
		try_join(plan);
}

bool modbus_rests(const struct poll *poll, struct modbus_request *request, struct sink *sink)
{
	int64_t polls = poll->period_ms > 0 ? REST_MS / poll->period_ms : 0;

	if (!request->is_piece || request->refusals < REFUSALS_MAX)
		return false;
	if (++request->rested >= (polls < REST_POLLS_MAX ? polls : REST_POLLS_MAX)) {
		request->rested = 0;
		return false;
	}
	modbus_failed(request, REASON_EXCEPTION, request->code, sink);
	return true;
}

bool modbus_refused(struct modbus_plan *plan, size_t at, unsigned code, struct sink *sink)
{
	struct modbus_request *request = &plan->requests[at];

	if (request->joined_at > 0) {
		request_cut(plan, at, request->joined_at);
		plan->polls = 0;
		return true;
	}
	if (means_a_place(code) && plan->cuts < CUTS_MAX && request_divide(plan, at)) {
		plan->is_cut = true;
		plan->cuts++;
		return true;
	}
	if (means_a_place(code) && request->refusals < REFUSALS_MAX)
		request->refusals++;
	request->code = (uint8_t)code;
	modbus_failed(request, REASON_EXCEPTION, code, sink);
	return false;
}
