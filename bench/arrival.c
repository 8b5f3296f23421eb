/*
 * A plugin of mosquitto: notes when a message with a value reaches the broker,
 * before it goes to any subscriber. Only for the benchmark.
 *
 * plugin .../arrival.so
 * plugin_opt_file PATH      the file of bench/arrivals.h
 * plugin_opt_topic TEXT     only topics with this text in them
 */
#include "bench/arrivals.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

static mosquitto_plugin_id_t *plugin;
static struct arrivals *arrivals;
static char topic_part[32];

static int on_message(int event, void *data, void *context)
{
	const struct mosquitto_evt_message *message = data;
	unsigned value;

	(void)event;
	(void)context;
	if (!strstr(message->topic, topic_part))
		return MOSQ_ERR_SUCCESS;
	value = arrivals_value(message->payload, message->payloadlen);
	if (value)
		arrivals->at_ns[value] = now_ns();
	return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_version(int count, const int *versions)
{
	for (int i = 0; i < count; i++)
		if (versions[i] == 5)
			return 5;
	return -1;
}

int mosquitto_plugin_init(
	mosquitto_plugin_id_t *id, void **context, struct mosquitto_opt *options, int count)
{
	(void)context;
	plugin = id;
	for (int i = 0; i < count; i++) {
		if (strcmp(options[i].key, "file") == 0)
			arrivals = arrivals_map(options[i].value);
		else
			snprintf(topic_part, sizeof(topic_part), "%s", options[i].value);
	}
	if (!arrivals)
		return MOSQ_ERR_UNKNOWN;
	return mosquitto_callback_register(id, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *context, struct mosquitto_opt *options, int count)
{
	(void)context;
	(void)options;
	(void)count;
	return mosquitto_callback_unregister(plugin, MOSQ_EVT_MESSAGE, on_message, NULL);
}
