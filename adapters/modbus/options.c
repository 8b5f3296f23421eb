/*
 * The options of Modbus buses, devices and points, as data, and their checks: from what a data
 * sheet says about a point to table, type, zero-based address and write function, with every
 * contradiction reported. Pure.
 */
#include "adapters/modbus/modbus.h"
#include "adapters/tcp.h"

#include <stdio.h>

/* Only speeds that libmodbus sets; it takes 9600 for any other without a word. */
const int modbus_bauds[] = { 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 };

static const char *const baud_choices[] = { "1200", "2400", "4800", "9600", "19200", "38400",
	"57600", "115200", NULL };
static const char *const framing_choices[] = { "tcp", "rtu", NULL };
static const char *const parity_choices[] = { "none", "even", "odd", NULL };
static const char *const line_choices[] = { "rs232", "rs485", NULL };
static const char *const base_choices[] = { "0", "1", "4xxxx", NULL };
static const char *const table_choices[] = { "auto", "holding", "input", "coil", "discrete", NULL };
static const char *const type_choices[] = { "auto", "bit", "u16", "s16", "u32", "s32", "u64", "s64",
	"f32", "f64", NULL };
static const char *const order_choices[] = { "abcd", "cdab", "badc", "dcba", NULL };
static const char *const write_choices[] = { "auto", "5", "6", "15", "16", NULL };

#define TCP_BUS(member) offsetof(struct modbus_tcp_bus, member)
#define RTU_BUS(member) offsetof(struct modbus_rtu_bus, member)
#define DEVICE(member) offsetof(struct modbus_device, member)
#define POINT(member) offsetof(struct modbus_point, member)

/* clang-format off */
const struct option_spec modbus_tcp_bus_options[] = {
	{ .name = "host", .type = OPTION_STRING, .offset = TCP_BUS(host), .required = true,
		.help = "IPv4 or IPv6 address of the device or gateway, not a name" },
	{ .name = "port", .type = OPTION_INT, .offset = TCP_BUS(port), .min = 1, .max = 65535,
		.value = "502", .help = "TCP port" },
	{ .name = "connect_timeout", .type = OPTION_DURATION, .offset = TCP_BUS(connect_timeout_ms),
		.min = 50, .max = 60000, .unit = "ms", .value = "3 s",
		.help = "how long a connection may take to come up" },
	{ .name = "framing", .type = OPTION_CHOICE, .offset = TCP_BUS(framing),
		.choices = framing_choices, .value = "tcp",
		.help = "rtu: serial frames as they are, as transparent serial servers carry them" },
	{ .name = "turnaround", .type = OPTION_DURATION, .offset = TCP_BUS(turnaround_ms), .min = 0,
		.max = 1000, .unit = "ms", .value = "0 ms",
		.help = "pause after an answer, for gateways that lose a request that comes at once" },
	{ .name = "settle", .type = OPTION_DURATION, .offset = TCP_BUS(settle_ms), .min = 0,
		.max = 10000, .unit = "ms", .value = "0 ms",
		.help = "pause after connecting, for devices that are not ready at once" },
	{ .name = "any_unit", .type = OPTION_BOOL, .offset = TCP_BUS(any_unit), .value = "false",
		.help = "take answers that name another unit; for a bus with one unit only" },
	{ .name = "any_transaction", .type = OPTION_BOOL, .offset = TCP_BUS(any_transaction),
		.value = "false",
		.help = "take answers that name another transaction; after a loss it connects anew" },
	{ .name = NULL },
};

