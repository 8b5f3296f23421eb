/* facilityctl profile check: what profiles there are, and what one says. */
#include "config/load/profile.h"

#include "adapters/modbus/modbus.h"
#include "ctl/print/table.h"
#include "ctl/tools/register_text.h"
#include "ctl/tools/tools.h"

#include <string.h>

enum { CELL = 128 };

/* Where own profiles lie is said by the configuration, which need not be a good one here. */
static const char *own_folder(const struct config *config)
{
	return config ? config->daemon.profiles : NULL;
}

static struct config *load_quietly(const char *path)
{
	struct config_report report = { .out = fopen("/dev/null", "we") };
	struct config *config = report.out ? config_load(path, &report) : NULL;

	if (report.out)
		fclose(report.out);
	return config;
}

static const char *name_of(const struct show *show, const struct text *text)
{
	const char *name = show->language == LANGUAGE_ZH ? text->zh : text->en;

	return name ? name : "";
}

static bool is_modbus(const struct profile *profile)
{
	return strncmp(profile->adapters[0]->name, "modbus-", 7) == 0;
}

static void print_head(const struct profile *profile, const struct show *show)
{
	fprintf(show->out, "%s: %s\n  file: %s\n  made by: %s, %s\n  adapters:", profile->name,
		name_of(show, &profile->keys.name), profile->path, profile->keys.manufacturer,
		profile->keys.model);
	for (size_t i = 0; i < profile->adapter_count; i++)
		fprintf(show->out, "%s %s", i ? "," : "", profile->adapters[i]->name);
	fputc('\n', show->out);
	for (size_t i = 0; i < profile->source_count; i++) {
		const struct source_keys *source = &profile->sources[i];

		fprintf(show->out, "  source: %s%s%s, %s\n", source->title,
			source->revision ? ", " : "", source->revision ? source->revision : "",
			source->found);
	}
	for (size_t i = 0; i < profile->note_count; i++)
		fprintf(show->out, "  note: %s\n", profile->notes[i]);
}

static void print_limits(const struct profile *profile, FILE *out)
{
	static const char *const bases[] = { "from 0, as on the wire", "from 1",
		"as data sheets do (30001, 40001)" };
	const struct modbus_device *device = profile->device_options;

	fprintf(out,
		"  registers: counted %s; in one request at most %d, or %d bits\n"
		"  time: %d ms for an answer, usually %d ms\n",
		bases[device->address_base], (int)device->max_registers, (int)device->max_bits,
		(int)device->timeout_ms, (int)device->latency_ms);
}

static void fill_modbus_cells(const struct quantity *q, char cells[][CELL])
{
	const struct modbus_point *point = q->options;
	char type[REGISTER_TEXT_MAX];

	register_type_text(type, point);
	snprintf(cells[1], CELL, "%s", register_table_word(point->table));
	snprintf(cells[2], CELL, "%lld", (long long)point->register_number);
	snprintf(cells[3], CELL, "0x%04x", point->address);
	snprintf(cells[4], CELL, "%s", type);
	if (point->scale != 1 || point->offset != 0)
		snprintf(cells[5], CELL, point->offset != 0 ? "%.10g %+.10g" : "%.10g",
			point->scale, point->offset);
}

static bool add_quantity(
	struct table *table, const struct quantity *q, bool modbus, const struct show *show)
{
	char cells[TABLE_COLUMN_MAX][CELL] = { { 0 } };
	const char *texts[TABLE_COLUMN_MAX];

	snprintf(cells[0], CELL, "%s", q->id);
	if (modbus)
		fill_modbus_cells(q, cells);
	if (quantity_is_number(q))
		snprintf(cells[6], CELL, "%.10g to %.10g %s", q->keys.min, q->keys.max,
			q->keys.unit);
	snprintf(cells[7], CELL, "%s%s%s%s", name_of(show, &q->keys.name),
		q->keys.writable ? show_word(show, WORD_CTL_IS_OUTPUT) : "",
		q->keys.note ? "; " : "", q->keys.note ? q->keys.note : "");
	for (size_t i = 0; i < TABLE_COLUMN_MAX; i++)
		texts[i] = cells[i];
	return table_add(table, q->keys.writable ? TABLE_YELLOW : TABLE_PLAIN, texts);
}

