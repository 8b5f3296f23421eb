/* One bus at the hands of a tool: see modbus_link.h. */
#include "ctl/tools/modbus_link.h"

#include "adapters/adapter.h"
#include "core/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct modbus_link {
	struct bus bus; /* a copy with our one device, whose timeout is the tool's */
	struct device device, *devices[1];
	struct modbus_device options;
	void *adapter_link;
};

/* Where the adapter puts what it has read. */
struct collector {
	struct sink sink;
	struct register_read *found;
};

static const struct point_class any_number = { .id = "", .kind = POINT_NUMBER, .unit = "" };

static void on_reading(struct sink *sink, const struct reading *reading)
{
	((struct collector *)sink)->found[reading->point] = (struct register_read){
		.reason = reading->reason,
		.detail = reading->detail,
		.word = (uint16_t)reading->value,
	};
}

/* Cannot be: every plan is fresh. */
static void on_unchanged(struct sink *sink, const struct point *const *points, size_t count)
{
	(void)sink;
	(void)points;
	(void)count;
}

/* Let an event adapter work until its job has ended; its outcome. */
static int event_wait(const struct adapter_event *verbs, void *link, struct sink *sink)
{
	while (link_head(link)->state == LINK_BUSY) {
		struct link_wait wait;
		struct pollfd fd;
		int64_t now_ms = clock_now_ms(), left_ms = -1;
		int n;

		verbs->wait(link, &wait);
		if (wait.deadline_ms != CLOCK_NEVER)
			left_ms = wait.deadline_ms > now_ms ? wait.deadline_ms - now_ms : 0;
		fd = (struct pollfd){ .fd = wait.fd, .events = (short)wait.events };
		n = poll(&fd, 1, (int)left_ms);
		if (n < 0 && errno != EINTR)
			return -errno;
		now_ms = clock_now_ms();
		if (n > 0)
			verbs->ready(link, (uint32_t)fd.revents, now_ms, sink);
		else
			verbs->deadline(link, now_ms, sink);
	}
	return link_head(link)->result;
}

static int adapter_open(struct modbus_link *link)
{
	const struct adapter *adapter = link->bus.adapter;
	int error;

	if (adapter->blocking)
		return adapter->blocking->open(&link->bus, &link->adapter_link);
	error = adapter->event->open(&link->bus, clock_now_ms(), &link->adapter_link);
	return error ? error : event_wait(adapter->event, link->adapter_link, NULL);
}

/* 0 or the poll's error. A link that is lost is closed: link->adapter_link is NULL then. */
static int adapter_read(struct modbus_link *link, struct poll *poll, struct sink *sink)
{
	const struct adapter *adapter = link->bus.adapter;
	int error;

	if (adapter->blocking) {
		error = adapter->blocking->read(link->adapter_link, poll, sink);
		if (!error || error == -ETIMEDOUT || error == -EBADMSG || error == -EREMOTEIO)
			return error;
		adapter->blocking->close(link->adapter_link);
		link->adapter_link = NULL;
		return error;
	}
	error = adapter->event->start_read(link->adapter_link, poll, clock_now_ms(), sink);
	if (!error)
		error = event_wait(adapter->event, link->adapter_link, sink);
	if (link_head(link->adapter_link)->state == LINK_LOST) {
		adapter->event->close(link->adapter_link);
		link->adapter_link = NULL;
	}
	return error;
}

struct modbus_link *modbus_link_open(const struct bus *bus, int64_t timeout_ms, int *error)
{
	struct modbus_link *link = calloc(1, sizeof(*link));

	*error = -ENOMEM;
	if (!link)
		return NULL;
	link->options = (struct modbus_device){
		.unit = 1,
		.address_base = MODBUS_BASE_0,
		.timeout_ms = timeout_ms,
	};
	link->device = (struct device){ .id = "", .bus = &link->bus, .options = &link->options };
	link->devices[0] = &link->device;
	link->bus = *bus;
	link->bus.devices = link->devices;
	link->bus.device_count = 1;
	*error = adapter_open(link);
	if (!*error)
		return link;
	modbus_link_close(link);
	return NULL;
}

