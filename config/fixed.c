/* What is used once, at the start. */
#include "config/fixed.h"

#include <stdio.h>
#include <string.h>

enum setting_kind { SETTING_TEXT, SETTING_NUMBER };

static const struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
} fixed[] = {
	{ "site.id", SETTING_TEXT, offsetof(struct config, site.id) },
	{ "mqtt.host", SETTING_TEXT, offsetof(struct config, mqtt.host) },
	{ "mqtt.port", SETTING_NUMBER, offsetof(struct config, mqtt.port) },
	{ "mqtt.client_id", SETTING_TEXT, offsetof(struct config, mqtt.client_id) },
	{ "mqtt.username", SETTING_TEXT, offsetof(struct config, mqtt.username) },
	{ "mqtt.password_file", SETTING_TEXT, offsetof(struct config, mqtt.password_file) },
	{ "mqtt.ca_file", SETTING_TEXT, offsetof(struct config, mqtt.ca_file) },
	{ "mqtt.cert_file", SETTING_TEXT, offsetof(struct config, mqtt.cert_file) },
	{ "mqtt.key_file", SETTING_TEXT, offsetof(struct config, mqtt.key_file) },
	{ "mqtt.keepalive", SETTING_NUMBER, offsetof(struct config, mqtt.keepalive_ms) },
	{ "mqtt.outbox_max", SETTING_NUMBER, offsetof(struct config, mqtt.outbox_max) },
	{ "daemon.state_dir", SETTING_TEXT, offsetof(struct config, daemon.state_dir) },
	{ "daemon.journal_days", SETTING_NUMBER, offsetof(struct config, daemon.journal_days) },
	{ "daemon.journal_size_mb", SETTING_NUMBER,
		offsetof(struct config, daemon.journal_size_mb) },
};

static bool same_setting(
	const struct setting *setting, const struct config *a, const struct config *b)
{
	const char *x = (const char *)a + setting->offset, *y = (const char *)b + setting->offset;
	const char *text = *(const char *const *)(const void *)x,
		   *other = *(const char *const *)(const void *)y;

	if (setting->kind == SETTING_NUMBER)
		return *(const int64_t *)(const void *)x == *(const int64_t *)(const void *)y;
	return text && other ? strcmp(text, other) == 0 : text == other;
}

bool config_needs_restart(
	const struct config *old, const struct config *config, struct failure *why)
{
	size_t used = 0, size = sizeof(why->detail);

	*why = (struct failure){ .cause = WORD_CAUSE_RESTART };
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (same_setting(&fixed[i], old, config) || used >= size)
			continue;
		used += (size_t)snprintf(
			why->detail + used, size - used, "%s%s", used ? ", " : "", fixed[i].name);
	}
	return used > 0;
}
