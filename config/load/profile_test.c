/* Profiles: every shipped one, and what a point makes of a quantity. */
#include "config/load/profile.h"

#include "tests/profile_bench.h"

#include <sys/stat.h>

enum { SHIPPED_LEAST = 12, SOURCES_LEAST = 2 };

/* A device of the sample, with its points. */
#define METER(points, more)                                                                        \
	"  meter: { profile = \"eastron-sdm630\"; bus = \"line\"; unit = 3; zone = \"f1\"; " more  \
	"zh = \"一层电表\"; en = \"Floor 1 meter\";\n    points: { " points " }; };\n"

static void test_point_takes_its_quantity(void **state)
{
	char *said;
	struct config *config = load_devices(
		METER("l1: { from = \"voltage_l1\"; class = \"volts\"; };", ""), &said);
	const struct point *point;
	const struct modbus_point *options;
	const struct modbus_device *device;

	(void)state;
	assert_string_equal(said, "");
	point = site_point(&config->site, "l1");
	options = point->options;
	device = point->device->options;
	assert_string_equal(point->name.en, "Floor 1 meter: Voltage L1");
	assert_string_equal(point->name.zh, "一层电表 L1 相电压");
	assert_true(point->min == 0 && point->max == 500);
	assert_int_equal(options->table, MODBUS_TABLE_INPUT);
	assert_int_equal(options->type, MODBUS_TYPE_F32);
	assert_int_equal(options->address, 0);
	assert_int_equal(device->unit, 3);
	assert_int_equal(device->max_registers, 60);
	assert_string_equal(point->device->profile, "eastron-sdm630");
	config_free(config);
	free(said);
}

static void test_point_overrides_anything(void **state)
{
	char *said;
	struct config *config = load_devices(METER("l1: { from = \"voltage_l1\"; class = "
						   "\"kilovolts\"; scale = 0.001; min = 0.1; max "
						   "= 0.4; zh = \"甲\"; en = \"A\"; register = 4; "
						   "order = \"cdab\"; deadband = 0.01; };"
						   "own: { class = \"volts\"; min = 0.0; max = "
						   "9.0; zh = \"乙\"; en = \"B\"; register = "
						   "9; table = \"holding\"; };",
						     "max_registers = 20; timeout = \"2 s\"; "),
		&said);
	const struct point *point;
	const struct modbus_point *options;
	const struct modbus_device *device;

	(void)state;
	assert_string_equal(said, "");
	point = site_point(&config->site, "l1");
	options = point->options;
	device = point->device->options;
	assert_string_equal(point->name.en, "A");
	assert_true(point->min == 0.1 && point->max == 0.4 && point->deadband == 0.01);
	assert_true(options->scale == 0.001);
	assert_int_equal(options->address, 4);
	assert_int_equal(options->order, MODBUS_ORDER_CDAB);
	assert_int_equal(options->type, MODBUS_TYPE_F32);
	assert_int_equal(device->max_registers, 20);
	assert_int_equal(device->timeout_ms, 2000);
	/* A point of its own, beside those of the profile. */
	options = site_point(&config->site, "own")->options;
	assert_int_equal(options->table, MODBUS_TABLE_HOLDING);
	config_free(config);
	free(said);
}

#define RELAYS(points)                                                                             \
	"  relays: { profile = \"waveshare-relay-8ch-d\"; bus = \"net\"; unit = 4; zone = "        \
	"\"f1\"; zh = "                                                                            \
	"\"x\"; en = \"R\";\n    points: { " points " }; };\n"

static void test_readback_is_the_point_of_the_quantity(void **state)
{
	char *said;
	struct config *config = load_devices(
		RELAYS("r1: { from = \"relay_1\"; class = \"relay\"; armed = true; };"
		       "r1s: { from = \"relay_1_state\"; class = \"relay\"; };"
		       "r2: { from = \"relay_2\"; class = \"relay\"; };"
		       "r3: { from = \"relay_3\"; class = \"relay\"; readback = \"aux\"; };"
		       "aux: { from = \"input_3\"; class = \"relay\"; };"
		       "r4: { from = \"relay_4\"; class = \"relay\"; writable = false; };")
			METER("l1: { from = \"voltage_l1\"; class = \"volts\"; };", ""),
		&said);
	const struct site *site;

	(void)state;
	assert_string_equal(said, "");
	site = &config->site;
	assert_true(site_point(site, "r1")->writable && site_point(site, "r1")->armed);
	assert_ptr_equal(site_point(site, "r1")->readback, site_point(site, "r1s"));
	assert_false(site_point(site, "r1s")->writable);
	/* Nothing is armed by a profile, and without its point there is no proof. */
	assert_true(site_point(site, "r2")->writable && !site_point(site, "r2")->armed);
	assert_null(site_point(site, "r2")->readback);
	assert_ptr_equal(site_point(site, "r3")->readback, site_point(site, "aux"));
	assert_false(site_point(site, "r4")->writable);
	/* The module's own word about itself; the contact that was wired to an input is none. */
	assert_true(site_point(site, "r1")->echoes);
	assert_false(site_point(site, "r2")->echoes || site_point(site, "r3")->echoes);
	config_free(config);
	free(said);
}