void modbus_link_close(struct modbus_link *link)
{
	const struct adapter *adapter = link ? link->bus.adapter : NULL;

	if (link && link->adapter_link && adapter->blocking)
		adapter->blocking->close(link->adapter_link);
	else if (link && link->adapter_link)
		adapter->event->close(link->adapter_link);
	free(link);
}

/* Points that stand for bare registers: one each. */
struct block {
	struct point *points;
	struct modbus_point *options;
	const struct point **sorted;
};

static bool block_make(
	struct block *block, struct modbus_link *link, const struct register_range *range)
{
	bool bits = modbus_table_is_bits(range->table);

	block->points = calloc(range->count, sizeof(*block->points));
	block->options = calloc(range->count, sizeof(*block->options));
	block->sorted = calloc(range->count, sizeof(*block->sorted));
	if (!block->points || !block->options || !block->sorted)
		return false;
	for (uint32_t i = 0; i < range->count; i++) {
		block->options[i] = (struct modbus_point){
			.table = range->table,
			.type = bits ? MODBUS_TYPE_BIT : MODBUS_TYPE_U16,
			.bit = -1,
			.scale = 1,
			.address = (uint16_t)(range->first + i),
			.words = 1,
		};
		block->points[i] = (struct point){
			.id = "",
			.class = &any_number,
			.device = &link->device,
			.index = i,
			.max = UINT16_MAX,
			.options = &block->options[i],
		};
		block->sorted[i] = &block->points[i];
	}
	return true;
}

static void block_free(struct block *block)
{
	free(block->points);
	free(block->options);
	free(block->sorted);
}

/* Ask once for a part of the range that fits one request. */
static int ask(
	struct modbus_link *link, const struct register_range *part, struct register_read *found)
{
	struct collector collector = { { on_reading, on_unchanged }, found };
	struct block block = { 0 };
	struct poll poll = { .device = &link->device, .count = part->count };
	int error = -ENOMEM;

	if (block_make(&block, link, part)) {
		poll.points = block.sorted;
		error = link->bus.adapter->plan(&poll);
	}
	if (!error) {
		error = adapter_read(link, &poll, &collector.sink);
		link->bus.adapter->unplan(&poll);
	}
	block_free(&block);
	return error;
}

/* An exception that says that the address, or so many of them, cannot be read. */
static bool is_refused(const struct register_read *found)
{
	return found->reason == REASON_EXCEPTION && found->detail >= 2 && found->detail <= 4;
}

static int ask_in_halves(
	struct modbus_link *link, struct register_range part, struct register_read *found)
{
	struct register_range half = part;
	int error = ask(link, &part, found);

	if (!link->adapter_link)
		return error;
	if (part.count == 1 || !is_refused(&found[0]))
		return 0;
	half.count = part.count / 2;
	error = ask_in_halves(link, half, found);
	if (error)
		return error;
	found += half.count;
	half.first = (uint16_t)(part.first + half.count);
	half.count = (uint16_t)(part.count - half.count);
	return ask_in_halves(link, half, found);
}

int modbus_link_read(struct modbus_link *link, uint8_t unit, const struct register_range *range,
	unsigned max, struct register_read *found)
{
	struct register_range part = *range;

	link->options.unit = unit;
	link->options.max_registers = link->options.max_bits = max;
	for (uint32_t i = 0; i < range->count; i++)
		found[i] = (struct register_read){ .reason = REASON_LINK };
	for (uint32_t done = 0; done < range->count; done += part.count) {
		int error;

		part.first = (uint16_t)(range->first + done);
		part.count = (uint16_t)(range->count - done < max ? range->count - done : max);
		error = ask_in_halves(link, part, found + done);
		if (error)
			return error;
		/* Who is silent once would only cost its timeout again. */
		if (found[done].reason == REASON_TIMEOUT)
			break;
	}
	return 0;
}
