/* Setting up a client of libmosquitto. */
#include "daemon/mqtt/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TOPIC_SIZE = 512, PASSWORD_SIZE = 256 };

struct setup {
	struct mosquitto *client;
	const struct mqtt_link_options *options;
	char *why;
	size_t why_size;
};

static bool fail(struct setup *setup, const char *what, const char *detail)
{
	snprintf(setup->why, setup->why_size, "%s: %s", what, detail);
	return false;
}

static bool check(struct setup *setup, const char *what, int rc)
{
	if (rc == MOSQ_ERR_SUCCESS)
		return true;
	return fail(setup, what, rc == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(rc));
}

static bool set_protocol(struct setup *setup)
{
	return check(setup, "protocol version",
		       mosquitto_int_option(
			       setup->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)) &&
	       check(setup, "no delay",
		       mosquitto_int_option(setup->client, MOSQ_OPT_TCP_NODELAY, 1));
}

static bool set_will(struct setup *setup)
{
	const char *payload = setup->options->will_payload;
	char topic[TOPIC_SIZE];

	snprintf(topic, sizeof(topic), "%s/state", setup->options->prefix);
	return check(setup, "last will",
		mosquitto_will_set(setup->client, topic, (int)strlen(payload), payload, 1, true));
}

/* A file that cannot be read is named, which the library would not do. */
static bool readable(struct setup *setup, const char *path)
{
	FILE *file;

	if (!path)
		return true;
	file = fopen(path, "re");
	if (!file)
		return fail(setup, path, strerror(errno));
	fclose(file);
	return true;
}

static bool set_tls(struct setup *setup)
{
	const struct mqtt_settings *settings = setup->options->settings;

	if (!settings->ca_file)
		return true;
	return readable(setup, settings->ca_file) && readable(setup, settings->cert_file) &&
	       readable(setup, settings->key_file) &&
	       check(setup, "TLS",
		       mosquitto_tls_set(setup->client, settings->ca_file, NULL,
			       settings->cert_file, settings->key_file, NULL));
}

static bool read_password(struct setup *setup, const char *path, char password[PASSWORD_SIZE])
{
	FILE *file = fopen(path, "re");
	bool good;

	if (!file)
		return fail(setup, path, strerror(errno));
	good = fgets(password, PASSWORD_SIZE, file) != NULL;
	fclose(file);
	if (!good)
		return fail(setup, path, "has no first line");
	password[strcspn(password, "\r\n")] = '\0';
	return true;
}

static bool set_login(struct setup *setup)
{
	const struct mqtt_settings *settings = setup->options->settings;
	char password[PASSWORD_SIZE] = "";
	bool good;

	if (!settings->username)
		return true;
	if (settings->password_file && !read_password(setup, settings->password_file, password))
		return false;
	good = check(setup, "login",
		mosquitto_username_pw_set(setup->client, settings->username,
			settings->password_file ? password : NULL));
	explicit_bzero(password, sizeof(password));
	return good;
}

bool mqtt_client_configure(struct mosquitto *client, const struct mqtt_link_options *options,
	char *why, size_t why_size)
{
	struct setup setup = { client, options, why, why_size };

	return set_protocol(&setup) && set_will(&setup) && set_tls(&setup) && set_login(&setup);
}
