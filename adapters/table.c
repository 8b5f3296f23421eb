/* The visible list of adapters. Adding one is one line here. */
#include "adapters/adapter.h"

#include <string.h>

extern const struct adapter adapter_exec, adapter_gpio, adapter_modbus_rtu, adapter_modbus_tcp,
	adapter_mqtt, adapter_probe, adapter_sysfs;

const struct adapter *const adapter_table[] = {
	&adapter_exec,
	&adapter_gpio,
	&adapter_modbus_rtu,
	&adapter_modbus_tcp,
	&adapter_mqtt,
	&adapter_probe,
	&adapter_sysfs,
	NULL,
};

const struct adapter *adapter_find(const char *name)
{
	for (const struct adapter *const *a = adapter_table; *a; a++)
		if (strcmp((*a)->name, name) == 0)
			return *a;
	return NULL;
}