const struct option_spec modbus_rtu_bus_options[] = {
	{ .name = "path", .type = OPTION_STRING, .offset = RTU_BUS(path), .required = true,
		.help = "serial line; /dev/serial/by-id/... stays the same after replugging" },
	{ .name = "baud", .type = OPTION_CHOICE, .offset = RTU_BUS(baud), .choices = baud_choices,
		.unit = "bit/s", .value = "9600", .help = "speed of the line" },
	{ .name = "parity", .type = OPTION_CHOICE, .offset = RTU_BUS(parity),
		.choices = parity_choices, .value = "even", .help = "parity bit" },
	{ .name = "stop_bits", .type = OPTION_INT, .offset = RTU_BUS(stop_bits), .min = 1, .max = 2,
		.value = "1", .help = "stop bits; the standard wants 2 without parity" },
	{ .name = "data_bits", .type = OPTION_INT, .offset = RTU_BUS(data_bits), .min = 7, .max = 8,
		.value = "8", .help = "bits of a character; RTU needs 8" },
	{ .name = "mode", .type = OPTION_CHOICE, .offset = RTU_BUS(mode), .choices = line_choices,
		.value = "rs232",
		.help = "rs485: the kernel switches the direction; rs232: the adapter, or nobody" },
	{ .name = "turnaround", .type = OPTION_DURATION, .offset = RTU_BUS(turnaround_ms), .min = 0,
		.max = 1000, .unit = "ms", .value = "5 ms",
		.help = "least silence before a request; never less than 3.5 characters" },
	{ .name = "silence", .type = OPTION_DURATION, .offset = RTU_BUS(silence_ms), .min = 0,
		.max = 60000, .unit = "ms", .value = "0 ms",
		.help = "silence awaited after a doubtful answer; 0: the longest timeout of the devices" },
	{ .name = NULL },
};

#define COMMON_DEVICE_OPTIONS \
	{ .name = "address_base", .type = OPTION_CHOICE, .offset = DEVICE(address_base), \
		.required = true, .choices = base_choices, .of_profile = true, \
		.help = "how the data sheet counts: the first register is 0, 1, or 40001" }, \
	{ .name = "max_registers", .type = OPTION_INT, .offset = DEVICE(max_registers), .min = 1, \
		.max = MODBUS_REGISTERS_MAX, .value = "125", \
		.help = "most registers that the device answers in one request" }, \
	{ .name = "max_bits", .type = OPTION_INT, .offset = DEVICE(max_bits), .min = 1, \
		.max = MODBUS_BITS_MAX, .value = "2000", \
		.help = "most bits that the device answers in one request" }

const struct option_spec modbus_tcp_device_options[] = {
	{ .name = "unit", .type = OPTION_INT, .offset = DEVICE(unit), .required = true, .min = 0,
		.max = 255, .help = "unit id; behind a gateway the slave's address" },
	COMMON_DEVICE_OPTIONS,
	{ .name = "gap_registers", .type = OPTION_INT, .offset = DEVICE(gap_registers), .min = 0,
		.max = MODBUS_REGISTERS_MAX - 1, .value = "24",
		.help = "unused registers read along to spare a request" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = DEVICE(timeout_ms), .min = 10,
		.max = 60000, .unit = "ms", .value = "1 s", .help = "wait for an answer" },
	{ .name = "latency", .type = OPTION_DURATION, .offset = DEVICE(latency_ms), .min = 0,
		.max = 60000, .unit = "ms", .value = "20 ms",
		.help = "a sound device answers within; for the worst-case detection time only" },
	{ .name = NULL },
};

const struct option_spec modbus_rtu_device_options[] = {
	{ .name = "unit", .type = OPTION_INT, .offset = DEVICE(unit), .required = true, .min = 1,
		.max = 247, .help = "slave address" },
	COMMON_DEVICE_OPTIONS,
	{ .name = "gap_registers", .type = OPTION_INT, .offset = DEVICE(gap_registers), .min = -1,
		.max = MODBUS_REGISTERS_MAX - 1, .value = "-1",
		.help = "unused registers read along to spare a request; -1: by the speed, 10 to 24" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = DEVICE(timeout_ms), .min = 10,
		.max = 60000, .unit = "ms", .value = "500 ms", .help = "wait for a whole answer" },
	{ .name = "latency", .type = OPTION_DURATION, .offset = DEVICE(latency_ms), .min = 0,
		.max = 60000, .unit = "ms", .value = "50 ms",
		.help = "a sound device answers within; for the worst-case detection time only" },
	{ .name = NULL },
};

