/*
 * modbus-rtu: a serial line of Modbus slaves, blocking shape, on libmodbus.
 *
 * libmodbus sets the line up, frames requests and waits for answers. It accepts
 * a late answer as that of the next request, so everything else is ours: what an
 * answer must be (pdu.c), and after any doubt, and at open, a quarantine:
 * wait until the line has been silent for longer than the slowest slave, then
 * flush. Longest call: each request its timeout, then four silences.
 */
#include "adapters/modbus/options.h"
#include "adapters/modbus/pdu.h"
#include "adapters/modbus/rtu_line.h"

#include <errno.h>
#include <stdlib.h>

enum { FRAME_EXTRA = 3 }; /* unit in front of the PDU, checksum behind */

/* An errno of libmodbus' own says nothing to the daemon. */
static int system_error(int number)
{
	return number > 0 && number < MODBUS_ENOBASE ? -number : -EIO;
}

/* What libmodbus' errno means: a reason, or a lost link in *error. */
static enum reason receive_failure(int number, int *error)
{
	switch (number) {
	case ETIMEDOUT:
		return REASON_TIMEOUT;
	case EMBBADCRC:
	case EMBBADDATA:
	case EMBMDATA:
		return REASON_GARBLED;
	case EMBBADSLAVE:
		return REASON_MISMATCH;
	case ECONNRESET: /* libmodbus for the end of a line that was hung up */
		*error = -EIO;
		return REASON_LINK;
	default:
		*error = system_error(number);
		return REASON_LINK;
	}
}

struct exchange {
	uint8_t request[1 + MODBUS_REQUEST_MAX]; /* unit and PDU; the PDU is the caller's */
	size_t pdu_size;
	uint8_t reply[MODBUS_RTU_MAX_ADU_LENGTH];
	const uint8_t *data; /* REASON_NONE, of a read: its payload */
	unsigned code;       /* REASON_EXCEPTION */
	int error;           /* REASON_LINK: why the link is lost */
};

static bool request_send(
	struct rtu_line *line, const struct modbus_device *device, struct exchange *exchange)
{
	exchange->request[0] = (uint8_t)device->unit;
	return modbus_set_slave(line->modbus, (int)device->unit) == 0 &&
	       modbus_set_response_timeout(line->modbus, (uint32_t)(device->timeout_ms / 1000),
		       (uint32_t)(device->timeout_ms % 1000 * 1000)) == 0 &&
	       modbus_send_raw_request(
		       line->modbus, exchange->request, (int)exchange->pdu_size + 1) >= 0;
}

static enum reason exchange_run(
	struct rtu_line *line, const struct modbus_device *device, struct exchange *exchange)
{
	int n;

	exchange->error = rtu_line_gap(line);
	if (exchange->error)
		return REASON_LINK;
	if (!request_send(line, device, exchange)) {
		exchange->error = system_error(errno);
		return REASON_LINK;
	}
	n = modbus_receive_confirmation(line->modbus, exchange->reply);
	rtu_line_rest(line);
	if (n < 0)
		return receive_failure(errno, &exchange->error);
	/* 0: a sound frame, but of another slave. */
	if (n <= FRAME_EXTRA || exchange->reply[0] != exchange->request[0])
		return REASON_MISMATCH;
	return modbus_check_reply(exchange->request + 1, exchange->reply + 1,
		(size_t)n - FRAME_EXTRA, &exchange->data, &exchange->code);
}

/*
 * The outcome as the contract wants it: after all but an answer or an exception the line is in
 * doubt, and is not sound before the quarantine.
 */
static int exchange_end(struct rtu_line *line, const struct exchange *exchange, enum reason reason)
{
	int error = exchange->error;

	if (!error && reason != REASON_NONE && reason != REASON_EXCEPTION)
		error = rtu_line_quarantine(line);
	return error ? error : modbus_reason_error(reason, exchange->code);
}

/* The rest of a poll is given up with the request that failed: it would only wait again. */
static void requests_fail(
	struct modbus_plan *plan, size_t from, enum reason reason, struct sink *sink)
{
	for (size_t i = from; i < plan->request_count; i++)
		modbus_failed(&plan->requests[i], reason, 0, sink);
}

