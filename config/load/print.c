/* What people are shown of a configuration and of its options. */
#include "adapters/adapter.h"
#include "config/load/keys.h"
#include "config/load/loading.h"

static const char *const type_words[] = {
	[OPTION_BOOL] = "true or false",
	[OPTION_INT] = "whole number",
	[OPTION_REAL] = "number",
	[OPTION_DURATION] = "time",
	[OPTION_STRING] = "text",
	[OPTION_CHOICE] = "one of",
	[OPTION_TEXTS] = "array of texts",
	[OPTION_NAME] = "text",
};

static void print_range(const struct option_spec *spec, FILE *out)
{
	double unit = spec->type == OPTION_DURATION ? 1000 : 1;

	if (spec->max == 0 && spec->min <= 0)
		return;
	fprintf(out, ", %.12g to %.12g", spec->min / unit, spec->max / unit);
	if (spec->type == OPTION_DURATION)
		fputs(" s", out);
}

static void print_option(const struct option_spec *spec, FILE *out)
{
	fprintf(out, "  %-16s %s", spec->name, type_words[spec->type]);
	for (const char *const *c = spec->choices; c && *c; c++)
		fprintf(out, " \"%s\"", *c);
	print_range(spec, out);
	if (spec->unit && spec->type != OPTION_DURATION)
		fprintf(out, ", %s", spec->unit);
	if (spec->required)
		fputs(", required", out);
	if (spec->value)
		fprintf(out, ", default %s", spec->value);
	fprintf(out, "\n  %-16s %s\n", "", spec->help ? spec->help : "");
}

static void print_table(const struct option_spec *specs, FILE *out)
{
	for (; specs && specs->name; specs++)
		print_option(specs, out);
	fputc('\n', out);
}

void config_print_adapters(FILE *out)
{
	for (const struct adapter *const *a = adapter_table; *a; a++) {
		fprintf(out, "adapter \"%s\": %s\n\n", (*a)->name, (*a)->summary);
		fprintf(out, "buses.<id>, adapter \"%s\"\n", (*a)->name);
		print_table((*a)->bus_options, out);
		fprintf(out, "devices.<id>, adapter \"%s\"\n", (*a)->name);
		print_table((*a)->device_options, out);
		fprintf(out, "devices.<id>.points.<id>, adapter \"%s\"\n", (*a)->name);
		print_table((*a)->point_options, out);
	}
}

void config_print_options(FILE *out)
{
	for (size_t i = 0; i < KEYS_COUNT; i++) {
		fprintf(out, "%s\n", key_tables[i].path);
		print_table(key_tables[i].specs, out);
	}
	config_print_adapters(out);
}

static void print_count(FILE *out, size_t count, const char *one, const char *many)
{
	fprintf(out, "%zu %s", count, count == 1 ? one : many);
}

void config_summary(const struct config *config, FILE *out)
{
	const struct site *site = &config->site;
	size_t steps = 0, outputs = 0;

	for (size_t i = 0; i < config->plan.type_count; i++)
		steps += config->plan.types[i].step_count;
	for (size_t i = 0; i < site->point_count; i++)
		outputs += site->points[i].writable;
	fputs("configuration OK: ", out);
	print_count(out, config->plan.type_count, "incident type, ", "incident types, ");
	print_count(out, steps, "step, ", "steps, ");
	print_count(out, config->rule_count, "rule in ", "rules in ");
	print_count(out, site->zone_count, "zone, ", "zones, ");
	print_count(out, site->bus_count, "bus, ", "buses, ");
	print_count(out, site->device_count, "device, ", "devices, ");
	print_count(out, site->point_count, "point (", "points (");
	print_count(out, outputs, "output)\n", "outputs)\n");
}
