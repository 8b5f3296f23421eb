/*
 * What a configuration, or a profile, says, as JSON and fully resolved, so that no other program
 * (facilityctl and facility-sim are two) has to read either itself.
 *
 * One thread. Each returns a new reference, or NULL: out of memory. Profiles are read from files,
 * which blocks; their mistakes are told to the loader's report.
 */
#ifndef CONFIG_PRINT_PRINT_H
#define CONFIG_PRINT_PRINT_H

#include "adapters/modbus/modbus.h"
#include "config/load/profile.h"

#include <jansson.h>

json_t *text_json(const struct text *text);
/* As in the file, each as it was resolved; a time in ms. */
json_t *options_json(const struct option_spec *specs, const void *options);
/* Of a Modbus point: where it is on the wire, from 0. `options`: what options_json() says of it. */
json_t *registers_json(const struct modbus_point *point, const json_t *options);
bool is_modbus(const struct adapter *adapter);

/* The plan's incident types, with the questions of their facts and their steps. */
json_t *types_json(const struct plan *plan);
json_t *site_json(const struct config *config, struct profile_shelf *shelf);

/* Of a profile that is sound. */
json_t *quantity_json(const struct profile *profile, const struct quantity *quantity);
/* All that there are, each with the number of its errors; an unsound one has no quantities. */
json_t *profiles_json(struct profile_shelf *shelf);
/* The one of a name or, with a slash or ".conf", of a file; JSON's null: there is none. */
json_t *profile_json(struct profile_shelf *shelf, const char *word);

#endif