static int rtu_read(void *opaque, struct poll *poll, struct sink *sink)
{
	struct rtu_line *line = opaque;
	struct modbus_plan *plan = poll->plan;
	int first = 0;

	if (!plan)
		return -EINVAL;
	for (size_t i = 0; i < plan->request_count; i++) {
		struct modbus_request *request = &plan->requests[i];
		struct exchange exchange = { .error = 0 };
		enum reason reason;
		int error;

		exchange.pdu_size = modbus_read_pdu(exchange.request + 1, request);
		reason = exchange_run(line, poll->device->options, &exchange);
		if (reason == REASON_NONE) {
			modbus_answered(request, exchange.data, sink);
			continue;
		}
		error = exchange_end(line, &exchange, reason);
		if (reason == REASON_EXCEPTION)
			modbus_failed(request, reason, exchange.code, sink);
		/* A gateway's word that the unit is not there holds for the rest too. */
		if (reason != REASON_EXCEPTION || error == -ETIMEDOUT) {
			requests_fail(plan, reason == REASON_EXCEPTION ? i + 1 : i,
				reason == REASON_EXCEPTION ? REASON_TIMEOUT : reason, sink);
			return error;
		}
		first = error;
	}
	return first;
}

static int rtu_write(void *opaque, const struct point *point, double value)
{
	struct rtu_line *line = opaque;
	struct exchange exchange = { .error = 0 };
	uint16_t words[MODBUS_WORDS_MAX];
	enum reason reason;
	int error = modbus_write_words(point, value, words);

	if (error)
		return error;
	exchange.pdu_size = modbus_write_pdu(exchange.request + 1, point->options, words);
	reason = exchange_run(line, point->device->options, &exchange);
	return exchange_end(line, &exchange, reason);
}

static int rtu_open(const struct bus *bus, void **out)
{
	struct rtu_line *line = calloc(1, sizeof(*line));
	int error;

	if (!line)
		return -ENOMEM;
	error = rtu_line_open(line, bus);
	if (error)
		free(line);
	else
		*out = line;
	return error;
}

static void rtu_close(void *opaque)
{
	struct rtu_line *line = opaque;

	if (!line)
		return;
	rtu_line_close(line);
	free(line);
}

/* Address, function and checksum around the PDUs; the slave's latency; the gap. */
static double request_ms(const struct device *device, const struct modbus_request *request)
{
	const struct modbus_rtu_bus *bus = device->bus->options;
	const struct modbus_device *options = device->options;
	double characters = 5 + (double)modbus_reply_size(request) + 2 * FRAME_EXTRA;

	return (characters * rtu_character_us(bus) + (double)rtu_gap_us(bus)) / 1000 +
	       (double)options->latency_ms;
}

static double rtu_cost_ms(const struct poll *poll)
{
	return modbus_cost_ms(poll, request_ms);
}

static void rtu_check_device(struct device *device, struct option_errors *errors)
{
	struct modbus_device *options = device->options;

	(void)errors;
	if (options->gap_registers < 0)
		options->gap_registers = rtu_bridge_registers(device->bus->options);
}

static const struct adapter_blocking rtu_verbs = {
	.open = rtu_open,
	.read = rtu_read,
	.write = rtu_write,
	.close = rtu_close,
};

extern const struct adapter adapter_modbus_rtu;
const struct adapter adapter_modbus_rtu = {
	.name = "modbus-rtu",
	.summary = "Modbus RTU slaves on a serial line",
	.bus_options = modbus_rtu_bus_options,
	.device_options = modbus_rtu_device_options,
	.point_options = modbus_point_options,
	.bus_size = sizeof(struct modbus_rtu_bus),
	.device_size = sizeof(struct modbus_device),
	.point_size = sizeof(struct modbus_point),
	.check_bus = modbus_check_rtu_bus,
	.check_device = rtu_check_device,
	.check_point = modbus_check_point,
	.overlap = modbus_overlap,
	.plan = modbus_plan,
	.unplan = modbus_unplan,
	.cost_ms = rtu_cost_ms,
	.blocking = &rtu_verbs,
};