const struct option_spec modbus_point_options[] = {
	{ .name = "register", .type = OPTION_INT, .offset = POINT(register_number),
		.required = true, .min = 0, .max = 465536,
		.help = "as the data sheet writes it; see address_base" },
	{ .name = "table", .type = OPTION_CHOICE, .offset = POINT(table), .choices = table_choices,
		.value = "auto", .help = "which registers; auto: the number says it (4xxxx)" },
	{ .name = "type", .type = OPTION_CHOICE, .offset = POINT(type), .choices = type_choices,
		.value = "auto",
		.help = "auto: bit of coils, discrete inputs and with `bit`, else u16" },
	{ .name = "bit", .type = OPTION_INT, .offset = POINT(bit), .min = -1, .max = 15,
		.value = "-1",
		.help = "one bit of the register, 0 the least significant; -1: none" },
	{ .name = "order", .type = OPTION_CHOICE, .offset = POINT(order), .choices = order_choices,
		.value = "abcd",
		.help = "order of bytes, A the most significant; cdab: words reversed" },
	{ .name = "invert", .type = OPTION_BOOL, .offset = POINT(invert), .value = "false",
		.help = "bits: 1 on the wire is 0, as of a contact that opens on alarm" },
	{ .name = "pair", .type = OPTION_BOOL, .offset = POINT(pair), .value = "false",
		.help = "bits: with the next above a number, bit + 2 x next, for `bands`" },
	{ .name = "scale", .type = OPTION_REAL, .offset = POINT(scale), .min = -1e12, .max = 1e12,
		.value = "1.0", .help = "value = register x scale + offset" },
	{ .name = "offset", .type = OPTION_REAL, .offset = POINT(offset), .min = -1e15, .max = 1e15,
		.value = "0.0", .help = "value = register x scale + offset" },
	{ .name = "write_function", .type = OPTION_CHOICE, .offset = POINT(write_function),
		.choices = write_choices, .value = "auto",
		.help = "auto: 5 for a coil, 6 for one register, 16 for several" },
	{ .name = NULL },
};

/* clang-format on */

void modbus_check_tcp_bus(struct bus *bus, struct option_errors *errors)
{
	const struct modbus_tcp_bus *options = bus->options;
	struct sockaddr_storage address;

	if (options->framing == MODBUS_FRAMING_RTU &&
		(options->any_unit || options->any_transaction))
		errors->add(errors, options->any_unit ? "any_unit" : "any_transaction",
			"is for framing = \"tcp\": a serial frame is found by its unit, and has no "
			"transaction; leave it out");
	if (!options->host || tcp_address(options->host, options->port, &address) > 0)
		return; /* that there is none, the loader has said */
	errors->add(errors, "host",
		"\"%s\" is not an IPv4 or IPv6 address; looking a name up can block for a minute: "
		"write the address, as `getent hosts %s` prints it",
		options->host, options->host);
}

void modbus_check_tcp_device(struct device *device, struct option_errors *errors)
{
	const struct modbus_device *options = device->options;
	struct modbus_tcp_bus *bus = device->bus->options;

	if (bus->any_unit && bus->has_unit && bus->first_unit != options->unit)
		errors->add(errors, "unit",
			"its bus has `any_unit`, which takes an answer whatever unit it names, and "
			"unit %lld too: nothing would say whose answer it is; give each a bus of "
			"its own, or leave `any_unit` out",
			(long long)bus->first_unit);
	if (!bus->has_unit)
		bus->first_unit = options->unit;
	bus->has_unit = true;
}

int64_t modbus_longest_timeout_ms(const struct bus *bus)
{
	int64_t longest_ms = 0;

	for (size_t i = 0; i < bus->device_count; i++) {
		const struct modbus_device *device = bus->devices[i]->options;

		if (device->timeout_ms > longest_ms)
			longest_ms = device->timeout_ms;
	}
	return longest_ms;
}

void modbus_check_rtu_bus(struct bus *bus, struct option_errors *errors)
{
	const struct modbus_rtu_bus *options = bus->options;

	if (options->path && options->path[0] != '/')
		errors->add(errors, "path", "\"%s\" is not an absolute path; write /dev/...",
			options->path);
	if (options->data_bits != 8)
		errors->add(errors, "data_bits",
			"Modbus RTU sends 8 bits in each character; a device set to 7 talks Modbus "
			"ASCII: set it to RTU");
}

void modbus_place(const struct point *point, enum language language, char *out, size_t size)
{
	static const struct text tables[] = {
		[MODBUS_TABLE_AUTO] = { "", "" },
		[MODBUS_TABLE_HOLDING] = { "保持寄存器", "holding register" },
		[MODBUS_TABLE_INPUT] = { "输入寄存器", "input register" },
		[MODBUS_TABLE_COIL] = { "线圈", "coil" },
		[MODBUS_TABLE_DISCRETE] = { "离散输入", "discrete input" },
	};
	const struct modbus_point *options = point->options;
	const long long first = options->register_number, last = first + options->words - 1;
	const struct text *text = &tables[options->table];
	const char *table = language == LANGUAGE_ZH ? text->zh : text->en;

	if (last > first)
		snprintf(out, size, "%s %lld–%lld", table, first, last);
	else
		snprintf(out, size, "%s %lld", table, first);
}