static bool print_quantities(const struct profile *profile, const struct show *show)
{
	static const enum word_tool columns[] = { WORD_TOOL_QUANTITY, WORD_TOOL_TABLE,
		WORD_TOOL_REGISTER, WORD_TOOL_WIRE, WORD_TOOL_TYPE, WORD_TOOL_SCALE,
		WORD_TOOL_RANGE, WORD_TOOL_WHAT };
	struct table *table = table_new(TABLE_COLUMN_MAX);
	bool good = table && table_head(table, show, columns);

	for (size_t i = 0; good && i < profile->quantity_count; i++)
		good = add_quantity(table, &profile->quantities[i], is_modbus(profile), show);
	if (good)
		table_print(table, show);
	table_free(table);
	return good;
}

static const struct profile *read_one(struct profile_shelf *shelf, const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
	const char *dot = strrchr(name, '.');
	const char *path = word;

	if (!slash && !(dot && strcmp(dot, ".conf") == 0)) {
		path = profile_path(&shelf->loader, word);
		if (!path) {
			fprintf(stderr,
				"facilityctl: there is no profile \"%s\"; \"facilityctl profile "
				"check\" "
				"lists those that there are\n",
				word);
			return NULL;
		}
	} else if (dot) {
		name = arena_printf(&shelf->config.arena, "%.*s", (int)(dot - name), name);
	}
	return profile_read(&shelf->loader, name, path);
}

static int check_one(struct profile_shelf *shelf, const char *word, const struct show *show)
{
	const struct profile *profile = read_one(shelf, word);

	if (!profile || !profile->sound)
		return EXIT_REFUSED;
	print_head(profile, show);
	if (is_modbus(profile))
		print_limits(profile, show->out);
	fputc('\n', show->out);
	return print_quantities(profile, show) ? 0 : EXIT_REFUSED;
}

static bool add_profile(struct table *table, const struct profile *profile, unsigned errors,
	const struct show *show)
{
	char count[CELL], state[CELL];
	const char *cells[] = { profile->name, name_of(show, &profile->keys.name),
		profile->keys.manufacturer ? profile->keys.manufacturer : "", count, state,
		profile->path };

	snprintf(count, CELL, "%zu", profile->quantity_count);
	snprintf(state, CELL, errors == 1 ? "%u error" : errors ? "%u errors" : "good", errors);
	return table_add(table, errors ? TABLE_RED : TABLE_PLAIN, cells);
}

static int check_all(struct profile_shelf *shelf, const struct show *show)
{
	static const enum word_tool columns[] = { WORD_TOOL_PROFILE, WORD_TOOL_DEVICE,
		WORD_TOOL_MAKER, WORD_TOOL_QUANTITIES, WORD_TOOL_STATE, WORD_TOOL_FILE };
	struct table *table = table_new(6);
	bool good = table && table_head(table, show, columns);
	struct config_report *report = shelf->loader.report;
	const char **names;
	size_t count;

	names = profile_names(&shelf->loader, &count);
	for (size_t i = 0; good && i < count; i++) {
		const char *path = profile_path(&shelf->loader, names[i]);
		unsigned before = report->errors;
		const struct profile *profile =
			path ? profile_read(&shelf->loader, names[i], path) : NULL;

		if (profile)
			good = add_profile(table, profile, report->errors - before, show);
	}
	if (good)
		table_print(table, show);
	table_free(table);
	return good && report->errors == 0 ? 0 : EXIT_REFUSED;
}

int tool_profile(const struct tool *tool)
{
	struct config_report report = { .out = stderr };
	struct profile_shelf shelf;
	struct config *config;
	int status;

	if (strcmp(tool->words[0], "check") != 0) {
		fprintf(stderr, "facilityctl: profile \"%s\": the only thing to do is check\n",
			tool->words[0]);
		return EXIT_USAGE;
	}
	config = load_quietly(tool->config);
	shelf_open(&shelf, tool->config, own_folder(config), &report);
	status = tool->count > 1 ? check_one(&shelf, tool->words[1], tool->show)
				 : check_all(&shelf, tool->show);
	shelf_close(&shelf);
	config_free(config);
	return status;
}