static const char own_profile[] =
	"zh = \"自\"; en = \"Own\"; manufacturer = \"We\"; model = \"1\"; adapters = [ "
	"\"modbus-rtu\" ];\n"
	"sources = ( { title = \"ours\"; found = \"here\"; } ); address_base = \"1\";\n"
	"quantities: { voltage_l1: { table = \"holding\"; register = 7; unit = \"V\"; min = 0.0; "
	"max = "
	"9.0; zh = \"x\"; en = \"x\"; }; };\n";

static void test_own_profile_goes_before_a_shipped_one(void **state)
{
	char *said, path[128];
	struct config *config;
	const struct modbus_point *options;

	(void)state;
	snprintf(path, sizeof(path), "%s/profiles", folder);
	mkdir(path, 0700);
	write_file("profiles/eastron-sdm630.conf", own_profile);
	config = load_devices(
		METER("l1: { from = \"voltage_l1\"; class = \"volts\"; };", ""), &said);
	assert_string_equal(said, "");
	options = site_point(&config->site, "l1")->options;
	assert_int_equal(options->address, 6);
	config_free(config);
	free(said);
	remove_file("profiles/eastron-sdm630.conf");
	rmdir(path);
}

static void check_shipped(const struct profile *profile, const char *said)
{
	if (!profile->sound)
		fail_msg("%s", said);
	assert_true(profile->source_count >= SOURCES_LEAST);
	for (size_t i = 0; i < profile->quantity_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct quantity *p = &profile->quantities[i];
			const struct quantity *q = &profile->quantities[j];
			const struct modbus_point *a = p->options, *b = q->options;

			/* The same place twice is a slip, but for what reads an output back. */
			if (a->table == b->table && a->address < b->address + b->words &&
				b->address < a->address + a->words && a->bit == b->bit &&
				p->keys.writable == q->keys.writable)
				fail_msg("%s: %s and %s overlap", profile->name, p->id, q->id);
			assert_string_not_equal(p->keys.name.en, q->keys.name.en);
			assert_string_not_equal(p->keys.name.zh, q->keys.name.zh);
		}
}

static void test_every_shipped_profile(void **state)
{
	struct config_report report = { 0 };
	struct profile_shelf shelf;
	const char **names;
	char *said = NULL, main_file[64];
	size_t size = 0, count;

	(void)state;
	report.out = open_memstream(&said, &size);
	/* Beside which there are no profiles. */
	snprintf(main_file, sizeof(main_file), "%s/absent/main.conf", folder);
	shelf_open(&shelf, main_file, NULL, &report);
	names = profile_names(&shelf.loader, &count);
	assert_true(count >= SHIPPED_LEAST);
	for (size_t i = 0; i < count; i++) {
		const char *path = profile_path(&shelf.loader, names[i]);

		assert_non_null(path);
		profile_read(&shelf.loader, names[i], path);
		fflush(report.out);
		check_shipped(shelf.loading.profiles, said);
	}
	shelf_close(&shelf);
	fclose(report.out);
	assert_string_equal(said, "");
	free(said);
}

static int tear_down(void **state)
{
	(void)state;
	remove_file("main.conf");
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_point_takes_its_quantity),
		cmocka_unit_test(test_point_overrides_anything),
		cmocka_unit_test(test_readback_is_the_point_of_the_quantity),
		cmocka_unit_test(test_own_profile_goes_before_a_shipped_one),
		cmocka_unit_test(test_every_shipped_profile),
	};

	setenv("FACILITYD_PROFILES", "config/profiles", 1);
	if (!mkdtemp(folder))
		return 1;
	return cmocka_run_group_tests_name("profile", tests, NULL, tear_down) ? 1 : 0;
}
