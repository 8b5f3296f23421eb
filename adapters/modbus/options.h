/*
 * The option tables and checks that modbus-tcp and modbus-rtu share. For the
 * two adapters only; others use adapters/modbus.h.
 */
#ifndef ADAPTERS_MODBUS_OPTIONS_H
#define ADAPTERS_MODBUS_OPTIONS_H

#include "adapters/adapter.h"

extern const struct option_spec modbus_tcp_bus_options[], modbus_rtu_bus_options[];
extern const struct option_spec modbus_tcp_device_options[], modbus_rtu_device_options[];
extern const struct option_spec modbus_point_options[];

void modbus_check_tcp_bus(struct bus *bus, struct option_errors *errors);
void modbus_check_rtu_bus(struct bus *bus, struct option_errors *errors);
/* Derives table, type, address, words and function; reports each contradiction. */
void modbus_check_point(struct point *point, struct option_errors *errors);

#endif
