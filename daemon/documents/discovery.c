/*
 * What Home Assistant is told of a device, of the site and of an incident. Keys and their meaning:
 * home-assistant.io, integrations mqtt, sensor.mqtt, binary_sensor.mqtt, button.mqtt.
 */
#include "daemon/documents/discovery.h"

#include "config/homeassistant.h"
#include "core/id.h"
#include "daemon/documents/json.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512, ENCODED_SIZE = 2 * INCIDENT_ID_MAX + 1 };

/* An empty payload (the topic was cleared) is no JSON: there is no value_json then. */
#define DOCUMENT "(value_json | default({}))"

static const char online[] = "{{ " DOCUMENT ".status }}";
static const char good[] = "{{ 'online' if " DOCUMENT ".quality == 'good' else 'offline' }}";
static const char unacknowledged[] =
	"{{ 'online' if (" DOCUMENT ".state | default('')).endswith('-unacknowledged') "
	"else 'offline' }}";
/* Of an incident, for automations: what people must know of it before they trust it. */
static const char attributes[] =
	"{{ {'taken_back': " DOCUMENT ".taken_back | default(false), "
	"'stage': " DOCUMENT ".stage | default(none), "
	"'held_outputs': " DOCUMENT ".claims | default([]) | map(attribute='output') | list, "
	"'questions': " DOCUMENT ".facts | default([]) | selectattr('asked') "
	"| map(attribute='question.%s') | list} | tojson }}";
static const char number[] = "{{ " DOCUMENT ".value }}";
static const char state[] = "{{ {0: 'OFF', 1: 'ON'}.get(" DOCUMENT ".value, 'None') }}";

/*
 * Dots, which Home Assistant does not allow there, become "__". No two ids become the same, since
 * none has two underscores side by side.
 */
static void encode(const char *id, char encoded[ENCODED_SIZE])
{
	size_t at = 0;

	for (; *id && at + 3 < ENCODED_SIZE; id++) {
		encoded[at++] = *id == '.' ? '_' : *id;
		if (*id == '.')
			encoded[at++] = '_';
	}
	encoded[at] = '\0';
}

void discovery_topic(const struct config *config, const char *component, const char *id,
	char topic[DISCOVERY_TOPIC_SIZE])
{
	char encoded[ENCODED_SIZE];

	encode(id, encoded);
	snprintf(topic, DISCOVERY_TOPIC_SIZE, "%s/%s/facility_%s/%s/config",
		config->homeassistant.prefix, component, config->site.id, encoded);
}

static json_t *said(const struct config *config, const struct text *text)
{
	return document_string(config->homeassistant.language == LANGUAGE_ZH ? text->zh : text->en);
}

static json_t *formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));

static json_t *formatted(const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return document_string(text);
}

static json_t *ours(const struct config *config, const char *kind, const char *id)
{
	return formatted("facility/%s/%s%s", config->site.id, kind, id);
}

/* "facility_<site>_<id>", which never changes. Ids of our own begin with "_", others never do. */
static json_t *unique(const struct config *config, const char *id)
{
	return formatted("facility_%s_%s", config->site.id, id);
}

static json_t *origin(void)
{
	return json_pack("{s:s, s:s}", "name", "facilityd", "sw_version", FACILITYD_VERSION);
}