enum { ADDRESSES = 65536 };

static const uint8_t write_functions[] = { 0, 5, 6, 15, 16 };

/* The ranges of data-sheet numbers. Coils above 9999 would collide with 1xxxx. */
static const struct {
	int64_t first, last;
	int table;
} sheet_ranges[] = {
	{ 1, 9999, MODBUS_TABLE_COIL },
	{ 10001, 19999, MODBUS_TABLE_DISCRETE },
	{ 30001, 39999, MODBUS_TABLE_INPUT },
	{ 40001, 49999, MODBUS_TABLE_HOLDING },
	{ 100001, 165536, MODBUS_TABLE_DISCRETE },
	{ 300001, 365536, MODBUS_TABLE_INPUT },
	{ 400001, 465536, MODBUS_TABLE_HOLDING },
};

/* The table that a number says, and the address in it; MODBUS_TABLE_AUTO: none. */
static int sheet_table(int64_t number, int64_t *address)
{
	for (size_t i = 0; i < sizeof(sheet_ranges) / sizeof(sheet_ranges[0]); i++) {
		if (number < sheet_ranges[i].first || number > sheet_ranges[i].last)
			continue;
		*address = number - sheet_ranges[i].first;
		return sheet_ranges[i].table;
	}
	return MODBUS_TABLE_AUTO;
}

static void check_sheet_number(
	struct modbus_point *options, int64_t *address, struct option_errors *errors)
{
	int table = sheet_table(options->register_number, address);

	if (table == MODBUS_TABLE_AUTO) {
		errors->add(errors, "register",
			"%lld is no data-sheet address: holding 40001-49999 or 400001-465536, input "
			"30001 or 300001, discrete 10001 or 100001, coil 1-9999; for other numbers "
			"set the device's address_base to \"0\" or \"1\" and the point's table",
			(long long)options->register_number);
		return;
	}
	if (options->table != MODBUS_TABLE_AUTO && options->table != table)
		errors->add(errors, "table",
			"register %lld is a %s address by its number, not %s: correct one of the "
			"two, or leave `table` out",
			(long long)options->register_number, table_choices[table],
			table_choices[options->table]);
	options->table = table;
}

/* Leaves address -1 where none can be told. */
static void check_address(const struct modbus_device *device, struct modbus_point *options,
	int64_t *address, struct option_errors *errors)
{
	int64_t first = device->address_base == MODBUS_BASE_1 ? 1 : 0;

	*address = -1;
	if (device->address_base == MODBUS_BASE_4XXXX) {
		check_sheet_number(options, address, errors);
		return;
	}
	if (options->table == MODBUS_TABLE_AUTO)
		errors->add(errors, "table",
			"is missing, and with address_base \"%lld\" the number does not tell it: "
			"write holding, input, coil or discrete",
			(long long)first);
	if (options->register_number < first || options->register_number >= first + ADDRESSES)
		errors->add(errors, "register",
			"%lld is outside %lld to %lld (address_base \"%lld\")",
			(long long)options->register_number, (long long)first,
			(long long)(first + ADDRESSES - 1), (long long)first);
	else
		*address = options->register_number - first;
}

static void check_bit(struct modbus_point *options, struct option_errors *errors)
{
	bool bits = modbus_table_is_bits(options->table);

	if (options->type == MODBUS_TYPE_AUTO)
		options->type = bits || options->bit >= 0 ? MODBUS_TYPE_BIT : MODBUS_TYPE_U16;
	if (bits && options->type != MODBUS_TYPE_BIT)
		errors->add(errors, "type", "a %s is one bit: write \"bit\", or leave `type` out",
			table_choices[options->table]);
	if (bits && options->bit >= 0)
		errors->add(errors, "bit", "a %s has no bits of its own: leave `bit` out",
			table_choices[options->table]);
	if (!bits && options->type == MODBUS_TYPE_BIT && options->bit < 0)
		errors->add(errors, "bit", "is missing: which bit of the register, 0 to 15?");
	if (!bits && options->type != MODBUS_TYPE_BIT && options->bit >= 0)
		errors->add(errors, "bit",
			"picks one bit, but `type` is a number: write type = \"bit\" or leave "
			"`bit` out");
	if (options->type != MODBUS_TYPE_BIT && options->invert)
		errors->add(errors, "invert", "is for bits: for a number use a negative `scale`");
}

