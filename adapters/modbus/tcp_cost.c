/* What requests cost over TCP, for the worst-case lint. Pure. */
#include "adapters/modbus/pdu.h"

static double request_ms(const struct device *device, const struct modbus_request *request)
{
	const struct modbus_tcp_bus *bus = device->bus->options;

	(void)request;
	return (double)(((const struct modbus_device *)device->options)->latency_ms +
			bus->turnaround_ms);
}

double modbus_tcp_cost_ms(const struct poll *poll)
{
	return modbus_cost_ms(poll, request_ms);
}

double modbus_tcp_loss_ms(const struct device *device, bool again)
{
	const struct modbus_device *options = device->options;
	const struct modbus_tcp_bus *bus = device->bus->options;
	int64_t owed_ms = again && bus->framing == MODBUS_FRAMING_RTU
				  ? modbus_longest_timeout_ms(device->bus)
				  : 0;

	return (double)(options->timeout_ms + bus->turnaround_ms + owed_ms);
}