/* facilityd is there; and where `topic` is not NULL, `template` finds "online" in it. */
static json_t *availability(const struct config *config, json_t *topic, const char *template)
{
	json_t *list = json_pack(
		"[{s:o, s:s}]", "topic", ours(config, "state", ""), "value_template", online);

	if (topic && list &&
		json_array_append_new(list,
			json_pack("{s:o, s:s}", "topic", topic, "value_template", template)) < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *component_new(const char *platform, json_t *name, json_t *unique_id)
{
	json_t *object = json_object();

	document_add(&object, "platform", document_string(platform));
	document_add(&object, "name", name);
	document_add(&object, "unique_id", unique_id);
	document_add(&object, "qos", json_integer(1));
	return object;
}

/* Points ---------------------------------------------------------------------- */

static void add_number(json_t **object, const struct point_class *class)
{
	const struct device_class *known =
		class->homeassistant ? device_class_find(POINT_NUMBER, class->homeassistant) : NULL;
	const char *state_class = known ? known->state_class : "measurement";

	if (*class->unit)
		document_add(
			object, "unit_of_measurement", document_string(device_unit(class->unit)));
	if (state_class)
		document_add(object, "state_class", document_string(state_class));
	document_add(object, "suggested_display_precision", json_integer(class->decimals));
}

static json_t *point_json(const struct config *config, const struct point *point)
{
	const struct point_class *class = point->class;
	bool is_state = class->kind == POINT_STATE;
	json_t *object = component_new(is_state ? "binary_sensor" : "sensor",
		said(config, &point->name), unique(config, point->id));

	document_add(&object, "state_topic", ours(config, "point/", point->id));
	document_add(&object, "value_template", document_string(is_state ? state : number));
	document_add(&object, "availability_mode", document_string("all"));
	document_add(&object, "availability",
		availability(config, ours(config, "point/", point->id), good));
	if (class->homeassistant)
		document_add(&object, "device_class", document_string(class->homeassistant));
	if (!is_state)
		add_number(&object, class);
	return object;
}

/* Of the device and the site themselves ---------------------------------------- */

struct own {
	const char *id;
	enum word_homeassistant name;
	const char *platform, *device_class, *topic, *template, *attributes;
	bool always;  /* also while facilityd is away */
	bool primary; /* of the building; else of the monitoring itself, which is "diagnostic" */
};

/* clang-format off */
static const struct own of_site[] = {
	{ "_connection", WORD_HOMEASSISTANT_CONNECTION, "binary_sensor",
		"connectivity", "state",
		"{{ 'ON' if " DOCUMENT ".status == 'online' else 'OFF' }}", NULL, true },
	{ "_incidents", WORD_HOMEASSISTANT_INCIDENTS, "sensor", NULL, "stats",
		"{{ value_json.open.active + value_json.open.returned + value_json.open.shelved + "
		"value_json.open.suppressed + value_json.open.handed_over }}", NULL, false, true },
	{ "_unacknowledged", WORD_HOMEASSISTANT_UNACKNOWLEDGED, "sensor", NULL,
		"stats", "{{ value_json.open.unacknowledged }}", NULL, false, true },
	{ "_questions", WORD_HOMEASSISTANT_QUESTIONS, "sensor", NULL,
		"stats", "{{ value_json.open.questions }}", NULL, false, true },
	{ "_held", WORD_HOMEASSISTANT_HELD, "sensor", NULL, "held",
		"{{ value_json.held | count }}",
		"{{ {'held': value_json.held} | tojson }}", false, true },
	{ "_troubles", WORD_HOMEASSISTANT_TROUBLES, "sensor", NULL, "troubles",
		"{{ value_json.troubles | count }}",
		"{{ {'troubles': value_json.troubles} | tojson }}", false },
};
/* clang-format on */

static json_t *own_json(const struct config *config, const struct own *own, const char *id)
{
	const struct text name = word_text(WORD_HOMEASSISTANT, own->name);
	json_t *object = component_new(own->platform, said(config, &name), unique(config, id));

	document_add(&object, "state_topic", ours(config, own->topic, ""));
	document_add(&object, "value_template", document_string(own->template));
	if (!own->primary)
		document_add(&object, "entity_category", document_string("diagnostic"));
	if (!own->always)
		document_add(&object, "availability", availability(config, NULL, NULL));
	if (own->device_class)
		document_add(&object, "device_class", document_string(own->device_class));
	else
		document_add(&object, "state_class", document_string("measurement"));
	if (own->attributes) {
		document_add(&object, "json_attributes_topic", ours(config, own->topic, ""));
		document_add(&object, "json_attributes_template", document_string(own->attributes));
	}
	return object;
}

/*
 * trouble/<id> is not there while all is well, and Home Assistant would not know what that means
 * when it starts. troubles is always there.
 */
static json_t *problem_json(const struct config *config, const struct device *device)
{
	char id[TEXT_SIZE], template[TEXT_SIZE];
	const struct own problem = { "_problem", WORD_HOMEASSISTANT_PROBLEM, "binary_sensor",
		"problem", "troubles", template, NULL, false };

	snprintf(id, sizeof(id), "_problem_%s", device->id);
	snprintf(template, sizeof(template),
		"{{ 'ON' if 'device.%s' in value_json.troubles or 'bus.%s' in value_json.troubles "
		"else 'OFF' }}",
		device->id, device->bus->id);
	return own_json(config, &problem, id);
}

/* Whole documents ------------------------------------------------------------- */

static json_t *site_device(const struct config *config)
{
	return json_pack("{s:[o], s:o}", "identifiers", formatted("facility_%s", config->site.id),
		"name", said(config, &config->site.name));
}

static json_t *whole(json_t *device, json_t *components)
{
	return json_pack(
		"{s:o, s:o, s:o}", "device", device, "origin", origin(), "components", components);
}

json_t *discovery_device_json(const struct config *config, const struct device *device)
{
	json_t *components = json_object();
	char key[ENCODED_SIZE];

	for (size_t i = 0; i < device->point_count; i++) {
		encode(device->points[i]->id, key);
		document_add(&components, key, point_json(config, device->points[i]));
	}
	document_add(&components, "_problem", problem_json(config, device));
	return whole(json_pack("{s:[o], s:o, s:o, s:o}", "identifiers", unique(config, device->id),
			     "name", said(config, &device->name), "suggested_area",
			     said(config, &device->zone->name), "via_device",
			     formatted("facility_%s", config->site.id)),
		components);
}

json_t *discovery_site_json(const struct config *config)
{
	json_t *components = json_object();

	for (size_t i = 0; i < sizeof(of_site) / sizeof(of_site[0]); i++)
		document_add(
			&components, of_site[i].id, own_json(config, &of_site[i], of_site[i].id));
	return whole(site_device(config), components);
}

static json_t *button_name(const struct config *config, const struct incident *incident)
{
	enum language language = (enum language)config->homeassistant.language;
	const struct word_part parts[] = { { "type", incident->type->name },
		{ "zone", incident->zone->name }, { NULL } };
	const char *id = incident->drill ? "acknowledge-drill" : "acknowledge";
	char name[TEXT_SIZE];

	return document_string(word_fill(
		name, sizeof(name), language, word_of(language, WORD_HOMEASSISTANT, id), parts));
}

/* Each press is a command of its own: a new id, and an end within which it must arrive. */
static json_t *press(const struct incident *incident)
{
	return formatted("{\"id\":\"ha-{{ now().timestamp() }}\","
			 "\"expires\":\"{{ (now() + "
			 "timedelta(minutes=1)).isoformat(timespec='seconds') }}\","
			 "\"incident\":\"%s\"}",
		incident->id);
}

json_t *discovery_button_json(const struct config *config, const struct incident *incident)
{
	json_t *object = json_object();
	char id[TEXT_SIZE];

	snprintf(id, sizeof(id), "_ack_%s", incident->id);
	document_add(&object, "name", button_name(config, incident));
	document_add(&object, "unique_id", unique(config, id));
	document_add(&object, "qos", json_integer(1));
	document_add(&object, "command_topic", ours(config, "cmd/homeassistant/ack", ""));
	document_add(&object, "command_template", press(incident));
	document_add(&object, "availability_mode", document_string("all"));
	document_add(&object, "availability",
		availability(config, ours(config, "incident/", incident->id), unacknowledged));
	document_add(&object, "json_attributes_topic", ours(config, "incident/", incident->id));
	document_add(&object, "json_attributes_template",
		formatted(attributes, config->homeassistant.language == LANGUAGE_ZH ? "zh" : "en"));
	document_add(&object, "device", site_device(config));
	document_add(&object, "origin", origin());
	return object;
}
