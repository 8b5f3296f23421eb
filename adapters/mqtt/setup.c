/* Setting up a client of libmosquitto by the options of a bus. */
#include "adapters/mqtt/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <string.h>

enum { PASSWORD_SIZE = 256 };

static int set_login(struct mosquitto *client, const struct mqtt_in_bus *options)
{
	char password[PASSWORD_SIZE] = "";
	FILE *file;
	int rc;

	if (!options->username)
		return 0;
	if (options->password_file) {
		file = fopen(options->password_file, "re");
		if (!file)
			return -errno;
		if (!fgets(password, sizeof(password), file))
			password[0] = '\0';
		fclose(file);
		password[strcspn(password, "\r\n")] = '\0';
	}
	rc = mosquitto_username_pw_set(
		client, options->username, options->password_file ? password : NULL);
	explicit_bzero(password, sizeof(password));
	return rc == MOSQ_ERR_SUCCESS ? 0 : -EINVAL;
}

int mqtt_in_setup(struct mosquitto *client, const struct mqtt_in_bus *options)
{
	mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
	if (options->ca_file && mosquitto_tls_set(client, options->ca_file, NULL, NULL, NULL,
					NULL) != MOSQ_ERR_SUCCESS)
		return -ENOENT;
	return set_login(client, options);
}