static void check_pair(
	const struct point *point, const struct modbus_point *options, struct option_errors *errors)
{
	if (!options->pair)
		return;
	if (options->type != MODBUS_TYPE_BIT)
		errors->add(errors, "pair", "is of two bits, but `type` is a number: leave it out");
	if (options->bit == 15)
		errors->add(errors, "pair", "there is no bit above 15: leave it out");
	if (point->writable)
		errors->add(errors, "pair", "is for inputs; leave it out");
	else if (!point->bands)
		errors->add(errors, "pair",
			"is a number of 0 to 3, and nothing says what it means; add bands = "
			"\"normal 1 alarm 2 fault\"");
}

static void check_scale(const struct modbus_point *options, struct option_errors *errors)
{
	if (options->scale == 0)
		errors->add(errors, "scale", "0 makes every value the same: leave it out for 1");
	if (options->type == MODBUS_TYPE_BIT && (options->scale != 1 || options->offset != 0))
		errors->add(errors, options->scale != 1 ? "scale" : "offset",
			"a bit is 0 or 1: leave `scale` and `offset` out");
}

static void check_size(const struct modbus_device *device, const struct modbus_point *options,
	int64_t address, struct option_errors *errors)
{
	if (address >= 0 && address + options->words > ADDRESSES)
		errors->add(errors, "register",
			"a value of %u registers starting at %lld ends beyond the last address",
			options->words, (long long)options->register_number);
	if (modbus_table_is_bits(options->table) && options->words > device->max_bits)
		errors->add(errors, "pair", "takes 2 bits, but the device's max_bits is %lld",
			(long long)device->max_bits);
	if (!modbus_table_is_bits(options->table) && options->words > device->max_registers)
		errors->add(errors, "type",
			"takes %u registers, but the device's max_registers is %lld",
			options->words, (long long)device->max_registers);
}

/* Which functions may write to a table; 0: none. */
static uint8_t write_function_of(const struct modbus_point *options)
{
	if (options->table == MODBUS_TABLE_COIL)
		return 5;
	if (options->table == MODBUS_TABLE_HOLDING && options->type != MODBUS_TYPE_BIT)
		return options->words == 1 ? 6 : 16;
	return 0;
}

static bool write_function_fits(const struct modbus_point *options, unsigned function)
{
	if (options->table == MODBUS_TABLE_COIL)
		return function == 5 || function == 15;
	return function == 16 || (function == 6 && options->words == 1);
}

static void check_write(
	const struct point *point, struct modbus_point *options, struct option_errors *errors)
{
	unsigned wanted = write_functions[options->write_function];

	options->function = write_function_of(options);
	if (!options->function) {
		if (point->writable && options->table == MODBUS_TABLE_HOLDING)
			errors->add(errors, "bit",
				"one bit of a register cannot be written without touching the "
				"others: write the whole register, or a coil");
		else if (point->writable && options->table != MODBUS_TABLE_AUTO)
			errors->add(errors, "table",
				"Modbus cannot write %s registers: use holding or coil, or drop "
				"`writable`",
				table_choices[options->table]);
		return;
	}
	if (!wanted)
		return;
	if (!point->writable)
		errors->add(errors, "write_function", "has no use, the point is not `writable`");
	if (write_function_fits(options, wanted))
		options->function = (uint8_t)wanted;
	else
		errors->add(errors, "write_function",
			"%u does not write %s of %u register(s): leave it out for %u", wanted,
			table_choices[options->table], options->words, options->function);
}

void modbus_check_point(struct point *point, struct option_errors *errors)
{
	const struct modbus_device *device = point->device->options;
	struct modbus_point *options = point->options;
	int64_t address;

	check_address(device, options, &address, errors);
	check_bit(options, errors);
	check_pair(point, options, errors);
	options->words = (uint8_t)modbus_type_words(options->type);
	if (options->pair && modbus_table_is_bits(options->table))
		options->words = 2;
	options->address = (uint16_t)(address < 0 ? 0 : address);
	check_scale(options, errors);
	check_size(device, options, address, errors);
	check_write(point, options, errors);
}
