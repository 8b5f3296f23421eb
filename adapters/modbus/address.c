/*
 * From what a data sheet says about a point to table, type, zero-based address
 * and write function, with every contradiction reported. Pure.
 */
#include "adapters/modbus/modbus.h"
#include "adapters/modbus/options.h"

enum { ADDRESSES = 65536 };

static const char *const table_names[] = { "auto", "holding", "input", "coil", "discrete" };
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

int modbus_sheet_table(int64_t number, int64_t *address)
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
	int table = modbus_sheet_table(options->register_number, address);

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
			(long long)options->register_number, table_names[table],
			table_names[options->table]);
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
			table_names[options->table]);
	if (bits && options->bit >= 0)
		errors->add(errors, "bit", "a %s has no bits of its own: leave `bit` out",
			table_names[options->table]);
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
				table_names[options->table]);
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
			table_names[options->table], options->words, options->function);
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
