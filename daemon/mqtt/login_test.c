/* The link where the broker wants a password or speaks TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/broker.h"
#include "tests/fake_broker.h"
#include "tests/tls_files.h"
#include "tests/witness.h"

#include "tests/mqtt_bench.h"

static struct broker broker;
static char path[4][96];

static int prepare(void **state)
{
	(void)state;
	broker_prepare(&broker, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	broker_remove(&broker);
	return 0;
}

static void start_with_passwords(void)
{
	char conf[160];

	snprintf(conf, sizeof(conf), "allow_anonymous false\npassword_file %s\n",
		broker_file(&broker, "passwords", "w", password_line, path[0]));
	broker_file(&broker, "conf", "a", conf, path[0]);
	broker_start(&broker);
}

static void start_with_tls(void)
{
	char conf[320];

	snprintf(conf, sizeof(conf), "certfile %s\nkeyfile %s\n",
		broker_file(&broker, "certificate", "w", tls_certificate, path[0]),
		broker_file(&broker, "key", "w", tls_key, path[1]));
	broker_file(&broker, "conf", "a", conf, path[0]);
	broker_start(&broker);
}

static void test_password(void **state)
{
	struct mqtt_settings settings = bench_settings(broker.port);
	struct bench *bench;

	(void)state;
	start_with_passwords();
	settings.username = "li";
	settings.password_file =
		broker_file(&broker, "secret", "w", "open-sesame\nsecond line\n", path[0]);
	bench = bench_start_with(&settings);
	BENCH_UNTIL(bench, 3000, bench->connected);
	bench_stop(bench, 1000);
}

/* Refused, and let in as soon as the file is right: it is read at each attempt. */
static void test_wrong_password(void **state)
{
	struct mqtt_settings settings = bench_settings(broker.port);
	struct bench *bench;

	(void)state;
	start_with_passwords();
	settings.username = "li";
	settings.password_file = broker_file(&broker, "secret", "w", "sesame", path[0]);
	bench = bench_start_with(&settings);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	assert_string_equal(bench->why, "the broker refuses the connection: Not authorized");
	broker_file(&broker, "secret", "w", "open-sesame", path[0]);
	BENCH_UNTIL(bench, 5000, bench->connected);
	bench_stop(bench, 1000);
}

static void test_missing_files(void **state)
{
	struct mqtt_settings settings = bench_settings(broker.port);
	struct bench *bench;
	char why[160];

	(void)state;
	snprintf(path[0], sizeof(path[0]), "%s/absent", broker.folder);
	snprintf(why, sizeof(why), "%s: no such file", path[0]);
	settings.username = "li";
	settings.password_file = path[0];
	bench = bench_start_with(&settings);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	assert_string_equal(bench->why, why);
	bench_stop(bench, 0);
	settings.username = NULL;
	settings.password_file = NULL;
	settings.ca_file = path[0];
	bench = bench_start_with(&settings);
	BENCH_UNTIL(bench, 3000, bench->disconnects == 1);
	assert_string_equal(bench->why, why);
	bench_stop(bench, 0);
}

static void test_tls(void **state)
{
	struct mqtt_settings settings = bench_settings(broker.port);
	struct bench *bench;

	(void)state;
	start_with_tls();
	settings.ca_file = broker_file(&broker, "ca", "w", tls_ca, path[2]);
	bench = bench_start_with(&settings);
	BENCH_UNTIL(bench, 5000, bench->connected);
	for (uint64_t i = 1; i <= 200; i++)
		bench_publish(bench, MQTT_STREAM, "alert", "{\"replayed\":false}", i);
	BENCH_UNTIL(bench, 5000, bench->delivered == 200);
	bench_stop(bench, 1000);
}

/* A broker that shows a certificate of others is refused, again and again, until it is right. */
static void test_wrong_certificate(void **state)
{
	struct mqtt_settings settings = bench_settings(broker.port);
	struct bench *bench;

	(void)state;
	start_with_tls();
	settings.ca_file = broker_file(&broker, "ca", "w", tls_other_ca, path[2]);
	bench = bench_start_with(&settings);
	BENCH_UNTIL(bench, 7000, bench->disconnects >= 1);
	print_message("other authority: %s\n", bench->why);
	assert_false(bench->connected);
	broker_file(&broker, "ca", "w", tls_ca, path[2]);
	BENCH_UNTIL(bench, 12000, bench->connected);
	bench_stop(bench, 1000);
}

#define WITH_BROKER(test) cmocka_unit_test_setup_teardown(test, prepare, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BROKER(test_password),
		WITH_BROKER(test_wrong_password),
		WITH_BROKER(test_missing_files),
		WITH_BROKER(test_tls),
		WITH_BROKER(test_wrong_certificate),
	};

	use_built_link();
	return cmocka_run_group_tests_name("mqtt login", tests, NULL, NULL) ? 1 : 0;
}
